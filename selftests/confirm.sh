#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is applied to be confirmed is rolled back when nobody does: policy,
# peers, addresses and routes, whatever becomes of terminal, command, helper,
# clock and interface; and what the two policies both allow loses nothing.

. "$(dirname "$0")/lib.sh"

# The former policy: udp/7000 and 7001. The other: 7000 and 7002.
mesh_former()
{
	nodes=(web laptop)
	mesh_write <<-END
	[Rule both]
	From = laptop
	To = web
	Allow = udp/7000, ping

	[Rule former]
	From = laptop
	To = web
	Allow = udp/7001
	END
}

mesh_rules()
{
	mesh_write <<-END
	[Rule both]
	From = laptop
	To = web
	Allow = udp/7000, ping

	[Rule other]
	From = laptop
	To = web
	Allow = udp/7002
	END
}

mesh_other()
{
	nodes=(web laptop)
	mesh_rules
}

# The other policy, and another peer, and a route.
mesh_peers()
{
	nodes=(web laptop db)
	says[db]='Routes = 192.168.9.0/24'
	mesh_rules
}

# try OPTION...: applies the file at laptop.
try()
{
	ward laptop apply "$mesh" --key "$dir/laptop.key" "$@"
}

# opened: which of the policies lets packets through, in whatever state.
opened()
{
	local former other

	former=$(verdict laptop "${ip[laptop4]}" "${ip[web4]}" udp/7001)
	other=$(verdict laptop "${ip[laptop4]}" "${ip[web4]}" udp/7002)
	echo "${former%% *} ${other%% *}"
}

# is STATE FORMER OTHER: as opened says.
is()
{
	local seen

	seen="$(state laptop) $(opened)"
	echo "$seen"
	[ "$seen" = "$*" ]
}

generation()
{
	local json

	json=$(ward laptop status -j) || return
	[[ $json =~ \"generation\":\ *([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# helpers: of this test, a process id a line.
helpers()
{
	pgrep -f -- "wgward -n ${ns}laptop .*--confirm"
}

no_helper()
{
	! helpers
}

# kill_helper: there has to be one.
kill_helper()
{
	local pids

	pids=$(helpers) && xargs kill -KILL <<<"$pids" && wait_for 5 no_helper
}

# hex: of standard input.
hex()
{
	od -An -v -tx1 | tr -d ' \n'
}

# writable PID: all that the process can write to and has written.
writable()
{
	local range mode rest

	while read -r range mode rest; do
		[[ $mode == rw* && $rest != *'[v'* ]] || continue
		dd if="/proc/$1/mem" bs=4096 iflag=skip_bytes,count_bytes \
			skip=$((0x${range%-*})) \
			count=$((0x${range#*-} - 0x${range%-*})) 2>/dev/null
	done <"/proc/$1/maps"
}

# has_key PID KEY: in its memory, as WireGuard has it.
has_key()
{
	writable "$1" | hex | grep -q "$(base64 -d <<<"$2" | hex)"
}

# keeps_secret: the helper is there, has no private key, and leaves no core.
keeps_secret()
{
	local pid key

	key=$(cat "$dir/laptop.key")
	pid=$(helpers) || return
	# That it would be found: it knows this peer.
	has_key "$pid" "${public[web]}" || { echo "not even web"; return 1; }
	! has_key "$pid" "$key" || { echo "in its memory"; return 1; }
	! grep -q -a -F "$key" "/proc/$pid/cmdline" "/proc/$pid/environ" ||
		return
	grep '^Max core file size' "/proc/$pid/limits"
	grep -q '^Max core file size  *0  *0 ' "/proc/$pid/limits"
}

# has_db: peer and route of mesh_peers are there.
has_db()
{
	at laptop wg show wg0 peers | grep -qF "${public[db]}" &&
		ip -n "${ns}laptop" route show dev wg0 | grep -q 192.168.9.0
}

# has_no_db: neither is.
has_no_db()
{
	! at laptop wg show wg0 peers | grep -F "${public[db]}" &&
		! ip -n "${ns}laptop" route show dev wg0 | grep 192.168.9.0
}

# former: all is as it was, and nobody is left who waits.
former()
{
	is enforcing pass drop && has_no_db && no_helper
}

# back SECONDS: it comes to that.
back()
{
	wait_for "$1" former || { former; ward laptop status; return 1; }
}

# start_over: whatever was, the former policy is in force.
start_over()
{
	mesh_former
	apply laptop
}

# whole: of the flow that was stopped last.
whole()
{
	echo "sent $sent, received $received, answered $answered"
	[ "$sent" -gt 100 ] && [ "$errors" = 0 ] &&
		[ "$received" = "$sent" ] && [ "$answered" = "$sent" ]
}

# cut_and_revived: of the flow that was stopped last, some did not arrive, but
# its last ones did.
cut_and_revived()
{
	echo "sent $sent, received $received, errors $errors, last $last, now $moment"
	[ "$received" -gt 20 ] && [ $((sent + errors - received)) -gt 5 ] &&
		[ "$last" -gt "$moment" ]
}

# refused_as TEXT COMMAND...: with exit status 1.
refused_as()
{
	local text=$1 status=0

	shift
	"$@" >"$dir/refused" 2>&1 || status=$?
	cat "$dir/refused"
	[ "$status" = 1 ] && grep -q -- "$text" "$dir/refused"
}

clock_is_ours()
{
	[ -e /run-command ] || [ -n "${WGWARD_CLOCK-}" ]
}

clock_move()
{
	date -u -s "@$(($(date +%s) + $1))" >/dev/null
}

# exec_with_terminals COMMAND...: a machine may lack what gives them.
exec_with_terminals()
{
	if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
		exec "$@"
	fi
	# shellcheck disable=SC2016 # another shell's
	exec unshare -m bash -c '
		mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts &&
		mount --bind /dev/pts/ptmx /dev/ptmx && exec "$@"' - "$@"
}

need pgrep script setsid
setup
plan 70
underlay web laptop db
nodes=(web laptop)
mesh_former
check "two nodes" apply web laptop
mesh_write <<-END
[Rule all]
From = any
To = any
Allow = any
END
check "web allows everything" apply web
start_over

# Without peers the kernel rolls back by itself. What both allow loses nothing,
# what one of them allows lives when that one is in force.
before=$(generation)
flow_start both udp laptop web 4 7000 100
flow_start former udp laptop web 4 7001 100
nap 1
mesh_other
check "apply, for twelve seconds" try --confirm 12
check "it is in force, and to be confirmed" is unconfirmed drop pass
ward laptop status >"$dir/status"
check "status says so" grep -q "UNCONFIRMED: in [0-9]* s .*wgward -i wg0 confirm" \
	"$dir/status"
check "another apply is refused, and told what to say" \
	refused_as "wgward -i wg0 rollback" try
check "abort is not what ends it" refused_as "rollback" ward laptop abort
check_equal "the helper has no terminal, and a session of its own" \
	"$(helpers) ?" "$(ps -o sid=,tty= -p "$(helpers)" | xargs)"
check "nobody confirms: the former policy is back" back 25
moment=$(now)
check_equal "as another generation" $((before + 2)) "$(generation)"
nap 1.5
flow_stop both
check "what both allow lost nothing" whole
flow_stop former
check "what only the former allows was cut, and lives again" cut_and_revived
check_more "its rule has counted since before" "$(hits laptop both)" 0
check "there is nothing to confirm any more" \
	refused_as "No change waits" ward laptop confirm
check "what is rolled back is" ward laptop rollback
check_equal "and nothing else comes of it" $((before + 2)) "$(generation)"
start_over
mesh_rules
try >"$dir/try" 2>&1
check "nor is there anything to roll back" \
	refused_as "nothing to roll back" ward laptop rollback
start_over

# Confirmed.
mesh_peers
check "apply with a peer and a route, for a minute" try --confirm 60 -j
check_equal "which JSON says" 60 "$(jq .confirm "$dir/check")"
check "they are there" has_db
now=$(generation)
check "a former one is not confirmed" \
	refused_as "Another change waits" ward laptop confirm $((now - 1))
check "nor rolled back" refused_as "does not wait to be confirmed" \
	ward laptop rollback $((now - 1))
check "this one is" ward laptop confirm "$now"
check "it stays" is enforcing drop pass
check "and nobody waits" wait_for 5 no_helper
check "the peer, too" has_db
check_equal "a second time changes nothing" false "$(changed laptop)"
start_over

# Rolled back.
mesh_other
try --confirm 60 >"$dir/try" 2>&1
check "rollback" ward laptop rollback
check "at once" back 2

# With peers, the helper puts them back under the guard.
for how in time rollback; do
	flow_start both udp laptop web 4 7000 100
	nap 0.5
	mesh_peers
	check "$how: apply, with a peer" \
		try --confirm "$([ "$how" = time ] && echo 6 || echo 60)"
	check "$how: it is there" has_db
	[ "$how" = time ] || ward laptop rollback >"$dir/try" 2>&1
	check "$how: all is back" back 25
	flow_stop both
	check "$how: what both allow lost nothing" whole
done

# As if the web server had roamed while a change waits.
mesh_peers
try --confirm 60 >"$dir/try" 2>&1
ip -n "${ns}web" addr add 192.0.2.102/24 dev eth0
at laptop wg set wg0 peer "${public[web]}" endpoint 192.0.2.102:51820
ward laptop rollback >"$dir/try" 2>&1
check_equal "web is where it roamed to meanwhile" 192.0.2.102:51820 \
	"$(at laptop wg show wg0 endpoints | awk -v key="${public[web]}" \
		'$1 == key { print $2 }')"

# The helper is killed: the kernel goes as far as it goes.
mesh_other
try --confirm 4 >"$dir/try" 2>&1
check "the helper is killed" kill_helper
check "no peers: the kernel rolls back" back 15
for repair in apply rollback abort; do
	mesh_peers
	try --confirm 3 >"$dir/try" 2>&1
	check "$repair: the helper is killed" kill_helper
	check "$repair: with a peer, it is guarded" \
		wait_for 15 is interrupted drop drop
	[ "$repair" != apply ] || ward laptop status >"$dir/status"
	mesh_former
	case $repair in
	apply)	check "$repair repairs" apply laptop ;;
	*)	check "$repair repairs" ward laptop "$repair" ;;
	esac
	check "$repair: all is back" former
done
check "status had said what to do" grep -q "INTERRUPTED.*next apply.*abort" \
	"$dir/status"

# The terminal goes, and all that runs in it.
mesh_peers
exec_with_terminals setsid script -qec "'$command' -n ${ns}laptop -i wg0 \
	apply '$mesh' --key '$dir/laptop.key' --confirm 12; sleep 100" \
	"$dir/script" </dev/null >/dev/null 2>&1 &
terminal=$!
background+=("$terminal")
check "apply in a terminal" wait_for 10 is unconfirmed drop pass
kill -KILL "$terminal"
check "the terminal goes, the helper stays" helpers
check "and rolls back" back 25

# The output that somebody waits for ends.
mesh_other
# shellcheck disable=SC2016 # another shell's
check_equal "nobody has to wait for the helper" 0 \
	"$(timeout 20 bash -c 'x=$("$@" 2>&1); echo $?' - "$command" \
		-n "${ns}laptop" -i wg0 apply "$mesh" \
		--key "$dir/laptop.key" --confirm 60)"
check "the helper has no private key in sight" keeps_secret
ward laptop rollback >"$dir/try" 2>&1

# The clock is set while a change waits.
if clock_is_ours; then
	mesh_other
	try --confirm 12 >"$dir/try" 2>&1
	clock_move 7200
	nap 1
	check "an hour forward is no time" is unconfirmed drop pass
	clock_move -7200
	check "nor is it longer for an hour back" back 20
else
	check_skip "an hour forward" "the clock is not the test's to set"
	check_skip "an hour back" "the clock is not the test's to set"
fi

# The interface gets another name, is deleted, or is let go.
mesh_peers
try --confirm 8 >"$dir/try" 2>&1
ip -n "${ns}laptop" link set wg0 down
ip -n "${ns}laptop" link set wg0 name wg7
ip -n "${ns}laptop" link set wg7 up
check "renamed: the helper finds it" wait_for 20 no_helper
check_equal "its peer is gone" "" \
	"$(at laptop wg show wg7 peers | grep -F "${public[db]}")"
ip -n "${ns}laptop" link set wg7 down
ip -n "${ns}laptop" link set wg7 name wg0
ip -n "${ns}laptop" link set wg0 up
start_over
mesh_peers
try --confirm 60 >"$dir/try" 2>&1
ward laptop detach >"$dir/try" 2>&1
check "detached: nobody waits any more" wait_for 10 no_helper
check "and nothing is taken back" has_db
try --confirm 60 >"$dir/try" 2>&1
ip -n "${ns}laptop" link delete wg0
check "deleted: nobody waits any more" wait_for 10 no_helper
check_equal "and the ward waits for it" waiting "$(state laptop)"
ward laptop down >"$dir/try" 2>&1

# The first of all.
mesh_former
check "a first apply" try --confirm 60
check "rolled back" ward laptop rollback
check_fails "leaves no interface" ip -n "${ns}laptop" link show wg0
check_fails "and no ward" ward laptop status
exit 0
