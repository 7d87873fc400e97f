#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How many flows there are, for how long, and whose: timeouts and limits are
# the policy's, what makes room is never established, and flows are told and
# ended by node, rule and service. Most packets come from a node that enforces
# nothing and are made by hand.

. "$(dirname "$0")/lib.sh"

# mesh_make SETTINGS: laptop's policy.
mesh_make()
{
	fallback=$(printf 'deny\n%s' "$1") mesh_write <<-END
	[Rule in]
	From = web
	To = laptop
	Allow = udp/2000-2999

	[Rule out]
	From = laptop
	To = web
	Allow = udp, tcp/80, ping
	END
}

# flows NODE [ARGUMENT...]: how many are told.
flows()
{
	local node=$1

	shift
	ward "$node" show flows -j "$@" | jq length
}

# kept NODE: how many there are, expired ones that were not collected included.
kept()
{
	ward "$1" status -j | jq .flows
}

# in_state NODE STATE
in_state()
{
	ward "$1" show flows -j | jq "[.[] | select(.state == \"$2\")] | length"
}

# met NODE LIMIT: how often it was.
met()
{
	ward "$1" show drops -j |
		jq "[.limits[]? | select(.limit == \"$2\").met] | add // 0"
}

# start_by_web FIRST LAST: a packet from each of these ports.
start_by_web()
{
	local port

	for ((port = $1; port <= $2; port++)); do
		at web "$inject" -i wg0 -s "${ip[web4]}" \
			-d "${ip[laptop4]}" -S "$port" -D 2001
	done
}

# by_laptop COUNT: as many conversations that laptop starts, one packet each.
by_laptop()
{
	at laptop "$here/tools/flood" wg0 "${ip[laptop4]}" "${ip[web4]}" "$1"
}

flush()
{
	ward laptop flows flush -j "$@" | jq .flushed
}

is()
{
	local expected=$1

	shift
	[ "$("$@")" = "$expected" ]
}

send()
{
	local node=$1 from=$2 to=$3

	shift 3
	at "$node" "$inject" -i wg0 -s "${ip[${from}4]}" -d "${ip[${to}4]}" "$@"
}

need nft jq
setup
[ -x "$here/tools/flood" ] || make -s -C "$here/tools"
plan 42
underlay web laptop
mesh_make $'MaxFlows = 80\nTimeouts = udp-new 60, udp-established 60'
check "two nodes" apply web laptop
check "web stops enforcing" ward web detach
check_equal "limit and timeouts are read back as they were" false \
	"$(changed laptop)"

# Self's are 80, a node's the eighth of it.
start_by_web 5001 5010
check "a node has its share" wait_for 5 is 10 flows laptop
start_by_web 5011 5015
check "beyond it, the oldest of its own that was not answered goes" \
	wait_for 5 is 5 met laptop flows-evicted
check_equal "it has its share still" 10 "$(flows laptop)"
serve laptop udp 2000
check_equal "a flush tells how many" 10 "$(flush)"
for port in 6001 6002 6003 6004 6005; do
	reaches web udp "${ip[laptop4]}" 2000 -s "$port" >/dev/null
done
check_equal "five are answered" 5 "$(in_state laptop established)"
start_by_web 5001 5020
check "what was never answered does not push them out" \
	wait_for 5 is 20 met laptop flows-evicted
check_equal "five of the share are still theirs" 5 \
	"$(in_state laptop established)"
check_equal "and it is not exceeded" 10 "$(flows laptop)"
flush >/dev/null
for port in 6001 6002 6003 6004 6005 6006 6007 6008 6009 6010; do
	reaches web udp "${ip[laptop4]}" 2000 -s "$port" >/dev/null
done
before=$(dropped laptop flow-limit)
start_by_web 5001 5003
check "a share of answered ones lets no other in" \
	dropped_by laptop flow-limit $((before + 3))
check_equal "all ten are there" 10 "$(in_state laptop established)"
check_equal "which is counted as the node's limit" 3 \
	"$(met laptop flows-node)"

# The ward's own limit; self has no share.
by_laptop 200
check_equal "the ward has room for as many as it says" 80 "$(kept laptop)"
check_equal "and what was answered is still there" 10 \
	"$(in_state laptop established)"
check_more "others made room" "$(met laptop flows-evicted)" 100

# By node, rule and service.
check_equal "flows of a rule are told" 10 "$(flows laptop --rule in)"
check_equal "of the other" 70 "$(flows laptop --rule out)"
check_equal "of a node at either end" 80 "$(flows laptop --node web)"
check_equal "of a service" 10 "$(flows laptop --service udp/2000)"
check_equal "of several at a time" 0 \
	"$(flows laptop --service udp/2000 --rule out)"
check_fails "of a rule that is not there" ward laptop show flows --rule no
check_equal "they are flushed likewise" 10 "$(flush --service udp/2000)"
check_equal "and no others" 70 "$(flows laptop)"

# A limit that is lowered below what there is.
mesh_make $'MaxFlows = 16\nTimeouts = udp-new 60, udp-established 60'
check "a lower limit" apply laptop
check_equal "what there is stays" 70 "$(kept laptop)"
before=$(dropped laptop flow-limit)
start_by_web 7001 7001
check "but nothing new comes in" dropped_by laptop flow-limit $((before + 1))
check_equal "and nothing goes for it" 70 "$(kept laptop)"
check_more "which is counted as the ward's limit" \
	"$(met laptop flows-ward)" 0
flush >/dev/null
start_by_web 7001 7001
check "once they are gone it does" wait_for 5 is 1 flows laptop

# Timeouts hold for flows that are there already.
mesh_make 'Timeouts = udp-new 2, udp-established 6'
check "other timeouts" apply laptop
check "they hold for what is there" wait_for 8 is 0 flows laptop
reaches web udp "${ip[laptop4]}" 2000 -s 6001 >/dev/null
start_by_web 5001 5001
nap 3
check_equal "what was not answered ends first" 1 \
	"$(in_state laptop established)"
check "what was answered, later" wait_for 15 is 0 flows laptop
check "and is collected" wait_for 30 is 0 kept laptop

# Connections from before the policy: laptop may start them, web answers.
watch laptop any iifname wg0 tcp sport 80
# Nobody is there to answer with a reset.
for node in web laptop; do
	at "$node" nft -f - <<-END
	add table inet quiet
	add chain inet quiet pre { type filter hook prerouting priority 0; }
	add rule inet quiet pre iifname wg0 meta l4proto tcp drop
	END
done
check "laptop stops enforcing" ward laptop detach
check "and takes up what is there" ward laptop apply "$mesh" \
	--key "$dir/laptop.key" --adopt
send web web laptop -p tcp -S 80 -D 40002 -f A
check "an answer passes, though nobody asked" wait_for 5 is 1 watched laptop any
check_equal "as part of what laptop may have started" \
	'["laptop","out","new"]' \
	"$(ward laptop show flows -j |
		jq -c '.[0] | [.source_node, .rule, .state]')"
send laptop laptop web -p tcp -S 40002 -D 80 -f A
check_equal "which it has when it sends" 1 "$(in_state laptop established)"
before=$(dropped laptop default)
send web web laptop -p tcp -S 80 -D 40003 -f S
send web web laptop -p tcp -S 81 -D 40004 -f A
check "neither a start nor another service does" \
	dropped_by laptop default $((before + 2))
