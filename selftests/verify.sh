#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What somebody changes behind wgward's back is found, named and mended; what
# is nobody's fault is not told. What plan says a change means is what the
# packets see: the flows that it would cut are cut, and no others.

. "$(dirname "$0")/lib.sh"

# mesh_make [SED-SCRIPT]: the file, changed by the script.
mesh_make()
{
	says[hub]=$'Groups = servers\nRoutes = 192.168.7.0/24'
	says[laptop]='Groups = staff'
	says[web]='Groups = servers'
	mesh_write <<-END
	[Rule streams]
	From = staff
	To = servers
	Allow = udp/7000, tcp/7001

	[Rule other]
	From = staff
	To = servers
	Allow = udp/7002, ping
	END
	sed -i 's/^Default.*/&\nMTU = 1380\nRevision = 5/' "$mesh"
	sed -i "${1-}" "$mesh"
}

verify()
{
	ward laptop verify "$mesh" --key "$dir/laptop.key" "$@"
}

good()
{
	verify && [ "$(ward laptop status -j | jq '.drift | length')" = 0 ]
}

# finds TEXT: that, and nothing else; verify says no.
finds()
{
	local status=0

	verify >"$dir/verify" 2>&1 || status=$?
	grep -vE '^(note|wgward): |: [0-9]+ findings?$' "$dir/verify" \
		>"$dir/found"
	[ "$status" = 3 ] && [ "$(cat "$dir/found")" = "$1" ] && return
	echo "status $status, wanted $1"
	cat "$dir/verify"
	return 1
}

# mends TEXT: it is found; apply mends it, which is a change; then all is good.
mends()
{
	finds "$1" &&
		ward laptop apply "$mesh" --key "$dir/laptop.key" &&
		good
}

# drift NAME TEXT COMMAND...: the command, and what is found of it.
drift()
{
	local name=$1 text=$2

	shift 2
	at laptop "$@" || echo "# $* fails"
	check "$name" mends "$text"
}

peer()
{
	at laptop wg set wg0 peer "${public[$1]}" "${@:2}"
}

wireguard_drifts()
{
	local stranger

	stranger=$(wg genkey | wg pubkey)
	drift "a peer of nobody" \
		"wireguard: peer $stranger does not belong there" \
		wg set wg0 peer "$stranger"
	drift "a prefix that was given away" \
		"wireguard: peer $stranger does not belong there
wireguard: prefix 10.10.0.1/32 is with $stranger and not with hub" \
		wg set wg0 peer "$stranger" allowed-ips 10.10.0.1/32
	drift "a peer that was removed" \
		"wireguard: peer web is missing: ${public[web]}
wireguard: prefix 10.10.0.3/32 of web is missing
wireguard: prefix fd00:10::3/128 of web is missing" \
		wg set wg0 peer "${public[web]}" remove
	drift "a prefix that moved" \
		"wireguard: prefix 192.168.7.0/24 is with web and not with hub" \
		wg set wg0 peer "${public[web]}" allowed-ips \
		10.10.0.3/32,fd00:10::3/128,192.168.7.0/24
	drift "a prefix that is too many" \
		"wireguard: prefix 192.168.8.0/24 is with web, where it does not belong" \
		wg set wg0 peer "${public[web]}" allowed-ips \
		10.10.0.3/32,fd00:10::3/128,192.168.8.0/24
	drift "a prefix that was taken" \
		"wireguard: prefix 192.168.7.0/24 of hub is missing" \
		wg set wg0 peer "${public[hub]}" allowed-ips \
		10.10.0.1/32,fd00:10::1/128
	drift "keepalives" "wireguard: keepalive web is 7 and not 0" \
		wg set wg0 peer "${public[web]}" persistent-keepalive 7
	drift "the port" "wireguard: port is 51999 and not 51820" \
		wg set wg0 listen-port 51999
	(umask 077; wg genkey >"$dir/other.key")
	drift "the key" "wireguard: key is $(wg pubkey <"$dir/other.key") and not ${public[laptop]}" \
		wg set wg0 private-key "$dir/other.key"
}

# A peer that is there, and cannot be reached.
no_endpoint()
{
	drift "an endpoint that is missing" \
		"wireguard: endpoint web is none and not [${wire[web6]}]:51820" \
		sh -c "wg set wg0 peer ${public[web]} remove &&
			wg set wg0 peer ${public[web]} \
				allowed-ips ${ip[web4]},${ip[web6]}"
}

interface_drifts()
{
	# With its last address, the interface loses its routes.
	drift "an address" "interface: address 10.10.0.2/24 is missing
interface: route 192.168.7.0/24 is missing" \
		ip addr del 10.10.0.2/24 dev wg0
	drift "a route" "interface: route 192.168.7.0/24 is missing" \
		ip route del 192.168.7.0/24 dev wg0
	drift "a route with our mark" \
		"interface: route 192.168.9.0/24 does not belong there" \
		ip route add 192.168.9.0/24 dev wg0 proto 87
	drift "the MTU" "interface: mtu is 1300 and not 1380" \
		ip link set wg0 mtu 1300
	drift "down" "interface: address fd00:10::2/64 is missing
interface: route 192.168.7.0/24 is missing
interface: state is down and not up" \
		ip link set wg0 down
}

# What apply does not mend: it is not ours.
route_elsewhere()
{
	at laptop ip link add other type dummy
	at laptop ip link set other up
	at laptop ip route del 192.168.7.0/24
	at laptop ip route add 192.168.7.0/24 dev other
	finds 'interface: route 192.168.7.0/24 leads through another interface' ||
		return
	at laptop ip link del other
	apply laptop && good
}

# A change that comes between what verify reads is no drift. The third socket
# is for WireGuard.
changed_meanwhile()
{
	local first status=0 verifier

	mesh_make '/^Routes/d; /^\[Node web\]/a Routes = 192.168.7.0/24'
	strace -qq -o "$dir/strace" -e trace=sendto "$command" \
		-n "${ns}laptop" -i wg0 verify "$mesh" \
		--key "$dir/laptop.key" >"$dir/verify"
	first=$(awk -F '[(,]' '!seen[$2]++ && ++sockets == 3 { print NR }' \
		"$dir/strace")
	strace -qq -o "$dir/strace" -e trace=sendto \
		-e inject="sendto:delay_enter=3000000:when=$first" "$command" \
		-n "${ns}laptop" -i wg0 verify "$mesh" \
		--key "$dir/laptop.key" >"$dir/verify" &
	verifier=$!
	nap 1
	apply laptop || return
	wait "$verifier" || status=$?
	cat "$dir/verify"
	[ "$status" = 0 ] && mesh_make && apply laptop
}

# An endpoint that roamed, and what others put on the interface.
no_drift()
{
	at laptop wg set wg0 peer "${public[web]}" endpoint 192.0.2.77:7 &&
		at laptop ip addr add 10.99.0.1/32 dev wg0 && good
}

file_ahead()
{
	mesh_make 's/udp\/7002/udp\/7003/; s/^Revision.*/Revision = 6/'
	finds 'policy: revision is 5; the file says 6
policy: rule other is allow ping, udp/7002 from staff to servers; the file says allow ping, udp/7003 from staff to servers' &&
		mesh_make
}

# Nobody has changed the interface if it is the file that changed.
only_file_ahead()
{
	local status=0

	mesh_make 's/^MTU.*/MTU = 1370/; /^\[Node laptop\]/a BehindNAT = yes'
	verify >"$dir/verify" || status=$?
	cat "$dir/verify"
	[ "$status" = 3 ] && grep '^policy: mtu is 1380; the file says 1370' \
		"$dir/verify" && grep '^policy: node laptop ' "$dir/verify" &&
		! grep -E '^(wireguard|interface):' "$dir/verify" && mesh_make
}

key_ahead()
{
	mesh_make "s|^PublicKey = ${public[laptop]}|PublicKey = $(wg genkey | wg pubkey)|"
	finds "policy: no node of the file has this machine's public key, ${public[laptop]}" &&
		mesh_make
}

as_json()
{
	local status=0

	at laptop wg set wg0 listen-port 51999
	verify -j >"$dir/json" || status=$?
	cat "$dir/json"
	[ "$status" = 3 ] && jq -e '.good == false and .notes == [] and
		(.findings | length) == 1 and (.findings[0] |
			.part == "wireguard" and .kind == "port" and
			.found == "51999" and .expected == "51820")' \
		"$dir/json" || return
	apply laptop && verify -j | jq -e '.good and .findings == []'
}

status_tells()
{
	peer web remove
	ward laptop status | grep -F 'DRIFT: 3 differences' && apply laptop ||
		return
	ward laptop status >"$dir/status" && ! grep DRIFT "$dir/status"
}

# The key of self is told from the policy in force when there is no file of it.
key_without_file()
{
	local status=0

	wg genkey >"$dir/other.key"
	at laptop wg set wg0 private-key "$dir/other.key"
	ward laptop verify "$mesh" >"$dir/verify" 2>&1 || status=$?
	[ "$status" = 3 ] && grep -F "and not ${public[laptop]}" "$dir/verify" &&
		apply laptop && good
}

bypassed()
{
	at laptop tc qdisc add dev wg0 clsact
	finds 'bypass: packets that clsact redirects do not pass the ward' &&
		at laptop tc qdisc del dev wg0 clsact && good
}

sysfs_write()
{
	at laptop unshare -m sh -c "mount -t sysfs sysfs /sys &&
		echo $2 >/sys/class/net/wg0/$1"
}

# says_note TEXT: a note is no reason to say no.
says_note()
{
	verify >"$dir/verify" && grep -F "note: $1" "$dir/verify"
}

# The owner of 192.168.7.0/24 changes: not while something holds packets.
queued()
{
	mesh_make '/^Routes/d; /^\[Node web\]/a Routes = 192.168.7.0/24'
	ward laptop apply "$mesh" --key "$dir/laptop.key" 2>"$dir/refused" &&
		return 1
	grep -F "192.168.7.0 goes from hub to web while $1 on wg0" \
		"$dir/refused" &&
		grep -F -- --queued "$dir/refused" &&
		ward laptop plan "$mesh" --key "$dir/laptop.key" 2>&1 |
		grep -F -- 'MOVE prefix 192.168.7.0/24: hub -> web'
}

# Packets to where nobody is wait as well.
queued_new()
{
	mesh_make 's/^Routes.*/&, 192.168.9.0\/24/'
	ward laptop apply "$mesh" --key "$dir/laptop.key" 2>"$dir/refused" &&
		return 1
	cat "$dir/refused"
	grep -F '192.168.9.0 goes from nobody to hub while qdisc on wg0' \
		"$dir/refused" && mesh_make
}

# The file is as it was, so this takes the route back to it.
queued_script()
{
	ward laptop node set hub Routes= &&
		! ward laptop node set web Routes=192.168.7.0/24 &&
		ward laptop node set web Routes=192.168.7.0/24 --queued &&
		ward laptop apply "$mesh" --key "$dir/laptop.key" --queued && good
}

unreadable()
{
	strace -qq -o "$dir/strace" -e trace=fsopen \
		-e inject=fsopen:error=EPERM "$command" -n "${ns}laptop" \
		-i wg0 "$@" "$mesh" --key "$dir/laptop.key"
}

# What cannot be read may be set: that matters only when an owner changes.
queues_unknown()
{
	unreadable verify >"$dir/verify" &&
		grep 'note: it cannot be read whether something' "$dir/verify" ||
		return
	mesh_make 's/udp\/7002/udp\/7004/'
	unreadable apply || return
	mesh_make '/^Routes/d; /^\[Node web\]/a Routes = 192.168.7.0/24'
	unreadable apply 2>"$dir/refused" && return 1
	cat "$dir/refused"
	grep 'goes from hub to web while it cannot be read' "$dir/refused" &&
		mesh_make && apply laptop && good
}

queued_allowed()
{
	queued qdisc &&
		ward laptop apply "$mesh" --key "$dir/laptop.key" --queued &&
		good && mesh_make &&
		ward laptop apply "$mesh" --key "$dir/laptop.key" --queued
}

queues()
{
	check "without a queue there is no note" sh -c \
		"! '$command' -n '${ns}laptop' -i wg0 verify '$mesh' --key '$dir/laptop.key' | grep note"
	at laptop tc qdisc add dev wg0 root pfifo limit 100
	check "a queueing qdisc is a note" says_note qdisc
	check "an owner changes with it only when told" queued_allowed
	check "also where there was none" queued_new
	check "and of a script" queued_script
	at laptop tc qdisc del dev wg0 root
	if sysfs_write queues/rx-0/rps_cpus 1 2>/dev/null; then
		check "RPS is a note" says_note rps
		check "an owner does not change with it" queued rps
		sysfs_write queues/rx-0/rps_cpus 0
		mesh_make
	else
		check_skip "RPS is a note" "a kernel for one CPU has none"
		check_skip "an owner does not change with it" "likewise"
	fi
	sysfs_write gro_flush_timeout 1000
	check "gro_flush_timeout is a note" says_note gro-flush-timeout
	sysfs_write gro_flush_timeout 0
	check "and then they are gone" good
	check "what cannot be read" queues_unknown
}

# plan of a change of the file, in $dir/plan.
plan_change()
{
	mesh_make "$1"
	ward laptop plan "$mesh" --key "$dir/laptop.key" --exit-code \
		>"$dir/plan" 2>&1
}

# plans SED-SCRIPT LINE...: each is a line, from its beginning.
plans()
{
	local line status=0

	plan_change "$1" || status=$?
	shift
	for line in "$@"; do
		grep -qE "^$line" "$dir/plan" && continue
		echo "status $status, missing: $line"
		cat "$dir/plan"
		return 1
	done
	[ "$status" = 3 ]
}

# Both flows are there and go on.
cut_by_rule()
{
	plans 's/^Allow = udp\/7000, tcp\/7001/Allow = tcp\/7001/' \
		'~ rule streams: ' \
		'LOSE laptop -> (hub, web|servers)  udp/7000 \(default, was rule streams\)$' \
		"CUT laptop ${ip[laptop4]}:[0-9]+ -> web ${ip[web4]}:7000  udp/7000 \(default\)$" &&
		[ "$(grep -c '^CUT' "$dir/plan")" = 1 ]
}

cut_by_deny()
{
	# shellcheck disable=SC2016 # sed's, not the shell's
	plans '$a\
\
[Rule stop]\
From = staff\
To = web\
Deny = tcp' \
		'\+ rule stop: ' \
		'LOSE laptop -> web  tcp/7001 \(rule stop\)$' \
		"CUT laptop ${ip[laptop4]}:[0-9]+ -> web ${ip[web4]}:7001  tcp/7001 \(rule stop\)$" &&
		[ "$(grep -c '^CUT' "$dir/plan")" = 1 ]
}

# web's address goes to hub: what is allowed with either is cut.
cut_by_owner()
{
	plans "s/^Address = ${ip[web4]}, /Address = /; s/^Address = ${ip[hub4]},/& ${ip[web4]},/" \
		"MOVE prefix ${ip[web4]}/32: web -> hub$" \
		"CUT laptop ${ip[laptop4]}:[0-9]+ -> web ${ip[web4]}:7000  udp/7000 \(${ip[web4]} goes to hub\)$" &&
		[ "$(grep -c '^CUT' "$dir/plan")" = 2 ]
}

cut_by_retirement()
{
	plans '/^\[Node web\]/,/^$/d' '- node web' '- peer web' \
		"CUT laptop .* -> web ${ip[web4]}:7001  tcp/7001 \(unowned\)$" &&
		[ "$(grep -c '^CUT' "$dir/plan")" = 2 ]
}

cut_in_json()
{
	mesh_make '/^\[Node web\]/,/^$/d'
	ward laptop plan "$mesh" --key "$dir/laptop.key" -j |
		tee "$dir/json" | jq -e '.cut.count == 2 and
		([.cut.flows[].service] | sort) == ["tcp/7001", "udp/7000"] and
		.cut.flows[0].reason == "unowned" and .effect_complete and
		([.effect[] | select(.change == "lose" and
			(.to | index("web")))] | length > 0)' && return
	cat "$dir/json"
	return 1
}

# What plan says is what happens: one flow ends, the other loses nothing.
plan_is_right()
{
	plan_change 's/^Allow = udp\/7000, tcp\/7001/Allow = tcp\/7001/'
	moment=$(now)
	ward laptop apply "$mesh" --key "$dir/laptop.key" >"$dir/applied" &&
		diff <(sed 's/:[0-9]* ->/: ->/' "$dir/plan") \
			<(sed '$d; s/:[0-9]* ->/: ->/' "$dir/applied") || return
	nap 1
	flow_stop udp
	echo "udp: sent $sent, received $received, last $last, cut $moment"
	[ "$received" -gt 10 ] && [ $((sent + errors - received)) -gt 10 ] ||
		return
	flow_stop tcp
	echo "tcp: sent $sent, received $received"
	[ "$sent" -gt 20 ] && [ "$received" = "$sent" ]
}

nothing_planned()
{
	local status=0

	plan_change '' || status=$?
	[ "$status" = 0 ] && grep 'nothing to change' "$dir/plan"
}

# endpoint NODE: that laptop has of it.
endpoint()
{
	at laptop wg show wg0 endpoints | awk -v key="${public[$1]}" \
		'$1 == key { print $2 }'
}

# named COMMAND...: where hub.test is a name.
named()
{
	echo "${wire[hub4]} hub.test" >"$dir/hosts"
	echo 'hosts: files' >"$dir/nsswitch"
	touch /etc/hosts /etc/nsswitch.conf
	unshare -m sh -c "mount --bind '$dir/hosts' /etc/hosts &&
		mount --bind '$dir/nsswitch' /etc/nsswitch.conf && exec \"\$@\"" \
		sh "$command" -n "${ns}laptop" -i wg0 "$@"
}

# refreshes TEXT: that is what it prints.
refreshes()
{
	named refresh >"$dir/refresh" || return
	cat "$dir/refresh"
	[ "$(cat "$dir/refresh")" = "$1" ]
}

# Only who is silent is looked up again: web has spoken, hub never has; and only
# if there is something to look up.
refreshed()
{
	peer web endpoint 192.0.2.77:7
	peer hub remove
	apply laptop && peer hub endpoint 192.0.2.78:7 || return
	refreshes "wg0: nothing to change" || return
	mesh_make "s/^Endpoint = ${wire[hub4]}\$/Endpoint = hub.test/"
	named apply "$mesh" --key "$dir/laptop.key" || return
	peer hub endpoint 192.0.2.78:7
	refreshes "~ endpoint hub: 192.0.2.78:7 -> ${wire[hub4]}:51820 (hub.test:51820)" &&
		[ "$(endpoint web)" = 192.0.2.77:7 ] &&
		[ "$(endpoint hub)" = "${wire[hub4]}:51820" ] &&
		named refresh -j | jq -e '.changed == false and .peers == []'
}

# Whoever has none gets one, be it an address.
refreshed_address()
{
	mesh_make
	apply laptop || return
	peer hub remove
	peer hub allowed-ips "${ip[hub4]},${ip[hub6]},192.168.7.0/24"
	refreshes "~ endpoint hub: ${wire[hub4]}:51820 (${wire[hub4]}:51820)"
}

need jq strace tc unshare
setup
plan 49
underlay hub laptop web
mesh_make
check_fails "no ward: verify says no" verify
check "three nodes" apply hub laptop web
check "and all is good" good
wireguard_drifts
no_endpoint
interface_drifts
check "a route that leads elsewhere" route_elsewhere
check "a change meanwhile" changed_meanwhile
check "what is nobody's fault is not told" no_drift
check "a file that was not applied" file_ahead
check "of which the interface knows nothing" only_file_ahead
check "a key that was not applied" key_ahead
check "findings as JSON" as_json
check "status tells in a line" status_tells
check "the key, without a file of it" key_without_file
check "a bypass" bypassed
queues
check "laptop reaches web" at laptop ping -q -c 1 -W 15 "${ip[web4]}"
check "only silent peers are looked up again, by name" refreshed
check "and those that are nowhere" refreshed_address
check "nothing is planned" nothing_planned
peer web endpoint "${wire[web4]}:51820"
check "laptop reaches web again" at laptop ping -q -c 1 -W 15 "${ip[web4]}"
ward laptop flows flush >/dev/null
flow_start udp udp laptop web 4 7000 50
flow_start tcp tcp laptop web 4 7001 50
nap 1.5
check "a rule that goes: what it cuts" cut_by_rule
check "a rule that denies: what it cuts" cut_by_deny
check "an address that changes hands: what that cuts" cut_by_owner
check "a node that goes: what that cuts" cut_by_retirement
check "the same as JSON" cut_in_json
check "what plan says is what happens" plan_is_right
exit 0
