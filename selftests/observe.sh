#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What show, flows, monitor, plan and explain say of a live ward: each setting
# of the mesh file arrives in the kernel, what passes is counted where it
# should be, flows are found and ended by node, rule and service.

. "$(dirname "$0")/lib.sh"

# mesh_make [SED-SCRIPT]: the file, changed by the script.
mesh_make()
{
	says[hub]='Groups = servers'
	says[laptop]='Groups = staff'
	says[guest]='Until = 2099-01-01T00:00:00Z'
	mesh_write <<-END
	[Rule web]
	From = staff
	To = servers
	Allow = tcp/80
	Log = yes

	[Rule mail]
	From = staff
	To = servers
	Allow = tcp/25, udp/25
	Until = 2099-06-30T12:00:00+02:00

	[Rule no-telnet]
	From = any
	To = servers
	Deny = tcp/23

	[Rule refuse]
	From = any
	To = servers
	Reject = tcp/24

	[Rule trial]
	From = staff
	To = servers
	Deny = tcp/25
	Audit = yes

	[Rule idle]
	From = any
	To = any
	Allow = udp/9999
	END
	sed -i 's/^Default.*/&\nMaxFlows = 5000\nTimeouts = udp-new 600, tcp-closing 10m, tcp-established 1h/' \
		"$mesh"
	sed -i "${1-}" "$mesh"
}

# is NODE JQ-EXPRESSION WORD...: whether it holds of the command's answer.
is()
{
	local node=$1 expression=$2

	shift 2
	ward "$node" -j "$@" | tee "$dir/json" | jq -e "$expression" >/dev/null &&
		return
	cat "$dir/json"
	return 1
}

# says_plan SED-SCRIPT TEXT: what plan says of that change of the file; then
# it is applied, and nothing is left to do.
says_plan()
{
	local script=$1 text=$2

	mesh_make "$script"
	ward hub plan "$mesh" --key "$dir/hub.key" >"$dir/plan"
	grep -qF -- "$text" "$dir/plan" && apply hub &&
		[ "$(changed hub)" = false ] && return
	cat "$dir/plan"
	return 1
}

settings_arrive()
{
	is hub '.max_flows == 5000 and .timeouts["udp-new"] == 600 and
		.timeouts["tcp-established"] == 3600 and .timeouts.icmp == 30 and
		.audit == false and .enforced and
		.expired == {"nodes": [], "rules": []}' status
}

rules_arrive()
{
	is hub 'map({(.name): [.action, .audit, .log, .until, .expired]}) | add ==
		{"web": ["allow", false, true, null, false],
		"mail": ["allow", false, false, 4086496800, false],
		"no-telnet": ["deny", false, false, null, false],
		"refuse": ["reject", false, false, null, false],
		"trial": ["deny", true, false, null, false],
		"idle": ["allow", false, false, null, false]}' show rules
}

changes()
{
	says_plan '/^MaxFlows/d' '- policy max-flows: 5000' &&
	says_plan '' '+ policy max-flows: 5000' &&
	says_plan 's/udp-new 600/udp-new 605/' '~ policy timeouts: tcp-established 3600, tcp-closing 600, udp-new 600 -> tcp-established 3600, tcp-closing 600, udp-new 605' &&
	says_plan '/^Timeouts/d' '- policy timeouts' &&
	says_plan 's/^Default.*/&\nAudit = yes/' '+ policy audit' &&
	says_plan 's/= deny$/= reject/' '~ policy default: deny -> reject' &&
	says_plan '/^Log/d' '~ rule web: allow tcp/80 from staff to servers, log -> allow tcp/80 from staff to servers' &&
	says_plan '/^Audit/d' '~ rule trial:' &&
	says_plan 's/^Reject/Deny/' '~ rule refuse: reject' &&
	says_plan 's/2099-06/2098-06/' '2098-06-30T10:00:00Z' &&
	says_plan '/^Until = 2099-01/d' '~ node guest:' &&
	says_plan '' '~ node guest:'
}

# says_explain STATUS TEXT ARGUMENT...
says_explain()
{
	local wanted=$1 text=$2 status=0

	shift 2
	ward hub explain "$@" >"$dir/explain" || status=$?
	[ "$status" = "$wanted" ] && grep -qF -- "$text" "$dir/explain" &&
		return
	echo "status $status"
	cat "$dir/explain"
	return 1
}

explains()
{
	says_explain 0 $'pass\trule\tweb' laptop hub tcp/80 &&
	says_explain 3 $'drop\trule\tno-telnet' laptop hub tcp/23 &&
	says_explain 3 $'reject\trule\trefuse' laptop hub tcp/24 &&
	says_explain 0 'audited      trial would say drop' laptop hub tcp/25 &&
	says_explain 0 $'pass\trule\tmail' laptop hub udp/25
}

expired_node()
{
	mesh_make 's/^Until = 2099-01-01/Until = 2020-01-01/'
	apply hub &&
	says_explain 3 $'drop\tnode-expired\t-' guest hub tcp/80 &&
	is hub '.expired.nodes == ["guest"]' status &&
	is hub 'map(select(.name == "guest"))[0].expired' show nodes &&
	ward hub status | grep -q 'node guest has ended, at 2020-01-01T00:00:00Z' &&
	mesh_make && apply hub
}

audit_is_told()
{
	mesh_make 's/^Default.*/&\nAudit = yes/'
	apply hub &&
	is hub '.audit and .enforced == false' status &&
	ward hub status | grep -q '^wg0: AUDIT ONLY' &&
	says_explain 3 'everything passes' laptop hub tcp/23 &&
	mesh_make && apply hub
}

# flows FILTER...: how many there are.
flows()
{
	ward hub -j show flows "$@" | jq length
}

# flushed FILTER...: how many were ended.
flushed()
{
	ward hub -j flows flush "$@" | jq .flushed
}

filters()
{
	check_equal "all flows" 4 "$(flows)"
	check_equal "the flows of a node" 4 "$(flows --node laptop)"
	check_equal "the flows of another node" 0 "$(flows --node guest)"
	check_equal "the flows of a rule" 2 "$(flows --rule web)"
	check_equal "the flows of a service" 1 "$(flows --service udp/25)"
	check_equal "the flows of a range" 3 "$(flows --service tcp/20-80)"
	check_equal "the flows of all that at once" 1 \
		"$(flows --node hub --rule mail --service tcp)"
	check "an unknown node has none, and a known one is told" \
		refuses 'did you mean laptop?' --node latpop
	check "an unknown rule has none, and a known one is told" \
		refuses 'did you mean web?' --rule webb
	check_equal "flows of a service are ended" 1 \
		"$(flushed --service udp/25)"
	check_equal "flows of a rule are ended" 2 "$(flushed --rule web)"
	check_equal "flows of a node are ended" 1 "$(flushed --node hub)"
	check_equal "none is left" 0 "$(flows)"
	check_equal "none is ended" 0 "$(flushed)"
}

# refuses TEXT FILTER...
refuses()
{
	local text=$1 words

	shift
	for words in 'show flows' 'flows flush'; do
		# shellcheck disable=SC2086
		! ward hub $words "$@" >"$dir/refusal" 2>&1 &&
			grep -qF "$text" "$dir/refusal" || return
	done
}

traffic()
{
	reaches laptop tcp "${ip[hub4]}" 80 &&
	reaches laptop tcp "${ip[hub6]}" 80 &&
	reaches laptop tcp "${ip[hub4]}" 25 &&
	reaches laptop udp "${ip[hub4]}" 25 &&
	blocked guest tcp "${ip[hub4]}" 80
}

rules_count()
{
	is hub 'map({(.name): .}) | add |
		.web.hits == 2 and .web.packets > 4 and .web.bytes > 200 and
		.web.reply_packets > 2 and .web.reply_bytes > 100 and
		(now - .web.last_hit | . > -5 and . < 60) and
		.mail.hits == 2 and .idle.hits == 0 and .idle.last_hit == null and
		.trial.audited == 1 and .trial.hits == 0' show rules
}

unused()
{
	is hub 'map(.name) | sort == ["idle", "no-telnet", "refuse"]' \
		show rules --unused &&
	ward hub show rules --unused | grep -q '^idle .* never ' &&
	! ward hub show rules --unused | grep -q '^web'
}

nodes_count()
{
	is hub 'map({(.name): .}) | add |
		.laptop.flows == 4 and .laptop.from_packets > 6 and
		.laptop.from_bytes > 300 and .laptop.to_packets > 4 and
		.laptop.to_bytes > 200 and .laptop.drops == [] and
		.guest.flows == 0' show nodes &&
	is guest 'map({(.name): .}) | add | .hub.drops |
		map(select(.reason == "default"))[0].dropped > 0' show nodes &&
	is guest '.node == "hub" and
		(.drops | map(select(.reason == "default"))[0].dropped > 0)' \
		show drops --node hub
}

drops_count()
{
	is guest '(.drops | map(select(.reason == "default"))[0] |
		.dropped > 0 and .audited == 0) and .limits == []' show drops
}

# heard JQ-EXPRESSION: whether an object that was printed fits.
heard()
{
	[ -n "$(jq -c "select($1)" "$dir/monitor")" ]
}

monitor_begin()
{
	start laptop "$command" -i wg0 -j monitor >"$dir/monitor"
	monitor=$pid
	wait_for 15 heard '.event == "state"'
}

monitor_hears()
{
	mesh_make 's/udp-new 600/udp-new 601/'
	apply laptop hub guest &&
	wait_for 15 heard '.event == "guard" and .interface == "wg0"' &&
	wait_for 15 heard '.event == "commit" and .state == "enforcing" and
		.generation > 1 and .time > 1700000000' &&
	blocked laptop tcp "${ip[hub4]}" 81 &&
	wait_for 15 heard '.event == "verdict" and .verdict == "drop" and
		.reason == "default" and .rule == null and .audit == false and
		.direction == "sent" and .source_node == "laptop" and
		.destination_node == "hub" and .service == "tcp/81" and
		.destination_port == 81 and .protocol == 6' &&
	reaches laptop tcp "${ip[hub4]}" 80 &&
	wait_for 15 heard '.event == "verdict" and .verdict == "pass" and
		.rule == "web" and .service == "tcp/80"' &&
	reaches laptop tcp "${ip[hub4]}" 25 &&
	wait_for 15 heard '.event == "verdict" and .audit and
		.rule == "trial" and .verdict == "drop"' &&
	! grep -v '^{.*}$' "$dir/monitor" && return
	ward laptop show drops
	cat "$dir/monitor"
	return 1
}

monitor_ends()
{
	local status=0

	kill -TERM "$monitor"
	wait "$monitor" || status=$?
	[ "$status" = 0 ]
}

need jq
setup
plan 30
underlay hub laptop guest
mesh_make
check "three nodes come up" apply hub laptop guest
check "settings of the mesh arrive" settings_arrive
check "rules arrive with all that is said of them" rules_arrive
check_equal "a second apply changes nothing" false "$(changed hub)"
check "each change is planned, and applied once" changes
check "explain tells rejections, and what audited rules would say" explains
check "a node that has ended is told" expired_node
check "a ward that only audits says so" audit_is_told
for service in tcp/80 tcp/25 tcp/81 udp/25; do
	serve hub "${service%/*}" "${service#*/}"
done
check "what is allowed passes" traffic
check "rules count it" rules_count
check "rules that did nothing are found" unused
check "nodes count it" nodes_count
check "the ward counts it" drops_count
filters
check "a monitor begins with the state" monitor_begin
check "it tells commits, drops, logged and audited rules" monitor_hears
check "it ends when asked to" monitor_ends
