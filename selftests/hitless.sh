#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A peer and a rule come and go while flows run: by their sequence numbers the
# flows lose nothing, and peers that the change is not about keep endpoint,
# session and counters.

. "$(dirname "$0")/lib.sh"

rate=${RATE-1000}

mesh_make()
{
	mesh_write <<-END
	[Rule streams]
	From = laptop
	To = any
	Allow = tcp/5201, udp/7000-7009, ping

	$*
	END
}

# peer NODE PEER FIELD: of "wg show dump"; 3 endpoint, 5 handshake, 6 and 7
# bytes received and sent.
peer()
{
	at "$1" wg show wg0 dump | awk -F '\t' -v key="${public[$2]}" \
		-v field="$3" '$1 == key { print $field }'
}

# Nothing was lost in either direction of the flow that was stopped last.
whole()
{
	echo "sent $sent, received $received, answered $answered"
	[ "$sent" -gt "$1" ] && [ "$errors" = 0 ] &&
		[ "$received" = "$sent" ] && [ "$answered" = "$sent" ]
}

# iperf_end: its one connection ran to the end of its time, and lived.
iperf_end()
{
	wait "$iperf" || return
	jq '.intervals[].sum.bytes' "$dir/iperf"
	jq -e '[.intervals[].sum.bytes] | length > 3 and last > 0' "$dir/iperf"
}

listening()
{
	at "$1" ss -Hltn "sport = :$2" | grep .
}

need iperf3 jq
setup
plan 24
underlay hub web laptop
mesh_make
check "three nodes" apply hub web laptop
for peer in hub web; do
	check "laptop reaches $peer" at laptop ping -q -c 1 -W 15 "${ip[${peer}4]}"
done

# As if the web server had roamed: not where the file says.
ip -n "${ns}web" addr add 192.0.2.102/24 dev eth0
at laptop wg set wg0 peer "${public[web]}" endpoint 192.0.2.102:51820
check "it still reaches web, where that has roamed to" \
	at laptop ping -q -c 1 -W 15 "${ip[web4]}"
handshake=$(peer laptop web 5)
received_before=$(peer laptop web 6)
sent_before=$(peer laptop web 7)

start web iperf3 -s -1 >/dev/null
wait_for 15 listening web 5201
start laptop iperf3 -J -t 12 -b 3M -c "${ip[web4]}" >"$dir/iperf"
iperf=$pid
flow_start udp4 udp laptop web 4 7000 "$rate"
flow_start udp6 udp laptop hub 6 7001 $((rate / 4))
nap 1

# A peer and rules come.
underlay db
mesh_make "[Rule database]
From = web
To = db
Allow = tcp/5432

[Rule no-telnet]
From = any
To = any
Deny = tcp/23"
check "a peer and two rules come at the nodes of the flows" \
	apply hub web laptop
check "and the new node joins" apply db
check_equal "the laptop has the new peer" "${public[db]}" \
	"$(at laptop wg show wg0 peers | grep -F "${public[db]}")"
check_equal "and the new rule" "drop rule no-telnet" \
	"$(verdict laptop "${ip[laptop4]}" "${ip[db4]}" tcp/23)"
serve db tcp 5432
check "the other rule lets web reach it" \
	reaches web tcp "${ip[db6]}" 5432

for node in hub web laptop; do
	check_equal "a second time changes nothing at $node" false \
		"$(changed "$node")"
done

# They go again, one after the other, and come back.
mesh_make "[Rule database]
From = web
To = db
Allow = tcp/5432"
check "a rule goes" apply hub web laptop db
nodes=(hub web laptop)
mesh_make
check "the peer goes" apply hub web laptop
check_equal "the laptop does not have it any more" "" \
	"$(at laptop wg show wg0 peers | grep -F "${public[db]}")"
nodes=(hub web laptop db)
mesh_make
check "it comes back" apply hub web laptop
nap 0.5

flow_stop udp4
check "$rate datagrams a second to web: all there" whole "$rate"
flow_stop udp6
check "$((rate / 4)) a second to hub, IPv6: all there" whole $((rate / 4))
check "iperf3's connection went on" iperf_end

check_equal "web is where it roamed to" 192.0.2.102:51820 \
	"$(peer laptop web 3)"
check_equal "its handshake is the same" "$handshake" "$(peer laptop web 5)"
received_after=$(peer laptop web 6)
sent_after=$(peer laptop web 7)
check_more "bytes received were not counted anew" \
	"$received_after" "$received_before"
check_more "nor bytes sent" "$sent_after" "$sent_before"
check_equal "nothing was dropped but what had to be" 0 \
	"$(dropped laptop default)"
exit 0
