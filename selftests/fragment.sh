#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Datagrams in fragments follow their first one: sent, received, relayed and
# forwarded into the tunnel; and what is wrong with them is dropped for what it
# is.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tools/lib.sh
. "$here/tools/lib.sh"

# Of a datagram of 3,000 bytes: what it shows, how many fragments arrive and
# what is dropped, and the fragments. Each is sent in IPv4 and received in IPv6;
# otherwise the first ones have to do.
cases='
in order | 3 | -c 0-1000,1000-2000,2000-3000
the last before the middle | 3 | -c 0-1000,2000-3000,1000-2000
backwards | 1 fragment-orphan=2 | -c 2000-3000,1000-2000,0-1000
overlapping the next | 2 fragment-orphan=1 fragment-overlap=1 | -c 0-1000,2000-2800,1000-2008,2800-3000
one twice | 2 fragment-orphan=1 fragment-overlap=1 | -c 0-1000,1000-2000,1000-2000,2000-3000
a new first | 4 | -c 0-1000,0-1000,1000-2000,2000-3000
one over the flags of TCP | 1 fragment-overlap=1 | -p tcp -D 80 -c 0-24,8-1000
just beyond it | 1 malformed=1 | -c 0-1000,65528-65536
far behind | 2 | -c 0-1000,65000-65496
the first second | 2 fragment-orphan=1 | -c 1000-2000,0-1000,2000-3000
without the first | 0 fragment-orphan=2 | -c 1000-2000,2000-3000
behind one that is whole | 3 fragment-orphan=1 | -c 0-1000,1000-2000,2000-3000,1000-2000
overlapping the first | 1 fragment-orphan=1 fragment-overlap=1 | -c 0-1000,992-2000,2000-3000
within the first | 1 fragment-overlap=1 | -c 0-1000,8-16
a second last | 2 fragment-overlap=1 | -c 0-1000,2000-3000,3000-3008
behind the last | 2 fragment-overlap=1 | -c 0-1000,2000-2008!,2504-2600
a last before what came | 2 fragment-overlap=1 | -c 0-1000,2000-2800,1000-1008!
a new first that is shorter | 4 fragment-orphan=1 fragment-overlap=1 | -c 0-1200,1200-2400,0-1000,1000-1008,1000-1016,2400-3000
a tiny first of UDP | 4 | -c 0-8,8-1000,1000-2000,2000-3000
a first without ports | 0 fragment-orphan=1 malformed=1 | -c 0-2!,8-1000
a first too short for TCP | 0 fragment-orphan=1 fragment-overlap=1 | -p tcp -D 80 -c 0-8,24-1000
a first too short for its flags alone | 0 fragment-overlap=1 | -p tcp -D 80 -c 0-16
beyond the end of all datagrams | 1 malformed=1 | -c 0-1000,65528-66000
odd length in the middle | 2 malformed=1 | -c 0-1000,1000-1999,2000-3000
odd length in the first | 0 fragment-orphan=1 malformed=1 | -c 0-999,1000-2000
too many pieces | 4 fragment-limit=1 | -c 0-80,160-240,320-400,480-560,640-720
three datagrams whose ids wrap | 9 | -F MAX -n 3 -c 0-1000,1000-2000,2000-3000
'

mesh_make()
{
	says[hub]='Routes = 192.168.7.0/24, fd00:7::/64'
	says[web]='Relay = hub'
	says[laptop]='Relay = hub'
	mesh_write <<-END
	[Rule datagrams]
	From = laptop, 192.168.7.0/24, fd00:7::/64
	To = any
	Allow = udp/7000, ping, tcp/80

	$*
	END
}

id=100

# cut FAMILY ARGUMENT...: fragments on the way that $path is.
cut()
{
	local family=$1

	shift
	set -- -S 5000 -D 7000 -l 2992 -F "$id" "$@"
	case $path in
	sent|received)	inject_from laptop hub "$family" "$@" ;;
	relayed)	inject_from laptop web "$family" "$@" ;;
	forwarded)	inject_lan laptop "$family" "$@" ;;
	esac
}

# check_cut FAMILY DESCRIPTION FATE COMMAND...: of a datagram.
check_cut()
{
	local family=$1 what=$2 expected=$3

	shift 3
	id=$((id + 16))
	check "IPv$family: $path: $what" \
		fate_next "$judge" "$watcher" "$expected" "$@"
}

# cut_cases FAMILY NUMBER
cut_cases()
{
	local family=$1 highest=65535 what expected arguments

	[ "$family" = 4 ] || highest=4294967295
	while IFS='|' read -r what expected arguments; do
		[ -n "$what" ] || continue
		expected=${expected# }
		# shellcheck disable=SC2086
		check_cut "$family" "${what% }" "${expected% }" \
			cut "$family" ${arguments/MAX/$highest}
	done <<<"$(head -n $(($2 + 1)) <<<"$cases")"
}

# The second first is for a port that is not allowed.
replaced()
{
	cut "$1" -c 0-1000
	cut "$1" -D 7001 -c 0-1000
	cut "$1" -c 1000-2000
}

mixed()
{
	cut "$1" -c 0-1000
	cut "$1" -F $((id + 1)) -c 1000-2000
	cut "$1" -S 5001 -c 1000-2000
}

# Of another protocol: another datagram in IPv4, but not in IPv6.
other_protocol()
{
	cut "$1" -c 0-1000
	cut "$1" -p 47 -c 1000-2000
}

# One sender may have 512 under way: the first of 520 makes room.
many()
{
	cut "$1" -n 520 -c 0-1000
	cut "$1" -c 1000-2000
	cut "$1" -F $((id + 519)) -c 1000-2000
}

changed=0

# A change of policy between the first and the next.
stale()
{
	cut "$1" -c 0-1000
	changed=$((changed + 1))
	mesh_make "[Rule other-$changed]
From = web
To = laptop
Allow = tcp/$changed"
	apply "$judge" >/dev/null
	cut "$1" -c 1000-2000
}

# cut_way PATH JUDGE WATCHER [FAMILY]: the first cases, and all of that family.
cut_way()
{
	local family expected

	path=$1 judge=$2 watcher=$3
	fate_begin "$judge" "$watcher"
	for family in 4 6; do
		check_cut "$family" "a new first that is refused" \
			"1 default=1 fragment-orphan=1" replaced "$family"
		check_cut "$family" "a change of policy before the next" \
			"1 fragment-orphan=1" stale "$family"
		if [ "$family" != "${4-}" ]; then
			cut_cases "$family" "$few"
			continue
		fi
		cut_cases "$family" "$all"
		check_cut "$family" "another id" \
			"2 fragment-orphan=1" mixed "$family"
		case $family in
		4)	expected='1 fragment-orphan=1' ;;
		6)	expected=2 ;;
		esac
		check_cut "$family" "another protocol" "$expected" \
			other_protocol "$family"
		check_cut "$family" "many at once" \
			"521 fragment-orphan=1" many "$family"
	done
}

# large FROM TO FAMILY: 60,000 bytes arrive as they were sent, and come back.
large()
{
	reaches "$1" udp "${ip[$2$3]}" 7000 -l 60000
}

# refused_large FROM TO FAMILY: likewise, to a port that is not allowed.
refused_large()
{
	at "$1" "$stream" send -n 1 -w 0 -l 60000 "${ip[$2$3]}" 7001
}

# rest FAMILY: how many fragments follow the first of 60,000 bytes.
rest()
{
	local mtu size

	mtu=$(link_of laptop wg0 mtu)
	size=$(((mtu - ($1 == 4 ? 20 : 48)) / 8 * 8))
	echo $(((60008 - 1) / size))
}

# refused FROM JUDGE TO FAMILY: by a node that did not send it.
refused()
{
	check "IPv$4: $path: 60,000 bytes to a port that is not allowed" \
		fate "$2" "$3" "0 default=1 fragment-orphan=$(rest "$4")" \
		refused_large "$1" "$3" "$4"
}

# begin ID: a datagram in either family.
begin()
{
	local path=sent

	id=$1 cut 4 -c 0-1000
	id=$1 cut 6 -c 0-1000
}

# end FAMILY ID: of that datagram.
end()
{
	local path=sent

	id=$2 cut "$1" -c 1000-2000
}

need nft ping
setup
few=9
all=$(grep -c '|' <<<"$cases")
plan $((2 + 2 * (7 + all + few + 7 + 2 * (few + 2) + 3)))
underlay hub web laptop
lan_make hub
forwarding hub
mesh_make
check "three nodes" apply hub web laptop
for node in hub web laptop; do
	serve "$node" udp 7000
	# Half datagrams are to stay without a word.
	at "$node" sysctl -q -w net.ipv4.ipfrag_time=3600 \
		net.ipv6.ip6frag_time=3600
	watch "$node" made iifname wg0 meta l4proto != '{ icmp, icmpv6 }'
done

# A policy that changes would make an orphan of what follows, too.
begin 60
begun=$SECONDS
for family in 4 6; do
	check "IPv$family: 60,000 bytes" large laptop hub "$family"
	check "IPv$family: 60,000 bytes through a relay" \
		large laptop web "$family"
	# Its fragments do not fit the tunnel: others are made of them. In
	# IPv6 the first datagram tells that they do not.
	large lan laptop "$family" >/dev/null
	check "IPv$family: 60,000 bytes from a network behind it" \
		large lan laptop "$family"
	check "IPv$family: an echo of 8,000 through a relay" \
		at laptop ping -q -c 1 -W 15 -s 8000 "${ip[web$family]}"
	# The kernel gives up a datagram whose first fragment was not sent.
	check "IPv$family: sent: 60,000 bytes to a port that is not allowed" \
		fate laptop hub "0 default=1" \
		refused_large laptop hub "$family"
done
begin 80
nap 0.5
until [ $((SECONDS - begun)) -gt 31 ]; do
	nap 0.5
done
for family in 4 6; do
	check "IPv$family: sent: after 30 seconds nothing follows" \
		fate laptop hub "0 fragment-orphan=1" end "$family" 60
	check "IPv$family: sent: before that, it does" \
		fate laptop hub 1 end "$family" 80
done
cut_way sent laptop hub 4
check "laptop stops enforcing" ward laptop detach
cut_way received hub hub 6
for family in 4 6; do
	refused laptop hub hub "$family"
done
cut_way relayed hub web
for family in 4 6; do
	refused laptop hub web "$family"
done
ip -n "${ns}lan" link set eth0 mtu "$(link_of laptop wg0 mtu)"
cut_way forwarded hub laptop
for family in 4 6; do
	refused lan hub laptop "$family"
done
exit 0
