# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Builds copies of the tree, one for each kernel: what the kernel's build
# leaves behind lies next to the sources, and that of two kernels does not
# mix. To be sourced, after cache.sh.

: "${here:?}" "${cache:?}"
# shellcheck source=root.sh
. "$here/root.sh"

# build_copy FROM TO: the sources alone; what was built in TO is left there. A
# file that differs gets the time of the copy: one that was edited during the
# last build may be older than what was built of it, and newer than its source.
build_copy()
{
	mkdir -p "$2"
	rsync -a --no-times --checksum --delete --exclude=/.git --exclude=/tools/wgward \
		--exclude='*.o' --exclude='*.ko' --exclude='*.mod' \
		--exclude='*.mod.c' --exclude='.*.cmd' --exclude=modules.order \
		--exclude=Module.symvers --exclude='obj/' --exclude='obj-*/' \
		--exclude=__pycache__ "$1/" "$2/"
}

# build_dir FROM VERSION [PURPOSE]: where the copy of a tree for a kernel is.
build_dir()
{
	echo "$cache/build/$(echo "$1" | sha256sum | cut -c1-12)/${3-run}-$2"
}

# build_kernel VERSION ARG...: make with a kernel's headers, where its release
# is at home.
build_kernel()
{
	local suite

	suite=$(root_suite "$1") || return
	root_for "$suite" make --no-print-directory \
		KDIR="$cache/kernels/$1/build" "${@:2}"
}

# build_modules DIR VERSION [ARG...]: the module in a copy, for that kernel.
build_modules()
{
	build_kernel "$2" -C "$1" -j"$(nproc)" modules "${@:3}"
}
