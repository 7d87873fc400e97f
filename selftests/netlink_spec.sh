#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The specification of the netlink family agrees with the kernel, and the
# kernel's own client can drive the family by it.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/netlink/lib.sh
. "$here/netlink/lib.sh"

# Python leaves files behind otherwise, and the tree may not be ours.
export PYTHONDONTWRITEBYTECODE=1

# not_here PROGRAM: what it says when it cannot run.
not_here()
{
	at node "$@" >"$dir/tap"
	[ $? = "$KSFT_SKIP" ] || return 1
	sed -n 's/.*# SKIP //p' "$dir/tap"
}

netlink_setup
need python3
python3 -c 'import yaml, jsonschema' 2>/dev/null ||
	skip "no python3-yaml or python3-jsonschema"
! why=$(not_here "$programs/spec_kernel.py") || skip "$why"
plan 2
check "the specification agrees with the kernel" \
	all_good "$programs/spec_kernel.py"
check "the stock client drives the family" \
	all_good "$programs/spec_drive.py" wg0 other
