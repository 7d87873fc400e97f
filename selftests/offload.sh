#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that the kernel joins: what a program sends at once (GSO), and what
# WireGuard receives together (GRO), as one packet or as a list of fragments.
# All of it passes where one passes, none where none does, also through a relay.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tools/lib.sh
. "$here/tools/lib.sh"

mesh_make()
{
	says[web]='Relay = hub'
	says[laptop]='Relay = hub'
	mesh_write <<-END
	[Rule some]
	From = laptop
	To = web
	Allow = udp/7000, tcp/5201
	END
}

# watch_large NODE HOOK MATCH: a counter of what is larger than the tunnel lets
# through at once.
watch_large()
{
	at "$1" nft -f - <<-END
	add table inet large
	add chain inet large look { type filter hook $2 priority -200; }
	add counter inet large large
	add rule inet large look $3 wg0 meta length > 2000 counter name large
	END
}

# seen NODE: how many, since the last look.
seen()
{
	[[ $(at "$1" nft reset counter inet large large) =~ packets\ ([0-9]+) ]]
	echo "${BASH_REMATCH[1]}"
}

# joined NODE... -- COMMAND...: it succeeds, and there are such
# packets at the nodes.
joined()
{
	local nodes=() node count

	while [ "$1" != -- ]; do
		nodes+=("$1")
		seen "$1" >/dev/null
		shift
	done
	shift
	"$@" || return
	for node in "${nodes[@]}"; do
		count=$(seen "$node")
		echo "large at $node: $count"
		[ "$count" -gt 0 ] || return
	done
}

# soon_joined ...: on a busy machine packets may come one by one for a while.
soon_joined()
{
	local try

	for ((try = 0; try < 4; try++)); do
		joined "$@" && return
	done
	return 1
}

# bursts FAMILY PORT: 200 datagrams, twenty at once; all arrive as they were
# sent, and come back.
bursts()
{
	reaches laptop udp "${ip[web$1]}" "$2" -l 1000 -b 20 -n 200 -r 1000
}

# bulk FAMILY: two million bytes over TCP.
bulk()
{
	start web iperf3 -s -1 >/dev/null
	wait_for 15 listening || return
	at laptop iperf3 -n 2M -c "${ip[web$1]}"
}

listening()
{
	at web ss -Hltn 'sport = :5201' | grep .
}

# hold NODE...: what their WireGuard receives waits a little for more.
hold()
{
	local node

	for node in "$@"; do
		ip netns exec "$ns$node" sh -c \
			'echo 2000000 >/sys/class/net/wg0/gro_flush_timeout' ||
			return
	done
}

# burst FAMILY [TO]: twenty datagrams at once to another port.
burst()
{
	at laptop "$stream" send -l 1000 -b 20 -n 20 -w 0 \
		"${ip[${2-web}$1]}" 7001
}

# none_passes TO FAMILY: of bursts, however they are joined when hub judges
# them: twice if they are for web, once if they are for itself.
none_passes()
{
	local before after got

	before=$(dropped hub default)
	watched "$1" made >/dev/null
	burst "$2" "$1"
	burst "$2" "$1"
	dropped_by hub default $((before + 1))
	nap 0.3
	after=$(dropped hub default)
	got=$(watched "$1" made)
	echo "dropped: $((after - before)) of 40, delivered: $got"
	[ "$after" -gt "$before" ] && [ "$got" = 0 ]
}

# offload FEATURE on|off: at the nodes that receive.
offload()
{
	at hub ethtool -K wg0 "$@" && at web ethtool -K wg0 "$@"
}

need ethtool iperf3 nft ss
setup
plan $((6 + 2 * 10))
underlay hub web laptop
forwarding hub
mesh_make
check "three nodes" apply hub web laptop
server_start web udp 7000 /dev/null -e
background+=("$pid")
check "what they receive is held for more" hold hub web
watch hub made iifname wg0 meta l4proto udp
watch web made iifname wg0 meta l4proto udp
watch_large laptop postrouting oifname
watch_large hub prerouting iifname
watch_large web prerouting iifname

for family in 4 6; do
	check "IPv$family: TCP in super-packets" \
		soon_joined laptop hub web -- bulk "$family"
	check "IPv$family: UDP in super-packets" \
		soon_joined laptop -- bursts "$family" 7000
	check "IPv$family: to another port, it is one drop" \
		fate laptop web "0 default=1" burst "$family"
done

check "datagrams are joined to lists on receive" offload rx-gro-list on
for family in 4 6; do
	check "IPv$family: UDP in lists through a relay" \
		soon_joined laptop hub web -- bursts "$family" 7000
	check "IPv$family: TCP, too" \
		soon_joined laptop hub web -- bulk "$family"
done
check "instead, they are joined to one" \
	offload rx-gro-list off rx-udp-gro-forwarding on
for family in 4 6; do
	# Not at web: its socket does not want them so.
	check "IPv$family: UDP in large datagrams through a relay" \
		soon_joined laptop hub -- bursts "$family" 7000
done

check "laptop stops enforcing" ward laptop detach
for family in 4 6; do
	check "IPv$family: to another port, none of them passes" \
		none_passes web "$family"
	check "IPv$family: none of those to the relay itself, either" \
		none_passes hub "$family"
done
check "nor in lists" offload rx-udp-gro-forwarding off rx-gro-list on
for family in 4 6; do
	check "IPv$family: in lists to another port, none passes" \
		none_passes web "$family"
	check "IPv$family: nor to the relay itself" \
		none_passes hub "$family"
done
exit 0
