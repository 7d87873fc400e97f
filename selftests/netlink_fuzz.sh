#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Requests made by the specification, most of them damaged: nothing changes but
# by a commit, and nothing is refused without a word.
#
# DURATION is how many seconds, 20 by default; SEED the seed of the first
# session. SESSIONS=1 with the seed of a session repeats it alone.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/netlink/lib.sh
. "$here/netlink/lib.sh"

seed=${SEED-$RANDOM}
netlink_setup
[ -x "$programs/fuzz" ] || make -s -C "$programs" fuzz ||
	skip "cannot build selftests/netlink/fuzz: it needs Python's yaml"
namespace other
plan 1
echo "# seed $seed"
check "what requests do, and say" all_good "$programs/fuzz" "${DURATION-20}" \
	"$seed" "${SESSIONS-0}" "/run/netns/${ns}node" "/run/netns/${ns}other"
remarks
exit 0
