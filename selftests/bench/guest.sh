#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One variant's figures, in a machine that was booted for them: see vm/run.sh
# -i. Prints lines of a name and a number.
#
# usage: guest.sh VARIANT NODES RULES
#
#   tcp, tcp_back      Mb/s
#   udp                nanoseconds a datagram of 64 bytes, of which every other
#                      is an answer
#   established, new   likewise without answers, of known flows and new ones
#   refused_sent       likewise, where one drops what it sends
#   refused_received   likewise, where two drops what it receives
#   flow_bytes         memory of a flow, on both sides
#   node_bytes         of a node
#   load_*             nanoseconds, see below and policy_load.c
#
# Several lines of a figure are runs of the same thing.

set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tunnel.sh
. "$here/tunnel.sh"

variant=$1 nodes=$2 rules=$3
table=/run/table
runs=3
# Each of them short; of UDP within a few tenths of a percent of one another, of
# TCP within two, as the threads of tunnel and iperf3 happen to take turns.
udp_runs=9
tcp_runs=5

# Ports: what is allowed, and what no rule speaks of.
allowed=9
denied=11

# What send found.
busy=0 answers=0

complain()
{
	echo "guest.sh: $*" >&2
	exit 1
}

figure()
{
	echo "figure $1 $2"
}

# send FROM TO [OPTION]... PORT: leaves what came of it in $sent, $answers and
# $busy.
send()
{
	local from=$1 to=$2 name value port=${*: -1}

	shift 2
	while read -r name value; do
		declare -g "$name=$value"
	done < <(at "$from" "$here/datagram" send "${@:1:$#-1}" "${address[$to]}" "$port")
}

# busy_each COUNT: nanoseconds for each of so many.
busy_each()
{
	awk -v busy="$busy" -v count="$1" 'BEGIN { printf "%.1f\n", busy / count }'
}

# memory: bytes that the kernel has allocated in other ways than for files.
memory()
{
	# Until what was to be freed is.
	sleep 0.3
	awk '/^(SUnreclaim|VmallocUsed|Percpu):/ { sum += $2 } END { print sum * 1024 }' \
		/proc/meminfo
}

# bytes_each BEFORE AFTER COUNT
bytes_each()
{
	awk -v bytes=$(($2 - $1)) -v count="$3" \
		'BEGIN { printf "%.1f\n", bytes / count }'
}

# measure_load NODE COMMAND...: the machine's busy time, and the kernel's share
# of the processes' as the kernel guesses it.
measure_load()
{
	local node=$1 before after

	shift
	read -ra before < <(times_of_children)
	at "$node" "$@" || complain "$* failed"
	[ "$node" = one ] || return 0
	read -ra after < <(times_of_children)
	figure load_kernel $(((after[1] - before[1]) * 10000000))
	figure load_all $(((after[0] - before[0] + after[1] - before[1]) * 10000000))
}

# times_of_children: user and system, centiseconds.
times_of_children()
{
	local stat

	read -ra stat <"/proc/$$/stat"
	echo "${stat[15]} ${stat[16]}"
}

# Their windows are small enough that no queue on the way overflows: what is
# lost, and when, would decide about the figure. Whole seconds are all that
# iperf3 takes.
tcp()
{
	local run result name back

	at two iperf3 -s -D -I /run/iperf3.pid >/dev/null
	sleep 0.5
	for ((run = 0; run < 2 * tcp_runs; run++)); do
		name=tcp back=()
		[ $((run % 2)) = 0 ] || { name=tcp_back; back=(-R); }
		result=$(at one iperf3 -c "${address[two]}" -w 256K -t 2 -J \
			"${back[@]}") || complain "iperf3 failed: $result"
		figure $name "$(jq '.end.sum_received.bits_per_second / 1e6' \
			<<<"$result")"
	done
}

udp()
{
	local run

	send one two -a -n 200 $allowed
	for ((run = 1; run <= udp_runs; run++)); do
		send one two -a -n 3000 $allowed
		[ "$answers" = 3000 ] || complain "$answers of 3000 were answered"
		figure udp "$(busy_each 6000)"
	done
}

flows()
{
	local run port=20000

	send one two -s 19999 -n 200 $allowed
	for ((run = 1; run <= runs; run++)); do
		send one two -s 19999 -n 3000 $allowed
		figure established "$(busy_each 3000)"
		send one two -s "$port" -v -n 3000 $allowed
		figure new "$(busy_each 3000)"
		port=$((port + 3000))
	done
}

# refused FROM NAME: what FROM sends to a port of two that no rule allows.
refused()
{
	local run

	[ "$variant" != empty ] || refuse $denied
	send "$1" two -s 19998 -u -n 200 $denied
	for ((run = 1; run <= runs; run++)); do
		send "$1" two -s 19998 -u -n 3000 $denied
		figure "$2" "$(busy_each 3000)"
	done
}

# Whether the variant does what it should, and not less.
check()
{
	local node

	for node in one three; do
		send "$node" two -a -n 10 $allowed
		[ "$answers" = 10 ] || complain "what is allowed to $node does not pass"
	done
	[ "$nodes" != 0 ] || return 0
	[ "$variant" != empty ] || refuse $denied
	at two "$here/datagram" answer $denied &
	denied_pid=$!
	send one two -a -n 10 $denied
	[ "$answers" = 0 ] || complain "what is denied to one passes"
	send three two -a -n 10 $denied
	[ "$answers" = 0 ] || complain "what is denied to three passes"
	kill $denied_pid
	[ "$variant" != empty ] || refuse 0
}

flow_memory()
{
	local before after

	before=$(memory)
	send one two -s 30000 -v -r 20000 -n 30000 $allowed
	after=$(memory)
	# There is one at either end.
	figure flow_bytes "$(bytes_each "$before" "$after" 60000)"
}

awk -v nodes="$nodes" -v rules="$rules" -f "$here/policy.awk" >"$table"
# shellcheck source=variants/bare.sh
. "$here/variants/$variant.sh"
modprobe wireguard
tunnel
at two "$here/datagram" answer $allowed &
sleep 0.2
send three two -a -n 5 $allowed
send one two -a -n 5 $allowed
enforce one 1 || complain "cannot enforce at one"
enforce two 2 || complain "cannot enforce at two"
check
udp
flows
if [ "$nodes" != 0 ]; then
	refused one refused_sent
	refused three refused_received
fi
tcp
flow_memory
[ "$variant" != wgward ] || [ "$nodes" -lt 1000 ] || node_memory
figure complete 1
