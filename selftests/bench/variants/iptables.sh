# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# iptables with conntrack and ipset, through the kernel's own tables and not
# through those of nftables.

: "${here:?}" "${table:?}"

enforce()
{
	modprobe -a ip_tables iptable_filter iptable_raw xt_conntrack xt_set \
		xt_CT ip_set_hash_ip 2>/dev/null
	[ -e /run/sets ] ||
		awk -f "$here/variants/ipset.awk" "$table" >/run/sets
	[ -e /run/rules ] ||
		awk -f "$here/variants/iptables.awk" "$table" >/run/rules
	measure_load "$1" sh -c 'ipset restore </run/sets && iptables-legacy-restore </run/rules'
}
