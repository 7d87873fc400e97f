#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each allocation of a change fails, one after the other: the old policy stays
# or the new one is whole, and the next change works.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/netlink/lib.sh
. "$here/netlink/lib.sh"

netlink_setup
[ -e /proc/self/fail-nth ] ||
	skip "the kernel has no fault injection (CONFIG_FAILSLAB)"
mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
plan 1
check "allocations that fail change nothing" all_good "$programs/faults" wg0
