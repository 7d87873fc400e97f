#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a boot begins with is the last file that was in force: not what was
# refused, is still to be confirmed, went back, or came from a script.

. "$(dirname "$0")/lib.sh"

# shellcheck source=selftests/tools/machine.sh
. "$here/tools/machine.sh"

# mesh_allows PORT: the file with one rule, in $dir/PORT.conf.
mesh_allows()
{
	mesh_write <<-END
	[Rule only]
	From = laptop
	To = web
	Allow = tcp/$1
	END
	cp "$mesh" "$dir/$1.conf"
}

# good PORT: that file is the last good one, and all there is.
good()
{
	ls "$kept"
	diff "$kept/last-good.conf" "$dir/$1.conf" &&
		[ "$(ls -A "$kept")" = last-good.conf ]
}

# allows PORT: the rule that is in force.
allows()
{
	ward web status
	[ "$(state web)" = enforcing ] &&
		[ "$(verdict web "${ip[laptop4]}" "${ip[web4]}" "tcp/$1")" = \
			"pass rule only" ]
}

# piped FILE COMMAND...: with the file for standard input.
piped()
{
	"${@:2}" <"$1"
}

same_mode()
{
	stat -c '%a %n' "$1"
	[ "$(stat -c %a "$1")" = "$2" ]
}

no_ward()
{
	ward web status -j >"$dir/wards" 2>&1
	cat "$dir/wards"
	grep -q 'neither an interface nor a ward' "$dir/wards"
}

need unshare pgrep ps stat
setup
plan 47
underlay web laptop
machine_make
for port in 1 2 3; do
	mesh_allows "$port"
done
boot

# What is applied.
check "apply" web apply "$dir/1.conf"
check "it is kept" good 1
check "for nobody else to see" same_mode "$kept" 700
check "nor to read" same_mode "$kept/last-good.conf" 600
before=$(stat -c %i "$kept/last-good.conf")
check "a second time" web apply "$dir/1.conf"
check_equal "writes nothing" "$before" "$(stat -c %i "$kept/last-good.conf")"
web apply --dry-run "$dir/2.conf" >"$dir/dry"
check "what is not done is not kept" good 1
sed 's/^To = .*/To = nobody/' "$dir/2.conf" >"$dir/bad.conf"
check_fails "nor what is wrong" web apply "$dir/bad.conf"
check "the former stays" good 1
check "from standard input" piped "$dir/2.conf" web apply -
check "it is kept as well" good 2
check "a boot brings it" reboot
check "into force" allows 2
check "in a namespace beside the first nothing is kept" \
	ward web apply "$dir/1.conf" --key "$dir/web.key"
check "so the former stays" good 2

# What a script did is not there after a boot.
web apply "$dir/2.conf" >"$dir/apply"
check "a script" web rule set only Allow=tcp/3
check "it is in force" allows 3
check "a boot comes up without it" reboot
check "but with what was applied" allows 2

# What is to be confirmed.
check "for a minute" web apply "$dir/1.conf" --confirm 60
check_equal "it is to be confirmed" unconfirmed "$(state web)"
check "the former is the last good one" diff "$kept/last-good.conf" "$dir/2.conf"
web apply "$dir/1.conf" >"$dir/again" 2>&1
check "also when that is said again" diff "$kept/last-good.conf" "$dir/2.conf"
check "a boot within the minute" reboot
check "comes up with it" allows 2
check "and forgets the other" good 2

check "once more" web apply "$dir/1.conf" --confirm 60
check "confirmed" web confirm
check "it is the last good one" good 1
check "and what comes up" reboot
check "as it should" allows 1

web apply "$dir/2.conf" --confirm 60 >"$dir/apply"
check "confirmed by another than the command" ward web confirm
check "it is kept, too" wait_for 10 good 2
wait_for 10 no_helper

web apply "$dir/1.conf" --confirm 60 >"$dir/apply"
check "rolled back" web rollback
check "it is not kept" diff "$kept/last-good.conf" "$dir/2.conf"
web apply "$dir/1.conf" --confirm 1 >"$dir/apply"
wait_for 10 allows 2
wait_for 10 no_helper
web apply "$dir/3.conf" --confirm 60 >"$dir/apply"
check "what went back by itself is not what is confirmed later" web confirm
check "but this is" good 3

# Where it cannot be kept.
on mount -t tmpfs -o ro none /var/lib
check "a disk that cannot be written is told" \
	said 'not kept in /var/lib/wgward.*Read-only' 1 web apply "$dir/1.conf"
check "the policy is in force" allows 1
on umount /var/lib

# What is newer by now, and what there is before the first.
cp "$dir/1.conf" "$etc/wg0.conf"
crash
boot
check "a newer file is told of, and left alone" \
	said "wg0.conf is another: \"wgward -i wg0 apply\" brings it" 0 \
	web apply --last-good
check "the last good one is in force" allows 3
rm -r "$dir/lib/wgward"
check "without one, the file is taken" reboot
check "into force" allows 1
check "and kept" good 1
rm -r "$dir/lib/wgward" "$etc/wg0.conf"
check_fails "without any, it fails" reboot
check "there is no interface" no_interface
check "and no ward" no_ward
exit 0
