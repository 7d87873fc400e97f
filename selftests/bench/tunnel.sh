# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Three namespaces for a benchmark: one and three have a tunnel to two, and
# traffic goes there. One and two enforce, on wg0; three does not, so that two
# refuses what it sends. To be sourced.

declare -A address=([one]=10.0.0.1 [two]=10.0.0.2 [three]=10.0.0.3)
declare -A device=([one]=wg0 [two]=wg0 [three]=wg1)

# at NODE COMMAND...: in its namespace.
at()
{
	local node=$1

	shift
	nsenter --net="/run/netns/$node" -- "$@"
}

# wire NODE NUMBER: a cable to two.
wire()
{
	ip link add eth0 netns "$1" type veth peer name "$1" netns two
	at "$1" ip addr add "192.0.2.$2/30" dev eth0
	at two ip addr add "192.0.2.$(($2 + 1))/30" dev "$1"
	at "$1" ip link set eth0 up
	at two ip link set "$1" up
}

# peer NODE OTHER ENDPOINT
peer()
{
	at "$1" wg set "${device[$1]}" peer "$(wg pubkey <"/run/$2.key")" \
		allowed-ips "${address[$2]}/32" endpoint "$3:51820"
}

# tunnel: makes all of it.
tunnel()
{
	local node

	for node in one two three; do
		ip netns add "$node"
		(umask 077; wg genkey >"/run/$node.key")
		at "$node" ip link set lo up
		at "$node" ip link add "${device[$node]}" type wireguard
		at "$node" wg set "${device[$node]}" listen-port 51820 \
			private-key "/run/$node.key"
	done
	wire one 1
	wire three 5
	peer one two 192.0.2.2
	peer three two 192.0.2.6
	peer two one 192.0.2.1
	peer two three 192.0.2.5
	for node in one two three; do
		at "$node" ip addr add "${address[$node]}/24" dev "${device[$node]}"
		at "$node" ip link set "${device[$node]}" up
	done
}
