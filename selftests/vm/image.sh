# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Makes the initramfs of a virtual machine out of three archives: the host's
# own programs, the kernel's modules, and what a run brings along. The first
# two are slow to make and kept in the cache. To be sourced, after cache.sh.

: "${here:?}" "${cache:?}"

# What a test of networking can ask for; their dependencies are below the same
# directories.
image_modules=(
	arch/x86/crypto crypto lib net
	drivers/char/virtio_console.ko drivers/virtio
	drivers/net/bonding drivers/net/dummy.ko drivers/net/geneve.ko
	drivers/net/ifb.ko drivers/net/ipvlan drivers/net/macsec.ko
	drivers/net/macvlan.ko drivers/net/nlmon.ko drivers/net/tun.ko
	drivers/net/veth.ko drivers/net/vrf.ko drivers/net/vxlan
	drivers/net/wireguard fs/overlayfs
)

# image_pack DIR: an archive of a directory, all of it root's.
image_pack()
{
	(cd "$1" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio -0 --quiet -o -H newc -R 0:0)
}

# image_libraries ROOT: copies the shared libraries that programs below a
# directory need and that are not in it yet.
image_libraries()
{
	find "$1" -type f \( -perm -100 -o -name '*.so*' \) -print0 |
		xargs -0 -r ldd 2>/dev/null |
		sed -n 's/^.*[[:space:]]\(\/[^ :]*\) (0x.*/\1/p' | sort -u |
		while read -r library; do
			image_file "$1" "$library"
		done
}

# image_file ROOT PATH: copies a file and, of a link, what it leads to.
# Directories that are links on the host are links in the image already.
image_file()
{
	local root=$1 path=$2 target

	[ ! -e "$root$path" ] && [ ! -L "$root$path" ] || return 0
	mkdir -p "$root${path%/*}"
	cp -P "$path" "$root${path%/*}/"
	if [ -L "$path" ]; then
		target=$(readlink "$path")
		[ "${target#/}" != "$target" ] || target=${path%/*}/$target
		[ ! -e "$target" ] ||
			image_file "$root" "$(realpath -ms "$target")"
	fi
}

image_packages()
{
	awk '$1 == "guest" { for (i = 2; i <= NF; i++) print $i }' \
		"$here/packages"
	# The libraries' packages carry the minor version in their names.
	dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' \
		'python3.*-minimal' 'libpython3.*-minimal' 'libpython3.*-stdlib' |
		sed -n 's/^ii *//p'
}

image_skeleton()
{
	local dir

	mkdir -p "$1"/{usr/{bin,sbin,lib,lib64},etc,dev,proc,sys,run,tmp,var,root}
	for dir in bin sbin lib lib64; do
		ln -s "usr/$dir" "$1/$dir"
	done
	ln -s ../run "$1/var/run"
	mkdir -p "$1"/var/{lib,tmp}
	cat >"$1/etc/passwd" <<-EOF
	root:x:0:0:root:/root:/bin/bash
	user:x:1000:1000:user:/tmp:/bin/bash
	nobody:x:65534:65534:nobody:/:/bin/false
	EOF
	cat >"$1/etc/group" <<-EOF
	root:x:0:
	user:x:1000:
	nogroup:x:65534:
	EOF
	echo 'hosts: files' >"$1/etc/nsswitch.conf"
	printf '%s\n' '127.0.0.1 localhost wgward' '::1 localhost' \
		>"$1/etc/hosts"
}

# image_forget PATTERN: removes archives that nobody has used for a day.
image_forget()
{
	find "$cache/vm" -maxdepth 1 -name "$1" -amin +1440 -mmin +1440 \
		-exec rm -f {} +
}

# image_base: the path of the archive with the host's programs.
image_base()
{
	local key file packages

	mapfile -t packages < <(image_packages)
	key=$( (dpkg-query -W "${packages[@]}" libc6 libmnl0 libjansson4
		cat "$here/image.sh" "$here/packages") | sha256sum | cut -c1-16)
	file=$cache/vm/base-$key.cpio
	cache_lock image
	if [ ! -e "$file" ]; then
		echo "run.sh: collecting the programs for the virtual machine" >&2
		image_forget 'base-*'
		image_base_make "$file" "${packages[@]}"
	fi
	cache_unlock image
	echo "$file"
}

image_base_make()
{
	local file=$1 root=$cache/vm/base.tmp path applet

	shift
	rm -rf "$root"
	image_skeleton "$root"
	dpkg -L "$@" |
		grep -Ev '^/usr/share/(doc|man|locale|info|lintian|bash-completion|bug)/' |
		grep -Ev '^/usr/lib/python3[^/]*/(test|idlelib|lib2to3|ensurepip|tkinter|turtledemo|pydoc_data|unittest/test)/' |
		grep -Ev '^/etc/(cron|init\.d|systemd)|^/(usr/)?lib/(systemd|udev)/' |
		sort -u |
		while read -r path; do
			[ -f "$path" ] || [ -L "$path" ] || continue
			image_file "$root" "$path"
		done
	# dpkg does not list the compiled Python, without which a start is slow.
	find "$root/usr/lib" -name '*.py' -printf '%h\n' | sort -u |
		while read -r path; do
			path=${path#"$root"}/__pycache__
			[ ! -d "$path" ] || cp -r "$path" "$root${path%/*}/"
		done
	# A program behind /etc/alternatives.
	for path in /usr/bin/{awk,nc,python3} /usr/sbin/iptables; do
		image_file "$root" "$path"
	done
	image_libraries "$root"
	for applet in $("$root/bin/busybox" --list); do
		[ -e "$root/usr/bin/$applet" ] || [ -e "$root/usr/sbin/$applet" ] ||
			ln -s busybox "$root/usr/bin/$applet"
	done
	image_pack "$root" >"$file.tmp"
	rm -rf "$root"
	mv "$file.tmp" "$file"
}

# image_kernel VERSION: the path of the archive with that kernel's modules. Those
# of a kernel that is built here may change without another release.
image_kernel()
{
	local kernel=$cache/kernels/$1 release key file

	release=$(cat "$kernel/release")
	key=$({
		cat "$here/image.sh"
		[ ! -e "$kernel/complete" ] || cat "$kernel/complete"
	} | sha256sum | cut -c1-16)
	file=$cache/vm/modules-$1-$release-$key.cpio
	cache_lock image
	if [ ! -e "$file" ]; then
		echo "run.sh: collecting the modules of $release" >&2
		image_forget "modules-$1-*"
		image_kernel_make "$kernel/root/lib/modules/$release" \
			"$release" "$file"
	fi
	cache_unlock image
	echo "$file"
}

image_kernel_make()
{
	local from=$1 release=$2 file=$3 root=$cache/vm/modules.tmp to path

	to=$root/usr/lib/modules/$release
	rm -rf "$root"
	mkdir -p "$to"
	cp "$from"/modules.{order,builtin,builtin.modinfo} "$to/"
	for path in "${image_modules[@]}"; do
		(cd "$from/kernel" && find "$path" "$path".* -type f -name '*.ko*' \
			-exec cp --parents -t "$to" {} + 2>/dev/null) || :
	done
	find "$to" -name '*.ko.xz' -exec xz -d {} +
	ln -s usr/lib "$root/lib"
	depmod -b "$root" "$release"
	rm "$root/lib"
	image_pack "$root" >"$file.tmp"
	rm -rf "$root"
	mv "$file.tmp" "$file"
}
