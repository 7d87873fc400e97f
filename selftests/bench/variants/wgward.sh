# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A ward on wg0.

: "${here:?}" "${table:?}" "${nodes:?}"

enforce()
{
	if [ ! -e /sys/module/wgward ]; then
		modprobe -qa nf_reject_ipv4 nf_reject_ipv6 || :
		insmod "$here/../../module/wgward.ko"
	fi
	at "$1" "$here/policy_load" wg0 "node-$2" <"$table" >"/run/load.$1" ||
		return
	[ "$1" != one ] || sed 's/^/figure load_/' "/run/load.$1"
}

# node_memory: of nodes alone, on a device that is there for that.
node_memory()
{
	local before after

	awk -v nodes="$nodes" -v rules=10 -f "$here/policy.awk" >/run/nodes
	at three ip link add dummy type dummy
	before=$(memory)
	at three "$here/policy_load" -f dummy node-3 </run/nodes >/dev/null ||
		complain "cannot load nodes alone"
	after=$(memory)
	figure node_bytes "$(bytes_each "$before" "$after" "$nodes")"
}
