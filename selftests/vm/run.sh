#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots a kernel in QEMU and runs a command in it, with the module built for
# that kernel and the tree below /wgward, where the command starts.
#
# usage: run.sh [options] [--] [COMMAND [ARG]...]
#
#   -k VERSION   the kernel, as kernel.sh names it (6.12)
#   -t SECONDS   end the machine after that long (1800)
#   -s CPUS      processors (2)
#   -m MIB       memory (2048)
#   -a ARG       one more argument for the kernel's command line
#   -o DIR       keep console, output and result there
#   -n           does not build the command
#   -b           bare: builds nothing
#   -u           fail if the module cannot be unloaded at the end
#   -T           no KVM, even if this machine can; as WGWARD_NO_KVM=1
#   -i           counts instructions: one CPU, emulated, whose clock goes on by
#                a nanosecond an instruction, and jumps when it is idle
#
# Without a command all kselftests are run, and the module has to unload at
# the end. The command's standard output and error come out of standard
# output. The exit status is the command's, or 125 when the machine did not
# finish, or something bad was on the kernel's console or in its taint.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=cache.sh
. "$here/cache.sh"
# shellcheck source=image.sh
. "$here/image.sh"
# shellcheck source=build.sh
. "$here/build.sh"

# A console with one of these fails the run, whatever the command says.
crash_markers='\] RIP:|Call Trace:|WARNING:|BUG:|Oops|general protection'
crash_markers+='|unreferenced object|ref_tracker|Objects remaining'
crash_markers+='|[Kk]ernel panic|self-detected stall|detected stalls on'
crash_markers+='|unregister_netdevice: waiting for|blocked for more than'
crash_markers+='|refcount_t:|UBSAN:|KASAN:'

# Out of tree and unsigned: bits 12 and 13. All others are bad news.
taint_expected=$((1 << 12 | 1 << 13))

usage()
{
	sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0"
	exit "$1"
}

version=6.12 seconds=1800 cpus=2 memory=2048 keep='' bare='' strict='' tcg=${WGWARD_NO_KVM-} no_tools='' icount=()
append=()

while getopts k:t:s:m:a:o:nbuTih opt; do
	case $opt in
	k)	version=$OPTARG ;;
	t)	seconds=$OPTARG ;;
	s)	cpus=$OPTARG ;;
	m)	memory=$OPTARG ;;
	a)	append+=("$OPTARG") ;;
	o)	keep=$OPTARG ;;
	n)	no_tools=1 ;;
	b)	bare=1 ;;
	u)	strict=1 ;;
	T)	tcg=1 ;;
	i)	icount=(-icount "shift=0,sleep=off") ;;
	h)	usage 0 ;;
	*)	usage 2 >&2 ;;
	esac
done
shift $((OPTIND - 1))
[ ${#icount[@]} = 0 ] || cpus=1
if [ $# = 0 ]; then
	set -- selftests/run_tests
	strict=1
fi

for program in qemu-system-x86_64 cpio rsync; do
	command -v $program >/dev/null || die "no $program: run make deps"
done

work=
# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	[ -z "${qemu-}" ] || kill "$qemu" 2>/dev/null || :
	[ -z "$work" ] || rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# machine SECONDS ACCELERATOR INITRD DIR: starts one machine, whose console,
# output and result are files in DIR.
machine()
{
	local arguments="console=ttyS0 loglevel=7 panic=-1 oops=panic"

	# Else a cache that is not empty at its end would not be noticed.
	arguments+=" mitigations=off cryptomgr.notests slab_nomerge"
	arguments+=" printk.devkmsg=on"
	# QEMU translates a program again for each address that it is at.
	[ "$2" = kvm ] || arguments+=" norandmaps nokaslr"
	timeout -k 5 "$1" qemu-system-x86_64 \
		"${icount[@]}" -nodefaults -no-user-config -no-reboot -display none \
		-machine pc -accel "$2" -cpu "max,-erms,-fsrm" -smp "$cpus" -m "$memory" \
		-kernel "$cache/kernels/$version/vmlinuz" -initrd "$3" \
		-append "$arguments ${append[*]}" \
		-chardev "file,id=console,path=$4/console" \
		-serial chardev:console \
		-device virtio-serial-pci \
		-chardev "file,id=output,path=$4/output" \
		-device virtserialport,chardev=output,name=output \
		-chardev "file,id=result,path=$4/result" \
		-device virtserialport,chardev=result,name=result \
		</dev/null >"$4/qemu" 2>&1 &
	qemu=$!
}

# initrd FILE COMMAND [TREE]: the archives one after the other, as the kernel
# takes them.
initrd()
{
	local file=$1 command=$2 tree=${3-} root

	root=$(mktemp -d "$work/overlay.XXXXXX")
	mkdir -p "$root/wgward" "$root/ynl"
	cp "$here/init" "$root/init"
	echo "$command" >"$root/run-command"
	if [ -n "$tree" ]; then
		rsync -a --exclude=/.git --exclude='*.o' --exclude='.*.cmd' \
			--exclude='obj/' --exclude='obj-*/' \
			"$tree/" "$root/wgward/"
		cp -r "$cache/source/tools" "$cache/source/Documentation" \
			"$root/ynl/"
	fi
	cat "$(image_base)" "$(image_kernel "$version")" >"$file"
	image_pack "$root" >>"$file"
	rm -rf "$root"
}

# accelerator: KVM, if a kernel was seen to boot with it on this machine:
# /dev/kvm can be there and not run one.
accelerator()
{
	local mark dir=$work/probe

	if [ ${#icount[@]} -gt 0 ]; then
		echo tcg,thread=single
		return
	fi
	if [ -n "$tcg" ] || [ ! -w /dev/kvm ]; then
		echo tcg,thread=multi
		return
	fi
	mark=$cache/vm/accel-$(cat /etc/machine-id /proc/sys/kernel/osrelease \
		/proc/cpuinfo 2>/dev/null | grep -v MHz | sha256sum | cut -c1-16)
	cache_lock kvm
	if [ ! -e "$mark" ]; then
		echo "run.sh: trying whether KVM works here" >&2
		mkdir "$dir"
		initrd "$dir/initrd" true
		machine 20 kvm "$dir/initrd" "$dir"
		if wait "$qemu" && grep -qx complete "$dir/result"; then
			echo kvm >"$mark"
		else
			echo tcg,thread=multi >"$mark"
		fi
		rm -rf "$dir"
	fi
	cat "$mark"
	cache_unlock kvm
}

# build: a copy of the tree with the module for this kernel, and the command.
build()
{
	local dir log=$work/build

	dir=$(build_dir "$top" "$version")
	build_lock=build-$(echo "$dir" | tr / -)
	cache_lock "$build_lock"
	build_copy "$top" "$dir"
	build_modules "$dir" "$version" >"$log" 2>&1 ||
		{ grep -v '^  [A-Z]' "$log" >&2; die "the module does not build for $version"; }
	[ -n "$no_tools" ] ||
		make -s -C "$dir" -j"$(nproc)" tools >"$log" 2>&1 ||
		{ cat "$log" >&2; die "the command does not build"; }
	make -s -C "$dir/selftests" -j"$(nproc)" >"$log" 2>&1 ||
		{ cat "$log" >&2; die "the tests' programs do not build"; }
	tree=$dir
}

# verdict STATUS: what became of the machine; complaints go to standard error.
verdict()
{
	local status unload taint bad=0

	if [ "$1" = 124 ] || [ "$1" = 137 ]; then
		echo "run.sh: ended after $seconds seconds" >&2
	fi
	if grep -nE "$crash_markers" "$work/console" >&2; then
		echo "run.sh: the console has what it should not have" >&2
		bad=1
	fi
	if ! grep -qx complete "$work/result" 2>/dev/null; then
		echo "run.sh: the machine did not finish; its console ends:" >&2
		tail -n 30 "$work/console" >&2 || :
		[ ! -s "$work/qemu" ] || cat "$work/qemu" >&2
		return 125
	fi
	status=$(sed -n 's/^exit //p' "$work/result")
	unload=$(sed -n 's/^unload //p' "$work/result")
	taint=$(sed -n 's/^taint //p' "$work/result")
	if [ $((taint & ~taint_expected)) != 0 ]; then
		echo "run.sh: the kernel is tainted: $taint" >&2
		bad=1
	fi
	if [ "$unload" = busy ]; then
		echo "run.sh: the module could not be unloaded" >&2
		[ -z "$strict" ] || bad=1
	fi
	[ "$bad" = 0 ] || return 125
	return "$status"
}

"$here/kernel.sh" "$version" source >/dev/null
mkdir -p "$cache/vm"
find "$cache/vm" -maxdepth 1 -name 'run.*' -mmin +600 -exec rm -rf {} +
work=$(mktemp -d "$cache/vm/run.XXXXXX")
tree=$top
[ -n "$bare" ] || build
accel=$(accelerator)
initrd "$work/initrd" "$(printf '%q ' "$@")" "$tree"
[ -z "${build_lock-}" ] || cache_unlock "$build_lock"
: >"$work/output"
machine "$seconds" "$accel" "$work/initrd" "$work"
tail -q -n +1 -s 0.2 -f --pid="$qemu" "$work/output" &
follow=$!
status=0
wait "$qemu" || status=$?
qemu=
wait "$follow" || :
code=0
verdict "$status" || code=$?
if [ -n "$keep" ]; then
	mkdir -p "$keep"
	cp "$work"/{console,output,result} "$keep/" 2>/dev/null || :
fi
exit "$code"
