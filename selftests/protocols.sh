#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Flows of each kind are cut at their next packet in either direction when
# rules, groups, routes, nodes or the default change, and the same kinds with
# another node lose nothing.

. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/tools/lib.sh
. "$here/tools/lib.sh"

kinds='udp/7000, tcp/7001, sctp/9, ping, gre'

rule_kept="[Rule kept]
From = laptop
To = hub
Allow = $kinds
"
rule_cut="[Rule cut]
From = staff
To = offices
Allow = $kinds
"
rule_deny="[Rule deny]
From = laptop
To = web
Deny = any
"

# mesh_make RULES GROUPS-OF-LAPTOP GROUPS-OF-WEB ROUTES-OF-WEB ROUTES-OF-HUB
mesh_make()
{
	says[laptop]="Groups = $2"
	says[web]="Groups = $3
RouteGroups = yes${4:+
Routes = $4}"
	says[hub]="Groups = nobody${5:+
Routes = $5}"
	# No group is without a node.
	says[db]='Groups = staff, offices'
	mesh_write <<<"$1"
}

lan=192.168.7.0/24,fd00:7::/64

first_rules=$rule_kept$rule_cut
first_default=deny

all_allowed()
{
	fallback=$first_default nodes=(hub web laptop db)
	mesh_make "$first_rules" staff offices "$lan" ''
}

# peer NAME FAMILY
peer()
{
	case $1$2 in
	lan4)	echo 192.168.7.9 ;;
	lan6)	echo fd00:7::9 ;;
	*)	echo "${ip[$1$2]}" ;;
	esac
}

# packets FAMILY PEER NODE start|on ARGUMENT...: one of each kind between laptop
# and the peer, that the node sends; with -r, the answers.
packets()
{
	local family=$1 peer=$2 node=$3 echo=8 flags=A chunk=0

	[ "$4" = on ] || flags=S chunk=1
	[ "$family" = 4 ] || echo=128
	shift 4
	if [ $# -gt 0 ]; then
		# Of an echo, the type is where others have a port.
		echo=$((family == 4 ? 0 : 129))
		[ "$flags" = A ] || flags=SA chunk=2
	fi
	set -- -i wg0 -s "${ip[laptop$family]}" -d "$(peer "$peer" "$family")" \
		-S 6000 -l 16 "$@"
	at "$node" "$inject" "$@" -D 7000
	at "$node" "$inject" "$@" -D 7001 -p tcp -f "$flags"
	at "$node" "$inject" "$@" -D 9 -p 132 -C "$chunk"
	at "$node" "$inject" "$@" -p 47
	[ "$node" = laptop ] || set -- -i wg0 -s "$(peer "$peer" "$family")" \
		-d "${ip[laptop$family]}" -l 16
	at "$node" "$inject" "$@" -p icmp -T "$echo" -I 77
}

# ask FAMILY PEER start|on: laptop does, hub and the peer.
ask()
{
	packets "$1" hub laptop "$3"
	packets "$1" "$2" laptop "$3"
}

# answer FAMILY PEER start|on: they do.
answer()
{
	packets "$1" hub hub "$3" -r
	packets "$1" "$2" web "$3" -r
}

# cut_by WHAT PEER FATE-OF-ASKED FATE-OF-ANSWERS COMMAND...: flows with the peer
# and with hub begin; the command makes another mesh file; laptop gets it.
cut_by()
{
	local what=$1 peer=$2 asked=$3 answered=$4 family

	shift 4
	all_allowed
	check "at first all is allowed" apply laptop
	for family in 4 6; do
		check "IPv$family: what laptop asks is sent" \
			fate laptop hub 5 ask "$family" "$peer" start
		check "IPv$family: answers come" \
			fate laptop laptop 10 answer "$family" "$peer" start
	done
	"$@"
	check "$what" apply laptop
	for family in 4 6; do
		check "IPv$family: nothing goes to $peer, all to hub" \
			fate laptop hub "5 $asked" ask "$family" "$peer" on
		check "IPv$family: nothing comes from $peer, all from hub" \
			fate laptop laptop "5${answered:+ $answered}" \
			answer "$family" "$peer" on
	done
}

default_denies()
{
	fallback=deny
	mesh_make "$rule_kept" staff offices "$lan" ''
}

web_retires()
{
	nodes=(hub laptop db)
	mesh_make "$rule_kept" staff offices '' ''
}

# detach NODE...
detach()
{
	local node

	for node in "$@"; do
		ward "$node" detach || return
	done
}

need nft
setup
plan $((2 + 7 * 10))
underlay hub web laptop db
all_allowed
check "three nodes" apply hub web laptop
for node in hub web laptop; do
	watch "$node" made iifname wg0
	# No answer but those that are made here.
	at "$node" nft add rule inet watch pre iifname wg0 drop
done
check "hub and web stop enforcing" detach hub web

cut_by "the rule goes" web default=5 default=5 \
	mesh_make "$rule_kept" staff offices "$lan" ''
# An answer without a flow would start one; TCP and SCTP tell that they answer.
cut_by "a denying rule comes" web rule=5 'default=3 rule=2' \
	mesh_make "$rule_kept$rule_cut$rule_deny" staff offices "$lan" ''
cut_by "laptop leaves its group" web default=5 default=5 \
	mesh_make "$rule_kept$rule_cut" others offices "$lan" ''
cut_by "web leaves its group" lan default=5 default=5 \
	mesh_make "$rule_kept$rule_cut" staff others "$lan" ''
# WireGuard no longer takes from web what is hub's.
cut_by "a network moves to hub" lan default=5 '' \
	mesh_make "$rule_kept$rule_cut" staff offices '' "$lan"
cut_by "web retires" web unowned=5 '' web_retires

# The default allows what rules do not name, and then it does not.
first_rules=$rule_kept first_default=allow
cut_by "the default denies" web default=5 default=5 default_denies
exit 0
