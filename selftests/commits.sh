#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A thousand policies under load, with many flows in the table: what all of
# them allow, each for another reason, loses nothing. Losses are counted by the
# numbers that the messages carry. One more policy cuts all of the many flows,
# and what it allows still loses nothing.
#
# FLOWS is how many flows there are besides, COUNT how many policies. More than
# a ward has room for by default need privilege, and memory.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tools/lib.sh
. "$here/tools/lib.sh"

flows=${FLOWS-200000}
count=${COUNT-1000}
# What a ward has room for if its policy does not say.
room=()
[ "$flows" -lt 262144 ] || room=(-m $((flows + 10000)))

mesh_make()
{
	mesh_write <<-END
	[Rule all]
	From = laptop
	To = any
	Allow = udp, tcp, ping
	END
}

# commits COUNT [OPTION]: at laptop, by netlink.
commits()
{
	at laptop "$here/netlink/commits" "${room[@]}" "${@:2}" wg0 "$1" \
		"${ip[laptop4]}" "${ip[laptop6]}" "${ip[web4]}" "${ip[web6]}" \
		"${ip[hub4]}" "${ip[hub6]}"
}

# fill NUMBER: so many established TCP flows with hub, which is down: WireGuard
# drops what laptop's ward has passed. The answers are never sent either, but
# the ward sees them.
fill()
{
	local family

	for family in 4 6; do
		inject_from laptop hub "$family" -p tcp -S 1024 -D 1000 \
			-f S -m -n $(($1 / 2))
		inject_from laptop hub "$family" -p tcp -S 1024 -D 1000 \
			-f SA -m -r -n $(($1 / 2))
	done
}

# ask NUMBER: a packet of each of them, half of them of the side that answered.
ask()
{
	inject_from laptop hub 4 -p tcp -S 1024 -D 1000 -f A -m -n $(($1 / 2))
	inject_from laptop hub 6 -p tcp -S 1024 -D 1000 -f A -m -r -n $(($1 / 2))
}

# flows_of NODE: how many.
flows_of()
{
	[[ $(ward "$1" status) =~ ([0-9]+)\ flows ]] && echo "${BASH_REMATCH[1]}"
}

whole()
{
	echo "sent $sent, received $received, answered $answered, errors $errors"
	cat "$dir/flow.$name.client"
	[ "$sent" -gt "$1" ] && [ "$errors" = 0 ] &&
		[ "$received" = "$sent" ] && [ "$answered" = "$sent" ]
}

# took WHAT COMMAND...: how long, as a remark.
took()
{
	local what=$1 start=${EPOCHREALTIME/[.,]/} status=0

	shift
	"$@" || status=$?
	echo "# $what took $(((${EPOCHREALTIME/[.,]/} - start) / 1000)) ms"
	return $status
}

setup
[ -x "$here/netlink/commits" ] || make -s -C "$here/netlink" ||
	skip "cannot build selftests/netlink"
plan 12
underlay hub web laptop
mesh_make
check "two nodes of three" apply web laptop
check "a first policy by netlink" commits 1
took "filling the table" fill "$flows"
full=$(flows_of laptop)
check_more "$flows flows are in the table" "$full" $((flows - 1))

flow_start udp4 udp laptop web 4 7000 500
flow_start udp6 udp laptop web 6 7001 200
flow_start tcp4 tcp laptop web 4 7002 100
start laptop ping -q -i 0.02 "${ip[web4]}" >"$dir/ping"
ping=$pid
nap 1
# Old flows are asked about again all the while.
start laptop "$inject" -i wg0 -s "${ip[laptop4]}" -d "${ip[hub4]}" -p tcp \
	-S 1024 -D 1000 -f A -m -n $((flows / 2))
asking=$pid
check "$count policies are committed" commits "$count"
sed 's/^/# /' "$dir/check"
nap 1
full=$(flows_of laptop)
check_more "the flows are there still" "$full" $((flows - 1))
kill "$asking" 2>/dev/null
wait "$asking"
drops_read laptop
check_equal "nothing was dropped" "" "${!drops[*]}"

check "another one cuts what is with hub" commits 1 -c
drops_read laptop
drops_keep
took "to ask all of it" ask "$flows"
drops_since laptop
check_equal "each of the flows is cut" "rule=$flows" "$dropped_since"
nap 1

for name in udp4 udp6 tcp4; do
	flow_stop "$name"
	check "$name loses nothing" whole 500
	sed 's/^/# /' "$dir/check"
done
kill -INT "$ping"
wait "$ping"
check "nor does an echo" grep -E '(^| )0% packet loss' "$dir/ping"
exit 0
