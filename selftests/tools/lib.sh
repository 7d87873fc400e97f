# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests that make packets by hand: what became of each of them. To be
# sourced after ../lib.sh.

# shellcheck disable=SC2154 # set there

declare -A drops before

# drops_read NODE: what its ward has dropped, by reason, in $drops.
drops_read()
{
	local reason passed count rest

	drops=()
	# shellcheck disable=SC2034
	while read -r reason passed count rest; do
		case $count in
		''|0|*[!0-9]*) ;;
		*)	drops[$reason]=$count ;;
		esac
	done < <(ward "$1" show drops)
}

# drops_since NODE: what was added to $before, as "REASON=COUNT ..." in order
# of the reasons, in $dropped_since.
drops_since()
{
	local reason list=()

	drops_read "$1"
	for reason in "${!drops[@]}"; do
		[ "${drops[$reason]}" = "${before[$reason]-0}" ] ||
			list+=("$reason=$((${drops[$reason]} - ${before[$reason]-0}))")
	done
	dropped_since=$(printf '%s\n' "${list[@]}" | sort | paste -sd ' ')
}

# fate JUDGE WATCHER FATE COMMAND...: what becomes of the packets that the
# command makes. FATE is how many of them reach the counter "made" at WATCHER,
# which is behind its ward, and what JUDGE's ward drops: "2 default=1". Waits
# until it is so; what else was dropped there is not forgiven.
fate()
{
	fate_begin "$1" "$2"
	fate_next "$@"
}

# fate_begin JUDGE WATCHER: forgets what was before.
fate_begin()
{
	watched "$2" made >/dev/null
	drops_read "$1"
	drops_keep
}

drops_keep()
{
	local reason

	before=()
	for reason in "${!drops[@]}"; do
		before[$reason]=${drops[$reason]}
	done
}

# fate_next: as fate, right after another one of the same nodes. What came too
# late for that one counts here.
fate_next()
{
	local judge=$1 watcher=$2 expected=$3 delivered=0 seen dropped_since

	shift 3
	"$@"
	if wait_for "${fate_wait-8}" fate_seen; then
		drops_keep
		return
	fi
	echo "expected: $expected"
	echo "seen:     $seen"
	fate_begin "$judge" "$watcher"
	return 1
}

fate_seen()
{
	drops_since "$judge"
	delivered=$((delivered + $(watched "$watcher" made)))
	seen="$delivered${dropped_since:+ $dropped_since}"
	[ "$seen" = "$expected" ]
}

# inject_from FROM TO FAMILY ARGUMENT...: a packet into the tunnel.
inject_from()
{
	local from=$1 to=$2 family=$3

	shift 3
	at "$from" "$inject" -i wg0 -s "${ip[$from$family]}" \
		-d "${ip[$to$family]}" "$@"
}

# link_of NODE DEVICE WHAT: what "ip link" says behind that word.
link_of()
{
	ip -n "$ns$1" -o link show "$2" | sed -n "s|.* $3 \([^ ]*\).*|\1|p"
}

# lan_make NODE [MTU]: a network behind the node, with the host "lan" in it.
lan_make()
{
	local node=$1 mtu=${2-1500}

	namespace lan
	ip link add eth0 netns "${ns}lan" type veth \
		peer name lan0 netns "$ns$node"
	ip -n "${ns}lan" -batch - <<-END
	addr add 192.168.7.2/24 dev eth0
	addr add fd00:7::2/64 dev eth0 nodad
	link set eth0 mtu $mtu up
	route add default via 192.168.7.1
	route add default via fd00:7::1
	END
	ip -n "$ns$node" -batch - <<-END
	addr add 192.168.7.1/24 dev lan0
	addr add fd00:7::1/64 dev lan0 nodad
	link set lan0 mtu $mtu up
	END
	ip[lan4]=192.168.7.2
	ip[lan6]=fd00:7::2
	lan_hardware=$(link_of "$node" lan0 link/ether)
}

# inject_lan TO FAMILY ARGUMENT...: a packet from the LAN, to be forwarded.
inject_lan()
{
	local to=$1 family=$2

	shift 2
	at lan "$inject" -i eth0 -a "$lan_hardware" -s "${ip[lan$family]}" \
		-d "${ip[$to$family]}" "$@"
}
