#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Ten thousand nodes and ten thousand rules, over netlink alone: they load, are
# dumped whole, and decide as they should. Dumps while the policy changes.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/netlink/lib.sh
. "$here/netlink/lib.sh"

netlink_setup
plan 1
check "a large policy loads, is dumped whole, and decides" \
	all_good "$programs/large" wg0 "${COUNT-10000}"
remarks
