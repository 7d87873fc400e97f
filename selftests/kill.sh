#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command is killed at each of its system calls, one run after the other,
# while packets of all kinds are on their way: none passes that the old and the
# new policy both refuse, none is lost that both allow, and the next run mends
# what was left.
#
# KILL_STEPS is how many steps of each command are tried, those where something
# happens, or FROM-TO, or "all"; KILL_CALLS are "all" for the last two, or only
# those system calls that others can "notice"; KILL_COMMANDS, which commands.

. "$(dirname "$0")/lib.sh"

steps=${KILL_STEPS-5}
calls=${KILL_CALLS-all}
commands=${KILL_COMMANDS-apply try confirm rollback first}
rate=${RATE-20}
seed=${SEED-$RANDOM}

# What moves from db, an admin, to web, a guest; and a network behind them does.
ip[moved4]=10.10.0.50
ip[moved6]=fd00:10::50
ip[net4]=192.168.9.1

rules_common='
[Rule all]
From = any
To = any
Allow = udp/7000

[Rule admins]
From = laptop, admins
To = laptop, admins
Allow = udp/7001

[Rule guests]
From = laptop, guests
To = laptop, guests
Allow = udp/7002

[Rule network]
From = laptop, 192.168.9.0/24
To = laptop, 192.168.9.0/24
Allow = udp/7005
'

mesh_make()
{
	nodes=(laptop web db old)
	says[web]='Groups = guests'
	says[db]="Groups = admins
		Address = ${ip[moved4]}, ${ip[moved6]}
		Routes = 192.168.9.0/24"
	says[old]='Routes = 192.168.11.0/24'
	mesh_write <<-END
	$rules_common
	[Rule before]
	From = any
	To = any
	Allow = udp/7003
	END
	mv "$mesh" "$dir/before.conf"
	nodes=(laptop web db new)
	says[web]="Groups = guests
		Address = ${ip[moved4]}, ${ip[moved6]}
		Routes = 192.168.9.0/24"
	says[db]='Groups = admins'
	says[new]='Routes = 192.168.10.0/24'
	mesh_write <<-END
	$rules_common
	[Rule after]
	From = any
	To = any
	Allow = udp/7004
	END
	mv "$mesh" "$dir/after.conf"
}

# remote NODE ENDPOINT: with bare WireGuard, so that laptop alone decides.
remote()
{
	ip -n "$ns$1" -batch - <<-END
	link add wg0 type wireguard
	addr add ${ip[${1}4]}/24 dev wg0
	addr add ${ip[${1}6]}/64 dev wg0 nodad
	addr add ${ip[moved4]}/32 dev wg0
	addr add ${ip[moved6]}/128 dev wg0 nodad
	addr add ${ip[net4]}/32 dev wg0
	END
	at "$1" wg set wg0 listen-port 51820 private-key "$dir/$1.key" \
		peer "${public[laptop]}" endpoint "$2" \
		allowed-ips "${ip[laptop4]}/32,${ip[laptop6]}/128"
	ip -n "$ns$1" link set wg0 up
}

# ways: what packets there are, for tools/probe: name, which of them may arrive,
# from where, source, where they may arrive, destination, port. Addresses are
# judged with the groups of their owner, and who that is, is in WireGuard's
# hands: so what db sends as the guest that web is to be, or web as the admin
# that db was, passes at no time.
ways()
{
	local name kind from source to destination port fresh

	while read -r name kind from source to destination port fresh; do
		[ -n "$name" ] || continue
		[ "$to" = - ] || to=$ns${to//,/,$ns}
		echo "$name $kind $ns$from ${ip[$source]} $to" \
			"${ip[$destination]} $port $fresh"
	done <<-END
	out-web4	all  laptop laptop4 web    web4    7000
	out-web4-new	all  laptop laptop4 web    web4    7000 fresh
	out-web6	all  laptop laptop6 web    web6    7000
	out-db4		all  laptop laptop4 db     db4     7000
	out-db6-new	all  laptop laptop6 db     db6     7000 fresh
	out-moved4	all  laptop laptop4 web,db moved4  7000
	out-moved6-new	all  laptop laptop6 web,db moved6  7000 fresh
	out-net4	all  laptop laptop4 web,db net4    7005
	in-web4		all  web    web4    laptop laptop4 7000
	in-web4-new	all  web    web4    laptop laptop4 7000 fresh
	in-web4-guest	all  web    web4    laptop laptop4 7002
	in-db6		all  db     db6     laptop laptop6 7000
	in-db4-admin	all  db     db4     laptop laptop4 7001

	no-out-web4	none laptop laptop4 -      web4    7009
	no-out-db6-new	none laptop laptop6 -      db6     7009 fresh
	no-out-net4	none laptop laptop4 -      net4    7009
	no-out-old4	none laptop laptop4 -      old4    7009
	no-in-web4	none web    web4    -      laptop4 7009
	no-in-web4-new	none web    web4    -      laptop4 7009 fresh
	no-in-db6-new	none db     db6     -      laptop6 7009 fresh
	no-in-net4-new	none db     net4    -      laptop4 7000 fresh
	no-in-old4	none old    old4    -      laptop4 7009
	no-in-new4	none new    new4    -      laptop4 7009
	no-db-guest4	none db     moved4  -      laptop4 7002
	no-db-guest6	none db     moved6  -      laptop6 7002 fresh
	no-web-admin4	none web    moved4  -      laptop4 7001
	no-web-admin6	none web    moved6  -      laptop6 7001 fresh
	no-web-as-db	none web    db4     -      laptop4 7000

	out-before	some laptop laptop4 web    web4    7003
	out-after	some laptop laptop4 web    web4    7004
	out-admin	some laptop laptop4 db     moved4  7001
	out-guest	some laptop laptop4 web    moved4  7002
	out-old		some laptop laptop4 old    old4    7000
	out-new		some laptop laptop4 new    new4    7000
	in-before	some web    web4    laptop laptop4 7003
	in-after-new	some web    web4    laptop laptop4 7004 fresh
	in-moved-db	some db     moved4  laptop laptop4 7001
	in-moved-web	some web    moved4  laptop laptop4 7002
	in-net-db	some db     net4    laptop laptop4 7005
	in-net-web	some web    net4    laptop laptop4 7005
	in-old		some old    old4    laptop laptop4 7000
	in-new		some new    new4    laptop laptop4 7000
	END
}

# snapshot: all that apply sees to at laptop. Without handshakes and counts, and
# prefixes have no order.
snapshot()
{
	# shellcheck disable=SC2016 # another shell's
	at laptop sh -c '
		wg show wg0 dump
		ip -o addr show dev wg0
		ip route show table all dev wg0
		ip -6 route show table all dev wg0
		"$@" save' sh "$command" -i wg0 | awk -F '\t' '
	NF == 8 {
		print $1, $2, $3, $8
		count = split($4, prefixes, ",")
		for (i = 1; i <= count; i++)
			print $1, prefixes[i]
		next
	}
	{ sub(/^[0-9]+: /, ""); print }' | sort
}

bring()
{
	ward laptop apply "$dir/$1.conf" "${key[@]}"
}

# fresh FILE: what it is on an interface that was not there before.
fresh()
{
	ward laptop down 2>/dev/null
	bring "$1" && snapshot >"$dir/$1.fresh"
}

# is_as FILE: nothing is left of anything else.
is_as()
{
	snapshot | diff "$dir/$1.fresh" - &&
		ward laptop verify "$dir/$1.conf" "${key[@]}"
}

# look: sets $state and $generation.
look()
{
	local json

	json=$(ward laptop status -j) || return
	[[ $json =~ \"state\":\ *\"([a-z-]*)\" ]] && state=${BASH_REMATCH[1]}
	[[ $json =~ \"generation\":\ *([0-9]+) ]] &&
		generation=${BASH_REMATCH[1]}
}

# killed_at STEP COMMAND...: at laptop; 2 if it ended before, by itself.
killed_at()
{
	local number=$1 status=0

	shift
	"$kill_at" "${kill_options[@]}" -n "$number" "$command" \
		-n "${ns}laptop" -i wg0 "$@" >"$dir/killed" 2>&1 || status=$?
	[ "$status" != 0 ] || return 2
	[ "$status" = 137 ] && killed=$((killed + 1))
}

# left BEFORE: what the kill has left is one of three, and each way is tried
# with it.
left()
{
	local before=$1 what=

	look || return
	case $state in
	enforcing)	what=after
			[ "$generation" != "$before" ] || what=before ;;
	interrupted)	what=guard ;;
	unconfirmed)	what=unconfirmed ;;
	esac
	[ -n "$what" ] && remember "$what"
}

# as_told WHAT: was left, with peers and routes in short.
as_told()
{
	echo "$1 $({
		at laptop wg show wg0 allowed-ips
		ip -n "${ns}laptop" route show dev wg0
	} 2>&1 | cksum)"
}

# remember WHAT: was left; each way is tried with it.
remember()
{
	round=$("$probe" wait "$dir/round") || return
	echo "round $round, step $step: $state" >>"$dir/steps"
	# Of there and back, the former.
	[ -z "${outcome[0]-}" ] ||
		outcome[step]=${outcome[step]-$(as_told "$1")}
	seen[$1]=$((${seen[$1]-0} + 1))
}

# trial FILE: apply it, be killed at $step, and mend it.
trial()
{
	local status=0

	look || return
	killed_at "$step" apply "$dir/$1.conf" "${key[@]}" ||
		status=$?
	if [ "$status" = 1 ] || ! left "$generation"; then
		return 1
	fi
	if [ "$status" = 0 ]; then
		bring "$1" >"$dir/mended" 2>&1 || return 1
	fi
	is_as "$1" || return 1
	return "$status"
}

no_helper()
{
	! pgrep -f -- "^$command -n ${ns}laptop .*--confirm" >/dev/null
}

# quiet: whoever was not killed has done what it does without being asked.
quiet()
{
	look || return
	case $state in
	unconfirmed|interrupted) ;;
	*)	no_helper ;;
	esac
}

# try: a change that is to be confirmed.
try()
{
	ward laptop apply "$dir/after.conf" "${key[@]}" --confirm 60
}

# back: whatever there is to be rolled back is, and nothing is left of it.
back()
{
	look || return
	case $state in
	unconfirmed|interrupted)
		# The helper may have been faster.
		ward laptop rollback >"$dir/mended" 2>&1 ;;
	esac
	wait_for 15 no_helper
	is_as before
}

# tried: the command or its helper is killed in apply --confirm.
tried()
{
	local status=0 before

	look || return
	before=$generation
	killed_at "$step" apply "$dir/after.conf" "${key[@]}" \
		--confirm 60 || status=$?
	wait_for 15 quiet
	if [ "$status" = 1 ] || ! left "$before" || ! back; then
		return 1
	fi
	return "$status"
}

# confirmed: confirm is killed.
confirmed()
{
	local status=0

	try >"$dir/mended" 2>&1 || return 1
	killed_at "$step" confirm || status=$?
	[ "$status" != 1 ] || return
	left 0 || return 1
	[ "$state" = enforcing ] || ward laptop confirm >"$dir/mended" 2>&1
	wait_for 15 no_helper
	if ! is_as after || ! bring before >"$dir/mended" 2>&1; then
		return 1
	fi
	return "$status"
}

# rolled_back: rollback is killed.
rolled_back()
{
	local status=0

	try >"$dir/mended" 2>&1 || return 1
	killed_at "$step" rollback || status=$?
	wait_for 15 quiet
	if [ "$status" = 1 ] || ! left 0 || ! back; then
		return 1
	fi
	return "$status"
}

# begun: the first apply of all is killed.
begun()
{
	local status=0

	ward laptop down >"$dir/mended" 2>&1 || return 1
	killed_at "$step" apply "$dir/before.conf" "${key[@]}" || status=$?
	[ "$status" != 1 ] || return
	state=none
	look
	case $state in
	none)		remember before ;;
	enforcing)	remember after ;;
	*)		remember guard ;;
	esac || return 1
	if ! bring before >"$dir/mended" 2>&1 || ! is_as before; then
		return 1
	fi
	return "$status"
}

# complain: about a trial that went wrong.
complain()
{
	echo "step $step:"
	cat "$dir/killed" "$dir/mended"
	ward laptop status
	return 1
}

# there_and_back: 2 when neither way had so many steps.
there_and_back()
{
	local file status ended=0

	for file in after before; do
		status=0
		trial "$file" || status=$?
		[ "$status" != 1 ] || return
		ended=$((ended + (status == 2)))
	done
	[ "$ended" -lt 2 ] || return 2
}

# every FROM TO COMMAND...: with each step in $step, until it returns 2.
every()
{
	local to=$2 status

	for ((step = $1; step <= to; step++)); do
		status=0
		"${@:3}" || status=$?
		[ "$status" != 2 ] || return 0
		[ "$status" = 0 ] || { complain; return 1; }
	done
}

# closer ALL: sets $step to the next one that is worth a trial: between two that
# have left different things, or where there is the widest gap. False when all
# have been tried.
closer()
{
	local all=$1 last=0 next gap worth most=0

	for ((next = 1; next <= all + 1; next++)); do
		[ -n "${outcome[next]-}" ] || continue
		gap=$((next - last - 1))
		worth=$gap
		[ "${outcome[next]}" = "${outcome[last]}" ] || worth=$((gap * 8))
		if [ "$worth" -gt "$most" ]; then
			most=$worth
			step=$((last + 1 + RANDOM % gap))
		fi
		last=$next
	done
	[ "$most" -gt 0 ]
}

# some COUNT ALL COMMAND...: with that many of all steps.
some()
{
	local count=$1 all=$2 i status

	outcome=()
	outcome[0]=$(as_told before)
	outcome[all + 1]=end
	for ((i = 0; i < count; i++)); do
		closer "$all" || return 0
		status=0
		"${@:3}" || status=$?
		[ "$status" != 1 ] || { complain; return 1; }
		[ -n "${outcome[step]-}" ] || outcome[step]=end
	done
}

# seen_steps COMMAND...: how many there are that others can notice.
seen_steps()
{
	"$kill_at" "${kill_options[@]}" -c "$dir/count" "$command" \
		-n "${ns}laptop" -i wg0 "$@" >"$dir/killed" 2>&1 &&
		cat "$dir/count"
}

down()
{
	ward laptop down
}

# former: whatever is, the former policy is in force, and is to stay.
former()
{
	back >/dev/null 2>&1 || bring before >"$dir/mended" 2>&1
}

# trials TRIAL PREPARE COMMAND...: those steps of the command that were asked
# for.
trials()
{
	local trial=$1 prepare=$2 all

	shift 2
	kill_options=(-1)
	[ "$calls" = all ] || kill_options+=(-s)
	case $steps in
	all)	every 1 100000 "$trial" ;;
	*-*)	every "${steps%-*}" "${steps#*-}" "$trial" ;;
	*)	kill_options+=(-s)
		"$prepare" >"$dir/mended" 2>&1
		all=$(seen_steps "$@") || return
		former && some "$steps" "$all" "$trial" ;;
	esac
}

# killing COMMAND DESCRIPTION TRIALS...: a check, if the command was asked for.
killing()
{
	if [[ " $commands " != *" $1 "* ]]; then
		check_skip "$2" "not asked for"
		return
	fi
	check "$2" trials "${@:3}"
	tell "$1"
}

# tell WHAT: as a remark, what the kills have left.
tell()
{
	echo "# $1: killed $killed times; left before: ${seen[before]-0}," \
		"guarded: ${seen[guard]-0}, after: ${seen[after]-0}," \
		"unconfirmed: ${seen[unconfirmed]-0}"
	killed=0
	seen=()
}

# probe_start, probe_stop: what is seen is in the file.
probe_start()
{
	prober=$("$probe" -r "$rate" run "$dir/round" "$dir/seen") || return
	background+=("$prober")
	"$probe" wait "$dir/round"
}

probe_stop()
{
	kill "$prober" && wait_for 10 dead "$prober" || return
	for kind in all none some; do
		echo "$kind: sent $(counted "$kind" sent)," \
			"passed $(counted "$kind" received)," \
			"lost $(counted "$kind" lost)"
	done
	[ -s "$dir/seen" ]
}

# counted KIND FIELD: the sum over its ways.
counted()
{
	awk -v kind="$1" -v field="$2=" '
	$2 == kind {
		for (i = 3; i <= NF; i++)
			if (index($i, field) == 1)
				sum += substr($i, length(field) + 1)
	}
	END { print sum + 0 }' "$dir/seen"
}

# faults FIELD KIND: ways of the kind where that is not 0, and in which steps.
faults()
{
	grep "^[^ ]* $2 " "$dir/seen" | grep -v " $1=0 " || return 0
	tail -n 50 "$dir/steps"
	return 1
}

# idle: ways where nothing was ever seen, which prove nothing.
idle()
{
	! grep -v '^[^ ]* none ' "$dir/seen" | grep ' received=0 '
}

declare -A seen=()
outcome=()
killed=0
step=0
state=
generation=
need diff pgrep
setup
kill_at=$here/tools/kill_at
probe=$here/tools/probe
plan 17
RANDOM=$seed
echo "# seed $seed"
key=(--key "$dir/laptop.key")
: >"$dir/steps"
: >"$dir/mended"
underlay laptop web db old new
mesh_make
remote web "${wire[laptop4]}:51820"
remote db "[${wire[laptop6]}]:51820"
remote old "${wire[laptop4]}:51820"
remote new "${wire[laptop4]}:51820"
check "what is to be, from nothing" fresh after
check "what is, from nothing" fresh before
for node in web db; do
	at laptop ping -q -c 1 -W 5 "${ip[${node}4]}" >/dev/null
	at laptop "$stream" send -n 1 -w 5000 "${ip[${node}4]}" 7000 >/dev/null
done
check "every way is tried" probe_start < <(ways)
killing apply "killed there and back, it is mended by the next run" \
	there_and_back : apply "$dir/after.conf" "${key[@]}"
killing try "killed in apply --confirm, it is rolled back" \
	tried : apply "$dir/after.conf" "${key[@]}" --confirm 60
killing confirm "killed in confirm, the next one confirms" \
	confirmed try confirm
killing rollback "killed in rollback, the next one rolls back" \
	rolled_back try rollback
check "the former policy is in force in the end" former
check "all is counted" probe_stop
diagnose <"$dir/check"
check "no packet passed that both policies refuse" faults wrong none
check "nor did one come to where no policy lets it" faults wrong some
check "none was lost that both allow" faults lost all
check "of all others some passed" idle

check "the first apply: every way is tried" probe_start \
	< <(ways | sed 's/ all / some /')
killing first "killed in it, it is mended by the next run" \
	begun down apply "$dir/before.conf" "${key[@]}"
check "all is counted" probe_stop
diagnose <"$dir/check"
check "no packet passed that the policy refuses" faults wrong none
exit 0
