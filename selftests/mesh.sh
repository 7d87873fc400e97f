#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A mesh of four nodes, two of them behind a relay, from one file: what its
# rules allow passes, what they do not is dropped where and why they say, and
# explain says the same as the packets.

. "$(dirname "$0")/lib.sh"

# From, to, service, and the verdict.
cases='
laptop	web	tcp/80		pass	rule	web
laptop	db	tcp/80		drop	rule	web-not-on-data
laptop	web	tcp/22		drop	default	-
laptop	db	tcp/5432	drop	default	-
web	db	tcp/5432	pass	rule	database
web	db	udp/5432	pass	rule	database
web	db	udp/5433	drop	default	-
db	web	tcp/5432	drop	default	-
db	web	tcp/22		pass	rule	shell
hub	web	tcp/22		pass	rule	shell
hub	laptop	tcp/23		drop	rule	no-telnet
hub	web	udp/1999	drop	default	-
hub	web	udp/2000	pass	rule	range
hub	web	udp/2010	pass	rule	range
hub	web	udp/2011	drop	default	-
laptop	db	ping		pass	rule	ping
db	laptop	ping		pass	rule	ping
hub	db	ping		drop	rule	quiet
laptop	web	47		pass	rule	tunnel
laptop	hub	47		drop	default	-
web	hub	tcp/80		drop	default	-
'
sctp_cases='
laptop	web	sctp/9		pass	rule	signals
laptop	hub	sctp/9		drop	default	-
'

# What the nodes serve: more than the rules let through.
services='
web	tcp/80	tcp/22	tcp/5432	udp/1999	udp/2000	udp/2010	udp/2011
db	tcp/80	tcp/5432	udp/5432	udp/5433
hub	tcp/80
laptop	tcp/23
'

mesh_make()
{
	says[hub]='Groups = relays'
	says[web]='Groups = servers'
	says[db]=$'Groups = servers, data\nRelay = hub'
	says[laptop]=$'Groups = staff\nRelay = hub'
	mesh_write <<-END
	[Rule web]
	From = staff
	To = servers
	Allow = tcp/80, tcp/5201

	[Rule web-not-on-data]
	From = any
	To = data
	Deny = tcp/80

	[Rule database]
	From = web
	To = servers+data
	Allow = tcp/5432, udp/5432

	[Rule shell]
	From = any, !staff
	To = web
	Allow = tcp/22

	[Rule no-telnet]
	From = any
	To = any
	Deny = tcp/23

	[Rule telnet]
	From = any
	To = any
	Allow = tcp/23

	[Rule range]
	From = ${ip[hub4]}, ${ip[hub6]}
	To = web
	Allow = udp/2000-2010

	[Rule ping]
	From = any
	To = any
	Allow = ping

	[Rule quiet]
	From = relays
	To = data
	Deny = ping

	[Rule tunnel]
	From = laptop
	To = web
	Allow = 47

	[Rule signals]
	From = laptop
	To = web
	Allow = sctp/9

	[Test the database is for the web server alone]
	From = any, !web
	To = db
	Drop = tcp/5432
	END
}

serve_all()
{
	local node list service

	while read -r node list; do
		for service in $list; do
			serve "$node" "${service%/*}" "${service#*/}"
		done
	done <<<"${services#?}"
}

# rows FAMILY [COLUMNS]: the cases with addresses instead of names.
rows()
{
	local from to rest

	while read -r from to rest; do
		[ -z "$from" ] ||
			echo "${ip[$from$1]} ${ip[$to$1]} $rest"
	done <<<"$cases"
}

# explained FAMILY COMMAND...: what explain answers to the cases.
explained()
{
	local family=$1

	shift
	rows "$family" | awk '{ print $1, $2, $3 }' | "$@"
}

# try FROM TO FAMILY SERVICE WAIT: whether packets get through, in seconds.
try()
{
	local address=${ip[$2$3]} wait=$5

	case $4 in
	ping)
		at "$1" ping -q -c 1 -W "$wait" "$address"
		;;
	47)
		watched "$2" tunnelled >/dev/null
		at "$1" "$inject" -i wg0 -s "${ip[$1$3]}" -d "$address" -p 47
		nap 0.2
		[ "$(watched "$2" tunnelled)" = 1 ]
		;;
	*)
		if [ "$wait" = 1 ]; then
			! blocked "$1" "${4%/*}" "$address" "${4#*/}"
		else
			reaches "$1" "${4%/*}" "$address" "${4#*/}"
		fi
		;;
	esac
}

# judged FROM TO FAMILY SERVICE VERDICT REASON RULE: packets and counters of
# the node that sends first.
judged()
{
	local before after

	if [ "$5" = pass ]; then
		before=$(hits "$1" "$7")
		try "$1" "$2" "$3" "$4" 5 || return
		after=$(hits "$1" "$7")
	elif [ "$7" = - ]; then
		before=$(dropped "$1" "$6")
		! try "$1" "$2" "$3" "$4" 1 || return
		after=$(dropped "$1" "$6")
	else
		before=$(hits "$1" "$7")
		! try "$1" "$2" "$3" "$4" 1 || return
		after=$(hits "$1" "$7")
	fi
	echo "counted before: $before, after: $after"
	[ "$after" -gt "$before" ]
}

# A client that many have: sends a line of 64 bytes, and gets it back.
hello=$(printf '%064d' 7)

# netcat FROM TO FAMILY PORT [SECONDS]: what it sends comes back to it.
netcat()
{
	[ "$(at "$1" timeout "${5-30}" nc -N "${ip[$2$3]}" "$4" <<<"$hello" |
		head -c 64)" = "$hello" ]
}

iperf()
{
	local bytes

	start "$2" iperf3 -s -1 >/dev/null
	wait_for 15 listening "$2" 5201
	bytes=$(at "$1" iperf3 -J -t 2 -c "${ip[$2$3]}" |
		jq .end.sum_received.bytes)
	echo "$bytes bytes"
	[ "${bytes%.*}" -gt 100000 ]
}

listening()
{
	at "$1" ss -Hltn "sport = :$2" | grep .
}

# denied_on_arrival RULE REASON SERVICE: at a hub whose peer enforces nothing.
denied_on_arrival()
{
	local family=$1 port=$2 reason=$3 rule=$4 before before_rule

	before=$(dropped hub "$reason")
	before_rule=$([ "$rule" = - ] || hits hub "$rule")
	blocked web tcp "${ip[hub$family]}" "$port" >/dev/null || return
	[ "$(dropped hub "$reason")" -gt "$before" ] || return
	[ "$rule" = - ] || [ "$(hits hub "$rule")" -gt "$before_rule" ]
}

need iperf3 jq nc nft ping
setup
count=$(grep -c . <<<"$cases")
modprobe -q sctp && sctp=yes || sctp=
plan $((8 + 2 * (count + 8)))

underlay hub web db laptop
forwarding hub
mesh_make
check "the file is sound" "$command" check "$mesh"
check "four nodes from one file" apply hub web db laptop
check_equal "the hub enforces" enforcing "$(state hub)"
check_equal "a second time changes nothing" false \
	"$(changed hub)"
check_equal "those behind the relay have one peer" "1 3" \
	"$(at laptop wg show wg0 peers | wc -l) $(at hub wg show wg0 peers | wc -l)"
serve_all
watch web tunnelled meta l4proto 47
watch hub tunnelled meta l4proto 47

for family in 4 6; do
	expected=$(rows "$family" | awk -v OFS='\t' '{ print $4, $5, $6 }')
	check_equal "IPv$family: the sender's kernel explains" "$expected" \
		"$(explained "$family" ward laptop explain -)"
	check_equal "IPv$family: so does the other side's" "$expected" \
		"$(explained "$family" ward web explain -)"
	check_equal "IPv$family: so does the file" "$expected" \
		"$(explained "$family" "$command" explain - --file "$mesh")"
	while read -r from to service expect reason rule; do
		[ -n "$from" ] || continue
		check "IPv$family: $from to $to, $service: $expect $reason $rule" \
			judged "$from" "$to" "$family" "$service" "$expect" \
			"$reason" "$rule"
	done <<<"$cases"
	while read -r from to service expect reason rule; do
		[ -n "$from" ] || continue
		what="IPv$family: $from to $to, $service: $expect $reason $rule"
		if [ -z "$sctp" ]; then
			check_skip "$what" "no SCTP"
			continue
		fi
		[ -n "${served_sctp-}" ] || serve web sctp 9 && served_sctp=1
		check "$what" judged "$from" "$to" "$family" "$service" \
			"$expect" "$reason" "$rule"
	done <<<"$sctp_cases"
	check "IPv$family: nc reads the web server through the relay" \
		netcat laptop web "$family" 80
	check_fails "IPv$family: nc does not read the database's web server" \
		netcat laptop db "$family" 80 3
	check "IPv$family: iperf3 through the relay" iperf laptop web "$family"
done

# A sender that enforces nothing: the receiver does.
check "web stops enforcing" ward web detach
for family in 4 6; do
	denied_on_arrival "$family" 80 default - &&
		denied_on_arrival "$family" 23 rule no-telnet
	result $? "IPv$family: the receiver drops by default and by rule"
done
exit 0
