#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Who may listen is told of verdicts: drops, rejects, what audits changed, and
# whatever rules do that say Log; within bounds, and nobody else. The kernel's
# own tracing sees all of them, and why packets were freed.

. "$(dirname "$0")/lib.sh"

mesh_make()
{
	mesh_write <<-END
	[Rule allowed]
	From = any
	To = any
	Allow = udp/7000-7009, ping
	[Rule logged]
	From = any
	To = any
	Allow = udp/7010
	Log = yes
	[Rule logged-denial]
	From = any
	To = any
	Deny = udp/7011
	Log = yes
	[Rule rejected]
	From = any
	To = any
	Reject = tcp/81
	[Rule audited]
	From = any
	To = any
	Deny = udp/7001
	Audit = yes
	END
}

# told FILTER [FILE]: verdicts of which that is true.
told()
{
	jq -n "[inputs | select(.event == \"verdict\") | select($1)] | length" \
		"${2-$dir/told}" 2>/dev/null || echo 0
}

# suppressed FILE NUMBER: so many verdicts were said not to be told.
suppressed()
{
	[ "$(jq -n '[inputs.suppressed // 0] | add' "$1" 2>/dev/null)" -ge "$2" ]
}

told_some()
{
	[ "$(told "$@")" -gt 0 ]
}

# listen NODE FILE [PROGRAM...]: once it is heard that it listens.
listen()
{
	local node=$1 file=$2

	shift 2
	start "$node" "$@" "$command" monitor -j >"$file"
	wait_for 15 grep -q . "$file"
}

# send NODE FAMILY PORT NUMBER: UDP to web.
send()
{
	at "$1" "$inject" -i wg0 -s "${ip[$1$2]}" -d "${ip[web$2]}" -p udp \
		-S 5000 -D "$3" -l 32 -n "$4"
}

limit()
{
	local name number count=0

	while read -r name number; do
		[ "$name" != "$2" ] || count=$number
	done < <(ward "$1" show drops)
	echo "$count"
}

traced()
{
	grep -q "$@" "$trace/trace"
}

need jq
setup
plan 33
underlay hub web laptop
mesh_make
check "three nodes" apply hub web laptop
serve web udp 7010
serve web udp 7001
check "laptop listens" listen laptop "$dir/told"
ward hub detach
start hub "$command" monitor -j >"$dir/elsewhere"
check_fails "who has no privilege hears nothing" at laptop \
	timeout 3 setpriv --reuid 65534 --clear-groups --bounding-set=-all \
	--inh-caps=-all "$command" monitor -j

for family in 4 6; do
	self=${ip[laptop$family]} peer=${ip[web$family]}
	ends=".source == \"$self\" and .destination == \"$peer\""
	names='.source_node == "laptop" and .destination_node == "web"'
	send laptop "$family" 8000 1
	check "IPv$family: a drop by default is told" wait_for 15 told_some \
		"$ends and $names and .verdict == \"drop\" and
		.reason == \"default\" and .direction == \"sent\" and
		.protocol == 17 and .source_port == 5000 and
		.destination_port == 8000 and (.audit | not)"
	at laptop timeout 2 nc -z "$peer" 81
	check "IPv$family: a reject is, with its rule" wait_for 15 told_some \
		"$ends and .verdict == \"reject\" and .rule == \"rejected\""
	send laptop "$family" 7011 1
	check "IPv$family: a denial is, with its rule" wait_for 15 told_some \
		"$ends and .verdict == \"drop\" and .rule == \"logged-denial\""
	reaches laptop udp "$peer" 7010 >/dev/null
	check "IPv$family: a flow of a rule that logs is" wait_for 15 \
		told_some "$ends and .verdict == \"pass\" and
		.rule == \"logged\" and (.audit | not)"
	reaches laptop udp "$peer" 7001 >/dev/null
	check "IPv$family: what an audited rule would deny is" wait_for 15 \
		told_some "$ends and .verdict == \"drop\" and .audit and
		.rule == \"audited\""
	at laptop "$inject" -i wg0 -s "$self" -d "$peer" -p udp -S 1 -D 7000 \
		-x short
	check "IPv$family: what cannot be read is" wait_for 15 told_some \
		'.reason == "malformed" and .source == null'
done
check_equal "what a rule allows that does not log is not" 0 \
	"$(told '.rule == "allowed"')"
check_equal "other namespaces hear nothing" 0 "$(told true "$dir/elsewhere")"

# Within bounds, which for rules that log are their own.
before=$(limit laptop samples)
: >"$dir/told.flood"
listen laptop "$dir/told.flood"
send laptop 4 8000 2000
send laptop 4 7011 1
check "a rule that logs is heard in a flood" wait_for 15 told_some \
	'.rule == "logged-denial"' "$dir/told.flood"
nap 1.2
send laptop 4 8001 1
check "what was suppressed is told with the next" wait_for 15 \
	suppressed "$dir/told.flood" 500
check_more "and counted" "$(($(limit laptop samples) - before))" 500
several=$(told '.reason == "default"' "$dir/told.flood")
check_more "most of a flood is not told" 1000 "$several"
check_more "but a part of it is" "$several" 50
background_end

# Tracing.
trace=/sys/kernel/tracing/instances/wgward$$
[ -d /sys/kernel/tracing/events ] || mount -t tracefs tracefs \
	/sys/kernel/tracing 2>/dev/null
if [ -d /sys/kernel/tracing/events/wgward ] && mkdir "$trace"; then
	echo 1 >"$trace/events/wgward/verdict/enable"
	echo 1 >"$trace/events/skb/kfree_skb/enable"
	send laptop 6 8000 1
	at laptop timeout 2 nc -z "${ip[web4]}" 81
	send laptop 4 7010 1
	send laptop 4 7001 2
	at laptop "$inject" -i wg0 -s "${ip[laptop4]}" -d "${ip[web4]}" \
		-p udp -S 1 -D 7000 -x short
	at web "$inject" -i wg0 -s "${ip[web4]}" -d "${ip[laptop4]}" -p udp \
		-S 7010 -D 5000 -l 8
	echo 0 >"$trace/events/skb/kfree_skb/enable"
	echo 0 >"$trace/events/wgward/verdict/enable"
	check "a drop is traced" traced \
		"wg0 sent drop reason=1 rule=- source=${ip[laptop6]} "
	check "a reject is" traced \
		"wg0 sent reject reason=0 rule=rejected source=::ffff:${ip[laptop4]} "
	check "the start of a flow is" traced \
		"wg0 sent pass reason=0 rule=logged "
	check "and that of one whose rule does not log" traced \
		"wg0 sent pass reason=0 rule=allowed "
	check "what an audit changed is" traced \
		"wg0 sent drop(audit) reason=0 rule=audited "
	check "what cannot be read is" traced "wg0 sent drop reason=9 rule=- "
	check_equal "once at each end, and later packets are not" 2 \
		"$(grep -c 'pass reason=0 rule=logged ' "$trace/trace")"
	check "packets are freed as dropped by netfilter" traced \
		'kfree_skb:.*reason: NETFILTER_DROP'
	check "what is malformed, as that" traced \
		'kfree_skb:.*reason: IP_INHDR'
	# Older kernels do not print the name of what freed it.
	if traced 'kfree_skb:.*location=[a-z_]*+'; then
		check "by what is named for the reason" traced \
			'location=wgward_drop_default+.*reason: NETFILTER_DROP'
		check "whatever it is" traced \
			'location=wgward_drop_malformed+.*reason: IP_INHDR'
	else
		check_skip "by what is named for the reason" "not printed"
		check_skip "whatever it is" "not printed"
	fi
	rmdir "$trace"
else
	for ((i = 0; i < 11; i++)); do
		check_skip "tracing" "this kernel has none"
	done
fi
exit 0
