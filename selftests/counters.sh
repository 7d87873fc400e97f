#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What rules and nodes have counted is exact, whatever became of the flows and
# policies meanwhile: real traffic between two nodes, by way of a relay.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tools/lib.sh
. "$here/tools/lib.sh"

# mesh_make RULES: beside them, there is one that nothing matches.
mesh_make()
{
	mesh_write <<-END
	$1

	[Rule unused]
	From = web
	To = laptop
	Allow = tcp/9
	END
}

# rule NODE NAME FIELD: of what its ward says of the rule.
rule()
{
	ward "$1" show rules -j | jq -c ".[] | select(.name == \"$2\") | $3"
}

# counts NODE RULE: packets, bytes, and the same of answers.
counts()
{
	rule "$1" "$2" '[.packets, .bytes, .reply_packets, .reply_bytes]'
}

# node NODE NAME: packets and bytes from it, and to it.
node()
{
	ward "$1" show nodes -j | jq -c ".[] | select(.name == \"$2\") |
		[.from_packets, .from_bytes, .to_packets, .to_bytes]"
}

# counts_are NODE RULE COUNTS
counts_are()
{
	[ "$(counts "$1" "$2")" = "$3" ]
}

# drops NODE NAME REASON: packets to or from that node.
drops()
{
	ward "$1" show drops -j --node "$2" |
		jq "[.drops[] | select(.reason == \"$3\").dropped] | add // 0"
}

# exchange COUNT: messages of 100 bytes from laptop to web, all answered.
exchange()
{
	at laptop "$stream" send -n "$1" -l 100 -r 500 -s 40000 -w 5000 \
		"${ip[web4]}" 2000
}

# expect COUNT: what counts() says of so many.
expect()
{
	echo "[$1,$(($1 * 128)),$1,$(($1 * 128))]"
}

need jq
setup
plan 49
underlay hub web laptop
forwarding hub
says[web]='Relay = hub'
says[laptop]='Relay = hub'
work='[Rule work]
From = laptop
To = web
Allow = udp/2000'
mesh_make "$work"
check "three nodes" apply hub web laptop
server_start web udp 2000 "$dir/server"
background+=("$pid")

begun=$EPOCHSECONDS
check "fifty messages are answered" exchange 50
for node in laptop hub web; do
	check_equal "$node: the rule has counted them once" "$(expect 50)" \
		"$(counts "$node" work)"
	check_equal "$node: and so has the node that sent them" \
		"$(expect 50)" "$(node "$node" laptop)"
	check_equal "$node: and who answered" "$(expect 50)" \
		"$(node "$node" web)"
	check_equal "$node: one flow was started" 1 \
		"$(rule "$node" work .hits)"
done
check_equal "the relay has no traffic of its own" '[0,0,0,0]' \
	"$(node hub hub)"
check_equal "one flow is laptop's" 1 \
	"$(ward web show nodes -j |
		jq '.[] | select(.name == "laptop").flows')"
check "the rule was hit just now" \
	test "$(ward hub show rules -j | jq '.[] | select(.name == "work") |
		.last_hit | if type == "number" then . else fromdate end')" \
	-ge $((begun - 1))
check_equal "the other rule never" null "$(rule hub unused .last_hit)"
check_equal "a rule has counted what its flows have" \
	"$(ward hub show flows -j --rule work |
		jq '[.[] | .packets + .reply_packets] | add')" \
	"$(rule hub work '.packets + .reply_packets')"

# A policy that leaves the rule in place, and the flow.
mesh_make "$work, tcp/7"
check "another policy" apply hub web laptop
check_equal "keeps what was counted" "$(expect 50)" "$(counts hub work)"
check "ten more messages" exchange 10
check_equal "go on from there" "$(expect 60)" "$(counts hub work)"

# Another rule decides from now on, since its name is smaller.
mesh_make "$work

[Rule all]
From = any
To = any
Allow = udp"
check "another rule is the first" apply hub web laptop
check "seven messages more" exchange 7
for node in laptop hub; do
	check_equal "$node: what was before is the former's" "$(expect 60)" \
		"$(counts "$node" work)"
	check_equal "$node: what came then is the other's" "$(expect 7)" \
		"$(counts "$node" all)"
done

# Of a datagram of 5,000 bytes only the first of four fragments has ports.
check "three large messages are answered" \
	at laptop "$stream" send -n 3 -l 5000 -r 50 -s 40000 -w 5000 \
	"${ip[web4]}" 2000
packets=$((7 + 3 * 4)) bytes=$((7 * 128 + 3 * 5088))
for node in laptop hub web; do
	check_equal "$node: all fragments count" \
		"[$packets,$bytes,$packets,$bytes]" "$(counts "$node" all)"
	check_equal "$node: as the flow tells, with what was before" \
		$((60 + packets)) \
		"$(ward "$node" show flows -j --rule all |
			jq '[.[].packets] | add')"
done

# Where nobody listens, web says so: of 128 bytes it quotes all.
at laptop "$stream" send -n 1 -l 100 -s 40001 -w 700 "${ip[web4]}" 2001 \
	>"$dir/refused" 2>&1 || :
for node in laptop hub web; do
	check_equal "$node: an error counts as an answer" \
		"[$((packets + 1)),$((bytes + 128)),$((packets + 1)),$((bytes + 156))]" \
		"$(counts "$node" all)"
done

# What is neither question nor answer is in no flow.
mesh_make "$work, tcp/7

[Rule all]
From = any
To = any
Allow = udp

[Rule notices]
From = laptop
To = web
Allow = icmp/9"
check "notices may pass" apply hub web laptop
earlier=$(node web laptop | jq '.[1]')
inject_from laptop web 4 -p icmp -T 9 -l 72 -n 4
for node in laptop hub web; do
	check "$node: notices count to their rule" wait_for 5 \
		counts_are "$node" notices '[4,400,0,0]'
done
check_equal "and to their node" $((earlier + 400)) \
	"$(node web laptop | jq '.[1]')"

# The end of a flow loses nothing.
last=$(counts hub all)
traffic=$(node hub laptop)
ward hub flows flush -j >/dev/null
check_equal "the end of the flow takes nothing away" "$last" \
	"$(counts hub all)"
check_equal "from the nodes neither" "$traffic" "$(node hub laptop)"
check_equal "of which a rule has less than all" "[67,$((67 * 128))]" \
	"$(jq -c '[.[0] - 12 - 1 - 4, .[1] - 3 * 5088 - 128 - 400]' \
		<<<"$traffic")"

# What is dropped is counted at the node at the far side.
earlier=$(drops laptop web default)
blocked laptop tcp "${ip[web4]}" 81
check_more "a drop is counted at whom it was for" \
	"$(drops laptop web default)" "$earlier"
check_equal "and not at the sender" 0 "$(drops laptop laptop default)"
