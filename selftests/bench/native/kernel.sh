#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds user-mode Linux of Debian's source, and keeps it in the cache. Prints
# the directory of the build.

set -euo pipefail

native=$(cd "$(dirname "$0")" && pwd)
here=$(cd "$native/../../vm" && pwd)
# shellcheck source=../../vm/cache.sh
. "$here/cache.sh"

source=$("$here/kernel.sh" tree)
key=$(cat "$native/config" "$source/Makefile" | sha256sum | cut -c1-12)
dir=$cache/native

cache_lock native
if [ "$(cat "$dir/complete" 2>/dev/null)" != "$key" ]; then
	echo "native/kernel.sh: building user-mode Linux" >&2
	mkdir -p "$dir"
	{
		make -C "$source" ARCH=um O="$dir" defconfig
		(cd "$dir" && "$source/scripts/kconfig/merge_config.sh" -m -O "$dir" \
			.config "$native/config")
		make -C "$source" ARCH=um O="$dir" olddefconfig
		make -C "$source" ARCH=um O="$dir" -j"$(nproc)" linux modules
	} >"$dir/log" 2>&1 || { tail -n 20 "$dir/log" >&2; die "cannot build it"; }
	echo "$key" >"$dir/complete"
fi
cache_unlock native
echo "$dir"
