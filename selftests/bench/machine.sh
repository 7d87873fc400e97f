# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Builds a copy of the tree for a kernel and boots that with it, counting
# instructions. To be sourced after cache.sh and build.sh.

: "${cache:?}"

# machine_build TREE VERSION: the copy's directory, with all that the benchmark
# needs in it.
machine_build()
{
	local dir

	dir=$(build_dir "$1" "$2" bench)
	cache_lock bench-build
	build_copy "$1" "$dir"
	{
		build_modules "$dir" "$2" &&
			build_kernel "$2" -C "$cache/kernels/$2/build" \
				M="$dir/selftests/bench/empty" modules &&
			make -C "$dir/selftests/bench"
	} >"$dir.log" 2>&1 || { cat "$dir.log" >&2; die "does not build"; }
	cache_unlock bench-build
	echo "$dir"
}

# machine_run DIR VERSION FILE COMMAND...: the figures go to FILE.
machine_run()
{
	local dir=$1 version=$2 file=$3

	shift 3
	"$dir/selftests/vm/run.sh" -i -b -k "$version" -t 3000 -- "$@" >"$file"
}
