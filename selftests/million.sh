#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# As many flows as root may ask for: they fit, take little memory each, are
# told and ended by service, and leave nothing behind when their time is up.
# COUNT=1000000 for a million.

. "$(dirname "$0")/lib.sh"

count=${COUNT-300000}
# Of those, the ones to the second port; see tools/flood.c.
second=$((count < 2 * 64536 ? count - 64536 : 64536))

mesh_make()
{
	fallback=$(printf 'deny\n%s' "$1") mesh_write <<-END
	[Rule out]
	From = laptop
	To = web
	Allow = udp
	END
}

kept()
{
	ward laptop status -j | jq .flows
}

none_kept()
{
	[ "$(kept)" = 0 ]
}

# free: kilobytes that nothing uses.
free()
{
	local name value rest

	while read -r name value rest; do
		[ "$name" != MemFree: ] || echo "$value"
	done </proc/meminfo
}

# flow_memory: bytes of the slabs that flows are in, which others may share.
flow_memory()
{
	local cache=/sys/kernel/slab/wgward_flow number rest order

	[ -e "$cache/slabs" ] || { echo 0; return; }
	read -r number rest <"$cache/slabs"
	read -r order <"$cache/order"
	echo $((number * 4096 << order))
}

# table_memory: bytes of the table, which grows when it is three quarters full.
table_memory()
{
	local places=1

	while [ $((places * 3 / 4)) -lt "$count" ]; do
		places=$((places * 2))
	done
	echo $((places * 8))
}

# large_tables: how many hash tables there are that do not fit a few pages; of
# those of less than 4 MiB, not all can be seen.
large_tables()
{
	local size what count=0

	while read -r _ size what; do
		[[ $what != *bucket_table_alloc* || $size -lt 1000000 ]] ||
			count=$((count + 1))
	done </proc/vmallocinfo
	echo "$count"
}

# shrunk LIMIT TABLES: what flows take is below the limit, that of tables, too.
shrunk()
{
	[ "$(flow_memory)" -le "$1" ] && [ "$(large_tables)" -le "$2" ]
}

milliseconds()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# timed DESCRIPTION COMMAND...: says how long it took.
timed()
{
	local what=$1 begun

	shift
	begun=$(milliseconds)
	"$@"
	echo "# $what: $(($(milliseconds) - begun)) ms"
}

# into FILE ARGUMENT...: what the command says.
into()
{
	local file=$dir/$1

	shift
	ward laptop "$@" >"$file"
}

need jq tc
setup
[ -x "$here/tools/flood" ] || make -s -C "$here/tools"
plan 14
underlay web laptop
mesh_make 'Timeouts = udp-new 600'
check "a node" apply laptop
# They are judged, but what WireGuard does with them takes longer than that. To
# drop them would be an error to who sends; to trap them is none.
modprobe -qa sch_ingress cls_matchall act_gact
at laptop tc qdisc add dev wg0 clsact &&
	at laptop tc filter add dev wg0 egress matchall action trap ||
	echo "# without tc, this takes a while"
timed "a ward full of flows" at laptop "$here/tools/flood" wg0 \
	"${ip[laptop4]}" "${ip[web4]}" 1000
ward laptop flows flush -j >/dev/null

mesh_make "Timeouts = udp-new 600
MaxFlows = $count"
check "root may ask for many flows" apply laptop
sync
before=$(free)
slabs=$(flow_memory)
tables=$(large_tables)
timed "$count flows" at laptop "$here/tools/flood" wg0 "${ip[laptop4]}" \
	"${ip[web4]}" "$count"
check_equal "they are all there" "$count" "$(kept)"
after=$(free)
table=$(table_memory)
full=$(flow_memory)
each=$(((full - slabs + table) / count))
echo "# $each bytes for each, in a table of $table; free memory went" \
	"$((before - after)) kB, tables seen $(($(large_tables) - tables))"
if [ "$slabs" = 0 ] || grep -qw kasan_poison /proc/kallsyms; then
	check_skip "a flow takes 160 bytes at most" "not as in other kernels"
else
	check_more "a flow takes 160 bytes at most" 161 "$each"
fi
dropped=$(dropped laptop flow-limit)
at laptop "$here/tools/flood" wg0 "${ip[laptop4]}" "${ip[web4]}" \
	1000 "$count"
check_equal "more of them push others out" "$count" "$(kept)"
check_equal "so that none is refused" "$dropped" "$(dropped laptop flow-limit)"

timed "to tell one service's" into flows show flows -j --service udp/1001
check_more "they are told by service" "$(jq length "$dir/flows")" \
	$((second * 9 / 10))
timed "to end one service's" into flushed flows flush -j --service udp/1001
check_more "and ended by service" "$(jq .flushed "$dir/flushed")" \
	$((second * 9 / 10))
check_equal "none of them is left" 0 \
	"$(ward laptop show flows -j --service udp/1001 | jq length)"

# Rules and nodes have been told what each of them counted.
begun=$(milliseconds)
packets=$(ward laptop show rules -j | jq '.[0].packets')
echo "# to sum up all of them: $(($(milliseconds) - begun)) ms"
check_equal "each packet was counted once" $((count + 2000)) "$packets"

mesh_make "Timeouts = udp-new 1
MaxFlows = $count"
check "their time is up" apply laptop
begun=$(milliseconds)
check "they are collected" wait_for 300 none_kept
echo "# in $(($(milliseconds) - begun)) ms"
check "and their memory is free, that of the table, too" \
	wait_for 60 shrunk $((slabs + (full - slabs) / 10)) "$tables"
mesh_make ''
check "the usual limits again" apply laptop
