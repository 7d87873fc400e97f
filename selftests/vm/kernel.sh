#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fetches Debian's kernels, their headers and what is needed of their source
# into the cache, with an apt of its own: nothing is installed and /etc/apt is
# not touched. Signatures are checked as always. Bookworm carries 6.12 built
# with its own compiler and C library, so both headers work on Debian 12.
#
# usage: kernel.sh [--update] {6.1|6.12|source|tree}...
#
# Prints a directory for each argument: the one to give to make as KDIR, or
# the one with what is needed of the source, or all of it. What is in the cache
# is not looked for again unless --update is given.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=cache.sh
. "$here/cache.sh"

mirror=${WGWARD_MIRROR:-http://deb.debian.org}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
apt=$cache/apt

# What of the kernel's source is used: checkpatch, the netlink specifications
# and their client, the formatter's settings and the licence.
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
)

apt_configure()
{
	mkdir -p "$apt"/{state/lists/partial,cache/archives/partial}
	cat >"$apt/sources.list" <<-EOF
	deb [signed-by=$keyring] $mirror/debian bookworm main
	deb [signed-by=$keyring] $mirror/debian-security bookworm-security main
	deb [signed-by=$keyring] $mirror/debian bookworm-backports main
	EOF
	# The sandbox user cannot write below a home directory.
	cat >"$apt/apt.conf" <<-EOF
	Dir::Etc::sourcelist "$apt/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Dir::State "$apt/state";
	Dir::State::status "/var/lib/dpkg/status";
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

# apt_update: once a run at most, and only when something is to be fetched.
apt_update()
{
	[ -z "${apt_updated-}" ] || return 0
	apt_configure
	echo "kernel.sh: reading Debian's package lists" >&2
	apt-get -q update >&2
	apt_updated=1
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

# apt_depend PACKAGE PATTERN: the first package it depends on that matches.
apt_depend()
{
	apt-cache depends --important "$1" |
		sed -n 's/^ *|\{0,1\}Depends: //p' | grep -m1 -e "$2"
}

# meta VERSION: the package that names the newest image of that series.
meta()
{
	case $1 in
	6.1)	echo linux-image-cloud-amd64 ;;
	6.12)	echo linux-image-6.12-cloud-amd64 ;;
	*)	die "no kernel $1 here; there are 6.1 and 6.12" ;;
	esac
}

# relocate DIR RELEASE: lets headers work where they are. Debian's
# makefiles name /usr/src; that is the only absolute path in them.
relocate()
{
	local build=$1/usr/src/linux-headers-$2 link target

	grep -rlI --include=Makefile --include=.kernelvariables \
		-e '[ =]/usr/src/linux-headers' "$build" |
		xargs -r sed -i "s|\([ =]\)/usr/src/linux-headers|\1$1/usr/src/linux-headers|g"
	find "$1" -type l -lname '/*' -print | while read -r link; do
		target=$(readlink "$link")
		ln -sfn "$1$target" "$link"
	done
	ln -sfn "$build" "$1/lib/modules/$2/build"
}

fetch_kernel()
{
	local version=$1 dir=$cache/kernels/$1 image release common kbuild

	cache_lock "kernel-$version"
	if [ -n "$update" ] || [ ! -e "$dir/release" ]; then
		apt_lock_update
		image=$(apt_depend "$(meta "$version")" '^linux-image-[0-9]')
		release=${image#linux-image-}
		if [ "$(cat "$dir/release" 2>/dev/null)" != "$release" ]; then
			rm -rf "$dir"
			mkdir -p "$dir"
			common=$(apt_depend "linux-headers-$release" -common)
			kbuild=$(apt_depend "linux-headers-$release" linux-kbuild)
			apt_fetch "$dir/root" "$image" \
				"linux-headers-$release" "$common" "$kbuild"
			relocate "$dir/root" "$release"
			ln -sfn "root/usr/src/linux-headers-$release" "$dir/build"
			ln -sfn "root/boot/vmlinuz-$release" "$dir/vmlinuz"
			make -s -C "$dir/build" kernelrelease >/dev/null ||
				die "the headers of $release do not work"
			echo "$release" >"$dir/release"
		fi
	fi
	cache_unlock "kernel-$version"
	echo "$dir/build"
}

fetch_source()
{
	local dir=$cache/source tmp=$cache/source.tmp tarball

	cache_lock source
	if [ ! -e "$dir/complete" ]; then
		apt_lock_update
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
		apt_lock_update
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

# apt_lock_update: the package lists are shared by all that is fetched.
apt_lock_update()
{
	cache_lock apt
	apt_update
	cache_unlock apt
}

update=
[ "${1-}" != --update ] || { update=1; shift; }
[ $# -gt 0 ] || die "usage: kernel.sh [--update] {6.1|6.12|source|tree}..."

for what in "$@"; do
	case $what in
	source)	fetch_source ;;
	tree)	fetch_tree ;;
	*)	meta "$what" >/dev/null; fetch_kernel "$what" ;;
	esac
done
