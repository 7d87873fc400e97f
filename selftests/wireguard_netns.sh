#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# WireGuard's own test, netns.sh of the kernel's source, as it is: it goes the
# same way, step by step, whether its interfaces are let alone or are attached
# and allow everything. An ip(8) that comes first attaches them.
#
# By default its streams are of a megabyte, and do not last three seconds each.
# LONG=1 lets them be as they are. NETNS_SH names the script, if it is not in the cache.

. "$(dirname "$0")/lib.sh"

find_script()
{
	local place cache=${XDG_CACHE_HOME:-$HOME/.cache}/wgward

	for place in /ynl "$cache/source" "$cache/tree"; do
		place+=/tools/testing/selftests/wireguard/netns.sh
		if [ -e "$place" ]; then
			echo "$place"
			return
		fi
	done
	return 1
}

# shorten: iperf3 that is done soon, for what follows.
shorten()
{
	real_iperf=$(command -v iperf3)
	mkdir "$dir/short"
	cat >"$dir/short/iperf3" <<-END
	#!/bin/bash
	arguments=" \$* "
	exec "$real_iperf" \${arguments/ -t 3 / -n 1M }
	END
	chmod +x "$dir/short/iperf3"
	PATH=$dir/short:$PATH
}

# attaching: ip(8) that attaches, for what follows.
attaching()
{
	IP_REAL=$(command -v ip)
	IP_ALLOW=$here/netlink/allow
	IP_LOG=$dir/wards
	export IP_REAL IP_ALLOW IP_LOG
	mkdir "$dir/attaching"
	ln -s "$here/tools/ip_attach" "$dir/attaching/ip"
	: >"$IP_LOG"
	PATH=$dir/attaching:$PATH
}

# netfilter: the kernel has what the script wants of iptables(8).
netfilter()
{
	namespace probe
	at probe iptables -A INPUT -m length --length 1360 -j DROP &&
		at probe iptables -t mangle -I OUTPUT -j MARK --set-xmark 1 &&
		at probe iptables -t nat -A POSTROUTING -s 192.168.1.0/24 \
			-d 10.0.0.0/24 -j SNAT --to 10.0.0.1
}

# run NAME: the script, for $dir/NAME; its steps go to $dir/NAME.steps. What
# runs beside something else may be before or after it.
run()
{
	local start=$SECONDS status=0

	bash "$script" </dev/null >"$dir/$1" 2>&1 || status=$?
	grep -a '^.\[32m' "$dir/$1" |
		sed -E 's#[A-Za-z0-9+/]{42,43}=#KEY#g; s#/dev/fd/[0-9]+#FD#g
			s/wg-test-[0-9]+/wg-test/g; s/pid [0-9]+/pid/' |
		sort >"$dir/$1.steps"
	echo "# $1: $(wc -l <"$dir/$1.steps") steps in $((SECONDS - start)) s"
	[ "$status" = 0 ] || tail -n 15 "$dir/$1"
	return "$status"
}

# attached: as often as the script makes and moves interfaces of WireGuard, and
# it came to its end.
attached()
{
	cat "$dir/wards"
	[ "$(wc -l <"$dir/wards")" -gt 10 ] &&
		[ "$(wc -l <"$dir/attached.steps")" -gt 200 ]
}

setup
script=${NETNS_SH-$(find_script)} || skip "no netns.sh: NETNS_SH names it"
need iperf3 ncat ss ping ping6 iptables
[ -x "$here/netlink/allow" ] || make -s -C "$here/netlink" ||
	skip "cannot build selftests/netlink"
netfilter 2>/dev/null || skip "the kernel lacks parts of iptables"
if [ -n "${LONG-}" ]; then
	plan 4
	check "it passes without wards" run detached
else
	plan 2
	shorten
fi
attaching
check "it passes with its interfaces attached" run attached
check "they were attached" attached
[ -z "${LONG-}" ] ||
	check "both go the same way" \
		diff "$dir/detached.steps" "$dir/attached.steps"
exit 0
