#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each field of each netlink message, damaged in every way: it is refused with
# a message that points at it, and nothing changes.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/netlink/lib.sh
. "$here/netlink/lib.sh"

seed=${SEED-$RANDOM}
netlink_setup
plan 2
echo "# seed $seed"
check "damaged requests are refused and change nothing" \
	all_good "$programs/bad_input" wg0 wg1 "${ROUNDS-5000}" "$seed"
check_more "hundreds of them" "$(grep -c '^ok' "$dir/tap")" 500
