#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A machine that comes up without the module has no interface; or one for those
# only whom Rescue names, over which nothing is forwarded, until there is the
# module again.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tools/machine.sh
. "$here/tools/machine.sh"

# mesh_with LINE: web's file, which has this line in [Mesh].
mesh_with()
{
	mesh_write <<-END
	[Rule shell]
	From = admins
	To = web
	Allow = tcp/22, ping

	[Rule lan]
	From = admins
	To = 192.168.7.0/24
	Allow = udp/53
	END
	sed -i "s/^Default = .*/&\n$1/" "$mesh"
	cp "$mesh" "$etc/wg0.conf"
}

# peer NODE: a plain WireGuard interface with web for a peer, as there is no
# module. It sends web's LAN through it.
peer()
{
	ip -n "$ns$1" link add wg0 type wireguard
	at "$1" wg set wg0 listen-port 51820 private-key "$dir/$1.key" \
		peer "${public[web]}" endpoint "${wire[web4]}:51820" \
		allowed-ips "${ip[web4]},${ip[web6]},192.168.7.0/24,fd00:7::/64"
	ip -n "$ns$1" -batch - <<-END
	addr add ${ip[${1}4]}/24 dev wg0
	addr add ${ip[${1}6]}/64 dev wg0 nodad
	link set wg0 up
	route add 192.168.7.0/24 dev wg0
	route add fd00:7::/64 dev wg0
	END
}

# lan_make: a machine behind web, and web forwards.
lan_make()
{
	namespace lan
	ip -n "${ns}web" link add lan type veth peer name eth0 netns "${ns}lan"
	ip -n "${ns}web" -batch - <<-END
	addr add 192.168.7.1/24 dev lan
	addr add fd00:7::1/64 dev lan nodad
	link set lan up
	END
	ip -n "${ns}lan" -batch - <<-END
	addr add 192.168.7.2/24 dev eth0
	addr add fd00:7::2/64 dev eth0 nodad
	link set eth0 up
	route add default via 192.168.7.1
	route add default via fd00:7::1
	END
	forwarding web
}

# pings NODE ADDRESS
pings()
{
	at "$1" ping -q -c 1 -W 5 "$2"
}

silent()
{
	! at "$1" ping -q -c 1 -W 1 "$2"
}

tables()
{
	at web nft list tables
}

# peers_are KEY...: of web's interface.
peers_are()
{
	at web wg show wg0 peers
	[ "$(at web wg show wg0 peers)" = "$*" ]
}

allowed_are()
{
	at web wg show wg0 allowed-ips
	[ "$(at web wg show wg0 allowed-ips | cut -f 2)" = "$*" ]
}

# field NAME: of web's status in JSON.
field()
{
	web status -j | jq -c ".$1"
}

# endpoint_is ADDRESS: of laptop, at web.
endpoint_is()
{
	at web wg show wg0 endpoints
	at web wg show wg0 endpoints | grep -qF "$1"
}

need unshare pgrep ps jq nft
! modprobe -n -q wgward || skip "the module is installed, so it is never missing"
setup
[ -n "$loaded" ] || skip "the module is loaded already"
module_unload || skip "the module does not unload"
plan 49
says[laptop]=$'Groups = admins\nRoutes = 192.168.9.0/24'
says[db]='Groups = servers'
underlay web laptop db
machine_make
lan_make
peer laptop
peer db
serve web tcp 22
serve web tcp 23
boot

# Without Rescue.
mesh_with 'MTU = 1400'
check "apply needs the module" \
	said 'module is not loaded' 1 web apply
check "at boot, too" said 'module is not loaded' 1 web apply --last-good
check "there is no interface" no_interface
check_equal "nor a table of nftables" '' "$(tables)"
check "status has nothing to say but that" said 'module is not loaded' 1 \
	web status

# With it.
mesh_with 'Rescue = admins'
check "who says apply is there, and needs no rescue" \
	said 'module is not loaded' 1 web apply
check "there is no interface" no_interface
check "at boot there is a rescue" said 'UNENFORCED.* laptop$' 0 \
	web apply --last-good
check "those of the group are peers, and nobody else" \
	peers_are "${public[laptop]}"
check "with their addresses, and nothing behind them" \
	allowed_are "${ip[laptop4]}/32 ${ip[laptop6]}/128"
check_equal "nor is there a route" '' \
	"$(ip -n "${ns}web" route show proto 87)"
# As if its name had led nowhere then.
at web wg set wg0 peer "${public[laptop]}" remove
at web wg set wg0 peer "${public[laptop]}" \
	allowed-ips "${ip[laptop4]}/32,${ip[laptop6]}/128"
check "names are looked up again" web refresh
check "and found" endpoint_is "${wire[laptop4]}:51820"
check "who is to help comes in" reaches laptop tcp "${ip[web4]}" 22
check "with IPv6" reaches laptop tcp "${ip[web6]}" 22
check "whatever the rules say" reaches laptop tcp "${ip[web4]}" 23
check "the others do not" silent db "${ip[web4]}"
check "nor with IPv6" silent db "${ip[web6]}"
for address in 192.168.7.2 fd00:7::2; do
	check "nothing is forwarded to $address" silent laptop "$address"
done
for address in "${ip[laptop4]}" "${ip[laptop6]}"; do
	check "nor out to $address" silent lan "$address"
done
check "status says UNENFORCED" said UNENFORCED 0 web status
check "and that nothing is forwarded" grep 'nothing is forwarded' "$dir/said"
check "without the interface's name as well" said 'wg0: UNENFORCED' 0 \
	on "$command" status
check_equal "JSON says so" 'false true' "$(field enforced) $(field rescue)"
check "it is there already, if that is said again" \
	said 'there is an interface wg0' 1 web apply --last-good
check "and stays" reaches laptop tcp "${ip[web4]}" 22

# Who takes the table away forwards again, which shows that it was that.
on nft delete table inet wgward-rescue-wg0
check "without the table, it is forwarded" pings laptop 192.168.7.2
check "which status says" said FORWARDED 0 web status

# The end: without the module, or by it.
check "down" web down
check "there is no interface" no_interface
check_equal "nor a table" '' "$(tables)"
module_load
check "down once more has nothing to do" said 'nothing to remove' 0 web down
module_unload
check "a rescue once more" web apply --last-good
check "laptop comes in" wait_for 60 pings laptop "${ip[web4]}"
check "it forwards nothing" silent laptop 192.168.7.2
check "somebody helps with the module" module_load
check "status still says UNENFORCED" said UNENFORCED 0 web status
check "apply" web apply
check_equal "there is a policy in force" enforcing "$(state web)"
check_equal "and no table" '' "$(tables)"
check_equal "and no rescue" 'true false' "$(field enforced) $(field rescue)"
check "laptop may still" reaches laptop tcp "${ip[web4]}" 22
check "but only so" blocked laptop tcp "${ip[web4]}" 23
check "db is a peer" said "${public[db]}" 0 at web wg show wg0 peers
web down >"$dir/down"
module_unload
mesh_with 'Rescue = servers'
web apply --last-good >"$dir/apply" 2>&1
check "the last good file is meant, whatever is newer" \
	peers_are "${public[laptop]}"
web down >"$dir/down"
rm "$etc/wg0.key"
check "without a key there is no rescue" said 'no private key' 1 \
	web apply --last-good
check "and no interface" no_interface
exit 0
