#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that tc sends through an ifb pass a device's netfilter hooks by: on
# wg0 of a relay, and on the relay's LAN. They are judged all the same.

. "$(dirname "$0")/lib.sh"

# The relay is hub; behind it is lan, without a ward. The laptop sends what it
# wants: its ward is detached.
mesh_make()
{
	says[hub]='Routes = 192.168.7.0/24, fd00:7::/64'
	mesh_write <<-END
	[Rule print]
	From = laptop
	To = 192.168.7.0/24, fd00:7::/64
	Allow = tcp/631, ping

	[Rule report]
	From = 192.168.7.0/24, fd00:7::/64
	To = laptop
	Allow = udp/162

	[Rule no-telnet]
	From = any
	To = 192.168.7.0/24, fd00:7::/64
	Deny = tcp/23
	END
}

lan_make()
{
	namespace lan
	ip link add eth0 netns "${ns}lan" type veth \
		peer name lan0 netns "${ns}hub"
	ip -n "${ns}lan" -batch - <<-END
	addr add 192.168.7.2/24 dev eth0
	addr add fd00:7::2/64 dev eth0 nodad
	link set eth0 up
	route add default via 192.168.7.1
	route add default via fd00:7::1
	END
	ip -n "${ns}hub" -batch - <<-END
	addr add 192.168.7.1/24 dev lan0
	addr add fd00:7::1/64 dev lan0 nodad
	link set lan0 up
	END
	ip[lan4]=192.168.7.2
	ip[lan6]=fd00:7::2
}

# ifb_ingress DEVICE: what hub receives on it goes through its ifb0 first.
ifb_ingress()
{
	at hub tc qdisc add dev "$1" ingress &&
		at hub tc filter add dev "$1" parent ffff: matchall \
			action mirred egress redirect dev ifb0
}

# ifb_egress DEVICE: likewise what it sends.
ifb_egress()
{
	at hub tc qdisc add dev "$1" clsact &&
		at hub tc filter add dev "$1" egress matchall \
			action mirred egress redirect dev ifb0
}

ifb_off()
{
	at hub tc qdisc del dev "$1" "$2"
}

# redirected: how many packets went through the ifb.
redirected()
{
	ip -n "${ns}hub" -s link show ifb0 |
		awk '/TX:/ { getline; print $2 }'
}

# refused REASON NODE COMMAND...: three packets, not delivered to the node's
# stack, and counted by hub.
refused()
{
	local reason=$1 node=$2 before dropped got

	shift 2
	watched "$node" any >/dev/null
	before=$(dropped hub "$reason")
	"$@"
	dropped_by hub "$reason" $((before + 3))
	got=$(watched "$node" any)
	dropped=$(($(dropped hub "$reason") - before))
	echo "dropped $dropped, delivered $got"
	[ "$got" = 0 ] && [ "$dropped" = 3 ]
}

# from_laptop FAMILY ARGUMENT...: to the LAN, UDP if the arguments do not say
# else.
from_laptop()
{
	local family=$1

	shift
	at laptop "$inject" -i wg0 -s "${ip[laptop$family]}" \
		-d "${ip[lan$family]}" -S 1000 -D 1000 -l 50 -n 3 "$@"
}

# from_lan FAMILY: to the laptop, nothing that it may have.
from_lan()
{
	at lan "$stream" send -w 300 -r 100 -n 3 \
		"${ip[laptop$1]}" 163 >/dev/null || :
}

# through COMMAND...: it succeeds, and what it sends goes through the ifb.
through()
{
	local before

	before=$(redirected)
	"$@" || return
	[ "$(redirected)" -gt "$before" ] && return
	echo "nothing was redirected"
	return 1
}

# allowed FAMILY WHAT: both ways, so that packets of either are redirected.
allowed()
{
	check "IPv$1: $2: laptop prints" through \
		reaches laptop tcp "${ip[lan$1]}" 631
	check "IPv$1: $2: the LAN reports" through \
		reaches lan udp "${ip[laptop$1]}" 162
}

bypassed()
{
	ward hub status | grep BYPASSED
}

need nft tc
setup
for module in ifb sch_ingress cls_matchall act_mirred; do
	modprobe -q "$module" || skip "no module $module"
done
plan 40
underlay hub laptop
lan_make
forwarding hub
mesh_make
check "two nodes and a LAN" apply hub laptop
check "laptop stops enforcing" ward laptop detach
ip -n "${ns}hub" link add ifb0 type ifb
ip -n "${ns}hub" link set ifb0 up
serve lan tcp 631
serve laptop udp 162
serve laptop udp 163
watch hub any iifname wg0 meta length 40-100
watch laptop any iifname wg0
check_fails "status does not call wg0 bypassed" bypassed

ifb_ingress wg0
check "status tells that wg0 is bypassed" bypassed
for family in 4 6; do
	allowed "$family" "ifb on wg0"
	check "IPv$family: ifb on wg0: laptop sends nothing else" \
		through refused default hub from_laptop "$family"
	check "IPv$family: ifb on wg0: nor what is denied" \
		through refused rule hub \
		from_laptop "$family" -p tcp -D 23 -f S
done
ifb_off wg0 ingress

ifb_ingress lan0
for family in 4 6; do
	allowed "$family" "ifb on the LAN"
	check "IPv$family: ifb on the LAN: it sends nothing else" \
		through refused default laptop from_lan "$family"
done
ifb_off lan0 ingress

# The hook comes before tc here: a packet must not be judged twice.
ifb_egress wg0
for family in 4 6; do
	allowed "$family" "ifb behind wg0"
	check "IPv$family: ifb behind wg0: what is refused is counted once" \
		refused default laptop from_lan "$family"
done
ifb_off wg0 clsact

# again WHAT: when hub's ward is new, or its ifb is.
again()
{
	ifb_ingress wg0
	for family in 4 6; do
		allowed "$family" "$1"
		check "IPv$family: $1: laptop sends nothing else" \
			through refused default hub from_laptop "$family"
	done
	ifb_off wg0 ingress
}

check "hub stops enforcing" ward hub detach
check "and begins again" apply hub
again "ifb before the ward"

# Up elsewhere, it is down once it is here.
ward hub detach
ip -n "${ns}hub" link del ifb0
check "hub begins when there is no ifb" apply hub
ip -n "${ns}lan" link add ifb0 type ifb
ip -n "${ns}lan" link set ifb0 up
check "an ifb moves in" ip -n "${ns}lan" link set ifb0 netns "${ns}hub"
ip -n "${ns}hub" link set ifb0 up
again "ifb from elsewhere"
exit 0
