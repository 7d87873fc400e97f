#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command is killed at each of the messages that it sends, one run after
# the other. What it leaves is the old policy, the new one, or the guard, in
# which only passes what both let pass; and the next run puts it right.

. "$(dirname "$0")/lib.sh"

# Before: port 1 and 2 are open. After: 2 and 3, and there is one more peer,
# and a route. Never 4.
mesh_before()
{
	nodes=(web laptop)
	mesh_write <<-END
	[Rule both]
	From = laptop
	To = web
	Allow = udp/2

	[Rule before]
	From = laptop
	To = web
	Allow = udp/1
	END
}

mesh_after()
{
	nodes=(web laptop db)
	says[db]='Routes = 192.168.9.0/24'
	mesh_write <<-END
	[Rule both]
	From = laptop
	To = web
	Allow = udp/2

	[Rule after]
	From = laptop
	To = web
	Allow = udp/3

	[Rule database]
	From = laptop
	To = db
	Allow = udp/5
	END
}

# open_ports: which of them let packets through, such as "12".
open_ports()
{
	local port ports='' wait probes=()

	for port in 1 2 3 4; do
		# What is open in any case may take its time to answer.
		wait=$((port == 2 ? 5000 : 300))
		at laptop "$stream" send -n 1 -w "$wait" "${ip[web4]}" "$port" \
			>/dev/null &
		probes[port]=$!
	done
	for port in 1 2 3 4; do
		! wait "${probes[port]}" || ports+=$port
	done
	echo "$ports"
}

# killed_at NUMBER [KEY]: 0 if the command had not so many messages to send.
killed_at()
{
	strace -f -qq -o "$dir/strace" -e trace=sendto \
		-e inject="sendto:signal=SIGKILL:when=$1" \
		"$command" -n "${ns}laptop" -i wg0 \
		apply "$mesh" --key "$dir/${2-laptop}.key" >"$dir/killed" 2>&1
}

# left: what the kill left behind, judged by packets; sets $phase.
left()
{
	local state ports

	state=$(state laptop)
	ports=$(open_ports)
	phase=$state-$ports
	echo "$state, open: $ports"
	case $phase in
	enforcing-12)	phase=before ;;
	interrupted-2)	phase=guard ;;
	enforcing-23)	phase=after ;;
	*)		return 1 ;;
	esac
}

told()
{
	local status

	status=$(ward laptop status)
	echo "$status"
	grep -q -i interrupted <<<"$status"
}

# round NUMBER: kills, looks, repairs, and goes back; 1 when something was
# wrong, 2 when the command came to its end before it was killed.
round()
{
	mesh_after
	killed_at "$1" && return 2
	left || return 1
	seen[$phase]=$((${seen[$phase]-0} + 1))
	case $phase in
	before)	return 0 ;;
	guard)	told || return 1 ;;
	esac
	apply laptop || return 1
	[ "$(state laptop)" = enforcing ] || return 1
	[ "$(open_ports)" = 23 ] || return 1
	at laptop wg show wg0 peers | grep -F "${public[db]}" || return 1
	ip -n "${ns}laptop" route show dev wg0 | grep 192.168.9.0 || return 1
	mesh_before
	apply laptop
}

# rounds: one after the other, until the command gets through, or for long has
# had the new policy in force.
rounds()
{
	local number status

	for ((number = 1; number < 100; number++)); do
		status=0
		round "$number" || status=$?
		[ "$status" != 2 ] && [ "${seen[after]-0}" -lt 3 ] || return 0
		[ "$status" = 0 ] && continue
		echo "message $number:"
		cat "$dir/killed"
		ward laptop status
		return 1
	done
	return 1
}

# is NODE OTHER: laptop has NODE's key, and OTHER is a peer of it.
is()
{
	local peers

	[ "$(at laptop wg show wg0 public-key)" = "${public[$1]}" ] || return
	peers=$(at laptop wg show wg0 peers)
	[[ $peers == *"${public[$2]}"* && $peers != *"${public[$1]}"* ]]
}

# traded: laptop takes db's place, and becomes itself again whenever that was
# cut short. The former private key dies with the command.
traded()
{
	local number

	for ((number = 1; number < 100; number++)); do
		killed_at "$number" db && break
		apply laptop && is laptop db && continue
		echo "message $number:"
		cat "$dir/killed"
		ward laptop status
		at laptop wg show wg0
		return 1
	done
	cat "$dir/killed"
	is db laptop && apply laptop && is laptop db
}

# at_once: two commands make the same interface.
at_once()
{
	local first status=0

	ward laptop down || return
	ward laptop apply "$mesh" --key "$dir/laptop.key" >"$dir/first" 2>&1 &
	first=$!
	ward laptop apply "$mesh" --key "$dir/laptop.key" || status=1
	wait "$first" || status=1
	cat "$dir/first"
	[ "$status" = 0 ] && [ "$(state laptop)" = enforcing ] &&
		[ "$(changed laptop)" = false ]
}

declare -A seen=()
need strace
setup
plan 10
underlay web laptop db
mesh_before
check "two nodes" apply web laptop
# At the other end everything is allowed, so that laptop alone decides.
mesh_write <<-END
[Rule all]
From = any
To = any
Allow = any
END
check "web allows everything" apply web
mesh_before
for port in 1 2 3 4; do
	serve web udp "$port"
done
check_equal "ports 1 and 2 are open" 12 "$(open_ports)"
check "whenever it is killed, nothing is open that should not be" rounds
check_more "some runs were killed before the guard" "${seen[before]-0}" 0
check_more "some under the guard" "${seen[guard]-0}" 0
check_more "and some when it had changed the policy" "${seen[after]-0}" 0
mesh_after
check "a trade of keys with a peer is cut short, undone, and done" traded
check "of two commands at once none takes back what is the other's" at_once
mesh_before
check "and nothing is left of it in the end" apply laptop
echo "# killed before: ${seen[before]-0}, guarded: ${seen[guard]-0}, after: ${seen[after]-0}"
exit 0
