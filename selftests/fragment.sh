#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Datagrams in fragments follow their first one; ICMP errors follow the flow
# that they quote, and only if they come from where it goes.

. "$(dirname "$0")/lib.sh"

mesh_make()
{
	says[web]='Routes = 192.168.7.0/24, fd00:7::/64'
	mesh_write <<-END
	[Rule datagrams]
	From = laptop
	To = web
	Allow = udp/7000, udp/7002, ping, tcp/80

	[Rule lan]
	From = laptop
	To = 192.168.7.0/24, fd00:7::/64
	Allow = ping
	END
}

# counts NODE REASON NUMBER COMMAND...: so many more drops for that reason;
# nothing delivered of what is watched there.
counts()
{
	local node=$1 reason=$2 number=$3 before after got

	shift 3
	watched "$node" made >/dev/null
	before=$(dropped "$node" "$reason")
	"$@"
	dropped_by "$node" "$reason" $((before + number))
	after=$(dropped "$node" "$reason")
	got=$(watched "$node" made)
	echo "dropped before: $before, after: $after; delivered: $got"
	[ "$after" = $((before + number)) ] && [ "$got" = 0 ]
}

# send FROM TO FAMILY ARGUMENT...
send()
{
	local from=$1 to=$2 family=$3

	shift 3
	at "$from" "$inject" -i wg0 -s "${ip[$from$family]}" \
		-d "${ip[$to$family]}" "$@"
}

# quote NODE FAMILY ADDRESS [ARGUMENT...]: NODE says, as if it were ADDRESS,
# that what laptop sends to web's port 80 is too large.
quote()
{
	local node=$1 family=$2 address=$3 kind

	shift 3
	kind=$((family == 4 ? 3 : 2))/$((family == 4 ? 4 : 0))
	at "$node" "$inject" -i wg0 -s "${ip[laptop$family]}" \
		-d "${ip[web$family]}" -p tcp -S 40000 -D 80 -f A -l 100 \
		-E "$kind" -A "$address" -B "${ip[laptop$family]}" \
		-m 1290 "$@"
}

accepted()
{
	watched laptop made >/dev/null
	"$@"
	wait_for 15 arrived
}

arrived()
{
	[ "$(watched laptop made)" -ge 1 ]
}

# refused_port FAMILY: nobody is at that port, and laptop is told.
refused_port()
{
	local text

	text=$(at laptop "$stream" send -n 5 -r 10 -w 0 "${ip[web$1]}" 7002)
	echo "$text"
	[[ $text =~ (errors|refused)=[1-9] ]]
}

# too_long FAMILY: the router before the LAN says so, and laptop believes it.
too_long()
{
	local text

	text=$(at laptop ping -M 'do' -c 3 -i 0.3 -W 1 -s 1352 \
		"${ip[lan$1]}" 2>&1)
	echo "$text"
	[[ $text =~ 'too long, mtu'[=:]\ ?1300 ]]
}

lan_make()
{
	namespace lan
	ip link add eth0 netns "${ns}lan" type veth \
		peer name lan0 netns "${ns}web"
	ip -n "${ns}lan" -batch - <<-END
	addr add 192.168.7.2/24 dev eth0
	addr add fd00:7::2/64 dev eth0 nodad
	link set eth0 mtu 1300 up
	route add default via 192.168.7.1
	route add default via fd00:7::1
	END
	ip -n "${ns}web" -batch - <<-END
	addr add 192.168.7.1/24 dev lan0
	addr add fd00:7::1/64 dev lan0 nodad
	link set lan0 mtu 1300 up
	END
	ip[lan4]=192.168.7.2
	ip[lan6]=fd00:7::2
}

need nft ping
setup
plan 35
underlay hub web laptop
lan_make
forwarding web
mesh_make
check "three nodes" apply hub web laptop
serve web udp 7000
serve web udp 7001
watch web made iifname wg0 meta l4proto udp
watch laptop made iifname wg0 meta l4proto '{ icmp, icmpv6 }'

for family in 4 6; do
	web=${ip[web$family]}
	check "IPv$family: 8,500 bytes arrive and come back" \
		reaches laptop udp "$web" 7000 -l 8500
	check "IPv$family: as do ten times 30,000" \
		reaches laptop udp "$web" 7000 -l 30000 -n 10 -r 20
	check "IPv$family: and an echo of 8,000" \
		at laptop ping -q -c 1 -W 15 -s 8000 "$web"
	before=$(dropped laptop default)
	check "IPv$family: not to a port that is not allowed" \
		blocked laptop udp "$web" 7001 -l 8500
	check_more "IPv$family: as its first fragment was dropped" \
		"$(dropped laptop default)" "$before"

	check "IPv$family: a later fragment without a first" counts laptop \
		fragment-orphan 1 send laptop web "$family" \
		-F 9000 -O 1000 -l 100
	check "IPv$family: a first that is too short for its ports" \
		counts laptop fragment-overlap 1 send laptop web "$family" \
		-p tcp -F 9001 -M -x short
	check "IPv$family: a second one that would overwrite TCP's flags" \
		counts laptop fragment-overlap 1 send laptop web "$family" \
		-p tcp -F 9002 -O 8 -l 100

	check "IPv$family: port unreachable reaches the sender" \
		refused_port "$family"
	check "IPv$family: too long for the LAN reaches the sender" \
		too_long "$family"
done

# Hand-made errors from nodes that enforce nothing.
check "web stops enforcing" ward web detach
check "hub stops enforcing" ward hub detach
for family in 4 6; do
	web=${ip[web$family]} hub=${ip[hub$family]}
	check "IPv$family: an error that quotes nothing live" \
		counts laptop icmp-error 1 quote web "$family" "$web"
	flow_start tcp tcp laptop web "$family" 80 20 -s 40000
	nap 0.5
	check "IPv$family: the same from another node than the flow's" \
		counts laptop icmp-error 1 quote hub "$family" "$hub"
	check "IPv$family: about a flow that was not" counts laptop \
		icmp-error 1 quote web "$family" "$web" -S 40001
	check "IPv$family: to another than who sent what it quotes" \
		counts laptop icmp-error 1 quote web "$family" "$web" \
		-s "$hub"
	check "IPv$family: of the flow's own node it passes" \
		accepted quote web "$family" "$web"
	flow_stop tcp
	check_more "IPv$family: and the flow lives" "$answered" 10
done
exit 0
