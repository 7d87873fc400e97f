#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The specification of the netlink family agrees with the kernel, and the
# kernel's own client can drive the family by it.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/netlink/lib.sh
. "$here/netlink/lib.sh"

# agreed: what the first program said, which ran before there was a plan.
agreed()
{
	grep -v '^ok' "$dir/agreed"
	return "$status"
}

netlink_setup
need python3
# Python would leave files behind, in a tree that may not be ours; without any
# each program would compile the client anew, which takes long in a machine
# that is emulated.
export PYTHONPYCACHEPREFIX=$dir/python
status=0
at node "$programs/spec_kernel.py" >"$dir/agreed" 2>&1 || status=$?
[ "$status" != "$KSFT_SKIP" ] ||
	skip "$(sed -n 's/.*# SKIP //p' "$dir/agreed")"
plan 2
check "the specification agrees with the kernel" agreed
check "the stock client drives the family" \
	all_good "$programs/spec_drive.py" wg0 other
