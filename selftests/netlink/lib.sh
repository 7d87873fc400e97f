# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For the tests of netlink, which are programs of their own. To be sourced
# after ../lib.sh.

# shellcheck disable=SC2154 # set there

programs=$here/netlink

# netlink_setup: with the programs, and a namespace with WireGuard interfaces
# that have no peers: wg0 and wg1.
netlink_setup()
{
	local program

	setup
	for program in allow bad_input commits confirm faults large owner stress; do
		[ -x "$programs/$program" ] || make -s -C "$programs" ||
			skip "cannot build selftests/netlink"
	done
	namespace node
	at node ip link add wg0 type wireguard || skip "no WireGuard"
	at node ip link add wg1 type wireguard
	at node ip link add other type dummy
}

# all_good PROGRAM [ARGUMENT]...: at the node; says what was not good.
all_good()
{
	local status=0

	at node "$@" >"$dir/tap" || status=$?
	grep '^# ' "$dir/tap" >>"$dir/remarks"
	[ $status = 0 ] && return
	grep -v '^ok' "$dir/tap"
	return $status
}

# remarks: of the programs.
remarks()
{
	[ ! -e "$dir/remarks" ] || cat "$dir/remarks"
}
