#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A monitor that does not keep up says that something was lost and goes on;
# what becomes of a ward is not lost to a flood of verdicts. It hears the ward
# go, and come again, and ends when the module is unloaded.

. "$(dirname "$0")/lib.sh"

mesh_make()
{
	mesh_write <<-END
	[Rule logged]
	From = any
	To = any
	Deny = udp/7011
	Log = yes
	END
}

# heard FILTER [NUMBER]: so many events of which that is true, or one.
heard()
{
	[ "$(jq -n "[inputs | select($1)] | length" "$dir/heard" 2>/dev/null ||
		echo 0)" -ge "${2-1}" ]
}

# flood: verdicts of both kinds, as many as are told, for longer than the
# monitor's memory lasts.
flood()
{
	local port

	for port in 7011 7012; do
		start laptop "$inject" -i wg0 -s "${ip[laptop4]}" \
			-d "${ip[web4]}" -S 5000 -D $port -n 1000000 -g 4
		floods+=("$pid")
	done
}

# overrun: whether some socket of netlink has lost what did not fit.
overrun()
{
	local lost

	while read -r _ _ _ _ _ _ _ _ lost _; do
		case $lost in
		0|*[!0-9]*) ;;
		*)	return 0 ;;
		esac
	done < <(at laptop cat /proc/net/netlink)
	return 1
}

need jq
setup
plan 12
underlay web laptop
mesh_make
check "two nodes" apply web laptop
start laptop "$command" monitor -j >"$dir/heard"
monitor=$pid
check "a monitor listens" wait_for 15 heard '.event == "state"'

# It stands still while verdicts come.
floods=()
kill -STOP "$monitor"
flood
check "what it does not read is lost at last" wait_for 120 overrun
mesh_make
sed -i 's/7011/7011, udp\/7013/' "$mesh"
apply laptop >/dev/null
kill -CONT "$monitor"
check "it says that verdicts were lost" wait_for 30 heard \
	'.event == "lost" and .group == "verdicts"'
check "and nothing else was" heard '.event == "commit"'
check_fails "of the ward" heard '.event == "lost" and .group == "config"'
before=$(wc -l <"$dir/heard")
check "it hears what comes then" wait_for 30 heard '.event == "verdict"' \
	$((before + 10))

# The ward goes, and another comes.
ward laptop detach >/dev/null 2>&1
check "it hears a ward go" wait_for 15 heard '.event == "detach"'
apply laptop >/dev/null
check "and another one come" wait_for 15 heard '.event == "commit"' 2

# The module goes, which a monitor does not keep.
kill "${floods[@]}"
ward laptop down >/dev/null 2>&1
ward web down >/dev/null 2>&1
if [ -n "$loaded" ]; then
	check "the module is not held by who listens" module_unload
	status=0
	wait "$monitor" 2>"$dir/ended" || status=$?
	check_equal "the monitor ends, with an error" 1 "$status"
	module_load
else
	check_skip "the module is not held by who listens" \
		"it was loaded before"
	check_skip "the monitor ends, with an error" "it was loaded before"
fi
check "and the module is there again" module_loaded
exit 0
