#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Preshared keys that each machine has in files of its own: set, changed and
# taken away under load without losing a datagram, put back with whatever fails
# or is not confirmed, and never told.

. "$(dirname "$0")/lib.sh"

rate=${RATE-500}

# mesh_make [SED-SCRIPT]: web's key is in a file of laptop's, and the other way
# round.
mesh_make()
{
	local node

	for node in "${nodes[@]}"; do
		says[$node]="PresharedKeyFile = $dir/psk/$node"
	done
	says[web]+=$'\nRoutes = 192.168.7.0/24'
	mesh_write <<-END
	[Rule streams]
	From = laptop
	To = any
	Allow = udp/7000, ping
	END
	sed -i "${1-}" "$mesh"
}

# key_make NODE: a new one for what laptop shares with it.
key_make()
{
	rm -f "$dir/psk/$1"
	(umask 077; wg genpsk >"$dir/psk/$1")
	cat "$dir/psk/$1" >>"$dir/secrets"
}

# share: what web has in its file of laptop.
share()
{
	cp "$dir/psk/web" "$dir/psk/laptop"
}

# psk NODE PEER: that WireGuard has.
psk()
{
	at "$1" wg show wg0 preshared-keys | awk -v key="${public[$2]}" \
		'$1 == key { print $2 }'
}

# run COMMAND ARGUMENT...: at laptop, about the file; all that it says is kept.
run()
{
	local verb=$1 status=0

	shift
	ward laptop "$verb" "$mesh" --key "$dir/laptop.key" "$@" \
		>"$dir/run" 2>&1 || status=$?
	cat "$dir/run"
	cat "$dir/run" >>"$dir/said"
	return "$status"
}

# brings TEXT COMMAND ARGUMENT...: it says so, about preshared keys.
brings()
{
	local text=$1

	shift
	run "$@" && [ "$(grep -- preshared "$dir/run")" = "$text" ]
}

# refuses TEXT: nothing is changed, and that is why.
refuses()
{
	local before

	before=$(at laptop wg show wg0 dump)
	run apply && return 1
	grep -F "$1" "$dir/run" &&
		[ "$(at laptop wg show wg0 dump)" = "$before" ]
}

# finds TEXT: that alone.
finds()
{
	local status=0

	run verify || status=$?
	[ "$status" = 3 ] && [ "$(cat "$dir/run")" = "$1
wg0: 1 finding" ]
}

# as_json PROGRAM COMMAND...: what jq says of what it prints.
as_json()
{
	local program=$1 status=0

	shift
	run "$@" -j || status=$?
	jq -e "$program" "$dir/run"
}

reaches_web()
{
	at laptop ping -q -c 1 -W "${1-15}" "${ip[web4]}"
}

# anew: the session ends, and the next packet needs a handshake.
anew()
{
	at laptop wg set wg0 peer "${public[web]}" remove
	run apply
}

# warns: of a file that is not there, and changes nothing.
warns()
{
	local before

	before=$(psk laptop web)
	rm "$dir/psk/web"
	run plan --exit-code &&
		grep "^$mesh:[0-9]*: warning: $dir/psk/web: .* web " \
			"$dir/run" &&
		[ "$(psk laptop web)" = "$before" ]
}

# fail_at NUMBER: 1 if the command had not so many messages to send.
fail_at()
{
	strace -f -qq -o "$dir/strace" -e trace=sendto \
		-e inject="sendto:error=EIO:when=$1" \
		"$command" -n "${ns}laptop" -i wg0 apply "$mesh" \
		--key "$dir/laptop.key" >"$dir/run" 2>&1
	cat "$dir/run" >>"$dir/said"
	grep -q INJECTED "$dir/strace"
}

# former: all is as it was before the change that mesh_other makes.
former()
{
	[ "$(psk laptop web)" = "$(cat "$dir/psk/web")" ] &&
		[ "$(psk laptop db)" = "$(cat "$dir/psk/db")" ] && enforcing
}

# Web gets another key, and db goes.
mesh_other()
{
	mesh_make 's|psk/web$|&2|; /^\[Node db\]/,/^$/d'
}

start_over()
{
	mesh_make
	former || run apply
}

# undone: whatever message fails, after which things had to be put back, they
# were. Sets $undone.
undone()
{
	local number

	undone=0
	for ((number = 1; number < 60; number++)); do
		start_over || return
		mesh_other
		fail_at "$number" || return 0
		grep -q 'nothing was changed' "$dir/run" || continue
		undone=$((undone + 1))
		former && continue
		echo "message $number:"
		cat "$dir/run"
		at laptop wg show wg0
		return 1
	done
	return 1
}

# rolled_back: the same when nobody confirms it.
rolled_back()
{
	start_over && mesh_other && run apply --confirm 60 &&
		[ "$(psk laptop web)" = "$(cat "$dir/psk/web2")" ] &&
		[ -z "$(psk laptop db)" ] && ward laptop rollback &&
		wait_for 15 former
}

enforcing()
{
	[ "$(state laptop)" = enforcing ]
}

whole()
{
	echo "sent $sent, received $received, answered $answered"
	[ "$sent" -gt "$1" ] && [ "$errors" = 0 ] &&
		[ "$received" = "$sent" ] && [ "$answered" = "$sent" ]
}

# secret: no key was told, to people or to the kernel's log.
secret()
{
	{
		ward laptop show nodes -j
		ward laptop status -j
		ward laptop save
	} >>"$dir/said"
	[ "$(wc -l <"$dir/secrets")" -gt 5 ] && [ -s "$dir/said" ] &&
		! grep -F -f "$dir/secrets" "$dir/said" &&
		! log | grep -F -f "$dir/secrets"
}

need strace jq
setup
plan 33
mkdir "$dir/psk"
underlay web laptop
key_make web
share
mesh_make
check "two nodes with a preshared key" apply web laptop
check_equal "which laptop has" "$(cat "$dir/psk/web")" "$(psk laptop web)"
check_equal "and web" "$(cat "$dir/psk/web")" "$(psk web laptop)"
check "they reach each other" reaches_web
check_equal "a second time changes nothing" false "$(changed laptop)"

flow_start udp udp laptop web 4 7000 "$rate"
nap 0.5
handshake=$(at laptop wg show wg0 latest-handshakes)
key_make web
share
check "another key is planned" brings \
	"~ preshared-key web: $dir/psk/web" plan
check_fails "and not yet there" test "$(cat "$dir/psk/web")" = \
	"$(psk laptop web)"
check "the other key comes" brings \
	"~ preshared-key web: $dir/psk/web" apply
check_equal "and is there" "$(cat "$dir/psk/web")" "$(psk laptop web)"
check "at both ends" apply web
mesh_make 's/^Routes.*//'
check "a prefix goes" run apply
check_equal "and takes no key along" "$(cat "$dir/psk/web")" \
	"$(psk laptop web)"
check_equal "the session is the same" "$handshake" \
	"$(at laptop wg show wg0 latest-handshakes)"
mesh_make 's/^PresharedKeyFile.*/PresharedKeyFile = off/'
check "the key goes" brings "- preshared-key web" apply
check_equal "and is gone" "(none)" "$(psk laptop web)"
mesh_make
check "it comes back" brings "+ preshared-key web: $dir/psk/web" apply
nap 0.5
flow_stop udp
check "none of it has lost a datagram" whole $((rate / 2))

anew >/dev/null
check "the next handshake is with the new key" reaches_web
key_make web
anew >/dev/null
check_fails "with different keys there is none" reaches_web 2
share
check "until the other end has the same" apply web
check "then there is" reaches_web

at laptop wg set wg0 peer "${public[web]}" preshared-key /dev/null
check "verify finds one that was taken" finds \
	"wireguard: preshared-key web is missing: it is in $dir/psk/web"
wg genpsk | tee -a "$dir/secrets" |
	at laptop wg set wg0 peer "${public[web]}" preshared-key /dev/stdin
check "and one that was changed" as_json '.good == false and
	(.findings | length == 1) and .findings[0].kind == "preshared-key" and
	.findings[0].found == null' verify
check "plan tells it in JSON, too" as_json '.changes | length == 1 and
	.[0].kind == "preshared-key" and .[0].name == "web"' plan
mesh_make '/^PresharedKeyFile/d'
check "a key that the file is silent about stays" brings "" apply
mesh_make 's/^PresharedKeyFile.*/PresharedKeyFile = off/'
check "verify finds one that should not be" finds \
	"wireguard: preshared-key web is there; the file says off"
mesh_make
run apply >/dev/null
check "a file that is not there is a warning" warns
key_make web
chmod 640 "$dir/psk/web"
check "a file that others can read is refused" refuses \
	"$mesh:$(grep -n "psk/web" "$mesh" | cut -d: -f1): error: $dir/psk/web: others can get at this preshared key: chmod 600 $dir/psk/web"

underlay db
key_make web
key_make web2
key_make db
mesh_make
check "another node comes with its key" brings \
	"+ preshared-key db: $dir/psk/db
~ preshared-key web: $dir/psk/web" apply
check "whatever fails, the keys are put back" undone
check_more "which was tried" "$undone" 2
check "what nobody confirms leaves the former keys" rolled_back
check "no key was ever told" secret
exit 0
