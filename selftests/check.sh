#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs every check there is, in TAP, and ends with the line "N passed, N
# failed" (and ", N skipped"). Exit status 0 only if something ran and nothing
# failed.
#
# usage: check.sh [--fast|--style|--debug]
#
# --fast leaves out what needs a virtual machine or a kernel's headers; --style
# does nothing but look at the sources; --debug does nothing but boot kernels
# that look for errors ("kasan kcsan"). KERNELS says which kernels to build for
# and to boot, of those that kernel.sh names; and "vng", see vng.sh.

set -uo pipefail

here=$(cd "$(dirname "$0")/vm" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=vm/cache.sh
. "$here/cache.sh"
# shellcheck source=vm/build.sh
. "$here/build.sh"

passed=0 failed=0 skipped=0 number=0
declare -A machines=()

work=$(mktemp -d)
# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	local pid

	for pid in "${machines[@]}"; do
		kill -- "-$pid" 2>/dev/null
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

section()
{
	echo "# === $* (${SECONDS}s)"
}

# step NAME COMMAND...: one test; the command's output is shown if it fails.
step()
{
	local name=$1

	shift
	number=$((number + 1))
	if "$@" >"$work/step" 2>&1; then
		echo "ok $number $name"
		passed=$((passed + 1))
	else
		sed 's/^/# /' "$work/step"
		echo "not ok $number $name"
		failed=$((failed + 1))
	fi
}

skip()
{
	number=$((number + 1))
	echo "ok $number $1 # SKIP $2"
	skipped=$((skipped + 1))
}

# tap NAME AWK-ARGUMENT... -- COMMAND...: the tests that a command prints. That
# it fails although no test did is a failure, too.
tap()
{
	local name=$1 options=() status ok bad skip

	shift
	while [ "$1" != -- ]; do
		options+=(-v "$1")
		shift
	done
	shift
	"$@" </dev/null 2>&1 |
		awk "${options[@]}" -v counts="$work/counts" \
			-f "$top/selftests/tap.awk"
	status=${PIPESTATUS[0]}
	read -r ok bad skip <"$work/counts"
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		echo "# $name: exit status $status without a failed test"
		bad=1
	fi
	number=$((number + ok + bad + skip))
	passed=$((passed + ok))
	failed=$((failed + bad))
	skipped=$((skipped + skip))
	echo "# $name: $ok passed, $bad failed, $skip skipped"
}

# sources PATTERN...: the tree's files, also those that git does not know yet.
sources()
{
	(cd "$top" && git ls-files -co --exclude-standard -- "$@" |
		while read -r file; do
			[ ! -f "$file" ] || printf '%s\n' "$file"
		done)
}

scripts()
{
	sources .ci module tools selftests | while read -r file; do
		case $file in
		*.sh|*.bash)	echo "$file" ;;
		*.*)	;;
		*)	head -n 1 "$file" | grep -qE '^#! */bin/(ba)?sh' &&
				echo "$file" ;;
		esac
	done
}

style_format()
{
	sources 'module/*.[ch]' 'tools/*.[ch]' 'selftests/*.[ch]' |
		(cd "$top" && xargs -r -n 16 -P "$(nproc)" \
			clang-format --dry-run -Werror)
}

style_shell()
{
	scripts | (cd "$top" && xargs -r -n 4 -P "$(nproc)" shellcheck)
}

# What checkpatch wants of a patch and not of a file, or clang-format sees
# otherwise, or is in kernel-doc here; BIT() is not for headers of userspace.
unfit=FILE_PATH_CHANGES,MACRO_ARG_REUSE,OPEN_ENDED_LINE,SPLIT_STRING
unfit+=,MISSING_SPACE,UNCOMMENTED_DEFINITION,BIT_MACRO

# checkpatch FILES [IGNORED]: the stand-ins for the kernel's headers, and macros
# that make functions, are made of what it does not like. It is slow: files that
# passed once are remembered.
checkpatch()
{
	local ignored=$unfit${2:+,$2} known=$cache/checkpatch

	sources "$1" ':!tools/shim' ':!module/compat-include' \
		':!module/drop.c' ':!module/trace.h' |
		(cd "$top" && xargs -r sha256sum) |
		sed "s/^/$ignored /" >"$work/files"
	touch "$known"
	{ grep -vxFf "$known" "$work/files" || :; } | sed 's/.*  //' |
		(cd "$top" && xargs -r -n 8 -P "$(nproc)" \
			"$cache/source/scripts/checkpatch.pl" \
			--strict --no-tree --no-summary --terse --show-types \
			--ignore "$ignored" -f) || return
	tail -n 5000 "$known" | sort -u - "$work/files" >"$work/known"
	cp "$work/known" "$known"
}

style()
{
	section style
	step "style: formatting" style_format
	step "style: shell" style_shell
	if [ ! -e "$cache/source/complete" ]; then
		skip "style: checkpatch" "not downloaded; make check does that"
		return
	fi
	step "style: checkpatch, module" checkpatch 'module/*.[ch]'
	step "style: checkpatch, tools" checkpatch 'tools/*.[ch]' \
		ARRAY_SIZE,PREFER_DEFINED_ATTRIBUTE_MACRO,SSCANF_TO_KSTRTO,STRCPY
}

# quiet COMMAND...: fails if the command does or if it has anything to say.
# Debian's 6.1 headers have no vmlinux to take types from, and say so.
quiet()
{
	local said status=0

	"$@" >"$work/log" 2>&1 || status=$?
	said=$(grep -vE '^ +[A-Z]+( \[M\])? |^make|^Skipping BTF generation' \
		"$work/log")
	[ -z "$said" ] || printf '%s\n' "$said"
	[ "$status" = 0 ] && [ -z "$said" ]
}

# module VERSION: from nothing, because a warning shows only once. A kernel that
# asks first whether sparse understands it is one that Debian's sparse does not.
module()
{
	local dir checks=(W=1)

	grep -sq checker-valid "$cache/kernels/$1"/root/usr/src/*-common*/Makefile ||
		checks+=(C=2)

	dir=$(build_dir "$top" "$1" check)
	rm -rf "$dir"
	build_copy "$top" "$dir"
	quiet build_modules "$dir" "$1" "${checks[@]}"
}

# The command is built with -Werror, so what is built already has no warnings.
tools()
{
	build_copy "$top" "$dir"
	quiet make -s -C "$dir" -j"$(nproc)" tools &&
		quiet make -s -C "$dir/selftests" -j"$(nproc)"
}

# ahead COMMAND...: starts it beside what comes next; arrived tells how it went.
ahead()
{
	{
		"$@" >"$work/ahead" 2>&1 </dev/null
		echo $? >"$work/status"
		mv "$work/status" "$work/arrived"
	} &
}

arrived()
{
	until [ -e "$work/arrived" ]; do
		sleep 0.1
	done
	cat "$work/ahead"
	return "$(cat "$work/arrived")"
}

# fuzzers DIR: what they met before, all together; and, unless in haste, what
# they meet in a while.
fuzzers()
{
	step "fuzzers: build" quiet make -s -C "$1" -j"$(nproc)"
	tap fuzzers -- make -s --no-print-directory -C "$1" replay
	[ -n "$only" ] || tap fuzzers -- make -s --no-print-directory \
		-C "$1" run TIME="${FUZZ_TIME:-20}"
}

# host: what runs as a program of this machine. Neither half of the tests keeps
# more than one CPU busy.
host()
{
	local dir

	section command
	dir=$(build_dir "$top" host check)
	step "tools: build" tools
	ahead make -s --no-print-directory -C "$dir/tools" check
	section unit tests
	tap unit -- make -s --no-print-directory -C "$dir/selftests/unit" \
		-j"$(nproc)" check
	section fuzzers
	fuzzers "$dir/selftests/fuzz"
	section specification
	tap specification -- python3 -B \
		"$dir/selftests/netlink/spec_header.py"
	section tests of the command
	tap command -- arrived
}

# config VERSION: whether a kernel has what the tests need, built in or not.
config()
{
	local want status=0

	while read -r want; do
		grep -qx "${want%=*}=[ym]" "$cache/kernels/$1/build/.config" && continue
		echo "$1 lacks $want"
		status=1
	done <"$top/selftests/config"
	return "$status"
}

# without VERSION OPTION FILE...: compiles these as for a kernel that lacks the
# option and what is named after it. Such a kernel is not at hand.
without()
{
	local version=$1 kdir=$cache/kernels/$1/build option=$2 dir

	dir=$(build_dir "$top" "$1" without)
	shift 2
	build_copy "$top" "$dir"
	grep -oE "CONFIG_([A-Z0-9_]+_)?$option(_[A-Z0-9_]+)?\>" \
		"$kdir/include/generated/autoconf.h" |
		sed 's/^/#undef /' >"$dir/without.h"
	(cd "$dir" && rm -f "$@")
	build_kernel "$version" -s -C "$kdir" M="$dir" \
		KCFLAGS="-include $dir/without.h" "$@"
}

# Without IPv6 the module does without, and leaves nothing to be found.
module_without_ipv6()
{
	local dir

	dir=$(build_dir "$top" "$1" without)
	without "$1" IPV6 module/reject.o module/hook.o &&
		! nm -u "$dir/module/reject.o" | grep -E 'nf_.*6|icmpv6'
}

# module_needs VERSION OPTION FILE: what it cannot do without it names.
module_needs()
{
	! without "$1" "$2" "$3" >"$work/needs" 2>&1 &&
		grep -q "wgward needs a kernel with CONFIG_$2" "$work/needs"
}

options()
{
	step "module: without redirection, $1" quiet \
		without "$1" NET_REDIRECT module/hook.o
	step "module: without IPv6, $1" module_without_ipv6 "$1"
	step "module: asks for ingress, $1" \
		module_needs "$1" NETFILTER_INGRESS module/hook.o
	step "module: asks for egress, $1" \
		module_needs "$1" NETFILTER_EGRESS module/hook.o
	step "module: asks for rejects, $1" \
		module_needs "$1" NF_REJECT_IPV4 module/reject.o
	step "module: asks for rejects in IPv6, $1" \
		module_needs "$1" NF_REJECT_IPV6 module/reject.o
}

fetch()
{
	section kernels
	step "kernels: ${kernels[*]}" "$here/kernel.sh" "${kernels[@]}" \
		${vng:+"$vng_kernel"} source
}

modules()
{
	local version

	for version in "${kernels[@]}"; do
		section "module, $version"
		step "module: build for $version" module "$version"
		step "module: options of $version" config "$version"
		options "$version"
	done
}

# What virtme-ng's users would try first, on a kernel of theirs.
vng_kernel=7.3-generic
vng_programs=(mesh.sh revoke.sh lifecycle.sh)

# In make check, of kernels that look for errors: what takes the module through
# its states, refusals, and lack of memory, and lets go of what is in use. All
# kselftests take hours there.
debug_programs=(netlink_faults.sh netlink_input.sh netlink_owner.sh
	netlink_stress.sh lifecycle.sh revoke.sh)

kernel_tests()
{
	local programs=()

	case $1 in
	vng)	"$here/vng.sh" -k "$vng_kernel" -t "${CHECK_TIMEOUT:-3600}" \
			"${vng_programs[@]}" ;;
	boot)	"$here/boot.sh" -o "$cache/check/boot" ;;
	kasan|kcsan)
		[ -n "$only" ] || programs=("${debug_programs[@]}")
		"$here/run.sh" -k "$1" -u -s 4 -m 4096 -o "$cache/check/$1" \
			-t "${CHECK_TIMEOUT:-14400}" -- env TIMEOUT=3600 \
			selftests/run_tests "${programs[@]}" ;;
	*)	"$here/run.sh" -k "$1" -t "${CHECK_TIMEOUT:-3600}" \
			-o "$cache/check/$1" ;;
	esac
}

# turns: how many machines this one can have at a time. Tests wait more than
# they compute, so each has two processors of its own.
turns()
{
	local cpus memory

	cpus=$(nproc)
	memory=$(awk '/^MemTotal:/ { print int($2 / 3145728) }' /proc/meminfo)
	echo $((memory < 1 ? 1 : memory < cpus ? memory : cpus))
}

# machine NAME: runs tests when there is room for one more machine.
machine()
{
	local turn

	read -r -u "$turns" turn
	kernel_tests "$1" >"$work/$1.tap" 2>&1 </dev/null
	echo $? >"$work/$1.status"
	echo "$turn" >&"$turns"
}

# machines_start: side by side, in the background. Each is a group of processes,
# which can be ended with this script.
machines_start()
{
	local name

	mkfifo "$work/turns"
	exec {turns}<>"$work/turns"
	seq "$(turns)" >&"$turns"
	set -m
	for name in "${names[@]}"; do
		: >"$work/$name.tap"
		machine "$name" &
		machines[$name]=$!
	done
	set +m
}

# told NAME: what a machine prints, as it comes, and how it ended.
told()
{
	tail -n +1 -s 0.5 -f --pid="${machines[$1]}" "$work/$1.tap"
	return "$(cat "$work/$1.status")"
}

# machines_tell: one after the other, so that nothing is interleaved.
machines_tell()
{
	local name

	for name in "${names[@]}"; do
		if [ "$name" = boot ]; then
			section "boot with systemd"
			tap boot -- told boot
		else
			section "kselftests, $name"
			tap "kselftests $name" nested=1 strict=1 \
				"kernel=$name" "skips=$here/skips" -- told "$name"
		fi
		unset "machines[$name]"
	done
}

# hindered NAME: says why it cannot be booted, or not now. Some need a root
# directory with another release of Debian, which not every user can have.
hindered()
{
	case $1 in
	kasan|kcsan)
		return 1 ;;
	vng|boot)
		! (root_can trixie) 2>&1 ;;
	*)	[ "$(root_suite "$1")" != bookworm ] || return
		! (root_can trixie) 2>&1 ;;
	esac
}

# choose NAME...: what is to be booted; kernels are those of them to build for.
choose()
{
	local name why

	for name in "$@"; do
		if why=$(hindered "$name"); then
			skip "kselftests $name" "$why"
			continue
		fi
		names+=("$name")
		case $name in
		vng)	vng=1 ;;
		boot)	;;
		*)	kernels+=("$name") ;;
		esac
	done
}

summary()
{
	if [ $((passed + failed)) = 0 ]; then
		echo "# nothing ran"
		failed=1
	fi
	echo "1..$number"
	echo "$passed passed, $failed failed$(
		[ "$skipped" = 0 ] || echo ", $skipped skipped")"
	[ "$failed" = 0 ]
}

only=${1-}
case $only in
''|--fast|--style)	default='6.1 6.12' ;;
--debug)	default='kasan kcsan' ;;
*)	die "usage: check.sh [--fast|--style|--debug]" ;;
esac
kernels=() names=() vng=
read -ra chosen <<<"${KERNELS:-$default}"

echo "TAP version 13"
case $only in
'')	choose "${chosen[@]}"
	fetch
	style
	host
	modules
	machines_start
	machines_tell ;;
--fast)	style
	host ;;
--style)
	style ;;
--debug)
	choose "${chosen[@]}"
	fetch
	modules
	machines_start
	machines_tell ;;
esac
summary
