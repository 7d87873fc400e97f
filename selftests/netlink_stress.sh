#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Clients that get into one another's way, go away in the middle of a change,
# and lose the interfaces that they change: nothing hangs, leaks or splats.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/netlink/lib.sh
. "$here/netlink/lib.sh"

seed=${SEED-$RANDOM}
netlink_setup
plan 1
echo "# seed $seed"
check "clients at once, and interfaces that come and go" \
	all_good "$programs/stress" "${DURATION-15}" "$seed"
grep meanwhile "$dir/tap" | sed 's/^/# /'
