#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the tree in a root directory with Debian 13 and runs kselftests there
# as users of virtme-ng do: "vng" boots a distribution's own kernel, with the
# programs and files of the root, without an image.
#
# usage: vng.sh [options] [PROGRAM]...
#
#   -k VERSION   a generic kernel, as those for clouds have no 9p; 7.3-generic
#   -t SECONDS   end the machine after that long (3600)
#
# Without a program all kselftests are run. Needs root, see root.sh.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=cache.sh
. "$here/cache.sh"
# shellcheck source=build.sh
. "$here/build.sh"

usage()
{
	sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0"
	exit "$1"
}

version=7.3-generic seconds=3600
while getopts k:t:h opt; do
	case $opt in
	k)	version=$OPTARG ;;
	t)	seconds=$OPTARG ;;
	h)	usage 0 ;;
	*)	usage 2 >&2 ;;
	esac
done
shift $((OPTIND - 1))

# quietly COMMAND...: shows what it says only if it fails.
quietly()
{
	local said

	said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2; return 1; }
}

# build DIR: all of it with the root's compiler and libraries.
build()
{
	build_copy "$top" "$1"
	quietly root_run trixie make -C "$1" -j"$(nproc)" \
		KDIR="$cache/kernels/$version/build" modules tools &&
		quietly root_run trixie make -C "$1/selftests" -j"$(nproc)"
}

"$here/kernel.sh" "$version" >/dev/null
kernel=$cache/kernels/$version
release=$(cat "$kernel/release")
root=$(root_make trixie)
dir=$(build_dir "$top" "$version" vng)
cache_lock vng
build "$dir" || die "the tree does not build for $version with Debian 13"
mkdir -p "$root/usr/lib/modules"
ln -sfn "$kernel/root/lib/modules/$release" "$root/usr/lib/modules/$release"
cd "$dir"
# KVM is not tried, as it may be there and not run a kernel. vng opens its output
# anew, once more for each way to write there: a file would be written over.
status=0
root_run trixie timeout -k 10 "$seconds" \
	vng --disable-kvm --run "$release" --user root --rw \
	--cpus 2 --memory 2G -- selftests/run_tests "$@" </dev/null 2>&1 |
	cat || status=$?
cache_unlock vng
exit "$status"
