#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module is exchanged under load: what the rules refuse never passes, what
# they allow goes on, and what was lost is told. A module that cannot be had
# changes nothing, or leaves the interface closed.

. "$(dirname "$0")/lib.sh"

reload()
{
	"$command" -n "${ns}web" reload "$@"
}

# said TEXT STATUS COMMAND...: with that exit status.
said()
{
	local text=$1 wanted=$2 status=0

	shift 2
	"$@" >"$dir/said" 2>&1 || status=$?
	cat "$dir/said"
	[ "$status" = "$wanted" ] && grep -q -- "$text" "$dir/said"
}

# bare NODE: without a ward, but with the peers that it has.
bare()
{
	ward "$1" detach
}

# watch_denied: counts what arrives at web that its rules refuse.
watch_denied()
{
	watch web denied 'iifname "wg0" udp dport 7002'
}

state_is()
{
	ward web status
	[ "$(state web)" = "$1" ]
}

# pings NODE ADDRESS
pings()
{
	at "$1" ping -q -c 1 -W 5 "$2"
}

tables()
{
	at web nft list tables
}

# lives: the flow that was stopped last went on after $moment.
lives()
{
	echo "last $last, then $moment"
	[ "$last" -gt "$moment" ]
}

# accounted: no more was lost than is told in $dir/said.
accounted()
{
	local lost=$((sent - answered)) packets

	packets=$(jq '.wards[0].packets' "$dir/said")
	echo "sent $sent, received $received, answered $answered, told $packets"
	[ "$sent" -gt 100 ] && [ "$lost" -le "$packets" ]
}

need jq nft
setup
module=$tree/module/wgward.ko
[ -e "$module" ] || skip "the module is not in the tree"
[ -n "$loaded" ] || skip "the module is loaded already"
! modprobe -n -q wgward || skip "the module is installed, so it is never missing"
plan 38
underlay web laptop
mesh_write <<-END
[Rule both]
From = laptop
To = web
Allow = udp/7000, tcp/7001, ping
END
check "two nodes" apply web laptop

# What it refuses.
check "wards in other namespaces are in the way" \
	said '1 wards in other network namespaces' 1 reload "$module"
check "which changes nothing" state_is enforcing
check "laptop goes without" bare laptop
head -c 20000 "$module" >"$dir/short.ko"
check "a damaged file is refused" \
	said 'does not take this module' 1 reload "$dir/short.ko"
# Where symbols have versions, the kernel's own is not compared.
sed 's/mod_unload/mod_reload/' "$module" >"$dir/other.ko"
check "one for another kernel, too" \
	said 'does not take this module' 1 reload "$dir/other.ko"
check "none is installed" said 'no module is installed' 1 reload
check "one that is not there" said 'No such file' 1 reload "$dir/none.ko"
check "which changes nothing" state_is enforcing
sed 's/^Default.*/&\nMTU = 1400/' "$mesh" >"$dir/other.conf"
ward web apply "$dir/other.conf" --key "$dir/web.key" --confirm 60 >"$dir/apply"
check "what is to be confirmed is in the way" \
	said 'waits to be confirmed' 1 reload "$module"
ward web confirm >"$dir/confirm"
check "no interface is named" said 'about all interfaces' 2 \
	ward web reload "$module"

# It is exchanged.
ward web rule add live From=laptop To=web Allow=udp/7003 >"$dir/rule"
ward web save >"$dir/before"
watch_denied
flow_start udp udp laptop web 4 7000 200
flow_start tcp tcp laptop web 4 7001 50
flow_start denied udp laptop web 4 7002 200
nap 1
check "reload" said '"restored": true' 0 reload "$module" -j
moment=$(now)
check "there is a policy in force" state_is enforcing
ward web save >"$dir/after"
check "the same one" diff "$dir/before" "$dir/after"
check_equal "no table is left" 'table inet watch' "$(tables)"
nap 1.5
flow_stop udp
check "what is allowed goes on" lives
check "what was lost is told" accounted
flow_stop tcp
check "a connection goes on" lives
flow_stop denied
check_more "what is refused was tried" "$sent" 100
check_equal "and never passed" 0 "$(watched web denied)"
check "a second time, in words" said 'restored, generation [0-9]*; was closed for' \
	0 reload "$module"
check "laptop reaches web" pings laptop "${ip[web4]}"

# A ward without a policy stays one.
ip -n "${ns}web" link add wg1 type wireguard
ward web down --force >"$dir/down"
check "an interface that waits is in the way" bash -c "
	'$command' -n ${ns}web -i wg1 apply '$mesh' --key '$dir/web.key' &&
	ip -n ${ns}web link delete wg1"
check "and named" said 'wg1: it waits for its interface' 1 reload "$module"
"$command" -n "${ns}web" -i wg1 detach >"$dir/detach"
check "web is back" apply web
check "laptop reaches web" wait_for 60 pings laptop "${ip[web4]}"

# A module that lacks a symbol is found out too late.
sed 's/synchronize_net/synchronize_nex/g' "$module" >"$dir/lacking.ko"
flow_start denied udp laptop web 4 7002 200
check "one that the kernel has not all for" \
	said 'wg0: CLOSED' 1 reload "$dir/lacking.ko"
check "there is no module" test ! -e /sys/module/wgward
check_fails "the interface is closed" at laptop ping -q -c 2 -W 1 "${ip[web4]}"
check_fails "for what goes out, too" at web ping -q -c 2 -W 1 "${ip[laptop4]}"
check "status says so" said CLOSED 0 ward web status
check "the module is back" insmod "$module"
check_fails "the interface is closed still" \
	at laptop ping -q -c 1 -W 1 "${ip[web4]}"
check "apply" apply web
check "there is a policy in force" state_is enforcing
flow_stop denied
check_equal "what is refused never passed" 0 "$(watched web denied)"
check_equal "no table is left" 'table inet watch' "$(tables)"
check "laptop reaches web" wait_for 30 pings laptop "${ip[web4]}"
exit 0
