#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Shows what wgward does, on a mesh of four nodes, each of them a network
# namespace, with real WireGuard between them. Run by "make demo" in a virtual
# machine. The exit status tells whether all was as expected.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

steps=0
surprises=0

say()
{
	printf '%s\n' "$@"
}

indented()
{
	sed 's/^./      &/'
}

# field LABEL TEXT: each line of the text behind the label's column.
field()
{
	local label=$1 line

	while IFS= read -r line; do
		printf '      %-10s %s\n' "$label" "$line"
		label=
	done <<<"$2"
}

# step TITLE DONE EXPECTED: announces what is tried.
step()
{
	steps=$((steps + 1))
	printf '\n%2d. %s\n' "$steps" "$1"
	field done: "$2"
	field expected: "$3"
}

# seen STATUS TEXT: what came of it; 0 is what was expected.
seen()
{
	field seen: "$2"
	if [ "$1" = 0 ]; then
		say '      => ok'
	else
		say '      => NOT AS EXPECTED'
		surprises=$((surprises + 1))
	fi
}

# mesh_file: what is told in mesh.conf; arguments are sections to add.
mesh_file()
{
	cat >"$mesh" <<-END
	[Mesh]
	Name = demo
	Network = 10.10.0.0/24, fd00:10::/64
	ListenPort = 51820
	Default = deny

	[Node hub]
	PublicKey = ${public[hub]}
	Address = 10.10.0.1, fd00:10::1
	Endpoint = 192.0.2.1

	[Node web]
	PublicKey = ${public[web]}
	Address = 10.10.0.2, fd00:10::2
	Endpoint = 192.0.2.2
	Groups = servers

	[Node db]
	PublicKey = ${public[db]}
	Address = 10.10.0.3, fd00:10::3
	Endpoint = 192.0.2.3
	Groups = servers, data

	[Node laptop]
	PublicKey = ${public[laptop]}
	Address = 10.10.0.4, fd00:10::4
	Groups = staff
	BehindNAT = yes
	Relay = hub                     # others reach it through the hub

	[Rule web]
	From = staff
	To = servers, !data
	Allow = tcp/443, ping

	[Rule calls]
	From = staff
	To = web
	Allow = udp/5004

	[Rule database]
	From = web
	To = data
	Allow = tcp/5432

	[Rule no-telnet]
	From = any
	To = any
	Deny = tcp/23

	[Test staff do not reach the database]
	From = laptop
	To = db
	Drop = tcp/5432
	END
	[ $# = 0 ] || printf '\n%s\n' "$@" >>"$mesh"
}

printer()
{
	cat <<-END
	[Node printer]
	PublicKey = ${public[printer]}
	Address = 10.10.0.5, fd00:10::5
	Endpoint = 192.0.2.5
	Groups = devices
	END
}

rule_printing='[Rule printing]
From = staff
To = devices
Allow = tcp/631'

rule_video='[Rule video]
From = staff
To = web
Allow = udp/5006'

# greet NODE PORT: answers whoever connects with its name.
greet()
{
	start "$1" socat "TCP6-LISTEN:$2,fork,reuseaddr" \
		"SYSTEM:echo hello from $1" >/dev/null 2>&1
	wait_for 5 listening "$1" "$2"
}

listening()
{
	at "$1" ss -Hltn "sport = :$2" | grep .
}

# call NODE ADDRESS PORT SECONDS: what a client gets to read.
call()
{
	at "$1" timeout "$4" nc -d "$2" "$3" 2>/dev/null
}

# answered TITLE FROM TO PORT RULE
answered()
{
	local four six before after

	step "$1" "nc from $2 to $3, port $4, over IPv4 and over IPv6" \
		"$3 answers, as rule \"$5\" allows it"
	before=$(hits "$2" "$5")
	four=$(call "$2" "${ip[${3}4]}" "$4" 5)
	six=$(call "$2" "${ip[${3}6]}" "$4" 5)
	after=$(hits "$2" "$5")
	[ "$four" = "hello from $3" ] && [ "$six" = "$four" ] &&
		[ "$after" = $((before + 2)) ]
	seen $? "IPv4 \"$four\", IPv6 \"$six\"
$((after - before)) flows counted for the rule"
}

# unanswered TITLE FROM TO PORT EXPECTED: that is what explain says, too.
unanswered()
{
	local answer reason=${5%% *} rule=${5#* } before after why

	step "$1" "nc from $2 to $3, port $4; wgward explain $2 $3 tcp/$4" \
		"no answer: it is dropped, $(because "$reason" "$rule")"
	before=$(counted "$2" "$reason" "$rule")
	answer=$(call "$2" "${ip[${3}4]}" "$4" 1)
	after=$(counted "$2" "$reason" "$rule")
	why=$(verdict "$2" "$2" "$3" "tcp/$4")
	[ -z "$answer" ] && [ "$after" -gt "$before" ] &&
		[ "$why" = "drop $reason $rule" ]
	seen $? "${answer:-no answer}; $2 counts $((after - before)) more dropped
$(ward "$2" explain "$2" "$3" "tcp/$4")"
}

because()
{
	if [ "$1" = rule ]; then
		echo "as rule \"$2\" denies it"
	else
		echo "as no rule allows it and the default is deny"
	fi
}

# counted NODE REASON RULE: packets dropped for that.
counted()
{
	if [ "$3" = - ]; then
		dropped "$1" "$2"
	else
		hits "$1" "$3"
	fi
}

introduce()
{
	say "wgward on Linux $(uname -r)" '' \
		'Four nodes, each a network namespace, with WireGuard between them: a hub, a' \
		'web server, a database, and a laptop that the others reach through the hub.' \
		'One file describes them all; each node is brought to it by "wgward apply":' ''
	indented <"$mesh"
}

step_apply()
{
	local node all=''

	step 'All four nodes are brought to the file' \
		'wgward apply mesh.conf, at each' 'all enforce it'
	apply hub web db laptop
	for node in hub web db laptop; do
		all+="$node $(state "$node"), "
	done
	[ "$all" = 'hub enforcing, web enforcing, db enforcing, laptop enforcing, ' ]
	seen $? "${all%, }"
}

step_again()
{
	local changed

	step 'Nothing is done twice' 'wgward -j apply mesh.conf, at hub again' \
		'it says that nothing changed'
	changed=$(changed hub)
	[ "$changed" = false ]
	seen $? "\"changed\": $changed"
}

step_add()
{
	local answer

	underlay printer
	step 'A node and a rule come while a call is going on' \
		"200 numbered datagrams a second from laptop to web and back; meanwhile
wgward apply mesh.conf, at each, with this added to the file:
$(printer; echo; say "$rule_printing")" \
		'the call loses nothing, and the printer answers the laptop'
	flow_start call udp laptop web 4 5004 200
	nap 2
	mesh_file "$(printer)" '' "$rule_printing"
	apply hub laptop web db printer
	greet printer 631
	answer=$(call laptop "${ip[printer6]}" 631 5)
	nap 1
	flow_stop call
	[ "$sent" -gt 400 ] && [ "$received" = "$sent" ] &&
		[ "$answered" = "$sent" ] && [ "$answer" = 'hello from printer' ]
	seen $? "$sent sent, $received arrived, $answered came back: $((sent - answered)) lost
laptop reads \"$answer\""
}

step_revoke()
{
	local calls cut after

	step 'A rule is revoked while flows that it allowed run' \
		'a call (udp/5004) and a video (udp/5006) from laptop to web; meanwhile
wgward apply mesh.conf, at web alone, without rule "video"' \
		'the video is cut at once, the call loses nothing'
	mesh_file "$(printer)" '' "$rule_printing" '' "$rule_video"
	apply laptop hub web
	flow_start call udp laptop web 4 5004 200
	flow_start video udp laptop web 6 5006 200
	nap 2
	mesh_file "$(printer)" '' "$rule_printing"
	apply web
	cut=$(now)
	nap 1
	flow_stop video
	after=$((sent - received))
	[ "$received" -gt 300 ] && [ "$last" -le "$cut" ] && [ "$after" -gt 100 ]
	calls=$?
	video="video: $received arrived, the last of them sent $(((cut - last) / 1000000)) ms before apply had ended;
       $after were sent later, and none of them arrived"
	flow_stop call
	[ "$calls" = 0 ] && [ "$sent" -gt 500 ] && [ "$answered" = "$sent" ]
	seen $? "$video
call:  $sent sent, $answered came back: $((sent - answered)) lost"
}

step_status()
{
	local text

	step 'What the laptop says about itself' 'wgward status, at laptop' \
		'it enforces the policy, knows five nodes, and tells what it dropped'
	text=$(ward laptop status)
	[[ $text =~ ENFORCED && $text =~ '5 nodes' && $text =~ dropped: ]]
	seen $? "$text"
}

setup
underlay hub web db laptop
forwarding hub
mesh_file
introduce
step_apply
for service in web:443 web:23 db:443 db:5432; do
	greet "${service%:*}" "${service#*:}"
done
step_again
answered 'Staff may use the web server' laptop web 443 web
answered 'The web server may use the database' web db 5432 database
unanswered 'Staff may not use the database' laptop db 5432 'default -'
unanswered 'Nobody may use telnet' laptop web 23 'rule no-telnet'
step_add
step_revoke
step_status
say ''
if [ "$surprises" = 0 ]; then
	say "All $steps as expected."
else
	say "$surprises of $steps not as expected."
fi
exit $((surprises != 0))
