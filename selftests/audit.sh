#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Audit: a rule, or a whole ward, that decides nothing but counts what it
# would have changed. Once it is no longer audited it does decide, also on
# what goes on already.

. "$(dirname "$0")/lib.sh"

# audits NODE RULE: verdicts that the rule would have changed.
audits()
{
	ward "$1" show rules -j |
		jq --arg rule "$2" 'map(select(.name == $rule))[0].audited'
}

# audited NODE REASON: packets that the ward's audit let pass.
audited()
{
	local reason seen rest count=0

	while read -r reason _ _ seen rest; do
		[ "$reason" != "$2" ] || count=$seen
	done < <(ward "$1" show drops)
	echo "$count"
}

audited_so_many()
{
	[ "$(audited "$1" "$2")" -ge "$3" ]
}

# mesh_make AUDIT: the rule's key, or nothing.
mesh_make()
{
	mesh_write <<-END
	[Rule all]
	From = any
	To = any
	Allow = udp/7000-7009, tcp/7000-7009, ping
	[Rule less]
	From = laptop
	To = web
	Deny = udp/7001, tcp/7002
	$1
	[Rule more]
	From = laptop
	To = web
	Allow = udp/7100
	$1
	END
}

# mesh_audit ANSWER: to whether the wards audit.
mesh_audit()
{
	mesh_make ''
	sed -i "s/^\[Mesh\]\$/&\\nAudit = $1/" "$mesh"
}

# cut_off: nothing arrived that was sent after $moment, though some was sent.
cut_off()
{
	echo "sent $sent, received $received, last $last, cut $moment"
	[ "$received" -gt 5 ] && [ "$last" -le "$moment" ] &&
		[ $((sent + errors - received)) -gt 5 ]
}

need jq
setup
plan 33
underlay hub web laptop

# Rules.
mesh_make 'Audit = yes'
check "three nodes, two rules audited" apply hub web laptop
serve web udp 7001
serve web tcp 7002
serve web udp 7100
serve web udp 7003
for family in 4 6; do
	less=$(audits laptop less) more=$(audits laptop more)
	check "IPv$family: an audited denial lets UDP pass" \
		reaches laptop udp "${ip[web$family]}" 7001
	check "IPv$family: and TCP" reaches laptop tcp "${ip[web$family]}" 7002
	check_equal "IPv$family: each conversation is counted once" \
		$((less + 2)) "$(audits laptop less)"
	check "IPv$family: an audited allowance allows nothing" \
		blocked laptop udp "${ip[web$family]}" 7100
	check_more "IPv$family: but is counted" "$(audits laptop more)" "$more"
done
check_equal "the rules have decided nothing" 0 \
	"$(($(hits laptop less) + $(hits laptop more)))"
before=$(audits laptop less)
check "what is not about them" reaches laptop udp "${ip[web4]}" 7003
check_equal "is not counted" "$before" "$(audits laptop less)"
before=$(audits web less)
check_more "the other end counts, too" "$before" 0

# An audit ends.
flow_start cut udp laptop web 4 7001 100
nap 1
mesh_make ''
check "the rules are no longer audited" apply laptop
moment=$(now)
nap 1
flow_stop cut
check "what goes on already is cut" cut_off
check "the denial denies" blocked laptop udp "${ip[web6]}" 7001
check_more "and is hit" "$(hits laptop less)" 0
check "web's allowance, too" apply web
check "the allowance allows" reaches laptop udp "${ip[web4]}" 7100

# A ward.
mesh_audit yes
check "the wards audit" apply web laptop
for family in 4 6; do
	before=$(audited laptop rule)
	check "IPv$family: what is denied passes" \
		reaches laptop udp "${ip[web$family]}" 7001
	check_more "IPv$family: and is counted" "$(audited laptop rule)" \
		"$before"
	before=$(audited laptop default)
	blocked laptop tcp "${ip[web$family]}" 9999 >/dev/null
	check_more "IPv$family: likewise what nothing allows" \
		"$(audited laptop default)" "$before"
done
before=$(audited web malformed)
at laptop "$inject" -i wg0 -s "${ip[laptop4]}" -d "${ip[web4]}" -p udp \
	-S 1 -D 2 -x short -n 3
wait_for 15 audited_so_many web malformed $((before + 3))
check_more "what is malformed passes, and is counted" \
	"$(audited web malformed)" $((before + 2))
before=$(dropped laptop rule)
flow_start cut udp laptop web 6 7001 100
nap 1
check_equal "a ward in audit drops nothing" "$before" "$(dropped laptop rule)"
before=$(audited laptop rule)
nap 0.5
check_equal "and counts a conversation once" "$before" \
	"$(audited laptop rule)"
mesh_audit no
check "laptop's ward audits no more" apply laptop
moment=$(now)
nap 1
flow_stop cut
check "what it would have refused is cut" cut_off
exit 0
