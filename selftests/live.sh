#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Scripts change nodes, groups and rules of a mesh that is in use: no datagram
# is lost, none of two scripts at once loses the other's change, what is saved
# is what is in force, and plan tells what came from a script.

. "$(dirname "$0")/lib.sh"

count=${COUNT-100}
rate=${RATE-500}

mesh_make()
{
	mesh_write <<-END
	[Rule streams]
	From = laptop
	To = web
	Allow = udp/7000, ping

	[Rule ssh]
	From = admins
	To = web
	Allow = tcp/22
	END
	sed -i "s/^Default.*/&\nRevision = $1/" "$mesh"
}

# both ARGUMENT...: the same change at both ends.
both()
{
	ward web "$@" && ward laptop "$@"
}

# changes TEXT...: of a plan of the mesh file, all of them and no others.
changes()
{
	ward laptop plan "$mesh" --key "$dir/laptop.key" >"$dir/plan" || return
	printf '%s\n' "$@" | diff - "$dir/plan"
}

# says_live: verify finds what scripts did, and that nobody did anything else.
says_live()
{
	local output status=0

	output=$(ward laptop verify "$mesh" --key "$dir/laptop.key") ||
		status=$?
	echo "$output"
	[ "$status" = 3 ] && ! grep -Ev '^policy: .* LIVE$|: 5 findings$|^note' \
		<<<"$output"
}

# number NODE KEY: of its status.
number()
{
	local json

	json=$(ward "$1" status -j) || return
	[[ $json =~ \"$2\":\ *([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# many NAME: adds rules, one after the other.
many()
{
	local i

	for ((i = 0; i < count; i++)); do
		"$command" -n "${ns}laptop" -i wg0 rule add "$1-$i" \
			From=laptop To=web Allow="tcp/$((10000 + i))" || return
	done
}

# unlocked COMMAND...: where commands of others hold no lock.
unlocked()
{
	unshare -m sh -c 'mkdir -p /run/wgward &&
		mount -t tmpfs none /run/wgward && exec "$@"' sh "$@"
}

# at_once: two scripts, of which the one does not see the other's lock.
at_once()
{
	local first status=0

	many first >"$dir/first" 2>&1 &
	first=$!
	unlocked "${BASH_SOURCE[0]}" many second "$ns" >"$dir/second" 2>&1 ||
		status=1
	wait "$first" || status=1
	tail -n 3 "$dir/first" "$dir/second"
	return "$status"
}

# none_lost: whether the rules of both are there.
none_lost()
{
	local name i rules

	rules=$(ward laptop show rules | awk '{ print $1 }')
	for name in first second; do
		for ((i = 0; i < count; i++)); do
			grep -qx "$name-$i" <<<"$rules" && continue
			echo "$name-$i is lost"
			return 1
		done
	done
}

# slowly NAME: a script that takes its time for each of its messages, which are
# then in strace.NAME.
slowly()
{
	unlocked strace -qq -o "$dir/strace.$1" -e trace=sendto \
		-e inject=sendto:delay_enter=100000 \
		"$command" -n "${ns}laptop" -i wg0 rule add "$1" \
		From=laptop To=web Allow=tcp/2
}

messages()
{
	grep -c ^sendto "$dir/strace.$1"
}

# overtaken: others are faster, until it has begun anew: there is an end to its
# patience.
overtaken()
{
	local slow log=yes

	: >"$dir/strace.overtaken"
	slowly overtaken &
	slow=$!
	until [ "$(messages overtaken)" -gt "$(messages alone)" ] ||
		dead "$slow"; do
		nap 0.2
		ward laptop rule set web "Log=$log" || return
		[ "$log" ] && log='' || log=yes
	done
	wait "$slow" && ward laptop rule set web Log=
}

# saved: what is saved, applied, changes nothing.
saved()
{
	local before after

	before=$(number laptop generation)
	ward laptop save >"$dir/saved.conf" || return
	after=$(ward laptop apply "$dir/saved.conf" --key "$dir/laptop.key" \
		-j) || return
	echo "$after"
	[[ $after == *'"changed": false'* ]] || return
	[ -z "${1-}" ] || [ "$before" = "$(number laptop generation)" ]
}

# unresolved: an endpoint without an address changes nothing, and says so.
unresolved()
{
	local before

	before=$(number laptop generation)
	ward laptop node set web Endpoint=web.invalid Groups+=others \
		>"$dir/script" 2>&1 && return 1
	cat "$dir/script"
	grep -F 'web: nothing was changed' "$dir/script" &&
		[ "$before" = "$(number laptop generation)" ] &&
		! ward laptop save | grep -e invalid -e others
}

# killed_at NUMBER: a script, at that message of its own.
killed_at()
{
	strace -f -qq -o "$dir/strace" -e trace=sendto \
		-e inject="sendto:signal=SIGKILL:when=$1" \
		"$command" -n "${ns}laptop" -i wg0 \
		rule add "killed-$1" From=laptop To=web Allow=tcp/1 \
		>"$dir/killed" 2>&1
}

# interrupted: by a script that was killed under the guard.
interrupted()
{
	local message

	for ((message = 1; message < 60; message++)); do
		! killed_at "$message" || return
		deadly=$message
		[ "$(state laptop)" != interrupted ] || return 0
	done
	return 1
}

# died_meanwhile: a script has read what there is when another one dies under
# the guard.
died_meanwhile()
{
	local slow

	slowly survivor &
	slow=$!
	nap 0.5
	killed_at "$deadly"
	wait "$slow" && ward laptop show rules | grep survivor
}

# to_confirm: a script that others have to say something before says what.
to_confirm()
{
	ward laptop apply "$mesh" --key "$dir/laptop.key" --confirm 60 || return
	ward laptop rule add late From=laptop To=web Allow=tcp/3 \
		2>"$dir/refused" && return 1
	cat "$dir/refused"
	grep -F 'say "wgward -i wg0 confirm" or "wgward -i wg0 rollback" first' \
		"$dir/refused" &&
		ward laptop confirm &&
		ward laptop rule add late From=laptop To=web Allow=tcp/3
}

whole()
{
	echo "sent $sent, received $received, answered $answered"
	[ "$sent" -gt "$1" ] && [ "$errors" = 0 ] &&
		[ "$received" = "$sent" ] && [ "$answered" = "$sent" ]
}

# The second script, started by the first one of this file.
if [ "${1-}" = many ]; then
	command=$tree/tools/wgward
	ns=$3
	many "$2"
	exit
fi

need strace unshare
setup
plan 42
says[laptop]='Groups = admins'
underlay web laptop
mesh_make 17
check "two nodes" apply web laptop
check "laptop reaches web" at laptop ping -q -c 1 -W 15 "${ip[web4]}"
check "what is saved, applied, changes nothing at all" saved exactly

underlay db
nodes=(web laptop)
key=${public[db]}
flow_start udp udp laptop web 4 7000 "$rate"
nap 0.5

serve web tcp 80
check_fails "port 80 is closed" reaches laptop tcp "${ip[web4]}" 80 -w 700
check "a rule is added" both rule add web From=admins To=web Allow=tcp/80
check "and is in force" reaches laptop tcp "${ip[web4]}" 80
generation=$(number laptop generation)
check "it is added again, which does nothing" \
	both rule add web Allow=tcp/80 from=admins TO=web
check_equal "nothing" "$generation" "$(number laptop generation)"
check_fails "another one of its name is refused" \
	ward laptop rule add web From=laptop To=web Allow=tcp/80
check "it gets another port" both rule set web Allow+=tcp/81
check "and loses the first" both rule set web Allow-=tcp/80
check_fails "which is closed then" reaches laptop tcp "${ip[web4]}" 80 -w 700
check "a node comes" ward laptop node add db "PublicKey=$key" \
	"Address=${ip[db4]}" Groups=servers Routes=192.168.9.0/24
check_equal "it is a peer" "$key" "$(at laptop wg show wg0 peers | grep -F "$key")"
check "and has its route" sh -c \
	"ip -n ${ns}laptop route show dev wg0 | grep 192.168.9.0"
check "it joins a group that a rule names" \
	ward laptop group set admins Nodes+=db
check_equal "and may do what the group may" "pass rule ssh" \
	"$(verdict laptop "${ip[db4]}" "${ip[web4]}" tcp/22)"
check_fails "self cannot be removed" ward laptop node del laptop
check "an endpoint that does not resolve is refused" unresolved
check_fails "nor a node that is no good" ward laptop node add other \
	"PublicKey=$key" Address=10.10.0.99
check "a rule of the file goes" ward laptop rule del ssh --force
check "and goes again, which does nothing" ward laptop rule del ssh

check "plan tells what came from scripts" changes \
	"- peer db: $key LIVE" \
	"- node db: ${ip[db4]}, routes 192.168.9.0/24, key $key LIVE" \
	'~ group admins: -db LIVE' \
	'- group servers: db LIVE' \
	'+ rule ssh: allow tcp/22 from admins to web LIVE' \
	'- rule web: allow tcp/81 from admins to web LIVE' \
	'- route 192.168.9.0/24' \
	'GAIN laptop -> web  tcp/22 (rule ssh)' \
	'LOSE db -> web  tcp/81 (unowned, was rule web)' \
	'LOSE laptop -> web  tcp/81 (default, was rule web)'
check "and so does verify" says_live
check "two scripts at once" at_once
check "none has lost a change" none_lost
check "a slow script" slowly alone
check "one that is overtaken" overtaken
check_more "does all anew" "$(messages overtaken)" "$(messages alone)"
check "what is saved now changes nothing" saved
check_equal "and is the file's then" 0 "$(ward laptop save | grep -c LIVE)"
flow_stop udp
check "all of this has lost no datagram" whole "$rate"
check_equal "the revision is the file's" 17 "$(number laptop revision)"

check "a script dies under the guard" interrupted
check "the next one undoes that first" ward laptop rule add next \
	From=laptop To=web Allow=tcp/82
check_equal "and is in force" enforcing "$(state laptop)"
check "one dies while another is at it" died_meanwhile
check "a change waits to be confirmed" to_confirm
mesh_make 16
check_fails "an older revision is refused" apply laptop
mesh_make 18
check "a newer one takes back what scripts did" apply laptop
check_equal "all of it" "nothing to change" "$(ward laptop plan "$mesh" \
	--key "$dir/laptop.key" | sed 's/^wg0: //')"
check_equal "so that nothing is left of it" "" \
	"$(ward laptop save | grep -e LIVE -e first- -e db)"
exit 0
