# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests share: results in TAP, namespaces with WireGuard between them
# made by the command from one mesh file, clients that count what they lose,
# and a look at the kernel's log when all is over. To be sourced.
#
# A test calls "plan N" first and exactly N checks after it. Two more follow
# at its end by themselves: the module unloads, and the log is clean.

# shellcheck disable=SC2034 # tests use what is set here

set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(dirname "$here")

# Exit status of a test that cannot run here.
KSFT_SKIP=4

# What has no business in the kernel's log.
log_bad='\] RIP:|Call Trace:|WARNING:|BUG:|Oops|general protection|KASAN:|UBSAN:'
log_bad+='|unreferenced object|ref_tracker|refcount_t:|Objects remaining'
log_bad+='|unregister_netdevice: waiting for|blocked for more than'
log_bad+='|possible recursive locking|circular locking|suspicious RCU usage'

### Results

checks=0
failures=0
planned=

# plan COUNT: how many checks are going to be made.
plan()
{
	planned=$(($1 + 2))
	echo 'TAP version 13'
	echo "1..$planned"
}

diagnose()
{
	sed 's/^/# /'
}

# result STATUS DESCRIPTION: reports a check; 0 is good.
result()
{
	checks=$((checks + 1))
	if [ "$1" = 0 ]; then
		echo "ok $checks - $2"
	else
		failures=$((failures + 1))
		echo "not ok $checks - $2"
	fi
	return "$1"
}

# check DESCRIPTION COMMAND...: the command has to succeed.
check()
{
	local what=$1 status=0

	shift
	"$@" >"$dir/check" 2>&1 || status=$?
	result $((status != 0)) "$what" && return
	{
		echo "$* ended with $status"
		head -n 40 "$dir/check"
	} | diagnose
}

# check_fails DESCRIPTION COMMAND...: the command has to fail.
check_fails()
{
	local what=$1 status=0

	shift
	"$@" >"$dir/check" 2>&1 || status=$?
	result $((status == 0)) "$what" && return
	{
		echo "$* succeeded"
		head -n 40 "$dir/check"
	} | diagnose
}

# check_equal DESCRIPTION EXPECTED SEEN
check_equal()
{
	local status=0

	[ "$2" = "$3" ] || status=1
	result "$status" "$1" && return
	printf 'expected: %s\nseen:     %s\n' "$2" "$3" | diagnose
}

# check_more DESCRIPTION MORE THAN: of two numbers.
check_more()
{
	local status=0

	[ "$2" -gt "$3" ] || status=1
	result "$status" "$1" && return
	echo "not more: $2 than $3" | diagnose
}

# check_skip DESCRIPTION REASON: a check that cannot be made here.
check_skip()
{
	checks=$((checks + 1))
	echo "ok $checks - $1 # SKIP $2"
}

# skip REASON: the whole test cannot be made here.
skip()
{
	[ -n "$planned" ] || echo 'TAP version 13'
	echo "1..0 # SKIP $*"
	planned=
	exit "$KSFT_SKIP"
}

### Setting up, cleaning up

dir=
ns=wgt$$-
mark=
loaded=
silence=
namespaces=()
background=()

# need PROGRAM...: skips the test without one of them.
need()
{
	local program

	for program in "$@"; do
		command -v "$program" >/dev/null || skip "no program $program"
	done
}

module_loaded()
{
	[ -d /sys/module/wgward ]
}

module_options=()

# module_load: the tree's own module, else the installed one.
module_load()
{
	local file=$tree/module/wgward.ko

	! module_loaded || return 0
	# What insmod does not load: WireGuard, and what the module itself needs.
	modprobe -qa wireguard nf_reject_ipv4 nf_reject_ipv6 || :
	if [ -e "$file" ]; then
		insmod "$file" "${module_options[@]}"
	else
		modprobe wgward "${module_options[@]}"
	fi
}

# module_unload: namespaces end in the background, so this may take a while.
module_unload()
{
	! module_loaded || wait_for 20 rmmod wgward
}

# setup: everything a test relies on, and that it goes away again.
setup()
{
	[ "$(id -u)" = 0 ] || skip "needs root"
	need ip wg nsenter
	command=$tree/tools/wgward
	[ -x "$command" ] || command=$(command -v wgward) ||
		skip "no wgward: run make tools"
	stream=$here/tools/stream
	inject=$here/tools/inject
	if ! [ -x "$stream" ] || ! [ -x "$inject" ]; then
		make -s -C "$here/tools" || skip "cannot build selftests/tools"
	fi
	dir=$(mktemp -d "${TMPDIR:-/tmp}/wgward.XXXXXX")
	mkfifo "$dir/silence"
	exec {silence}<>"$dir/silence"
	mesh=$dir/mesh.conf
	trap finish EXIT
	trap 'exit 130' INT TERM HUP
	mark="wgward test ${0##*/} $$ starts"
	echo "$mark" >/dev/kmsg
	taint=$(cat /proc/sys/kernel/tainted)
	if ! module_loaded; then
		module_load || skip "the module does not load"
		loaded=1
	fi
}

# log: the kernel's messages since the test began.
log()
{
	dmesg | sed "1,/$mark/d"
}

# log_clean: no splat, and no taint but that of a module from outside.
log_clean()
{
	local new=$(($(cat /proc/sys/kernel/tainted) & ~taint & ~(3 << 12)))

	! log | grep -E "$log_bad" || return 1
	[ "$new" = 0 ] && return
	echo "taint $new"
	return 1
}

background_end()
{
	local pid

	for pid in "${background[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${background[@]}"; do
		wait_for 2 dead "$pid" || kill -9 "$pid" 2>/dev/null
	done
	background=()
}

namespaces_delete()
{
	local name

	for name in "${namespaces[@]}"; do
		ip netns delete "$name" 2>/dev/null
	done
	namespaces=()
}

# finish: the end of every test, however it came to it.
finish()
{
	local status=$?

	trap - EXIT
	background_end
	namespaces_delete
	if [ -z "$planned" ]; then
		[ -z "$loaded" ] || module_unload
		rm -rf "$dir"
		exit "$status"
	fi
	if [ -n "$loaded" ]; then
		check "the module unloads" module_unload
	else
		check_skip "the module unloads" "it was loaded before"
	fi
	check "the kernel's log is clean" log_clean
	rm -rf "$dir"
	if [ "$checks" != "$planned" ]; then
		echo "# $checks checks, not $planned as planned"
		failures=$((failures + 1))
	fi
	# Without a number, exit in a trap takes the status from before it.
	exit $((failures != 0 || status != 0))
}

dead()
{
	! kill -0 "$1" 2>/dev/null
}

# nap SECONDS: as sleep, but no program is started: under emulation that takes
# longer than most naps.
nap()
{
	read -r -t "$1" -u "$silence" || :
}

# wait_for SECONDS COMMAND...: tries it until it succeeds.
wait_for()
{
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] || return 1
		nap 0.05
	done
}

### Namespaces and the wires between them

# Where a node is: "${ip[web4]}", "${ip[web6]}" within the mesh, and
# "${wire[web4]}" and "${wire[web6]}" below it.
declare -A ip wire
# What a mesh file says about a node beside its key and addresses.
declare -A says
declare -A public
nodes=()

# at NODE COMMAND...: in the node's network namespace.
at()
{
	local node=$1

	shift
	nsenter --net="/run/netns/$ns$node" -- "$@"
}

# start NODE COMMAND...: in the background, ended with the test; its process id
# is in $pid. Not by way of at: that would be the id of a shell.
start()
{
	local node=$1

	shift
	nsenter --net="/run/netns/$ns$node" -- "$@" </dev/null &
	pid=$!
	background+=("$pid")
}

# namespace NAME...
namespace()
{
	local name

	for name in "$@"; do
		echo "netns add $ns$name"
	done | ip -batch -
	namespaces+=("${@/#/$ns}")
	for name in "$@"; do
		ip -n "$ns$name" link set lo up
	done
}

# underlay NODE...: a namespace for each, all on one wire, and a key. May be
# called again for more.
underlay()
{
	local node

	if [ ! -e "/run/netns/${ns}wire" ]; then
		namespace wire
		ip -n "${ns}wire" link add wire type bridge mcast_snooping 0
		ip -n "${ns}wire" link set wire up
	fi
	namespace "$@"
	for node in "$@"; do
		echo "link add eth0 netns $ns$node type veth peer name $node netns ${ns}wire"
	done | ip -batch -
	for node in "$@"; do
		echo "link set $node master wire up"
	done | ip -n "${ns}wire" -batch -
	for node in "$@"; do
		nodes+=("$node")
		wire_up "$node" "${#nodes[@]}"
		(umask 077; wg genkey >"$dir/$node.key")
		public[$node]=$(wg pubkey <"$dir/$node.key")
	done
}

# wire_up NODE NUMBER: gives it the addresses that go with its number.
wire_up()
{
	ip["${1}4"]=10.10.0.$2
	ip["${1}6"]=fd00:10::$2
	wire["${1}4"]=192.0.2.$2
	wire["${1}6"]=2001:db8::$2
	ip -n "$ns$1" -batch - <<-END
	addr add ${wire[${1}4]}/24 dev eth0
	addr add ${wire[${1}6]}/64 dev eth0 nodad
	link set eth0 up
	END
}

# forwarding NODE: as a relay needs.
forwarding()
{
	at "$1" sysctl -q -w net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
}

### The mesh file and the command

# mesh_write: the file with all of $nodes, and what is on standard input, in
# $mesh. The endpoint of every third node is an IPv6 address.
mesh_write()
{
	local node endpoint number=0

	{
		printf '%s\n' '[Mesh]' 'Name = test' \
			'Network = 10.10.0.0/24, fd00:10::/64' \
			'ListenPort = 51820' "Default = ${fallback-deny}"
		for node in "${nodes[@]}"; do
			number=$((number + 1))
			endpoint=${wire[${node}4]}
			[ $((number % 3)) != 0 ] ||
				endpoint="[${wire[${node}6]}]"
			printf '%s\n' '' "[Node $node]" \
				"PublicKey = ${public[$node]}" \
				"Address = ${ip[${node}4]}, ${ip[${node}6]}" \
				"Endpoint = $endpoint" "${says[$node]-}"
		done
		echo
		cat
	} >"$mesh"
}

# ward NODE ARGUMENT...: the command, about that node's wg0.
ward()
{
	local node=$1

	shift
	"$command" -n "$ns$node" -i wg0 "$@"
}

# apply NODE...: brings them to $mesh, all at once.
apply()
{
	local node status=0
	local -A started=()

	for node in "$@"; do
		ward "$node" apply "$mesh" --key "$dir/$node.key" \
			>"$dir/apply.$node" 2>&1 &
		started[$node]=$!
	done
	for node in "$@"; do
		wait "${started[$node]}" && continue
		status=1
		echo "apply at $node:"
		cat "$dir/apply.$node"
	done
	return $status
}

### What a ward says

# The tables for people are read here, by the shell alone: jq would be started
# hundreds of times. That JSON says the same is tested with the command.

# state NODE: of its ward.
state()
{
	local json

	json=$(ward "$1" status -j) || return
	[[ $json =~ \"state\":\ *\"([a-z-]*)\" ]] && echo "${BASH_REMATCH[1]}"
}

# dropped NODE REASON: packets.
dropped()
{
	local reason passed number rest count=0

	while read -r reason passed number rest; do
		[ "$reason" != "$2" ] || count=$number
	done < <(ward "$1" show drops)
	echo "$count"
}

# hits NODE RULE: flows that it let in, or packets that it dropped.
hits()
{
	local rule action number rest count=0

	while read -r rule action number rest; do
		[ "$rule" != "$2" ] || count=$number
	done < <(ward "$1" show rules)
	echo "$count"
}

# dropped_by NODE REASON NUMBER: waits until so many were dropped.
dropped_by()
{
	wait_for 15 dropped_so_many "$@"
}

dropped_so_many()
{
	[ "$(dropped "$1" "$2")" -ge "$3" ]
}

# verdict NODE FROM TO SERVICE: "pass rule NAME" and the like.
verdict()
{
	local node=$1 code reason rule

	shift
	IFS=$'\t' read -r code reason rule \
		< <(ward "$node" explain - <<<"$*")
	echo "$code $reason $rule"
}

# changed NODE: whether another apply changes anything, "true" or "false".
changed()
{
	local json

	json=$(ward "$1" apply "$mesh" --key "$dir/$1.key" -j) || return
	[[ $json =~ \"changed\":\ *(true|false) ]] && echo "${BASH_REMATCH[1]}"
}

### Traffic

# serve NODE tcp|udp|sctp PORT: answers on both families until the test ends.
serve()
{
	server_start "$1" "$2" "$3" /dev/null
	background+=("$pid")
}

protocol_option()
{
	case $1 in
	tcp)	echo -t ;;
	sctp)	echo -c ;;
	esac
}

# server_start NODE PROTOCOL PORT FILE [OPTION...]: its id is in $pid.
server_start()
{
	local node=$1 protocol=$2 port=$3 file=$4

	shift 4
	# shellcheck disable=SC2046
	pid=$(at "$node" "$stream" receive -e -o "$file" \
		$(protocol_option "$protocol") "$@" :: "$port")
}

# reaches NODE PROTOCOL ADDRESS PORT [OPTION...]: an answer comes.
reaches()
{
	local node=$1 protocol=$2 address=$3 port=$4

	shift 4
	# shellcheck disable=SC2046
	at "$node" "$stream" send -n 1 -w 5000 \
		$(protocol_option "$protocol") "$@" "$address" "$port"
}

# blocked NODE PROTOCOL ADDRESS PORT [OPTION...]: no answer comes.
blocked()
{
	! reaches "$@" -w 700
}

# flow_start NAME PROTOCOL FROM TO FAMILY PORT RATE [OPTION...]: numbered
# messages from one node to another and back, until flow_stop.
flow_start()
{
	local name=$1 protocol=$2 from=$3 to=$4 family=$5 port=$6 rate=$7

	shift 7
	server_start "$to" "$protocol" "$port" "$dir/flow.$name.server" "$@"
	background+=("$pid")
	echo "$pid" >"$dir/flow.$name.pid"
	# shellcheck disable=SC2046
	start "$from" "$stream" send -r "$rate" -w 3000 \
		$(protocol_option "$protocol") "$@" "${ip[$to$family]}" \
		"$port" >"$dir/flow.$name.client" 2>/dev/null
	echo "$pid" >>"$dir/flow.$name.pid"
}

# The results of the flow that was stopped last.
sent=0 errors=0 answered=0 received=0 last=0

# flow_stop NAME: sets $sent, $errors, $answered, $received and $last, the time
# at which the youngest of the messages that arrived was sent.
flow_stop()
{
	local server client name value

	{ read -r server; read -r client; } <"$dir/flow.$1.pid"
	sent=0 errors=0 answered=0 received=0 last=0
	kill "$client" 2>/dev/null
	wait "$client" 2>/dev/null
	kill "$server" 2>/dev/null
	wait_for 15 dead "$server"
	while IFS='=' read -r name value; do
		declare -g "$name=$value"
	done < <(grep -o '\(sent\|errors\|answered\)=[0-9]*' \
			"$dir/flow.$1.client"
		grep -o '\(received\|last\)=[0-9]*' "$dir/flow.$1.server")
}

# now: the time that $last is of.
now()
{
	"$stream" now
}

### Looking at what a node's stack gets

# watch NODE NAME MATCH...: counts packets before they are delivered or
# forwarded, after the ward; the match is nft's.
watch()
{
	local node=$1 name=$2

	shift 2
	at "$node" nft -f - <<-END
	add table inet watch
	add chain inet watch pre { type filter hook prerouting priority -200; }
	add counter inet watch $name
	add rule inet watch pre $* counter name $name
	END
}

# watched NODE NAME: how many there were since the last look.
watched()
{
	[[ $(at "$1" nft reset counter inet watch "$2") =~ packets\ ([0-9]+) ]]
	echo "${BASH_REMATCH[1]}"
}
