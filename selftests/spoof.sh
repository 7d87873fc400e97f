#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that lie: about who sent them, or about what they are. They come
# from a node that enforces nothing, and that laptop's WireGuard was told to
# believe everything.

. "$(dirname "$0")/lib.sh"

mesh_make()
{
	says[laptop]='Routes = 192.168.9.0/24, fd00:9::/64'
	mesh_write <<-END
	[Rule all]
	From = any, 192.168.9.0/24, fd00:9::/64
	To = any, 192.168.9.0/24, fd00:9::/64
	Allow = any
	END
}

# send FAMILY ARGUMENT...: from web to laptop, unless the arguments say else.
send()
{
	local family=$1

	shift
	at web "$inject" -i wg0 -s "${ip[web$family]}" \
		-d "${ip[laptop$family]}" -p tcp -S 1 -D 2 -f A -l 80 "$@"
}

# refused REASON COMMAND...: three packets, none delivered, all counted.
refused()
{
	local reason=$1 before after got

	shift
	watched laptop made >/dev/null
	before=$(dropped laptop "$reason")
	"$@" -n 3
	dropped_by laptop "$reason" $((before + 3))
	after=$(dropped laptop "$reason")
	got=$(watched laptop made)
	echo "delivered: $got, dropped before: $before, after: $after"
	[ "$got" = 0 ] && [ "$after" = $((before + 3)) ]
}

# accepted COMMAND...: three packets, all delivered.
accepted()
{
	watched laptop made >/dev/null
	made=0
	"$@" -n 3
	wait_for 15 arrived 3
}

arrived()
{
	made=$((made + $(watched laptop made)))
	[ "$made" -ge "$1" ]
}

# refused_at_sender FAMILY REASON ARGUMENT...: likewise, where WireGuard itself
# would not carry the packet: a ward looks at it before.
refused_at_sender()
{
	local family=$1 reason=$2 before

	shift 2
	before=$(dropped laptop "$reason")
	at laptop "$inject" -i wg0 -s "${ip[laptop$family]}" \
		-d "${ip[web$family]}" -p tcp -S 1 -D 2 -f A -l 80 -n 3 "$@"
	[ "$(dropped laptop "$reason")" = $((before + 3)) ]
}

need nft
setup
plan 24
underlay web laptop
mesh_make
check "two nodes that allow everything" apply web laptop
check "web stops enforcing" ward web detach
at laptop wg set wg0 peer "${public[web]}" allowed-ips 0.0.0.0/0,::/0
watch laptop made iifname wg0

for family in 4 6; do
	self=${ip[laptop$family]}
	case $family in
	4)	behind=192.168.9.1 stranger=10.10.0.200 ;;
	6)	behind=fd00:9::1 stranger=fd00:10::200 ;;
	esac
	check "IPv$family: an honest packet passes" accepted send "$family"
	check "IPv$family: and one to what is behind laptop" \
		accepted send "$family" -d "$behind"
	check "IPv$family: from laptop's own address" \
		refused spoofed send "$family" -s "$self" -d "$behind"
	check "IPv$family: from the address that it is for" \
		refused same-address send "$family" -s "$self"
	check "IPv$family: from an address of the mesh that no node has" \
		refused unowned send "$family" -s "$stranger"
	check "IPv$family: a TCP header longer than the packet" \
		refused malformed send "$family" -x offset -l 10
	check "IPv$family: a transport header cut short" \
		refused malformed send "$family" -p udp -x short
	check "IPv$family: a source route" \
		refused source-route send "$family" -x source-route
	check "IPv$family: a version of the other family" \
		refused_at_sender "$family" malformed -x version
	check "IPv$family: a length beyond the packet" \
		refused_at_sender "$family" malformed -x length
	[ "$family" = 4 ] ||
		check "IPv6: an extension header that nobody knows" \
			refused extension-header send 6 -x extension
	[ "$family" = 6 ] ||
		check "IPv4: a header shorter than a header" \
			refused_at_sender 4 malformed -x header
done
exit 0
