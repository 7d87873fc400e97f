#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# apply refuses to cut the SSH session that it is said in, and nothing else.

. "$(dirname "$0")/lib.sh"

# mesh_make WHO SERVICE: may reach web.
mesh_make()
{
	mesh_write <<-END
	[Rule ssh]
	From = $1
	To = web
	Allow = $2

	[Rule ping]
	From = any
	To = any
	Allow = ping
	END
}

# The session of who is at laptop and works at web; by default within the mesh.
client=
server=

# said COMMAND...: at web, in the session.
said()
{
	SSH_CONNECTION="$client 40000 $server 22" "$command" -n "${ns}web" \
		-i wg0 "$@"
}

# said_by_sudo COMMAND...: which does not pass the environment on.
said_by_sudo()
{
	SSH_CONNECTION="$client 40000 $server 22" bash -c 'env -i "$@"; exit' \
		- "$command" -n "${ns}web" -i wg0 "$@"
}

try()
{
	said apply "$mesh" --key "$dir/web.key" "$@"
}

generation()
{
	local json

	json=$(ward web status -j) || return
	[[ $json =~ \"generation\":\ *([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# refused TEXT COMMAND...: for the reason that it names, and nothing changes.
refused()
{
	local text=$1 status=0 before

	shift
	before=$(generation)
	"$@" >"$dir/refused" 2>&1 || status=$?
	cat "$dir/refused"
	[ "$status" = 1 ] && grep -q -- "$text" "$dir/refused" &&
		grep -q -e '--confirm' "$dir/refused" &&
		[ "$before" = "$(generation)" ]
}

start_over()
{
	nodes=(web laptop db)
	mesh_make laptop tcp/22
	apply web
}

setup
plan 27
underlay web laptop db
mesh_make laptop tcp/22
check "three nodes" apply web laptop db
for family in 4 6; do
	client=${ip[laptop$family]}
	server=${ip[web$family]}
	mesh_make laptop tcp/80
	check "IPv$family: a rule that goes" refused "the rules refuse it" try
	check "IPv$family: sudo does not hide it" refused "rules refuse" \
		said_by_sudo apply "$mesh" --key "$dir/web.key"
	mesh_make any tcp/22-23
	check "IPv$family: one that still allows it is fine" try
	start_over
done
client=${ip[laptop4]}
server=${ip[web4]}

mesh_make laptop tcp/80
said plan "$mesh" --key "$dir/web.key" >"$dir/plan" 2>&1
check "plan warns" grep -q "cuts the SSH session from $client" "$dir/plan"
said apply "$mesh" --key "$dir/web.key" --dry-run >"$dir/plan" 2>&1
check "so does a dry run" grep -q "cuts the SSH session" "$dir/plan"
check "--confirm comes back anyway" try --confirm 60
check_equal "the rule is gone" "drop default -" \
	"$(verdict web "${ip[laptop4]}" "${ip[web4]}" tcp/22)"
ward web rollback >"$dir/plan" 2>&1
check "--force means it" try --force
start_over

nodes=(web db)
mesh_make any tcp/22
check "a peer that goes" refused "does not have its address" try
nodes=(web laptop db)
was=${ip[laptop4]}
ip[laptop4]=10.10.0.99
says[db]="Routes = $was/32"
mesh_make any,10.10.0.0/24 tcp/22
check "an address that goes to another peer" \
	refused "does not have its address" try
says[db]=''
ip[laptop4]=$was
ip[web4]=10.10.0.98
mesh_make any tcp/22
check "this node's address" refused "address that goes" try
ip[web4]=$server

# What comes another way is none of its business unless it would be led here.
mesh_make laptop tcp/80
for family in 4 6; do
	client=${wire[laptop$family]}
	server=${wire[web$family]}
	check "IPv$family: a session that comes another way is let alone" try
	start_over
	says[db]="Routes = $client/$([ "$family" = 4 ] && echo 32 || echo 128)"
	mesh_make any,"${says[db]#Routes = }" tcp/22
	check "IPv$family: a route that its answers would take" \
		refused "answers would leave through" try
	says[db]="Routes = $([ "$family" = 4 ] && echo 192.0.0.0/16 ||
		echo 2001:db8::/32)"
	mesh_make any,"${says[db]#Routes = }" tcp/22
	check "IPv$family: one that they would not" try
	says[db]=''
	start_over
done

# Before there is an interface, the network of the mesh may be such a route.
ward web down >"$dir/down" 2>&1
client=10.10.0.77
server=${wire[web4]}
ip -n "${ns}web" route add 10.0.0.0/8 dev eth0
mesh_make any tcp/22
said apply "$mesh" --key "$dir/web.key" >"$dir/refused" 2>&1
check_equal "a first apply that takes its answers is refused" 1 $?
check "as is said" grep -q 'answers would leave through' "$dir/refused"
check_fails "and makes nothing" ip -n "${ns}web" link show wg0
ip -n "${ns}web" route del 10.0.0.0/8
start_over
client=10.10.0.2
server=10.10.0.3
mesh_make laptop tcp/80
check "one that is not to this machine is let alone" try
start_over
client=fd00:10::2
server=fd00:10::3
mesh_make laptop tcp/80
check "be it IPv6" try
start_over
client='::1%lo'
check "and so is what is no session" try
exit 0
