#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ICMP errors follow the flow that they quote: those that the kernels of a path
# send do their work, those that somebody makes up are dropped.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tools/lib.sh
. "$here/tools/lib.sh"

# About a datagram that laptop sends to web: the IP version or "any", what it
# shows, what becomes of it, who sends it, and how it differs from "too big, by
# web". Names of nodes stand for their addresses.
cases='
any | by who was asked | 1 | web
any | by the relay on the way | 1 | hub -A hub
any | by a router behind who was asked | 1 | web -A lan
any | by another node | 0 icmp-error=1 | db -A db
any | by an address that nobody has | 0 icmp-error=1 | hub -A nobody
any | in the name of who sent it | 0 same-address=1 | hub -A laptop
any | in the name of what is behind who sent it | 0 spoofed=1 | hub -A home
any | about another port | 0 icmp-error=1 | web -D 7001
any | about another port of the sender | 0 icmp-error=1 | web -S 40001
any | about another protocol | 0 icmp-error=1 | web -p tcp
any | about what another sent | 0 icmp-error=1 | web -s db
any | about what was sent to another | 0 icmp-error=1 | web -d db
any | about an answer | 0 icmp-error=1 | web -s web -d laptop -S 7000 -D 40000
any | about an error | 0 icmp-error=1 | web -p icmp -T 3/3
any | quoting two bytes of ports | 0 icmp-error=1 | web -q PORTS-2
any | quoting nothing but ports | 1 | web -q PORTS
any | quoting a part of the header | 0 icmp-error=1 | web -q 19
any | quoting nothing | 0 icmp-error=1 | web -q 0
any | quoting a first fragment | 1 | web -F 9 -c 0-104
any | quoting a later fragment | 0 icmp-error=1 | web -F 9 -c 104-108
any | quoting AH | 1 | web -e 51:000400000000000000000000000000000000000000000000
any | quoting half of AH | 0 icmp-error=1 | web -e 51:000400000000000000000000000000000000000000000000 -q PORTS
any | quoting a version that lies | 0 icmp-error=1 | web -x version
4 | quoting options | 1 | web -o 01010101
4 | quoting a source route | 0 icmp-error=1 | web -o 8307040a00000300
4 | quoting a header too short | 0 icmp-error=1 | web -x header
4 | network unreachable | 1 | web -E 3/0
4 | port unreachable | 1 | web -E 3/3
4 | source quench | 1 | web -E 4
4 | time exceeded | 1 | hub -A hub -E 11
4 | parameter problem | 1 | web -E 12
4 | a redirect | 0 default=1 | web -E 5/1
4 | an error of IPv6 | 0 default=1 | web -E 2
6 | quoting destination options | 1 | web -e 60:0000010400000000
6 | quoting hop-by-hop options | 1 | web -e 0:0000010400000000
6 | quoting hop-by-hop and twice destination options | 1 | web -e 0:0000010400000000 -e 60:0000010400000000 -e 60:0000010400000000 -q 200
6 | quoting a routing header | 1 | web -e 43:0000040000000000
6 | quoting a fragment of one | 1 | web -e 44:0000000012345678
6 | quoting options inside a first fragment | 1 | web -e 44:0000000112345678 -e 60:0000010400000000
6 | quoting a header that nobody knows | 0 icmp-error=1 | web -x extension
6 | quoting mobility | 0 icmp-error=1 | web -e 135:0000000000000000
6 | quoting half a header | 0 icmp-error=1 | web -e 60:0000010400000000 -q 44
6 | quoting options beyond the end | 0 icmp-error=1 | web -e 60:00ff010400000000
6 | no route | 1 | web -E 1/0
6 | port unreachable | 1 | web -E 1/4
6 | time exceeded | 1 | hub -A hub -E 3
6 | parameter problem | 1 | web -E 4/1
6 | an error that nobody knows | 1 | web -E 100
6 | a redirect | 0 default=1 | web -E 137
6 | an error of IPv4 as an unknown one | 1 | web -E 11
'
# At the relay of the same flow.
relay_cases='
any | by who was asked | 1 | web
any | by another node | 0 icmp-error=1 | db -A db
any | about what was not sent | 0 icmp-error=1 | web -D 7001
any | to another node | 0 icmp-error=1 | web -B db
any | about what another sent, to it | 0 icmp-error=1 | web -s db -B db
'

mesh_make()
{
	says[hub]='Groups = relays'
	says[web]=$'Relay = hub\nRoutes = 192.168.7.0/24, fd00:7::/64'
	says[laptop]=$'Relay = hub\nRoutes = 192.168.9.0/24, fd00:9::/64'
	says[db]='Relay = hub'
	mesh_write <<-END
	[Rule datagrams]
	From = laptop
	To = web, 192.168.7.0/24, fd00:7::/64
	Allow = udp/7000, udp/7002, ping, tcp/80, gre
	END
}

# told FAMILY OPTION...: laptop sends a packet, and gets an error.
told()
{
	local family=$1

	shift
	fate laptop laptop 1 inject_from laptop web "$family" -l 20 "$@"
}

# refused_port FAMILY: nobody is at that port, and laptop is told.
refused_port()
{
	local text

	text=$(at laptop "$stream" send -n 5 -r 10 -w 0 "${ip[web$1]}" 7002)
	echo "$text"
	[[ $text =~ (errors|refused)=[1-9] ]]
}

# expired FAMILY ADDRESS HOPS NODE: ping is told by whom its packet was lost.
expired()
{
	local text

	text=$(at laptop ping -n -c 2 -i 0.3 -W 2 -t "$3" "$2")
	echo "$text"
	[[ ${text,,} =~ from\ ${ip[$4$1]}:?\ .*(exceeded|hop\ limit) ]]
}

# learned ADDRESS MTU: by laptop.
learned()
{
	ip -n "${ns}laptop" route get "$1" | grep -w "mtu $2"
}

forget()
{
	ip -n "${ns}laptop" -4 route flush cache
	ip -n "${ns}laptop" -6 route flush cache
}

# fits PROTOCOL ADDRESS PORT MTU: messages that are too long for the path do
# arrive, in the end, as their sender has learned its MTU.
fits()
{
	local protocol=$1 address=$2 port=$3 mtu=$4

	forget
	! learned "$address" "$mtu" || return
	[ "$protocol" = tcp ] || lost_and_learned || return
	reaches laptop "$protocol" "$address" "$port" -l 1340 -n 20 -r 50 &&
		learned "$address" "$mtu"
}

# A datagram does not arrive, but news of why does.
lost_and_learned()
{
	! reaches laptop udp "$address" "$port" -l 1340 -w 700 &&
		wait_for 1 learned "$address" "$mtu"
}

# detach NODE...
detach()
{
	local node

	for node in "$@"; do
		ward "$node" detach || return
	done
}

# address NAME FAMILY
address()
{
	case $1$2 in
	home4)		echo 192.168.9.1 ;;
	home6)		echo fd00:9::1 ;;
	nobody4)	echo 10.10.0.200 ;;
	nobody6)	echo fd00:10::200 ;;
	*)		echo "${ip[$1$2]}" ;;
	esac
}

# quote FAMILY NODE ARGUMENT...: the node reports an error.
quote()
{
	local family=$1 node=$2 kind arguments=()

	shift 2
	while [ $# -gt 0 ]; do
		arguments+=("$1")
		case $1 in
		-[sdAB])
			arguments+=("$(address "$2" "$family")")
			shift
			;;
		esac
		shift
	done
	kind=$((family == 4 ? 3 : 2))/$((family == 4 ? 4 : 0))
	at "$node" "$inject" -i wg0 -s "${ip[laptop$family]}" \
		-d "${ip[web$family]}" -S 40000 -D 7000 -l 100 -E "$kind" \
		-A "${ip[web$family]}" -B "${ip[laptop$family]}" -M 1290 \
		"${arguments[@]}"
}

# quote_all FAMILY JUDGE CASES
quote_all()
{
	local family=$1 judge=$2 ports version what expected arguments

	ports=$((family == 4 ? 24 : 44))
	fate_begin "$judge" laptop
	while IFS='|' read -r version what expected arguments; do
		case $version in
		"any "|"$family ") ;;
		*)	continue ;;
		esac
		expected=${expected# }
		arguments=${arguments/PORTS-2/$((ports - 2))}
		# shellcheck disable=SC2086
		check "IPv$family: $judge:${what% }" fate_next "$judge" laptop \
			"${expected% }" quote "$family" \
			${arguments/PORTS/$ports}
	done <<<"$3"
}

# count_cases FAMILY CASES
count_cases()
{
	grep -c "^\(any\|$1\) |" <<<"$2"
}

# left FAMILY: milliseconds until laptop's only flow of GRE ends.
left()
{
	ward laptop show flows -j | jq -r --arg to "${ip[web$1]}" \
		'.[] | select(.protocol == 47 and .destination == $to).expires_ms'
}

need jq nft ping
setup
plan $((4 + 2 * 13 + $(count_cases 4 "$cases") + $(count_cases 6 "$cases") +
	2 * $(count_cases 4 "$relay_cases")))
underlay hub web laptop db
lan_make web 1290
forwarding hub
forwarding web
mesh_make
check "four nodes" apply hub web laptop db
for node in web lan; do
	serve "$node" udp 7000
	server_start "$node" tcp 80 /dev/null -l 1340
	background+=("$pid")
done
for node in hub web; do
	at "$node" sysctl -q -w net.ipv4.icmp_ratelimit=0 \
		net.ipv6.icmp.ratelimit=0
done
watch laptop made iifname wg0 meta l4proto '{ icmp, icmpv6 }'

for family in 4 6; do
	check "IPv$family: UDP learns the MTU of a network behind web" \
		fits udp "${ip[lan$family]}" 7000 1290
done
# A relay whose tunnel is smaller than the others'.
ip -n "${ns}hub" link set wg0 mtu 1300
for family in 4 6; do
	web=${ip[web$family]} lan=${ip[lan$family]}
	check "IPv$family: TCP learns the MTU of the relay" \
		fits tcp "$web" 80 1300
	check "IPv$family: so does UDP" fits udp "$web" 7000 1300
	check "IPv$family: port unreachable reaches the sender" \
		refused_port "$family"
	check "IPv$family: time exceeded at the relay, of an echo" \
		expired "$family" "$web" 1 hub
	check "IPv$family: and behind it" expired "$family" "$lan" 2 web
	check "IPv$family: time exceeded at the relay, of UDP" \
		told "$family" -S 40002 -D 7000 -H 1
	check "IPv$family: of TCP" \
		told "$family" -p tcp -S 40002 -D 80 -f S -H 1
	check "IPv$family: none about what was not sent" fate laptop laptop \
		"0 default=1" inject_from laptop web "$family" -D 7009 -H 1
	forget
done
ip -n "${ns}hub" link set wg0 mtu 1420

check "nobody but laptop enforces" detach hub web db
at laptop wg set wg0 peer "${public[hub]}" allowed-ips 0.0.0.0/0,::/0
for family in 4 6; do
	flow_start live udp laptop web "$family" 7000 5 -s 40000
	wait_for 15 eval 'ward laptop show flows | grep -w 40000'
	quote_all "$family" laptop "$cases"
	flow_stop live
	check_more "IPv$family: the flow lives through it" "$answered" 5

	inject_from laptop web "$family" -p 47
	nap 2
	check "IPv$family: an error about GRE" fate laptop laptop 1 \
		quote "$family" web -p 47
	left=$(left "$family")
	check_more "IPv$family: does not prolong its flow" 598500 "${left:-600000}"
done

check "nor does laptop" detach laptop
check "but hub does" apply hub
for family in 4 6; do
	flow_start live udp laptop web "$family" 7000 5 -s 40000
	wait_for 15 eval 'ward hub show flows | grep -w 40000'
	quote_all "$family" hub "$relay_cases"
	flow_stop live
	check_more "IPv$family: the flow lives through it" "$answered" 2
done
exit 0
