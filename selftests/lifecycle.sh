#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A ward outlives its device: it waits by name and lets nothing through a
# device that comes back. Renaming, moving, deleting and unloading, at rest
# and under traffic, leave nothing open and nothing behind.

. "$(dirname "$0")/lib.sh"

mesh_make()
{
	mesh_write <<-END
	[Rule all]
	From = any
	To = any
	Allow = tcp/80, udp/7000-7009, ping
	END
}

# wg_by_hand NODE DEVICE: as wg-quick would, with all peers, without wgward.
wg_by_hand()
{
	local node=$1 device=$2 peer

	ip -n "$ns$node" link add "$device" type wireguard || return
	at "$node" wg set "$device" private-key "$dir/$node.key" \
		listen-port 51820
	for peer in "${nodes[@]}"; do
		[ "$peer" = "$node" ] ||
			at "$node" wg set "$device" peer "${public[$peer]}" \
				endpoint "${wire[${peer}4]}:51820" \
				allowed-ips "${ip[${peer}4]}/32,${ip[${peer}6]}/128"
	done
	ip -n "$ns$node" addr add "${ip[${node}4]}/24" dev "$device"
	ip -n "$ns$node" addr add "${ip[${node}6]}/64" dev "$device" nodad
	ip -n "$ns$node" link set "$device" up
}

# pings NODE PEER: both families.
pings()
{
	at "$1" ping -q -c 1 -W 15 "${ip[${2}4]}" &&
		at "$1" ping -q -c 1 -W 15 "${ip[${2}6]}"
}

# silent NODE PEER: nothing comes back, in neither direction and family, though
# WireGuard itself has shaken hands.
silent()
{
	local family probe probes=()

	wait_for 30 shaken "$1" "$2" || return
	for family in 4 6; do
		at "$1" ping -q -c 2 -i 0.2 -W 1 "${ip[${2}$family]}" &
		probes+=("$!")
		at "$2" ping -q -c 2 -i 0.2 -W 1 "${ip[${1}$family]}" &
		probes+=("$!")
	done
	for probe in "${probes[@]}"; do
		! wait "$probe" || return
	done
}

# shaken NODE OTHER: that nothing passes is not for want of a tunnel. OTHER has
# to notice first that its session is void.
shaken()
{
	at "$2" ping -q -c 1 -W 1 "${ip[${1}4]}"
	at "$1" wg show wg0 latest-handshakes |
		awk '$2 { shaken = 1 } END { exit !shaken }'
}

# state_of NODE NAME
state_of()
{
	local json

	json=$("$command" -n "$ns$1" -i "$2" status -j) || return
	[[ $json =~ \"state\":\ *\"([a-z-]*)\" ]] && echo "${BASH_REMATCH[1]}"
}

waits()
{
	[ "$(state "$1")" = waiting ]
}

generation_of()
{
	[[ $("$command" -n "$ns$1" -i "$2" status) =~ generation\ ([0-9]+) ]] &&
		echo "${BASH_REMATCH[1]}"
}

# renamed NODE OLD NEW: as people do it, down and up again.
renamed()
{
	ip -n "$ns$1" link set "$2" down &&
		ip -n "$ns$1" link set "$2" name "$3" &&
		ip -n "$ns$1" link set "$3" up &&
		ip -n "$ns$1" addr replace "${ip[${1}6]}/64" dev "$3" nodad
}

unload_refused()
{
	! rmmod wgward && module_loaded
}

references()
{
	[ "$(cat /sys/module/wgward/refcnt)" = "$1" ]
}

# nothing_left: of the module's in the kernel.
nothing_left()
{
	local cache

	# A link is the name of a cache that was merged with others; the
	# kernel keeps it.
	for cache in /sys/kernel/slab/wgward*; do
		[ ! -d "$cache" ] || [ -L "$cache" ] || return
	done
	! module_loaded && ! grep '^wgward' /proc/slabinfo &&
		! grep wgward /proc/kallsyms
}

# pairs: what the module says that it made, it says it took away, too.
pairs()
{
	log | sed -n 's/.*wgward: //p' | awk '
	/ created$/ { created++ }
	/ (destroyed|freed)$/ { destroyed++ }
	/ bound$/ { bound++ }
	/ unbound$/ { unbound++ }
	END {
		print created, destroyed, bound, unbound
		exit !(created && created == destroyed && bound == unbound)
	}'
}

### Traffic that goes on while things are taken away under it

# flood FROM TO FAMILY: is let through where there is a policy.
flood()
{
	start "$1" "$stream" send -r 300 -w 0 "${ip[$2$3]}" 7000 \
		>/dev/null 2>&1
	floods+=("$pid")
}

floods_start()
{
	floods=()
	flood web laptop 4
	flood web laptop 6
	flood laptop web 4
}

floods_end()
{
	kill "${floods[@]}" 2>/dev/null
	wait "${floods[@]}" 2>/dev/null
}

# Dumps, one after the other.
dump_often()
{
	while :; do
		ward laptop show flows -j
		ward laptop status -j
		ward laptop show nodes -j
	done >/dev/null 2>&1
}

# often NUMBER COMMAND...: until it fails.
often()
{
	local i number=$1

	shift
	for ((i = 0; i < number; i++)); do
		"$@" || return
	done
}

recreated()
{
	ip -n "${ns}laptop" link del wg0 && wg_by_hand laptop wg0
}

renamed_twice()
{
	renamed laptop wg0 wg9 && renamed laptop wg9 wg0
}

detached_and_attached()
{
	ward laptop detach && apply laptop
}

reloaded()
{
	rmmod wgward && module_load
}

# delivered NODE: how many of the flood's packets, in half a second.
delivered()
{
	watched "$1" flood >/dev/null
	nap 0.5
	watched "$1" flood
}

need ping nft
module_options=(dyndbg=+p)
setup
plan 49
underlay web laptop
namespace other
mesh_make
check "two nodes" apply web laptop
serve web udp 7000
serve laptop udp 7000
serve laptop tcp 22
watch laptop flood iifname '"wg*"' udp dport 7000
watch laptop wireguard udp dport 51820
check "they reach one another" pings laptop web
check "the module stays while a ward exists" unload_refused

# Deleted, and made by hand.
ip -n "${ns}laptop" link del wg0
check_equal "without its device the ward waits" waiting "$(state laptop)"
check "a new one is made by hand, with all peers" wg_by_hand laptop wg0
check "nothing passes it" silent laptop web
check_equal "as there is no policy" no-policy "$(state laptop)"
check_more "packets were dropped for that" \
	"$(dropped laptop no-policy)" 7
check "the next apply opens it" apply laptop
check "they reach one another again" pings laptop web

# Another device is given that name.
ip -n "${ns}laptop" link del wg0
check "one by another name is made by hand" wg_by_hand laptop wg7
check "nobody judges that" pings laptop web
check "it is renamed to the ward's name" renamed laptop wg7 wg0
check "nothing passes it any more" silent laptop web
check_equal "as there is no policy again" no-policy "$(state laptop)"
check "the next apply opens it, too" apply laptop
check "they reach one another once more" pings laptop web

# Renamed away, the ward goes with its device.
generation=$(generation_of laptop wg0)
check "wg0 becomes wg5" renamed laptop wg0 wg5
check_equal "the ward enforces there" enforcing "$(state_of laptop wg5)"
check_equal "the same policy" "$generation" \
	"$(generation_of laptop wg5)"
check_fails "there is no ward wg0 now" state_of laptop wg0
check "what is allowed passes" pings laptop web
check "what is not, does not" blocked web tcp "${ip[laptop4]}" 22
check "it becomes wg0 again" renamed laptop wg5 wg0
check_equal "with its ward" enforcing "$(state laptop)"

# Moved to another namespace, which has no ward.
ip -n "${ns}laptop" link set wg0 netns "${ns}other"
check_equal "the ward waits where it was" waiting "$(state laptop)"
ip -n "${ns}other" -batch - <<-END
addr add ${ip[laptop4]}/24 dev wg0
addr add ${ip[laptop6]}/64 dev wg0 nodad
link set wg0 up
END
check "in the other namespace nobody judges the device" pings other web
check_equal "and there is no ward" unwarded "$(state other)"
ip -n "${ns}other" link del wg0
check "the next apply makes a new device" apply laptop
check "they reach one another as before" pings laptop web

# The same under traffic, in both directions and families.
floods_start
nap 0.5
check_more "a flood is let through" "$(delivered laptop)" 100
check "the device is deleted and made five times under it" \
	often 5 recreated
check_equal "nothing of the flood passes it" 0 "$(delivered laptop)"
check_more "though WireGuard gets it" "$(watched laptop wireguard)" 100
check "apply under the flood" apply laptop
check_more "now it passes" "$(delivered laptop)" 100
check "ten times renamed to and fro under it" often 10 renamed_twice
check_equal "the ward enforces" enforcing "$(state laptop)"
check "three times detached and attached under it" \
	often 3 detached_and_attached
ward web detach >/dev/null
ward laptop detach >/dev/null
check "three times unloaded and loaded under it" often 3 reloaded
check_equal "it goes on without the module's doing" yes \
	"$([ "$(delivered laptop)" -gt 100 ] && echo yes)"
check "applied once more under it" apply web laptop
dump_often &
dumps=$!
background+=("$dumps")
kill "${floods[2]}"
wait "${floods[2]}" 2>/dev/null
ip netns pids "${ns}laptop" | xargs -r kill 2>/dev/null
check "there are two wards" references 2
ip netns delete "${ns}laptop"
check "a namespace ends under the flood, and under dumps" \
	wait_for 20 references 1
check "the dumps went on meanwhile" kill "$dumps"
ip -n "${ns}web" link del wg0
check "as does the device of the other" wait_for 15 waits web
floods_end
background_end
namespaces_delete
check "the module unloads once the namespaces are gone" module_unload
check "nothing is left of it in the kernel" nothing_left
if grep -q wgward <(log); then
	check "all that it made it took away" pairs
else
	check_skip "all that it made it took away" "no dynamic debug"
fi
exit 0
