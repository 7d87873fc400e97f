#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The process that rolls a change back unless it is confirmed: it comes late,
# cannot do what it has to for a while, is given no files, or its command ends
# first; and it never touches what others have made since. Whoever is stuck in
# the middle of a change does nothing any more once that is aborted.

. "$(dirname "$0")/lib.sh"

# The former policy: udp/7001. The other: udp/7002.
mesh_make()
{
	mesh_write <<-END
	[Rule one]
	From = laptop
	To = web
	Allow = udp/$1, ping
	END
}

mesh_former()
{
	nodes=(web laptop)
	mesh_make 7001
}

mesh_other()
{
	nodes=(web laptop)
	mesh_make 7002
}

# The other policy, and another peer, and a route.
mesh_peers()
{
	nodes=(web laptop db)
	says[db]='Routes = 192.168.9.0/24'
	mesh_make 7002
}

# Applies the file at laptop.
trial=("" -i wg0 apply "" --key "")
try()
{
	"${trial[@]}" "$@"
}

# is STATE FORMER OTHER: which of the policies lets packets through.
is()
{
	local former other seen

	former=$(verdict laptop "${ip[laptop4]}" "${ip[web4]}" udp/7001)
	other=$(verdict laptop "${ip[laptop4]}" "${ip[web4]}" udp/7002)
	seen="$(state laptop) ${former%% *} ${other%% *}"
	echo "$seen"
	[ "$seen" = "$*" ]
}

# Of this test, a process id a line.
helpers()
{
	pgrep -f -- "^[^ ]*wgward -n ${ns}laptop .*--confirm"
}

no_helper()
{
	! helpers
}

# send SIGNAL: to the helper, which has to be there.
send()
{
	local pids

	pids=$(helpers) && xargs kill "-$1" <<<"$pids"
}

has_db()
{
	at laptop wg show wg0 peers | grep -qF "${public[db]}" &&
		ip -n "${ns}laptop" route show dev wg0 | grep -q 192.168.9.0
}

has_no_db()
{
	! at laptop wg show wg0 peers | grep -F "${public[db]}" &&
		! ip -n "${ns}laptop" route show dev wg0 | grep 192.168.9.0
}

former()
{
	is enforcing pass drop && has_no_db && no_helper
}

start_over()
{
	mesh_former
	apply laptop
}

port()
{
	at laptop wg show wg0 listen-port
}

said()
{
	log | grep "$1"
}

# stuck: has an apply stop at each message, until the guard is on; its process
# id is in $stuck then.
stuck()
{
	local i

	strace -f -qq -o "$dir/strace" -e trace=sendto \
		-e inject=sendto:signal=SIGSTOP \
		"${trial[@]}" >"$dir/stuck" 2>&1 &
	background+=("$!")
	for ((i = 0; i < 400; i++)); do
		[ "$(state laptop)" != guarded ] || return 0
		wake
		nap 0.02
	done
	return 1
}

stuck_ones()
{
	pgrep -f -- "^[^ ]*wgward -n ${ns}laptop -i wg0 apply"
}

wake()
{
	stuck_ones | xargs -r kill -CONT
}

none_stuck()
{
	! stuck_ones
}

# wake_up: goes on with all that it is stuck with.
wake_up()
{
	local i

	for ((i = 0; i < 200; i++)); do
		none_stuck && return
		wake
		nap 0.02
	done
	return 1
}

# ended_by SIGNAL: the command waits, and so does its helper; both end.
ended_by()
{
	local pid

	# Not by way of try: that would be the id of a shell.
	"${trial[@]}" --confirm 60 >"$dir/waiting" 2>&1 &
	pid=$!
	wait_for 10 grep -q waiting "$dir/waiting" || return
	helpers
	[ "$(helpers | wc -l)" = 2 ] || return
	kill "-$1" "$pid"
	wait "$pid" 2>/dev/null
	wait_for 5 no_helper
}

# fails_for_a_while: the helper cannot send anything when it has to.
fails_for_a_while()
{
	local tracer

	strace -f -qq -o "$dir/strace" -e trace=sendto \
		-e inject=sendto:error=ENOBUFS -p "$(helpers)" &
	tracer=$!
	background+=("$tracer")
	wait_for 10 grep -q '^TracerPid:.*[1-9]' "/proc/$(helpers)/status" ||
		return
	wait_for 15 is interrupted drop drop || return
	# Once it has tried.
	wait_for 15 said 'wgward: error' || return
	is interrupted drop drop || return
	kill "$tracer"
	wait_for 90 former
}

need pgrep strace xargs
setup
trial=("$command" -n "${ns}laptop" -i wg0 apply "$mesh" --key "$dir/laptop.key")
plan 42
underlay web laptop db
nodes=(web laptop)
mesh_former
check "two nodes" apply web laptop

# It looks when its change is confirmed, and another one made.
mesh_other
try --confirm 60 >"$dir/try" 2>&1
check "the helper stops" send STOP
check "its change is confirmed" ward laptop confirm
mesh_peers
check "another one is made" apply laptop
check "the helper goes on" send CONT
check "and ends" wait_for 10 no_helper
check "it leaves alone what is not its own" has_db
check "all of it" is enforcing drop pass
start_over

# A ward of the same interface is another one.
mesh_other
try --confirm 60 >"$dir/try" 2>&1
send STOP
ward laptop detach >"$dir/try" 2>&1
mesh_peers
apply laptop
check "the helper of a ward that was detached goes on" send CONT
check "and ends, too" wait_for 10 no_helper
check "without touching the next one" has_db
start_over

mesh_peers
try --confirm 3 >"$dir/try" 2>&1
check "it tries until it can" fails_for_a_while
check "the log says what was in the way" said 'wgward: error.*No buffer space'

# Somebody else's change is stuck with the guard on.
mesh_peers
check "an apply is stuck" stuck
for signal in TERM KILL HUP; do
	check "$signal: ends a command that waits, and its helper" \
		ended_by "$signal"
done
check "abort does not wait for who is stuck" ward laptop abort --force
check "who wakes up then" wake_up
check "does nothing any more" former
check_equal "a second time there is nothing to abort" 1 \
	"$(ward laptop abort --force >"$dir/try" 2>&1; echo $?)"

# Where no policy says it.
mesh_former
sed -i "s/^\[Node laptop\]/&\nListenPort = 51999/" "$mesh"
try --confirm 3 >"$dir/try" 2>&1
check_equal "another port" 51999 "$(port)"
check "it comes back" wait_for 15 former
check_equal "as it was" 51820 "$(port)"
try --confirm 3 >"$dir/try" 2>&1
check "without a helper" send KILL
check "the policy comes back" wait_for 15 former
ward laptop status >"$dir/status"
check "status says what does not" grep DRIFT "$dir/status"
check "rollback does it then" ward laptop rollback
check_equal "so that all is as it was" 51820 "$(port)"

# A key of its own.
key=$(wg genkey)
was=${public[laptop]}
(umask 077; echo "$key" >"$dir/next.key")
public[laptop]=$(wg pubkey <<<"$key")
mesh_other
"${trial[@]/%laptop.key/next.key}" --confirm 3 >"$dir/try" 2>&1
check_equal "another key" "${public[laptop]}" \
	"$(at laptop wg show wg0 public-key)"
public[laptop]=$was
check "comes back" wait_for 15 former
check_equal "as it was, too" "$was" "$(at laptop wg show wg0 public-key)"

# What it is started with.
mesh_other
try --confirm 60 <&- >&- 2>&-
check_equal "no files are of no matter" "0 unconfirmed" "$? $(state laptop)"
ward laptop rollback >"$dir/try" 2>&1
check_equal "nobody has to wait for the command that has ended" '' \
	"$(grep waiting "$dir/try")"
mesh_former
check "nor does it matter who ignores its children's ends" \
	env --ignore-signal=CHLD "${trial[@]}" --confirm 60

# Where systemd could end all that was started in a session.
mkdir "$dir/bin"
cat >"$dir/bin/busctl" <<-END
	#!/bin/sh
	echo "\$*" >"$dir/asked"
END
chmod +x "$dir/bin/busctl"
mesh_other
# shellcheck disable=SC2016 # another shell's
PATH=$dir/bin:$PATH unshare -m bash -c '
	mkdir -p /run/systemd && mount -t tmpfs none /run/systemd &&
		mkdir /run/systemd/system && exec "$@"' - \
	"${trial[@]}" --confirm 60 >"$dir/try" 2>&1
rmdir /run/systemd 2>/dev/null
check "the helper asks for a unit of its own" \
	grep "StartTransientUnit.* PIDs au 1 $(helpers) " "$dir/asked"
check "and says if it does not get it" grep "no unit of its own" "$dir/try"
ward laptop rollback >"$dir/try" 2>&1

# What had no ward has none again.
ward laptop detach >"$dir/try" 2>&1
mesh_other
check "an interface is taken over" try --adopt --confirm 3
check "and given back" wait_for 15 no_helper
check_equal "without a ward" unwarded "$(state laptop)"
check_equal "and with its peers" "${public[web]}" \
	"$(at laptop wg show wg0 peers)"
mesh_former
try --adopt >"$dir/try" 2>&1

# In time or not: the one who asks is told what is so.
for nap in 0.7 0.9 1; do
	mesh_other
	try --confirm 1 >"$dir/try" 2>&1
	nap "$nap"
	if ward laptop confirm >"$dir/try" 2>&1; then
		wanted='enforcing drop pass'
	else
		wanted='enforcing pass drop'
	fi
	wait_for 5 no_helper
	# shellcheck disable=SC2086
	is $wanted >"$dir/is" || break
	start_over >"$dir/try"
done
check_equal "at the last moment it is confirmed or rolled back" "$wanted" \
	"$(cat "$dir/is")"
exit 0
