#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs wgward in a root directory with Debian 13, as "make install" does,
# and boots it on a disk of its own, with systemd, several times: what is on the
# disk is what the next boot begins with. boot/test says what is looked at.
#
# usage: boot.sh [-k VERSION] [-t SECONDS] [-o DIR]
#
#   -k VERSION   the kernel, 6.12 (default)
#   -t SECONDS   end the machine after that long (600)
#   -o DIR       keep console and output there
#
# Prints TAP. Needs root, see root.sh.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=cache.sh
. "$here/cache.sh"
# shellcheck source=build.sh
. "$here/build.sh"
# shellcheck source=image.sh
. "$here/image.sh"

# A console with one of these fails the run, whatever the test says.
crash_markers='\] RIP:|Call Trace:|WARNING:|BUG:|Oops|general protection'
crash_markers+='|[Kk]ernel panic|blocked for more than|refcount_t:'
crash_markers+='|unregister_netdevice: waiting for'

usage()
{
	sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0"
	exit "$1"
}

version=6.12 seconds=600 keep=''
while getopts k:t:o:h opt; do
	case $opt in
	k)	version=$OPTARG ;;
	t)	seconds=$OPTARG ;;
	o)	keep=$OPTARG ;;
	h)	usage 0 ;;
	*)	usage 2 >&2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# = 0 ] || usage 2 >&2

for program in qemu-system-x86_64 mke2fs rsync cpio; do
	command -v $program >/dev/null || die "no $program: run make deps"
done

work=
# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	[ -z "${qemu-}" ] || kill "$qemu" 2>/dev/null || :
	[ -z "$work" ] || rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# quietly COMMAND...: shows what it says only if it fails.
quietly()
{
	local said

	said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2; return 1; }
}

# build: the module with the compiler of its kernel, all else with the root's.
build()
{
	build_copy "$top" "$dir"
	quietly build_modules "$dir" "$version"
	quietly root_run trixie make -C "$dir" -j"$(nproc)" tools
	quietly root_run trixie make -C "$dir/selftests/tools"
}

# The root directory's files by other names, so new ones have to be made of what
# changes. What is for building is left out.
root_copy()
{
	rsync -a --link-dest="$root" --exclude='/usr/lib/gcc*' \
		--exclude='/usr/libexec/gcc' --exclude='/usr/include' \
		--exclude='/usr/bin/qemu*' --exclude='/usr/bin/*-linux-gnu-*' \
		--exclude='/usr/lib/modules/*' --exclude='/usr/share/qemu' \
		--exclude='/var/lib/apt/lists/*' --exclude='/var/cache/apt/*' \
		--exclude=/complete "$root/" "$stage/"
	rm -f "$stage"/etc/{machine-id,fstab,hostname,resolv.conf}
	# Without one, a boot is the first, which enables units.
	echo 0123456789abcdef0123456789abcdef >"$stage/etc/machine-id"
	: >"$stage/etc/fstab"
	echo web >"$stage/etc/hostname"
}

# As a user would install it.
install_all()
{
	(cd "$stage" && cpio -idm --quiet -D "$stage") \
		<"$(image_kernel "$version")"
	quietly make -C "$dir" install-modules DESTDIR="$stage" \
		KDIR="$cache/kernels/$version/build"
	depmod -b "$stage" "$release"
	quietly root_run trixie make -C "$dir" install-tools \
		DESTDIR="$stage" PREFIX=/usr
}

# What the test is, and whom the machine is in a mesh with.
test_install()
{
	local node

	install -D -t "$stage/test" "$here/boot/test" \
		"$dir/selftests/tools/stream"
	install -m 0644 -t "$stage/usr/lib/systemd/system" \
		"$here/boot/wgward-test.service"
	for node in web laptop db far; do
		(umask 077; chroot "$stage" wg genkey >"$stage/test/$node.key")
		chroot "$stage" wg pubkey <"$stage/test/$node.key" \
			>"$stage/test/$node.pub"
	done
	chroot "$stage" /test/test prepare
	quietly chroot "$stage" env SYSTEMD_OFFLINE=1 systemctl enable \
		wgward@wg0 wgward-test systemd-networkd
	quietly chroot "$stage" env SYSTEMD_OFFLINE=1 systemctl mask apt-daily.timer \
		apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer \
		systemd-pstore systemd-networkd-wait-online getty@tty1 \
		serial-getty@ttyS0
}

disk()
{
	root=$(root_make trixie)
	stage=$work/root
	mkdir "$stage"
	root_copy
	install_all
	test_install
	mke2fs -q -t ext4 -d "$stage" "$work/disk" 1G
	rm -rf --one-file-system "$stage"
}

# Resets of the machine are part of the test, so it is not to end with one. It
# is emulated, with KVM or without.
machine()
{
	local arguments="root=/dev/nvme0n1 rootwait rw console=ttyS0 loglevel=7 panic=0"

	arguments+=" oops=panic mitigations=off cryptomgr.notests norandmaps"
	arguments+=" nokaslr systemd.show_status=0 systemd.log_target=journal"
	timeout -k 5 "$seconds" qemu-system-x86_64 \
		-nodefaults -no-user-config -display none -machine pc \
		-accel tcg,thread=multi -cpu "max,-erms,-fsrm" -smp 2 -m 1024 \
		-kernel "$cache/kernels/$version/vmlinuz" -append "$arguments" \
		-drive "file=$work/disk,format=raw,if=none,id=disk,cache=unsafe" \
		-device nvme,drive=disk,serial=disk \
		-serial "file:$work/console" -serial "file:$work/output" \
		</dev/null >"$work/qemu" 2>&1 &
	qemu=$!
}

verdict()
{
	local bad=0

	if grep -anE "$crash_markers" "$work/console" >&2; then
		echo "boot.sh: the console has what it should not have" >&2
		bad=1
	fi
	if ! grep -aq '^# complete' "$work/output"; then
		echo "boot.sh: the machine did not finish; its console ends:" >&2
		tail -n 30 "$work/console" >&2 || :
		cat "$work/qemu" >&2
		bad=1
	fi
	return "$bad"
}

"$here/kernel.sh" "$version" >/dev/null
release=$(cat "$cache/kernels/$version/release")
mkdir -p "$cache/vm"
find "$cache/vm" -maxdepth 1 -name 'boot.*' -mmin +600 \
	-exec rm -rf --one-file-system {} +
work=$(mktemp -d "$cache/vm/boot.XXXXXX")
dir=$(build_dir "$top" "$version" boot)
cache_lock boot
build || die "the tree does not build for $version with Debian 13"
disk
cache_unlock boot
: >"$work/output"
machine
# A serial line ends its lines as a terminal does.
tail -q -n +1 -s 0.2 -f --pid="$qemu" "$work/output" | tr -d '\r' &
follow=$!
status=0
wait "$qemu" || status=$?
qemu=
wait "$follow" || :
[ "$status" != 124 ] || echo "boot.sh: ended after $seconds seconds" >&2
if [ -n "$keep" ]; then
	mkdir -p "$keep"
	cp "$work"/{console,output} "$keep/"
fi
verdict
