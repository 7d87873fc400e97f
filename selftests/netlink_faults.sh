#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each allocation of each command fails, one after the other: nothing has
# changed then, or all of it; and the next change works.
#
# By default it is each fifth allocation; STEP=1 lets none out.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/netlink/lib.sh
. "$here/netlink/lib.sh"

netlink_setup
[ -e /proc/self/fail-nth ] ||
	skip "the kernel has no fault injection (CONFIG_FAILSLAB)"
mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
plan 1
check "allocations that fail change nothing" \
	all_good "$programs/faults" wg0 "${STEP-5}"
remarks
sed -n 's/^ok [0-9]* - /# /p' "$dir/tap"
exit 0
