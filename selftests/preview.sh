#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What apply tells is not in the way of what it does: flows that cannot be read,
# or not in time; a reader that goes away; a signal in the midst of it. And that
# the first policy of an interface takes away is told.

. "$(dirname "$0")/lib.sh"

# mesh_make PORT: with more rules than a pipe's buffer in the command holds.
mesh_make()
{
	local i

	{
		printf '%s\n' '[Rule ping]' 'From = laptop' 'To = web' \
			'Allow = ping'
		for i in {1..60}; do
			printf '%s\n' "[Rule with-a-long-name-$i]" \
				'From = laptop' 'To = web' \
				"Allow = tcp/$1, udp/$((i + 1000))"
		done
	} | mesh_write
}

# in_force: that is, all of the file.
in_force()
{
	ward laptop plan "$mesh" --key "$dir/laptop.key" --exit-code
}

# traced OPTIONS... -- ARGUMENTS...: laptop's command under strace.
traced()
{
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	strace -qq -o "$dir/strace" "${options[@]}" "$command" \
		-n "${ns}laptop" -i wg0 "${@:2}" --key "$dir/laptop.key"
}

calls()
{
	grep -c "^$1" "$dir/strace"
}

# The flows are what plan reads last.
flows_unreadable()
{
	mesh_make "$1"
	traced -e trace=recvmsg -- plan "$mesh" >"$dir/plan" || return
	traced -e trace=recvmsg \
		-e inject="recvmsg:error=ENOBUFS:when=$(calls recvmsg)" \
		-- apply "$mesh" "${@:2}" >"$dir/applied" 2>"$dir/warned"
}

apply_goes_on()
{
	flows_unreadable 2001 || return
	cat "$dir/warned"
	grep -F 'which flows would be cut is not known: No buffer space' \
		"$dir/warned" && grep '^GAIN' "$dir/applied" && in_force
}

json_goes_on()
{
	flows_unreadable 2002 -j || return
	jq -e '.cut == null and .changed and .effect_complete' \
		"$dir/applied" && in_force
}

# Their reading takes longer than anybody waits.
flows_slow()
{
	mesh_make 2003
	at laptop ping -q -c 1 -W 15 "${ip[web4]}" || return
	traced -e trace=recvmsg -- plan "$mesh" >"$dir/plan" || return
	traced -e trace=recvmsg \
		-e inject="recvmsg:delay_enter=7000000:when=$(($(calls recvmsg) - 1))+" \
		-- plan "$mesh" >"$dir/plan" || return
	cat "$dir/plan"
	grep '^CUT may not be all' "$dir/plan"
}

# What is told goes nowhere, which by then is no matter.
reader_gone()
{
	local status=0

	mesh_make 2004
	mkfifo "$dir/pipe"
	exec 5<>"$dir/pipe"
	exec 6>"$dir/pipe"
	exec 5<&-
	ward laptop apply "$mesh" --key "$dir/laptop.key" >&6 || status=$?
	exec 6>&-
	echo "status $status"
	[ "$status" != 0 ] && in_force
}

# The last message of an apply that changes nothing but rules is the commit.
signalled()
{
	local status=0

	mesh_make 2005
	traced -e trace=sendto -- apply "$mesh" >"$dir/applied" || return
	mesh_make 2006
	traced -e trace=sendto \
		-e inject="sendto:signal=SIGINT:when=$(calls sendto)" \
		-- apply "$mesh" >"$dir/applied" || status=$?
	tail -n 1 "$dir/applied"
	[ "$status" != 0 ] && grep -q ': done, generation' "$dir/applied" &&
		in_force
}

# The same of a script.
signalled_script()
{
	local status=0

	strace -qq -o "$dir/strace" -e trace=sendto "$command" \
		-n "${ns}laptop" -i wg0 rule del with-a-long-name-1 || return
	strace -qq -o "$dir/strace" -e trace=sendto \
		-e inject="sendto:signal=SIGINT:when=$(calls sendto)" \
		"$command" -n "${ns}laptop" -i wg0 \
		rule del with-a-long-name-2 >"$dir/applied" || status=$?
	cat "$dir/applied"
	[ "$status" != 0 ] && grep '^- rule with-a-long-name-2' "$dir/applied" &&
		grep ': done, generation' "$dir/applied"
}

# What wg-quick or an admin makes: everything passes between its peers.
by_hand()
{
	ward laptop down && ward web detach || return
	at laptop ip link add wg0 type wireguard
	at laptop wg set wg0 private-key "$dir/laptop.key" listen-port 51820 \
		peer "${public[web]}" endpoint "${wire[web4]}:51820" \
		allowed-ips "${ip[web4]},${ip[web6]}"
	at laptop ip addr add "${ip[laptop4]}/24" dev wg0
	at laptop ip addr add "${ip[laptop6]}/64" dev wg0 nodad
	at laptop ip link set wg0 up
	serve web tcp 80
	reaches laptop tcp "${ip[web4]}" 80
}

# told LINE...: these of GAIN, LOSE and CUT, and no others.
told()
{
	grep -E '^(GAIN|LOSE|CUT) ' "$dir/plan" >"$dir/lines"
	printf '%s\n' "$@" | diff - "$dir/lines"
}

adoption()
{
	mesh_write <<-END
	[Rule ping]
	From = laptop
	To = any
	Allow = ping
	END
	ward laptop plan "$mesh" --key "$dir/laptop.key" >"$dir/plan" || return
	cat "$dir/plan"
	told 'GAIN laptop -> db  ping (rule ping)' \
		'LOSE web -> laptop  any (default)' \
		'LOSE laptop -> web  any but ping (default)' || return
	ward laptop apply "$mesh" --key "$dir/laptop.key" --adopt \
		>"$dir/plan" || return
	grep -q '^LOSE web -> laptop  any (default)$' "$dir/plan" &&
		at laptop ping -q -c 1 -W 15 "${ip[web4]}" &&
		! reaches laptop tcp "${ip[web4]}" 80 -w 700
}

need jq strace
setup
plan 10
underlay web laptop
mesh_make 2000
check "two nodes" apply web laptop
check "laptop reaches web" at laptop ping -q -c 1 -W 15 "${ip[web4]}"
check "flows that cannot be read do not stop apply" apply_goes_on
check "and are null as JSON" json_goes_on
check "flows that take too long are left" flows_slow
check "a reader that goes away stops nothing" reader_gone
check "what was done is told before a signal ends apply" signalled
check "and a script" signalled_script
underlay db
check "an interface made by hand" by_hand
check "adopting it takes away what passes today" adoption
exit 0
