#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A change belongs to one socket and ends with it, or waits to be taken over.
# Other users and other namespaces see and change nothing.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/netlink/lib.sh
. "$here/netlink/lib.sh"

netlink_setup
plan 1
check "a change is its owner's, and nobody else's business" \
	all_good "$programs/owner" wg0 wg1
