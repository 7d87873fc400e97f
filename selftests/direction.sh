#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A rule lets the one side start, not the other: what only looks like part of
# a conversation is judged as a new one. The packets come from a node that
# enforces nothing and are made by hand.

. "$(dirname "$0")/lib.sh"

mesh_make()
{
	mesh_write <<-END
	[Rule web]
	From = laptop
	To = web
	Allow = tcp/80, udp/53, ping

	$*
	END
}

# send FAMILY ARGUMENT...: from web to laptop.
send()
{
	local family=$1

	shift
	at web "$inject" -i wg0 -s "${ip[web$family]}" \
		-d "${ip[laptop$family]}" "$@"
}

# refused REASON COMMAND...: the packet is not delivered, and laptop counts
# it as a drop for that reason.
refused()
{
	local reason=$1 before after got

	shift
	watched laptop any >/dev/null
	before=$(dropped laptop "$reason")
	"$@"
	dropped_by laptop "$reason" $((before + 1))
	after=$(dropped laptop "$reason")
	got=$(watched laptop any)
	echo "delivered: $got, dropped before: $before, after: $after"
	[ "$got" = 0 ] && [ "$after" = $((before + 1)) ]
}

# accepted COMMAND...: the packet is delivered.
accepted()
{
	watched laptop any >/dev/null
	"$@"
	wait_for 15 arrived
}

arrived()
{
	[ "$(watched laptop any)" -ge 1 ]
}

# The flow's own packets and the answers that it gets are not looked at: only
# what is made by hand carries this length.
watch_made()
{
	watch laptop any iifname wg0 meta length "{ 120-130 }"
}

# pad FAMILY: the payload that makes a TCP packet 125 bytes long.
pad()
{
	local header=$(($1 == 4 ? 20 : 40))

	echo $((125 - header - $2))
}

# ping_going FAMILY: an echo conversation with an id we know.
ping_going()
{
	start laptop ping -n -q -e 777 -i 0.2 "${ip[web$1]}" >/dev/null
	ping=$pid
	nap 0.5
}

need nft ping
setup
plan 33
underlay web laptop
mesh_make
check "two nodes" apply web laptop
check "web stops enforcing" ward web detach
serve web udp 53
watch_made

for family in 4 6; do
	echo_request=$((family == 4 ? 8 : 128))
	echo_reply=$((family == 4 ? 0 : 129))
	tcp=$(pad "$family" 20)
	udp=$(pad "$family" 8)
	mesh_make
	check "IPv$family: laptop may start, web may not" apply laptop

	flow_start tcp tcp laptop web "$family" 80 50 -s 40000
	nap 1
	check "IPv$family: TCP: an answer is part of the flow" accepted \
		send "$family" -p tcp -S 80 -D 40000 -f A -l "$tcp"
	check "IPv$family: TCP: a SYN from the other side is a start" \
		refused default \
		send "$family" -p tcp -S 80 -D 40000 -f S -l "$tcp"
	check "IPv$family: TCP: to another port it is no answer" \
		refused default \
		send "$family" -p tcp -S 80 -D 40001 -f A -l "$tcp"
	check "IPv$family: TCP: nor from another port" refused default \
		send "$family" -p tcp -S 81 -D 40000 -f A -l "$tcp"
	check "IPv$family: TCP: SYN and ACK without a flow" refused default \
		send "$family" -p tcp -S 80 -D 40002 -f SA -l "$tcp"

	# In the middle of a connection that the laptop keeps alive.
	at laptop "$inject" -i wg0 -s "${ip[laptop$family]}" \
		-d "${ip[web$family]}" -p tcp -S 40002 -D 80 -f A
	check "IPv$family: TCP: laptop's own packet in mid-stream starts" \
		accepted send "$family" -p tcp -S 80 -D 40002 -f A -l "$tcp"

	# The same SYN where web may start.
	mesh_make "[Rule back]
From = web
To = laptop
Allow = tcp/40000"
	check "IPv$family: now web may start, too" apply laptop
	hits_before=$(hits laptop back)
	check "IPv$family: TCP: the SYN is let in" accepted \
		send "$family" -p tcp -S 80 -D 40000 -f S -l "$tcp"
	check_more "IPv$family: TCP: by that rule" \
		"$(hits laptop back)" "$hits_before"
	flow_stop tcp

	reaches laptop udp "${ip[web$family]}" 53 -s 40000 >/dev/null
	check "IPv$family: UDP: an answer is part of the flow" accepted \
		send "$family" -S 53 -D 40000 -l "$udp"
	check "IPv$family: UDP: to another port it is no answer" \
		refused default send "$family" -S 53 -D 40003 -l "$udp"

	ping_going "$family"
	check "IPv$family: echo: an answer is part of the flow" accepted \
		send "$family" -p icmp -T "$echo_reply" -I 777 -l "$udp"
	check "IPv$family: echo: a request with the same id is a start" \
		refused default \
		send "$family" -p icmp -T "$echo_request" -I 777 -l "$udp"
	check "IPv$family: echo: an answer nobody asked for" \
		refused default \
		send "$family" -p icmp -T "$echo_reply" -I 778 -l "$udp"
	kill "$ping"
done
check "the laptop still reaches web" reaches laptop udp "${ip[web6]}" 53
exit 0
