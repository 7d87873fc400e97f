#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Measures the module in user-mode Linux, which runs at this machine's own
# speed. Prints lines of "figure", a name and nanoseconds:
#
#   parse_plain, parse_any         reading a packet, see module/plain.c
#   verdict-N                      of a policy with N nodes and N rules
#   hit_sent-N, hit_received-N     a packet of a flow, when there are N
#   new-N                          a packet that starts a flow, up to N
#   denied-N                       a packet that no rule allows
#
# All but the first three are whole hooks, of the policy with 10,000 nodes.

set -euo pipefail

here=$(cd "$(dirname "$0")/../vm" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=../vm/cache.sh
. "$here/cache.sh"
# shellcheck source=../vm/build.sh
. "$here/build.sh"

linux=$("$top/selftests/bench/native/kernel.sh")
dir=$(build_dir "$top" native bench)
build_copy "$top" "$dir"
{
	make -C "$linux" ARCH=um M="$dir" modules &&
		make -C "$linux" ARCH=um M="$dir/selftests/bench/native" \
			KBUILD_EXTRA_SYMBOLS= modules &&
		make -C "$dir/selftests/bench" policy_load
} >"$dir.log" 2>&1 || { tail -n 20 "$dir.log" >&2; die "does not build"; }

"$linux/linux" mem=2G rootfstype=hostfs rootflags=/ ro \
	init="$dir/selftests/bench/native/init" tree="$dir" loglevel=7 \
	con=null con0=fd:0,fd:1 con1=null </dev/null 2>&1 |
	tr -d '\r' | tee "$dir.console" |
	sed -n 's/^\(\[[ 0-9.]*\] \)\{0,1\}.*\(figure [a-z_]*[-0-9]* [0-9.]*\)$/\2/p'
