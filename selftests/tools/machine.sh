# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests of what lasts longer than the kernel's state: the node web as a
# machine that has an init, its own /var/lib and /etc, and crashes. To be
# sourced after ../lib.sh.

# shellcheck disable=SC2034,SC2154 # used and set there

# machine_make: its directories, with web's key. What is in $kept is the
# command's, what is in $etc whoever looks after the machine.
machine_make()
{
	mkdir -p "$dir"/{lib,etc/wgward}
	kept=$dir/lib/wgward/wg0 etc=$dir/etc/wgward
	cp -p "$dir/web.key" "$etc/wg0.key"
}

# boot: with the namespace that web has. An init is what /proc/1 tells of.
boot()
{
	# shellcheck disable=SC2016 # expanded in there
	start web unshare --mount --propagation private bash -c '
		mount --bind "$1" /var/lib && mount --bind "$2" /etc &&
			mount --bind "/proc/$$/ns" /proc/1/ns &&
			exec sleep infinity
		' - "$dir/lib" "$dir/etc"
	init=$pid
	# Its end is no news.
	disown "$init"
	wait_for 10 is_up
}

is_up()
{
	[ "$(ps -o comm= -p "$init")" = sleep ]
}

# on COMMAND...: there.
on()
{
	nsenter --target "$init" --net --mount -- "$@"
}

# web ARGUMENT...: the command.
web()
{
	on "$command" -i wg0 "$@"
}

helpers()
{
	pgrep -f -- "wgward -i wg0 apply $dir/.*--confirm"
}

no_helper()
{
	! helpers
}

# crash: nothing that ran is there any more, nor what the kernel had.
crash()
{
	{ echo "$init"; helpers; } | xargs kill -KILL
	wait_for 10 dead "$init"
	wait_for 10 no_helper
	! ip -n "${ns}web" link show wg0 >"$dir/link" 2>&1 ||
		ip -n "${ns}web" link delete wg0
	ward web detach >"$dir/detach" 2>&1
}

# reboot, and what the unit does.
reboot()
{
	crash
	boot
	web apply --last-good
}

no_interface()
{
	! ip -n "${ns}web" link show wg0
}

# said TEXT STATUS COMMAND...: with that exit status.
said()
{
	local text=$1 wanted=$2 status=0

	shift 2
	"$@" >"$dir/said" 2>&1 || status=$?
	cat "$dir/said"
	[ "$status" = "$wanted" ] && grep -q -- "$text" "$dir/said"
}
