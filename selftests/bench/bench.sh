#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Measures what wgward costs, and what others do, and writes that to
# Documentation/performance.
#
# usage: bench.sh [option]... [VARIANT]...
#
#   -k VERSION  the kernel, 6.12 (default) or 6.1
#   -j JOBS     so many machines at a time (one for each CPU)
#   -f          figures of variants that are there already are kept
#   -n          measures nothing; writes what was measured before
#   -o DIR      where to write (Documentation/performance)
#   -d DIR      where the figures are kept (in the cache)
#
# A variant is NAME or NAME-COUNT, with so many nodes and rules, or "native",
# the measurements in user-mode Linux. Without one all are measured.

set -euo pipefail

here=$(cd "$(dirname "$0")/../vm" && pwd)
top=$(cd "$here/../.." && pwd)
bench=$top/selftests/bench
# shellcheck source=../vm/cache.sh
. "$here/cache.sh"
# shellcheck source=../vm/build.sh
. "$here/build.sh"
# shellcheck source=machine.sh
. "$bench/machine.sh"

variants=(bare empty-10 wgward-10 wgward-1000 wgward-10000
	nftables-10000 iptables-10000 bpf-10000 native)
version=6.12 jobs=$(nproc) kept='' only_write='' figures=$cache/bench output=$top/Documentation/performance

while getopts k:j:fno:d:h opt; do
	case $opt in
	k)	version=$OPTARG ;;
	j)	jobs=$OPTARG ;;
	f)	kept=1 ;;
	n)	only_write=1 ;;
	o)	output=$OPTARG ;;
	d)	figures=$OPTARG ;;
	*)	sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# = 0 ] || variants=("$@")

# measure VARIANT: its figures, in a file of that name.
measure()
{
	local variant=$1 name=${1%-*} count=0 file=$figures/$1 start=$SECONDS

	[ "$name" = "$variant" ] || count=${variant##*-}
	echo "bench.sh: $variant" >&2
	if [ "$variant" = native ]; then
		"$bench/native.sh" >"$file.new"
	else
		machine_run "$dir" "$version" "$file.new" \
			selftests/bench/guest.sh "$name" "$count" "$count"
	fi
	if ! grep -qx 'figure complete 1' "$file.new"; then
		tail -n 20 "$file.new" >&2
		echo "bench.sh: $variant failed" >&2
		return 1
	fi
	sed -n 's/^figure //p' "$file.new" >"$file"
	rm "$file.new"
	echo "bench.sh: $variant took $((SECONDS - start)) seconds" >&2
}

# measure_all: so many at a time; fails if one does.
measure_all()
{
	local variant running=0 status=0

	for variant in "${variants[@]}"; do
		[ -z "$kept" ] || [ ! -s "$figures/$variant" ] || continue
		if [ "$running" -ge "$jobs" ]; then
			wait -n || status=1
			running=$((running - 1))
		fi
		measure "$variant" &
		running=$((running + 1))
	done
	while [ "$running" -gt 0 ]; do
		wait -n || status=1
		running=$((running - 1))
	done
	return $status
}

mkdir -p "$figures" "$output"
if [ -z "$only_write" ]; then
	"$here/kernel.sh" "$version" source >/dev/null
	dir=$(machine_build "$top" "$version")
	measure_all
	cp "$cache/kernels/$version/release" "$figures/release"
fi
"$bench/report/report.sh" "$figures" "$output"
