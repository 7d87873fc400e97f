#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fetches Debian's kernels, their headers and what is needed of their source
# into the cache, with an apt of its own: nothing is installed and /etc/apt is
# not touched. Signatures are checked as always.
#
# usage: kernel.sh [--update] {SERIES[-FLAVOUR]|kasan|kcsan|source|tree}...
#
# SERIES is 6.1, 6.12 or 7.3, FLAVOUR is cloud, which need not be said, rt
# (PREEMPT_RT) or generic: 6.12-rt. Bookworm carries 6.1, and 6.12 built with
# its own compiler and C library, so both headers work on Debian 12; those of
# 7.3 are for Debian 13, see root.sh. kasan and kcsan are built here, see
# debug.sh.
#
# Prints a directory for each argument: the one to give to make as KDIR, or
# the one with what is needed of the source, or all of it. What is in the cache
# is not looked for again unless --update is given.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=cache.sh
. "$here/cache.sh"
# shellcheck source=root.sh
. "$here/root.sh"

# What of the kernel's source is used: checkpatch, the netlink specifications
# and their client, WireGuard's own test, the formatter's settings and the
# licence.
source_parts=(
	.clang-format
	LICENSES/preferred/GPL-2.0
	Documentation/netlink
	Documentation/userspace-api/netlink
	scripts/checkpatch.pl
	scripts/spdxcheck.py
	scripts/spelling.txt
	scripts/const_structs.checkpatch
	scripts/kernel-doc
	tools/net/ynl
	tools/testing/selftests/wireguard
)

# apt_configure SUITE: of which release the next packages are.
apt_configure()
{
	local apt=$cache/apt/$1

	mkdir -p "$apt"/{state/lists/partial,cache/archives/partial}
	root_sources "$1" >"$apt/sources.list"
	# The sandbox user cannot write below a home directory.
	cat >"$apt/apt.conf" <<-EOF
	Dir::Etc::sourcelist "$apt/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Dir::State "$apt/state";
	Dir::State::status "/dev/null";
	Dir::Cache "$apt/cache";
	APT::Sandbox::User "$(id -un)";
	APT::Architecture "amd64";
	APT::Default-Release "";
	Acquire::Retries "5";
	Acquire::Languages "none";
	Acquire::AllowInsecureRepositories "false";
	EOF
	export APT_CONFIG=$apt/apt.conf
}

declare -A apt_updated

# apt_use SUITE: reads the package lists once a run at most, and only when
# something is to be fetched. They are shared by all that is.
apt_use()
{
	apt_configure "$1"
	[ -z "${apt_updated[$1]-}" ] || return 0
	cache_lock apt
	echo "kernel.sh: reading the package lists of $1" >&2
	apt-get -q update >&2
	cache_unlock apt
	apt_updated[$1]=1
}

# apt_fetch DIR PACKAGE...: leaves the packages' files unpacked in DIR.
apt_fetch()
{
	local dir=$1 debs=$1.debs deb

	shift
	mkdir -p "$debs" "$dir"
	echo "kernel.sh: downloading $*" >&2
	(cd "$debs" && apt-get -q download "$@" >&2)
	for deb in "$debs"/*.deb; do
		dpkg-deb -x "$deb" "$dir"
	done
	rm -rf "$debs"
}

# apt_depends PACKAGE PATTERN: the packages it depends on that match.
apt_depends()
{
	apt-cache depends --important "$1" |
		sed -n 's/^ *|\{0,1\}Depends: //p' | grep -e "$2" || :
}

# newest VERSION: the newest image of a series, which the package lists have.
newest()
{
	local series=${1%%-*} flavour

	case ${1#"$series"} in
	''|-cloud)	flavour=cloud-amd64 ;;
	-rt)	flavour=rt-amd64 ;;
	-generic)	flavour=amd64 ;;
	*)	die "no kernel $1 here; there are -cloud, -rt and -generic" ;;
	esac
	apt-cache search --names-only "^linux-image-${series/./\\.}\\.[0-9]+([-+][a-z0-9.]+)?-$flavour\$" |
		sed 's/ .*//' | sort -V | tail -n 1
}

# relocate DIR RELEASE: lets headers work where they are. Debian's
# makefiles name /usr/src; that is the only absolute path in them. Since 7.0 or
# so its packages have nothing in /lib and /boot.
relocate()
{
	local build=$1/usr/src/linux-headers-$2 link target

	[ -e "$1/lib" ] || ln -s usr/lib "$1/lib"
	grep -rlI --include=Makefile --include=.kernelvariables \
		-e '[ =]/usr/src/linux-headers' "$build" |
		xargs -r sed -i "s|\([ =]\)/usr/src/linux-headers|\1$1/usr/src/linux-headers|g"
	find "$1" -type l -lname '/*' -print | while read -r link; do
		target=$(readlink "$link")
		ln -sfn "$1$target" "$link"
	done
	ln -sfn "$build" "$1/lib/modules/$2/build"
	[ -e "$1/boot/vmlinuz-$2" ] || {
		mkdir -p "$1/boot"
		ln -s "../lib/modules/$2/vmlinuz" "$1/boot/vmlinuz-$2"
	}
}

# fetch_kernel VERSION: an image may be several packages, all of its release.
fetch_kernel()
{
	local version=$1 dir=$cache/kernels/$1 image release suite packages

	suite=$(root_suite "$version")
	[ "$suite" = bookworm ] || root_make "$suite" >/dev/null
	cache_lock "kernel-$version"
	if [ -n "$update" ] || [ ! -e "$dir/release" ]; then
		apt_use "$suite"
		image=$(newest "$version")
		[ -n "$image" ] || die "$suite has no kernel $version"
		release=${image#linux-image-}
		if [ "$(cat "$dir/release" 2>/dev/null)" != "$release" ]; then
			rm -rf "$dir"
			mkdir -p "$dir"
			mapfile -t packages < <(
				apt_depends "$image" "-$release\$"
				apt_depends "linux-headers-$release" \
					'-common\|linux-kbuild')
			apt_fetch "$dir/root" "$image" \
				"linux-headers-$release" "${packages[@]}"
			relocate "$dir/root" "$release"
			ln -sfn "root/usr/src/linux-headers-$release" "$dir/build"
			ln -sfn "root/boot/vmlinuz-$release" "$dir/vmlinuz"
			root_for "$suite" make -s -C "$dir/build" \
				kernelrelease >/dev/null ||
				die "the headers of $release do not work"
			echo "$release" >"$dir/release"
		fi
	fi
	cache_unlock "kernel-$version"
	echo "$dir/build"
}

# source_whole DIR: all parts are there; older versions may have had fewer.
source_whole()
{
	local part

	[ -e "$1/complete" ] || return
	for part in "${source_parts[@]}"; do
		[ -e "$1/$part" ] || return
	done
}

fetch_source()
{
	local dir=$cache/source tmp=$cache/source.tmp tarball

	cache_lock source
	if ! source_whole "$dir"; then
		apt_use bookworm
		rm -rf "$tmp" "$dir"
		apt_fetch "$tmp" linux-source-6.12
		tarball=$(echo "$tmp"/usr/src/linux-source-*.tar.xz)
		mkdir -p "$dir"
		echo "kernel.sh: unpacking ${tarball##*/}" >&2
		tar -C "$dir" --strip-components=1 -xf "$tarball" \
			"${source_parts[@]/#/linux-source-6.12/}"
		rm -rf "$tmp"
		touch "$dir/complete"
	fi
	cache_unlock source
	echo "$dir"
}

# fetch_tree: the whole source, to build a kernel of.
fetch_tree()
{
	local dir=$cache/tree tmp=$cache/tree.tmp tarball

	cache_lock tree
	if [ ! -e "$dir/Kconfig" ]; then
		apt_use bookworm
		rm -rf "$tmp" "$dir" "$dir.new"
		apt_fetch "$tmp" linux-source-6.12
		tarball=$(echo "$tmp"/usr/src/linux-source-*.tar.xz)
		mkdir -p "$dir.new"
		echo "kernel.sh: unpacking ${tarball##*/}" >&2
		tar -C "$dir.new" --strip-components=1 -xf "$tarball"
		mv "$dir.new" "$dir"
		rm -rf "$tmp"
	fi
	cache_unlock tree
	echo "$dir"
}

update=
[ "${1-}" != --update ] || { update=1; shift; }
[ $# -gt 0 ] || die "usage: kernel.sh [--update] {SERIES[-FLAVOUR]|kasan|kcsan|source|tree}..."

for what in "$@"; do
	case $what in
	source)	fetch_source ;;
	tree)	fetch_tree ;;
	kasan|kcsan)	"$here/debug.sh" "$what" ;;
	*)	fetch_kernel "$what" ;;
	esac
done
