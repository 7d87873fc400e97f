#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds a kernel that looks for errors, of Debian's source, and keeps it in the
# cache as kernel.sh keeps Debian's own.
#
# usage: debug.sh [--built] {kasan|kcsan}
#
# kasan looks for wrong use of memory, locks, RCU and objects, for leaks, and can
# inject faults; kcsan looks for data races of the module. Prints the directory
# to give to make as KDIR. With --built nothing is built: the exit status says
# whether there is nothing to do.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=cache.sh
. "$here/cache.sh"

ask=
[ "${1-}" != --built ] || { ask=1; shift; }
name=${1-}
case "$# $name" in
'1 kasan'|'1 kcsan')	;;
*)	die "usage: debug.sh [--built] {kasan|kcsan}" ;;
esac
configs=("$here/debug/machine.config" "$here/../config"
	"$here/debug/$name.config")
dir=$cache/kernels/$name
build=$dir/build

# wanted: all options that a configuration has to have.
wanted()
{
	sed -n 's/^\(CONFIG_[A-Z0-9_]*=.*\)/\1/p' "${configs[@]}"
}

# configure: nothing but what is wanted, and what that takes. An option that
# the kernel does not know any more, or no more in that way, is an error.
configure()
{
	local want missing=()

	wanted >"$build/wanted"
	make -C "$source" O="$build" KCONFIG_ALLCONFIG="$build/wanted" \
		allnoconfig
	while read -r want; do
		case $want in
		*=n)	! grep -q "^${want%=n}=" "$build/.config" ;;
		*=m)	grep -q "^${want%=m}=[ym]$" "$build/.config" ;;
		*)	grep -qxF "$want" "$build/.config" ;;
		esac || missing+=("$want")
	done <"$build/wanted"
	[ ${#missing[@]} = 0 ] || die "no such options: ${missing[*]}"
}

# What races within the kernel itself is not looked for: only the module is
# built in a way that KCSAN sees.
compile()
{
	local options=()

	[ "$name" != kcsan ] || options+=(KCSAN_SANITIZE=n)
	make -C "$source" O="$build" -j"$(nproc)" "${options[@]}" bzImage modules
	make -C "$source" O="$build" INSTALL_MOD_PATH="$dir/root" \
		INSTALL_MOD_STRIP=1 modules_install
}

# built: there is such a kernel, of the same source and options.
built()
{
	key=$(cat "${configs[@]}" "$source/Makefile" | sha256sum | cut -c1-16)
	[ "$(cat "$dir/complete" 2>/dev/null)" = "$key" ]
}

source=$cache/tree
if [ -n "$ask" ]; then
	[ -e "$source/Kconfig" ] && built
	exit
fi
"$here/kernel.sh" tree >/dev/null
cache_lock "kernel-$name"
if ! built; then
	echo "debug.sh: building the kernel $name; this takes long" >&2
	rm -rf "$dir/root" "$dir/complete"
	mkdir -p "$build"
	{ configure && compile; } >"$dir/log" 2>&1 ||
		{ tail -n 20 "$dir/log" >&2; die "the kernel $name does not build"; }
	ln -sfn build/arch/x86/boot/bzImage "$dir/vmlinuz"
	cp "$build/include/config/kernel.release" "$dir/release"
	echo "$key" >"$dir/complete"
fi
cache_unlock "kernel-$name"
echo "$build"
