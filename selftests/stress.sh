#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Interfaces are renamed, moved to another namespace and deleted, attached and
# detached; policies are committed, some on trial; all of it is looked at and
# listened to: eight ways at once, under iperf3. No word of it in the kernel's
# log, no ward is left on trial, and what all policies allow went through.
#
# DURATION is how many seconds, 20 by default.

. "$(dirname "$0")/lib.sh"

duration=${DURATION-20}
# Seconds in which a change on trial is to be confirmed.
trial=2

mesh_make()
{
	mesh_write <<-END
	[Rule stream]
	From = laptop
	To = web
	Allow = tcp/5201

	[Rule some]
	From = laptop
	To = any
	Allow = udp/$1
	END
	cp "$mesh" "$dir/mesh.$1"
}

# change FILE [OPTION...]: what laptop's policy is to be.
change()
{
	ward laptop apply "$dir/mesh.$1" --key "$dir/laptop.key" "${@:2}"
}

# link WORD...: at laptop.
link()
{
	ip -n "${ns}laptop" link "$@"
}

### The eight ways, each of which ends with its process

way_rename()
{
	link set wg1 name wgx
	link set wgx name wg1
}

way_move()
{
	link set wg2 netns "${ns}away"
	ip -n "${ns}away" link set wg2 netns "${ns}laptop"
}

way_delete()
{
	link delete wg3
	link add wg3 type wireguard
	link set wg3 up
}

# Not that of the stream.
way_attach()
{
	local name=wg$((1 + RANDOM % 3)) options=()

	[ $((RANDOM % 2)) = 0 ] || options=(-c 1)
	at laptop "$allow" "${options[@]}" "$name"
	[ $((RANDOM % 2)) = 0 ] || at laptop "$allow" -d "$name"
}

way_commit()
{
	change $((7000 + RANDOM % 2))
}

way_trial()
{
	change $((7000 + RANDOM % 2)) --confirm "$trial" &&
		echo >>"$dir/trials"
	case $((RANDOM % 4)) in
	0)	ward laptop confirm ;;
	1)	ward laptop rollback ;;
	2)	sleep "$trial" ;;
	*)	ward laptop abort ;;
	esac
}

way_look()
{
	local what

	for what in nodes groups rules flows drops; do
		ward laptop show "$what"
	done
	ward laptop status
	ward laptop metrics
}

way_listen()
{
	local name=wg$((RANDOM % 4))

	timeout -s KILL 1 "$command" -n "${ns}laptop" -i "$name" monitor
}

# way NAME: over and over; how often is in $dir/times.NAME.
way()
{
	local count=0

	while [ -e "$dir/go" ]; do
		"way_$1"
		count=$((count + 1))
		echo "$count" >"$dir/times.$1"
	done </dev/null >/dev/null 2>&1
}

ways=(rename move delete attach commit trial look listen)

### What came of it

# listens: the server of the stream, at web.
listens()
{
	[ -n "$(at web ss -tlnH 'sport = 5201')" ]
}

# went WAY: to its end at least once; what it did may have been refused.
went()
{
	local count=0

	[ ! -e "$dir/times.$1" ] || read -r count <"$dir/times.$1"
	echo "# $1: $count times" >>"$dir/times"
	[ "$count" -gt 0 ]
}

all_went()
{
	local way status=0

	for way in "${ways[@]}"; do
		went "$way" || { echo "$way"; status=1; }
	done
	return "$status"
}

# streamed: iperf3 says what came through.
streamed()
{
	cat "$dir/iperf"
	[ "$(jq '.end.sum_received.bytes' "$dir/iperf")" -gt 100000 ]
}

# states: of all of laptop's wards, as they begin to be listened to.
states()
{
	timeout 1 "$command" -n "${ns}laptop" monitor
}

# settled: nothing is on trial, or on the way back.
settled()
{
	states >"$dir/states"
	grep -q enforcing "$dir/states" &&
		! grep -E 'unconfirmed|guarded|interrupted' "$dir/states"
}

# settles: it is before long.
settles()
{
	wait_for 60 settled || { cat "$dir/states"; return 1; }
}

setup
need iperf3 jq ss timeout
allow=$here/netlink/allow
[ -x "$allow" ] || make -s -C "$here/netlink" ||
	skip "cannot build selftests/netlink"
plan 6
underlay web laptop
namespace away
mesh_make 7000
mesh_make 7001
check "two nodes" apply web laptop
for name in wg1 wg2 wg3; do
	link add "$name" type wireguard
done

touch "$dir/go"
start web iperf3 -s -1 >/dev/null
wait_for 20 listens
start laptop iperf3 -J -b 3M -t $((duration + 5)) -c "${ip[web4]}" \
	>"$dir/iperf"
stream=$pid
running=()
for name in "${ways[@]}"; do
	way "$name" &
	running+=($!)
	background+=($!)
done
nap "$duration"
rm "$dir/go"
wait "${running[@]}"
check "eight ways at once, and none of them stuck" all_went
check "nothing is left on trial" settles
wait "$stream"
check "the stream went on" streamed
check "the policy can be changed" change 7001
check "the ward enforces it" test "$(state laptop)" = enforcing
cat "$dir/times"
[ ! -e "$dir/trials" ] || echo "# on trial: $(wc -l <"$dir/trials") times"
exit 0
