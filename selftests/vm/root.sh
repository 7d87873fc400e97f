# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Debian's releases: where their packages are, and a root directory with one of
# them, in which runs what needs another compiler and C library than this
# machine's. It is kept in the cache. To be sourced, after cache.sh.

: "${here:?}" "${cache:?}"

# What this machine is trusted to tell of Debian's releases, later ones
# included: those sign with keys that the keyring of earlier ones was given.
root_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# root_suite VERSION: the release whose compiler has built that kernel.
root_suite()
{
	case $1 in
	6.1|6.1-*|6.12|6.12-*|kasan|kcsan)	echo bookworm ;;
	7.3|7.3-*)	echo trixie ;;
	*)	die "no kernel $1 here; there are 6.1, 6.12 and 7.3" ;;
	esac
}

# root_sources SUITE: apt's list of sources.
root_sources()
{
	local mirror=${WGWARD_MIRROR:-http://deb.debian.org}

	cat <<-EOF
	deb [signed-by=$root_keyring] $mirror/debian $1 main
	deb [signed-by=$root_keyring] $mirror/debian-security $1-security main
	deb [signed-by=$root_keyring] $mirror/debian $1-backports main
	EOF
}

# root_packages: what is in a root, by the purposes for which it is there.
root_packages()
{
	awk '$1 == "root" || $1 == "guest" {
		for (i = 2; i <= NF; i++) print $i
	}' "$here/packages" | sort -u
}

# root_make SUITE: makes the root, unless it is there, and prints where it is.
root_make()
{
	local dir=$cache/roots/$1 key

	key=$({ root_packages; root_sources "$1"; } | sha256sum)
	cache_lock "root-$1"
	if [ "$(cat "$dir/complete" 2>/dev/null)" != "$key" ]; then
		root_can "$1"
		echo "root.sh: making a root directory with Debian $1" >&2
		rm -rf --one-file-system "$dir"
		mkdir -p "${dir%/*}"
		# What it mounts must not outlive it, should it be killed.
		root_sources "$1" | unshare --mount --propagation private \
			env -u APT_CONFIG mmdebstrap --quiet --mode=root \
			--variant=minbase --include="$(root_packages | paste -sd,)" \
			--dpkgopt='path-exclude=/usr/share/doc/*' \
			--dpkgopt='path-exclude=/usr/share/locale/*' \
			--dpkgopt='path-exclude=/usr/share/man/*' \
			"$1" "$dir" - >&2 ||
			die "there is no root directory with Debian $1"
		echo "$key" >"$dir/complete"
	fi
	cache_unlock "root-$1"
	echo "$dir"
}

# root_can SUITE: names what is missing to make a root, and to enter it.
root_can()
{
	[ "$(id -u)" = 0 ] ||
		die "only root can make and enter a root directory with Debian $1"
	command -v mmdebstrap >/dev/null || die "no mmdebstrap: run make deps"
	[ -e "$root_keyring" ] ||
		die "no $root_keyring: run make deps"
	unshare --mount true 2>/dev/null ||
		die "no mount namespaces here, as a root directory needs"
}

# root_run SUITE COMMAND...: runs it in the root, where it finds the cache and
# the working directory in the same place as outside; its processes and mounts
# end with it.
root_run()
{
	local dir

	dir=$(root_make "$1") || return
	shift
	# shellcheck disable=SC2016 # expanded in there
	unshare --mount --propagation private --pid --fork --kill-child \
		bash -c '
		dir=$1 cache=$2 pwd=$PWD
		shift 2
		mount -t proc proc "$dir/proc" &&
			mount --rbind /sys "$dir/sys" &&
			mount --rbind /dev "$dir/dev" &&
			mount -t tmpfs tmp "$dir/tmp" &&
			mkdir -p "$dir$cache" &&
			mount --bind "$cache" "$dir$cache" || exit 125
		[ -d "$dir$pwd" ] || pwd=/
		exec env -u APT_CONFIG chroot "$dir" \
			bash -c "cd \"\$1\" && shift && exec \"\$@\"" - "$pwd" "$@"
		' - "$dir" "$cache" "$@"
}

# root_for SUITE COMMAND...: runs it where the programs of that release are at
# home: bookworm's run on this machine.
root_for()
{
	case $1 in
	bookworm)	"${@:2}" ;;
	*)	root_run "$@" ;;
	esac
}
