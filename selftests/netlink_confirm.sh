#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A commit that has to be confirmed is rolled back without: at once where no
# peers changed, else to the guard, by time, by order, and by nothing of before.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/netlink/lib.sh
. "$here/netlink/lib.sh"

netlink_setup
plan 1
check "what is not confirmed is rolled back" all_good "$programs/confirm" wg0
