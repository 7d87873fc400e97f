#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a relay forwards from one peer to another is judged when it comes in and
# when it goes out, is one flow, and is counted once.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tools/lib.sh
. "$here/tools/lib.sh"

mesh_make()
{
	says[web]='Relay = hub'
	says[db]='Relay = hub'
	says[laptop]='Relay = hub'
	mesh_write <<-END
	[Rule some]
	From = laptop
	To = web
	Allow = udp/7000-7009, tcp/7000

	[Rule other]
	From = laptop
	To = db
	Allow = udp/7010

	$*
	END
}

# send FAMILY NUMBER PORT
send()
{
	inject_from laptop web "$1" -S 6000 -D "$3" -l 100 -n "$2"
}

# answer FAMILY NUMBER PORT
answer()
{
	inject_from web laptop "$1" -S "$3" -D 6000 -l 50 -n "$2"
}

# flow FAMILY PORT: what hub says of it, if there is one.
flow()
{
	ward hub show flows -j | jq -r --arg to "${ip[web$1]}" \
		--argjson port "$2" '[.[] | select(.destination == $to and
			.destination_port == $port)] | length, (.[] |
			.packets, .bytes, .reply_packets, .reply_bytes)' |
		paste -sd ' '
}

# passed REASON: packets that hub passed for that reason.
passed()
{
	local reason number rest count=0

	# shellcheck disable=SC2034
	while read -r reason number rest; do
		[ "$reason" != "$1" ] || count=$number
	done < <(ward hub show drops)
	echo "$count"
}

# rewrite FAMILY PORT: between the two hooks of hub, what is for web becomes
# for db, without any state.
rewrite()
{
	local protocol=ip

	[ "$1" = 4 ] || protocol=ip6
	at hub nft -f - <<-END
	add table inet rewrite
	flush table inet rewrite
	add chain inet rewrite pre { type filter hook prerouting priority -150; }
	add rule inet rewrite pre $protocol daddr ${ip[web$1]} udp dport $2 $protocol daddr set ${ip[db$1]}
	END
}

need jq nft
setup
plan $((4 + 2 * 13))
underlay hub web db laptop
forwarding hub
mesh_make
check "four nodes" apply hub web db laptop
for node in web db laptop; do
	watch "$node" made iifname wg0 meta l4proto udp
	# No answer but those that are made here.
	at "$node" nft add rule inet watch pre iifname wg0 meta l4proto udp drop
done

for family in 4 6; do
	header=$((family == 4 ? 28 : 48))
	passed=$(passed rule)
	hits=$(hits hub some)
	check "IPv$family: five packets are relayed" \
		fate hub web 5 send "$family" 5 7000
	check "IPv$family: and three answers" \
		fate hub laptop 3 answer "$family" 3 7000
	check_equal "IPv$family: they are one flow, counted once" \
		"1 5 $((5 * (100 + header))) 3 $((3 * (50 + header)))" \
		"$(flow "$family" 7000)"
	check_equal "IPv$family: one packet started it" $((passed + 1)) \
		"$(passed rule)"
	check_equal "IPv$family: by one hit of its rule" $((hits + 1)) \
		"$(hits hub some)"
	check_equal "IPv$family: what arrives is judged again, by its own" \
		"1" "$(ward web show flows -j | jq --arg to "${ip[web$family]}" \
			'[.[] | select(.destination == $to)] | length')"
done

# Only the relay denies.
mesh_make '[Rule no]
From = any
To = web
Deny = udp/7000'
check "hub alone gets a rule that denies" apply hub
for family in 4 6; do
	hits=$(hits hub no)
	check "IPv$family: what was relayed is dropped there" \
		fate hub web "0 rule=4" send "$family" 4 7000
	# The flow has ended, so they would start one.
	check "IPv$family: answers, too" \
		fate hub laptop "0 default=2" answer "$family" 2 7000
	check_equal "IPv$family: each counted once" $((hits + 4)) \
		"$(hits hub no)"
	check "IPv$family: what is not denied goes on" \
		fate hub web 2 send "$family" 2 7001
done

# Each hook for itself: what goes out is not what came in.
check "laptop stops enforcing" ward laptop detach
check "db, too" ward db detach
for family in 4 6; do
	hits=$(hits hub some)
	rewrite "$family" 7002
	check "IPv$family: what was let in is not let out" \
		fate hub db "0 default=3" send "$family" 3 7002
	check_equal "IPv$family: it had been let in" $((hits + 1)) \
		"$(hits hub some)"
	rewrite "$family" 7010
	check "IPv$family: what would be let out is not let in" \
		fate hub db "0 default=3" send "$family" 3 7010
done
exit 0
