#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a policy no longer allows is cut at its next packet, established or
# not; what it still allows goes on without losing one.

. "$(dirname "$0")/lib.sh"

# A flow that was cut: nothing arrived that was sent after $moment, though
# messages were still sent.
cut_off()
{
	echo "sent $sent, received $received, last $last, cut $moment"
	[ "$received" -gt 10 ] && [ "$last" -le "$moment" ] &&
		[ $((sent + errors - received)) -gt 10 ]
}

whole()
{
	echo "sent $sent, received $received, answered $answered"
	[ "$sent" -gt 50 ] && [ "$errors" = 0 ] &&
		[ "$received" = "$sent" ] && [ "$answered" = "$sent" ]
}

# Not an answer to an echo request came after $wall, but some before.
echo_cut_off()
{
	local times

	times=$(sed -n 's/^\[\([0-9.]*\)\].*icmp_seq=.*/\1/p' "$dir/ping")
	echo "last answer: $(tail -n 1 <<<"$times"), cut: $wall"
	[ "$(wc -l <<<"$times")" -gt 10 ] &&
		awk -v wall="$wall" '$1 > wall { exit 1 }' <<<"$times"
}

flows_start()
{
	flow_start kept udp laptop web "$1" 7000 200
	flow_start kept_tcp tcp laptop web "$1" 7001 100
	flow_start cut udp laptop web "$1" 7002 200
	flow_start cut_tcp tcp laptop web "$1" 7003 100
	start laptop ping -D -n -i 0.02 "${ip[web$1]}" >"$dir/ping"
	ping=$pid
	nap 1
}

# mark: everything later is after the change.
moment()
{
	moment=$(now)
	wall=$(date +%s.%N)
	nap 1
}

# flows_end FAMILY: six checks.
flows_end()
{
	local name

	kill -INT "$ping"
	wait "$ping"
	for name in kept kept_tcp; do
		flow_stop "$name"
		check "IPv$1: $name: went on whole" whole
	done
	for name in cut cut_tcp; do
		flow_stop "$name"
		check "IPv$1: $name: was cut at once" cut_off
	done
	check "IPv$1: echo: was cut at once" echo_cut_off
}

rule_kept='[Rule kept]
From = laptop
To = web
Allow = udp/7000, tcp/7001
'
rule_cut='[Rule cut]
From = staff
To = web
Allow = udp/7002-7009, tcp/7003, ping
'
rule_deny='[Rule deny]
From = laptop
To = any
Deny = udp/7002, tcp/7003, ping
'

mesh_make()
{
	mesh_write <<<"$*"
}

# flows_of NODE: how many.
flows_of()
{
	[[ $(ward "$1" status) =~ ([0-9]+)\ flows ]] && echo "${BASH_REMATCH[1]}"
}

setup
plan 40
underlay hub web laptop
says[laptop]='Groups = staff'
mesh_make "$rule_kept$rule_cut"
check "three nodes" apply hub web laptop

# The allowing rule goes, at the sending end.
flows_start 4
flows=$(flows_of laptop)
check_more "the laptop knows the flows" "$flows" 4
before=$(dropped laptop default)
mesh_make "$rule_kept"
check "the rule goes at the sender" apply laptop
moment
flows_end 4
after=$(dropped laptop default)
check_more "the sender dropped by default" "$after" $((before + 20))
check_equal "the sender explains" "drop default -" \
	"$(verdict laptop "${ip[laptop4]}" "${ip[web4]}" udp/7002)"
check_equal "the receiver has the rule still" "pass rule cut" \
	"$(verdict web "${ip[laptop4]}" "${ip[web4]}" udp/7002)"

# A denying rule comes, at the receiving end.
mesh_make "$rule_kept$rule_cut"
check "the rule is back" apply laptop
flows_start 6
mesh_make "$rule_kept$rule_cut$rule_deny"
check "a denying rule comes at the receiver" apply web
before=$(hits web deny)
moment
after=$(hits web deny)
flows_end 6
check_more "the receiver dropped by that rule" "$after" $((before + 20))
check_equal "the receiver explains" "drop rule deny" \
	"$(verdict web "${ip[laptop6]}" "${ip[web6]}" udp/7002)"

# The sender leaves its group.
mesh_make "$rule_kept$rule_cut"
check "the denying rule goes" apply web
flows_start 4
says[laptop]='Groups = others' says[hub]='Groups = staff'
mesh_make "$rule_kept$rule_cut"
check "laptop is no longer staff, says web" apply web
moment
flows_end 4
says[laptop]='Groups = staff' says[hub]=''
mesh_make "$rule_kept$rule_cut"

# Two nodes with a route each, of which one moves.
for node in web hub; do
	ip -n "$ns$node" addr add 192.168.7.1/32 dev lo
	ip -n "$ns$node" addr add fd00:7::1/128 dev lo nodad
done
ip[lan4]=192.168.7.1
ip[lan6]=fd00:7::1
lan='Routes = 192.168.7.0/24, fd00:7::/64
RouteGroups = yes'
says[web]="Groups = offices
$lan"
rule_lan='[Rule lan]
From = laptop
To = offices
Allow = udp/7004-7005
'

# lan_flow FAMILY: to an address that changes its owner.
lan_flow()
{
	server_start web udp 7004 "$dir/flow.lan.server"
	background+=("$pid")
	echo "$pid" >"$dir/flow.lan.pid"
	server_start hub udp 7004 "$dir/lan.hub"
	other=$pid
	background+=("$other")
	start laptop "$stream" send -r 200 "${ip[lan$1]}" 7004 \
		>"$dir/flow.lan.client"
	echo "$pid" >>"$dir/flow.lan.pid"
	nap 1
}

for family in 4 6; do
	says[web]=$'Groups = offices\n'$lan says[hub]=''
	mesh_make "$rule_kept$rule_lan"
	check "IPv$family: web has a network behind it" apply hub web laptop
	lan_flow "$family"
	says[hub]=$lan says[web]='Groups = offices'
	mesh_make "$rule_kept$rule_lan"
	before=$(dropped laptop default)
	check "IPv$family: it moves to hub, which is not an office" apply laptop
	moment
	flow_stop lan
	check "IPv$family: the flow ended with its owner" cut_off
	kill "$other"
	wait_for 15 dead "$other"
	check "IPv$family: the new owner was sent nothing of it" \
		grep -q received=0 "$dir/lan.hub"
	after=$(dropped laptop default)
	check_more "IPv$family: dropped by default" "$after" $((before + 20))
done

# A node is retired.
rule_hub='[Rule hub]
From = hub
To = web
Allow = udp/7006
'
says[web]='' says[hub]=''
mesh_make "$rule_cut$rule_hub"
check "all as at first" apply hub web laptop
flow_start cut udp laptop web 4 7002 200
flow_start kept udp hub web 6 7006 100
nap 1
nodes=(hub web)
mesh_make "$rule_hub"
check "laptop is retired, says web" apply web
moment
flow_stop cut
check "its flow was cut at once" cut_off
flow_stop kept
exit 0
