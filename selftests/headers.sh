#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Headers of every kind, sound and not, sent and received, also where they are
# in several pieces of memory or in front of a super-packet, which may be larger
# than a length field can tell: WireGuard does not let programs send such (BIG
# TCP), but what is forwarded to it can be.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tools/lib.sh
. "$here/tools/lib.sh"

# The IP version or "any", what it shows, what becomes of it, and the packet.
# Without more it is UDP to a port that is allowed. What WireGuard itself does
# not carry, or carries cut to the length that it says, is "sent" only.
pad6='0000010400000000'
cases="
any | UDP without a payload | 1 | -l 0
any | TCP without a payload | 1 | -p tcp -D 80 -f S
any | an echo without a payload | 1 | -p icmp -T PING -I 7
any | UDP to another port | 0 default=1 | -D 7001
any | AH, then UDP | 1 | -e 51:000400000000000100000001000000000000000000000000
any | AH, then UDP to another port | 0 default=1 | -e 51:000400000000000100000001000000000000000000000000 -D 7001
any | AH of no length | 0 malformed=1 | -e 51:0000000000000001
any | AH beyond the end | 0 malformed=1 | -e 51:00ff00000000000100000001
any | eight times AH | 1 | $(printf -- '-e 51:000100000000000100000001 %.0s' {1..8})
any | nine times AH | 0 extension-header=1 | $(printf -- '-e 51:000100000000000100000001 %.0s' {1..9})
any | ESP | 1 | -p 50 -l 40
any | ESP without a payload | 1 | -p 50
any | AH, then ESP | 1 | -e 51:000100000000000100000001 -p 50
any | a protocol that is not allowed | 0 default=1 | -p 99 -l 20
any | ICMP of the other version | 0 malformed=1 | -p icmp -x protocol -T 8
any | TCP cut short | 0 malformed=1 | -p tcp -x short
any | TCP longer than the packet | 0 malformed=1 | -p tcp -D 80 -f A -x offset -l 10
any | SCTP without a chunk | 0 malformed=1 | -p 132 -x short
any | sent: a version that lies | 0 malformed=1 | -x version
any | sent: told to be of the other version | 0 malformed=1 | -k OTHER
any | sent: told to be ARP | 0 malformed=1 | -k 0x806
any | sent: told to be nothing | 0 malformed=1 | -k 0xffff
any | sent: a length beyond the packet | 0 malformed=1 | -x length
any | sent: a length within UDP's header | 0 malformed=1 | -L WITHIN
any | sent: a length of one | 0 malformed=1 | -L 1
any | sent: the header cut short | 0 malformed=1 | -t 19
any | sent: half an address | 0 malformed=1 | -t HALF
4 | sent: a length within the header | 0 malformed=1 | -L 19
4 | sent: a header shorter than a header | 0 malformed=1 | -x header
4 | options that do nothing | 1 | -o 01010100
4 | a router alert | 1 | -o 94040000
4 | a timestamp | 1 | -o 440c05000000000000000000
4 | record route | 1 | -o 07070400000000
4 | as many options as there can be | 1 | -o $(printf '01%.0s' {1..40})
4 | a loose source route | 0 source-route=1 | -o 83070400000000
4 | a strict source route | 0 source-route=1 | -o 89070400000000
4 | a source route that is used up | 0 source-route=1 | -o 83070800000000
4 | a source route behind another option | 0 source-route=1 | -o 9404000083070400000000
4 | a source route behind nothings | 0 source-route=1 | -o 01010183070400000000
4 | a source route behind the end | 1 | -o 00830704000000
4 | an option of length zero | 0 malformed=1 | -o 07000000
4 | an option of length one | 0 malformed=1 | -o 07010000
4 | an option beyond the header | 0 malformed=1 | -o 07080400
4 | an option without a length | 0 malformed=1 | -o 01010107
4 | a source route in a later fragment | 0 source-route=1 | -F 7 -l 2000 -o 83070400000000 -c 800-1600
4 | options in a first fragment, to another port | 0 default=1 | -F 7 -l 2000 -D 7001 -o 01010101 -c 0-800
6 | hop-by-hop options | 1 | -e 0:$pad6
6 | hop-by-hop options twice | 0 extension-header=1 | -e 0:$pad6 -e 0:$pad6
6 | hop-by-hop options behind others | 0 extension-header=1 | -e 60:$pad6 -e 0:$pad6
6 | hop-by-hop options, to another port | 0 default=1 | -e 0:$pad6 -D 7001
6 | hop-by-hop options beyond the end | 0 malformed=1 | -e 0:00ff010400000000
6 | a router alert | 1 | -e 0:0000050200000100
6 | a jumbo payload that is none | 0 malformed=1 | -e 0:0000c20400010000
6 | a jumbo payload of what fits | 0 malformed=1 | -e 0:0000c20400000010
6 | destination options | 1 | -e 60:$pad6
6 | destination options, to another port | 0 default=1 | -e 60:$pad6 -D 7001
6 | destination options twice | 1 | -e 60:$pad6 -e 60:$pad6
6 | destination options of 256 bytes | 1 | -e 60:001f01fc$(printf '00%.0s' {1..252})
6 | an option beyond its header | 0 malformed=1 | -e 60:0000010500000000
6 | a jumbo payload in destination options | 0 malformed=1 | -e 60:0000c20400010000
6 | a home address | 0 source-route=1 | -e 60:000201020000c910$(printf 'fd%.0s' {1..16})
6 | a routing header that is used up | 1 | -e 43:0002000000000000$(printf '00%.0s' {1..16})
6 | a routing header with segments left | 0 source-route=1 | -e 43:0002000100000000$(printf '00%.0s' {1..16})
6 | a routing header for mobility | 0 source-route=1 | -x source-route
6 | segment routing | 0 source-route=1 | -e 43:0002040100000000$(printf '00%.0s' {1..16})
6 | segment routing that is used up, to another port | 0 default=1 | -e 43:0002040000000000$(printf '00%.0s' {1..16}) -D 7001
6 | segments left behind options | 0 source-route=1 | -e 60:$pad6 -e 43:0002000100000000$(printf '00%.0s' {1..16})
6 | a routing header beyond the end | 0 malformed=1 | -e 43:00ff000000000000
6 | a fragment of one | 1 | -e 44:0000000012345678
6 | a fragment of one, to another port | 0 default=1 | -e 44:0000000012345678 -D 7001
6 | two fragment headers | 0 extension-header=1 | -e 44:0000000012345678 -e 44:0000000012345678
6 | half a fragment header | 0 malformed=1 | -p 44 -l 0
6 | options in a first fragment | 1 | -e 44:0000000112345678 -e 60:$pad6 -l 104
6 | a first fragment of nothing but options | 0 fragment-overlap=1 | -e 44:0000000112345678 -e 60:$pad6 -L 16
6 | no next header | 1 | -p 59
6 | no next header, and bytes | 1 | -p 59 -l 20
6 | mobility | 0 extension-header=1 | -e 135:0000000000000000
6 | HIP | 0 extension-header=1 | -e 139:0000000000000000
6 | shim6 | 0 extension-header=1 | -e 140:0000000000000000
6 | the first experiment | 0 extension-header=1 | -e 253:0000000000000000
6 | the second experiment | 0 extension-header=1 | -e 254:0000000000000000
6 | an experiment behind options | 0 extension-header=1 | -e 60:$pad6 -x extension
6 | eight headers | 1 | $(printf -- "-e 60:$pad6 %.0s" {1..8})
6 | nine headers | 0 extension-header=1 | $(printf -- "-e 60:$pad6 %.0s" {1..9})
6 | hop-by-hop and eight headers | 1 | -e 0:$pad6 $(printf -- "-e 60:$pad6 %.0s" {1..8})
"

# Where there is more than one piece of memory, what is in the first: the
# addresses, and what is judged is behind.
piece_cases="
any | UDP | 1 |
any | UDP to another port | 0 default=1 | -D 7001
any | UDP, with half its ports in the first piece | 1 | -N HEADER+2
any | the same to another port | 0 default=1 | -N HEADER+2 -D 7001
any | a super-packet of TCP | 30 | -G 1000 -p tcp -D 80 -f A -l 30000
any | the same to another port | 0 default=1 | -G 1000 -p tcp -D 81 -f A -l 30000
any | BIG TCP | 9 | -G 8000 -p tcp -D 80 -f A -l 69000
any | the same to another port | 0 default=1 | -G 8000 -p tcp -D 81 -f A -l 69000
6 | BIG TCP with its length in an option | JUMBO | -e 0:0000c20400010da4 -G 8000 -p tcp -D 80 -f A -l 69000
6 | the same to another port | 0 default=1 | -e 0:0000c20400010da4 -G 8000 -p tcp -D 81 -f A -l 69000
6 | BIG TCP shorter than its option says | 0 malformed=1 | -e 0:0000c20400010da5 -G 8000 -p tcp -D 80 -f A -l 69000
any | TCP | 1 | -p tcp -D 80 -f S
any | TCP longer than its header says | 0 malformed=1 | -p tcp -D 80 -f S -x offset -l 5 -L HEADER+25
any | a packet with nothing in its first piece but a byte | 0 default=1 | -N 1 -D 7001
any | a first fragment | 1 | -F 9 -c 0-5000
any | a later one without it | 0 fragment-orphan=1 | -F 10 -c 800-5800
any | AH, then UDP to another port | 0 default=1 | -e 51:000100000000000100000001 -D 7001
4 | a source route | 0 source-route=1 | -o 83070400000000
6 | segments left | 0 source-route=1 | -e 43:0002000100000000$(printf '00%.0s' {1..16})
6 | options, then UDP | 1 | -e 60:$pad6
6 | options, then UDP to another port | 0 default=1 | -e 60:$pad6 -D 7001
"

mesh_make()
{
	mesh_write <<-END
	[Rule some]
	From = laptop
	To = any
	Allow = udp/7000, tcp/80, ping, 50, 59
	END
}

# packets FAMILY CASES [FIXED...]: one from laptop to hub for each case.
packets()
{
	local family=$1 table=$2 header version what expected arguments

	shift 2
	header=$((family == 4 ? 20 : 40))
	fate_begin "$judge" hub
	while IFS='|' read -r version what expected arguments; do
		case $version in
		"any "|"$family ") ;;
		*)	continue ;;
		esac
		case $path:$what in
		received:" sent:"*) continue ;;
		esac
		case $family in
		4)	arguments=${arguments/PING/8}
			arguments=${arguments/OTHER/0x86dd}
			arguments=${arguments/WITHIN/24}
			arguments=${arguments/HALF/14} ;;
		6)	arguments=${arguments/PING/128}
			arguments=${arguments/OTHER/0x800}
			arguments=${arguments/WITHIN/4}
			arguments=${arguments/HALF/30} ;;
		esac
		arguments=${arguments/HEADER+25/$((header * (family == 4) + 25))}
		arguments=${arguments/HEADER+2/$((header + 2))}
		what=${what# sent:}
		what=${what% }
		expected=${expected# }
		expected=${expected/JUMBO/${jumbo-}}
		# shellcheck disable=SC2086
		check "IPv$family: $path: ${what# }" fate_next "$judge" hub \
			"${expected% }" inject_from laptop hub "$family" \
			-S 5000 -D 7000 -l 64 "$@" $arguments
	done <<<"$table"
}

# jumbo_read: how many segments there are, without a ward, of BIG TCP with its
# length in an option. Linux 6.1 makes none of it on a device without a link
# header, since it moves one when it takes the option away.
jumbo_read()
{
	ward laptop detach || return
	watched hub made >/dev/null
	inject_from laptop hub 6 -S 5000 -N 40 -e 0:0000c20400010da4 -G 8000 \
		-p tcp -D 80 -f A -l 69000 || return
	nap 2
	jumbo=$(watched hub made)
	echo "# jumbo=$jumbo"
	apply laptop
}

# count_packets CASES: of all families.
count_packets()
{
	echo $(($(grep -c '^any |' <<<"$1") * 2 +
		$(grep -c '^[46] |' <<<"$1")))
}

need ethtool nft
setup
plan $((3 + 2 * $(count_packets "$cases") - $(grep -c '^any | sent:' <<<"$cases") * 2 -
	$(grep -c '^[46] | sent:' <<<"$cases") + $(count_packets "$piece_cases")))
underlay hub laptop
mesh_make
check "two nodes" apply hub laptop
watch hub made iifname wg0
# Answers would be judged, too.
at hub nft add rule inet watch pre iifname wg0 drop

path=sent judge=laptop
for family in 4 6; do
	packets "$family" "$cases"
done
# Segments of a super-packet are to be counted one by one.
at hub ethtool -K wg0 gro off
for node in hub laptop; do
	ip -n "$ns$node" link set wg0 mtu 9000
done
check "what the kernel makes of BIG TCP by itself" jumbo_read
path='in pieces'
packets 4 "$piece_cases" -N 20 -l 6000
packets 6 "$piece_cases" -N 40 -l 6000
for node in hub laptop; do
	ip -n "$ns$node" link set wg0 mtu 1420
done
check "laptop stops enforcing" ward laptop detach
path=received judge=hub
for family in 4 6; do
	packets "$family" "$cases"
done
exit 0
