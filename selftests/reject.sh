#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a rule rejects is answered: TCP is reset and all else gets an ICMP
# error, so that nobody waits for what will not come. It is answered by who
# refuses, be that the receiver, the sender itself, or a relay; not too often,
# and not to what must not be answered.

. "$(dirname "$0")/lib.sh"

# ask NODE PROTOCOL ADDRESS PORT: how a connection fails, and when, in
# milliseconds: "ECONNREFUSED 12". UDP sends one datagram and listens.
ask()
{
	at "$1" python3 - "$2" "$3" "$4" <<-'END'
	import errno, socket, sys, time

	protocol, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
	family = socket.AF_INET6 if ":" in address else socket.AF_INET
	kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
	s = socket.socket(family, kind)
	s.settimeout(20)
	begin = time.monotonic()
	result = "answered"
	try:
	    s.connect((address, port))
	    if protocol == "udp":
	        s.send(b"x")
	        s.recv(1)
	except socket.timeout:
	    result = "timeout"
	except OSError as error:
	    result = errno.errorcode[error.errno]
	print(result, int((time.monotonic() - begin) * 1000))
	END
}

# refused WANTED NODE PROTOCOL ADDRESS PORT: with that error, and before TCP
# asks a second time, which it does after a second.
refused()
{
	local wanted=$1 error time

	shift
	read -r error time < <(ask "$@")
	echo "$error after $time ms"
	[ "$error" = "$wanted" ] && [ "$time" -lt 950 ]
}

# silent NODE ADDRESS PORT: nothing is said to a connection.
silent()
{
	! at "$1" timeout 2 nc -z "$2" "$3" 2>"$dir/silent" &&
		[ ! -s "$dir/silent" ]
}

# limit NODE NAME: how often it was met.
limit()
{
	local name number count=0

	while read -r name number; do
		[ "$name" != "$2" ] || count=$number
	done < <(ward "$1" show drops)
	echo "$count"
}

# limit_more NODE NAME THAN
limit_more()
{
	[ "$(limit "$1" "$2")" -gt "$3" ]
}

# arrived NODE NUMBER: of what is watched, since the last look but this one.
arrived()
{
	made=$((made + $(watched "$1" back)))
	[ "$made" -ge "$2" ]
}

allow_all()
{
	mesh_write <<-END
	[Rule all]
	From = any
	To = any
	Allow = any
	END
}

mesh_make()
{
	mesh_write <<-END
	[Rule allowed]
	From = any
	To = any
	Allow = udp/7000-7009, tcp/7000-7009, ping
	[Rule rejected]
	From = any
	To = any
	Reject = tcp/81-89, udp/81-89, icmp/echo-request, icmp6/echo-request
	[Rule denied]
	From = any
	To = any
	Deny = tcp/90
	END
}

need python3 nft nc
setup
plan 44
underlay hub web laptop
mesh_make
check "three nodes" apply hub web laptop

# The sender's own ward refuses.
for family in 4 6; do
	[ "$family" = 4 ] && prohibited=EHOSTUNREACH || prohibited=EACCES
	before=$(hits laptop rejected)
	check "IPv$family: the sender's ward resets TCP at once" \
		refused ECONNREFUSED laptop tcp "${ip[web$family]}" 81
	check "IPv$family: and tells UDP" \
		refused "$prohibited" laptop udp "${ip[web$family]}" 82
	check_more "IPv$family: the rule was hit" "$(hits laptop rejected)" \
		"$before"
	check "IPv$family: what is denied is not answered" \
		silent laptop "${ip[web$family]}" 90
done
check_equal "explain says so" "reject rule rejected" \
	"$(verdict laptop "${ip[laptop4]}" "${ip[web4]}" tcp/81)"

# The receiver's ward does, as the sender lets it all through.
allow_all
check "laptop and hub let all through" apply hub laptop
for family in 4 6; do
	[ "$family" = 4 ] && prohibited=EHOSTUNREACH || prohibited=EACCES
	before=$(hits web rejected)
	check "IPv$family: the receiver's ward resets TCP at once" \
		refused ECONNREFUSED laptop tcp "${ip[web$family]}" 83
	check "IPv$family: and tells UDP" \
		refused "$prohibited" laptop udp "${ip[web$family]}" 84
	check_equal "IPv$family: the rule was hit twice" \
		"$((before + 2))" "$(hits web rejected)"
	check "IPv$family: what is denied is not answered" \
		silent laptop "${ip[web$family]}" 90
done

# What must not be answered.
watch laptop back iifname wg0
for family in 4 6; do
	self=${ip[laptop$family]} peer=${ip[web$family]}
	watched laptop back >/dev/null
	before=$(dropped web rule)
	at laptop "$inject" -i wg0 -s "$self" -d "$peer" -p tcp -S 1 -D 85 \
		-f R -n 3
	check "IPv$family: resets that are rejected arrive" \
		dropped_by web rule $((before + 3))
	nap 0.5
	check_equal "IPv$family: a reset is not answered" 0 \
		"$(watched laptop back)"
	at laptop "$inject" -i wg0 -s "$self" -d "$peer" -p tcp -S 1 -D 85 \
		-f A -n 3
	made=0
	check "IPv$family: another segment is" wait_for 15 arrived laptop 3
done

# Not too often: so many at once come from few packets' time.
before=$(limit web rejects)
watched laptop back >/dev/null
at laptop "$inject" -i wg0 -s "${ip[laptop4]}" -d "${ip[web4]}" -p tcp \
	-S 1 -D 85 -f S -n 1000
wait_for 30 limit_more web rejects "$before"
nap 1
answers=$(watched laptop back)
suppressed=$(($(limit web rejects) - before))
check_more "a thousand at once are answered" "$answers" 30
check_more "but not all" "$suppressed" 100
check_equal "each was answered or counted" 1000 $((answers + suppressed))
check "and later ones are answered again" \
	refused ECONNREFUSED laptop tcp "${ip[web4]}" 83

# Nor to one alone: others are answered while it asks again and again.
before=$(limit web rejects)
start laptop "$inject" -i wg0 -s "${ip[laptop4]}" -d "${ip[web4]}" -p tcp \
	-S 1 -D 85 -f S -n 1000000 -g 1
flood=$pid
check "one node goes on and on" wait_for 30 limit_more web rejects \
	$((before + 500))
check "another is answered at once meanwhile" \
	refused ECONNREFUSED hub tcp "${ip[web4]}" 83
before=$(limit web rejects)
check "while the first is not" wait_for 30 limit_more web rejects \
	$((before + 100))
kill "$flood"
wait "$flood" 2>/dev/null

# A relay answers for the node behind it.
forwarding hub
says[web]='Relay = hub'
mesh_make
check "hub rejects, and is the way to web" apply hub
allow_all
check "web and laptop let all through" apply web laptop
for family in 4 6; do
	[ "$family" = 4 ] && prohibited=EHOSTUNREACH || prohibited=EACCES
	before=$(hits hub rejected)
	check "IPv$family: the relay resets TCP at once" \
		refused ECONNREFUSED laptop tcp "${ip[web$family]}" 83
	check "IPv$family: and tells UDP" \
		refused "$prohibited" laptop udp "${ip[web$family]}" 84
	check_equal "IPv$family: its rule was hit twice" \
		"$((before + 2))" "$(hits hub rejected)"
done
says[web]=''

# A flow that is rejected from now on is reset.
allow_all
check "all is allowed" apply hub web laptop
server_start web tcp 86 "$dir/server"
background+=("$pid")
at laptop python3 - "${ip[web4]}" 86 >"$dir/reset" <<-'END' &
import socket, sys, time
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
print("connected", flush=True)
try:
    while True:
        s.send(b"x" * 64)
        time.sleep(0.1)
except OSError as error:
    print(type(error).__name__, flush=True)
END
client=$!
background+=("$client")
wait_for 20 grep -q connected "$dir/reset"
mesh_make
check "laptop rejects what is established" apply laptop
check "the connection was reset" wait_for 5 dead "$client"
check "and the client was told" grep -qE 'ConnectionReset|BrokenPipe' \
	"$dir/reset"
exit 0
