#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Random changes of a large mesh are applied while two of its nodes talk to
# each other that none of them is about: not one datagram is lost. What is lost
# when "wg syncconf" or wg-quick make the same changes is measured, too.
#
# NODES, CHANGES and RATE, datagrams a second, say how many; OTHERS, how many
# of the changes the two others make.

. "$(dirname "$0")/lib.sh"

count=${NODES-200}
changes=${CHANGES-10}
others=${OTHERS-2}
rate=${RATE-5000}
seed=${SEED-$RANDOM}

# generate: the mesh after each change, and the same for wg-quick.
generate()
{
	awk -v count="$count" -v changes="$changes" -v seed="$seed" \
		-v laptop="${public[laptop]}" -v web="${public[web]}" \
		-v at="${wire[web4]}" -v dir="$dir" \
		-f "$here/tools/changes.awk" >"$dir/changes" || return
	sed -i "s|SECRET|$(cat "$dir/laptop.key")|" "$dir"/*.wg
	sort -k 2 "$dir/changes" | cut -d ' ' -f 2- | uniq -c
}

# trial RATE: nothing changes; 0 if that many a second went both ways.
trial()
{
	flow_start calm udp laptop web 4 7000 "$1"
	nap 3
	flow_stop calm
	echo "$1 a second: sent $sent, received $received, answered $answered"
	[ "$sent" -gt $(($1 * 5 / 2)) ] && [ "$received" = "$sent" ] &&
		[ "$answered" = "$sent" ]
}

# calibrate: as many a second as this machine carries when nothing changes.
calibrate()
{
	while ! trial "$rate"; do
		rate=$((rate / 2))
		[ "$rate" -ge 50 ] || return
	done
}

bring()
{
	ward laptop apply "$dir/$1.conf" --key "$dir/laptop.key"
}

sync_conf()
{
	sed /^Address/d "$dir/$1.wg" >"$dir/syncconf"
	at laptop wg syncconf wg0 "$dir/syncconf"
}

# plain NUMBER: the interface as wg-quick makes it, but faster.
plain()
{
	sed /^Address/d "$dir/$1.wg" >"$dir/syncconf"
	ip -n "${ns}laptop" link delete wg0 2>/dev/null
	ip -n "${ns}laptop" link add wg0 type wireguard &&
		at laptop wg setconf wg0 "$dir/syncconf" &&
		ip -n "${ns}laptop" addr add "${ip[laptop4]}/16" dev wg0 &&
		ip -n "${ns}laptop" link set wg0 mtu 1420 up &&
		sed -n 's/^AllowedIPs = //p' "$dir/$1.wg" |
		tr -d , | tr ' ' '\n' |
			sed -n 's|^172.*|route add & dev wg0|p' |
			ip -n "${ns}laptop" -batch - &&
		at laptop ping -q -c 1 -W 15 "${ip[web4]}"
}

# quick WORD NUMBER: wg-quick, about the interface after that many changes.
quick()
{
	cp "$dir/$2.wg" "$dir/wg0.conf"
	at laptop wg-quick "$1" "$dir/wg0.conf"
}

restart()
{
	quick down $(($1 - 1)) && quick up "$1"
}

# measure NAME COUNT COMMAND...: with each number of a change, one after the
# other, under load; the flow's results are as flow_stop has them.
measure()
{
	local name=$1 all=$2 number status=0 begin took

	shift 2
	flow_start "$name" udp laptop web 4 7000 "$rate"
	nap 1
	begin=${EPOCHREALTIME/[.,]/}
	for ((number = 1; number <= all; number++)); do
		"$@" "$number" >"$dir/step" 2>&1 && continue
		echo "change $number:"
		cat "$dir/step"
		status=1
		break
	done
	took=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
	nap 1
	flow_stop "$name"
	row "$name" "$all" "$took"
	return "$status"
}

# row NAME COUNT MS: of the table. What could not even be sent is lost.
row()
{
	local all=$((sent + errors))

	printf '# | %-22s | %7d | %9d | %8d | %7d | %10d | %9d |\n' "$1" \
		"$2" $(($3 / $2)) $((all * 1000 / ($3 + 2000))) "$all" \
		$((all - received)) $((received - answered)) >"$dir/row"
}

# whole: nothing of the flow that was stopped last was lost.
whole()
{
	echo "sent $sent, received $received, answered $answered"
	[ "$sent" -gt 100 ] && [ "$errors" = 0 ] &&
		[ "$received" = "$sent" ] && [ "$answered" = "$sent" ]
}

# peers_are NUMBER: WireGuard has the peers and prefixes after that change.
peers_are()
{
	at laptop wg show wg0 allowed-ips | tr '\t ' '\n' | sed 's|/32$||' |
		sort >"$dir/have"
	sed -n 's/^PublicKey = //p; s/^AllowedIPs = //p' "$dir/$1.wg" |
		sed 's/, /\n/g; s|/32$||' | sed 's/, /\n/g' | sort |
		diff "$dir/have" -
}

need awk wg-quick
setup
plan 15
echo "# seed $seed"
underlay web laptop
ip[laptop4]=10.10.255.1
ip[web4]=10.10.255.2
check "$count nodes, and $changes changes" generate
diagnose <"$dir/check"
for node in web laptop; do
	check "$node applies the first" ward "$node" apply "$dir/0.conf" \
		--key "$dir/$node.key"
done
check "laptop reaches web" at laptop ping -q -c 1 -W 15 "${ip[web4]}"
check "as many a second as go without changes" calibrate
diagnose <"$dir/check"

echo "# $rate a second are sent:"
echo '# | by                     | changes | ms each   | a second |    sent | lost there | lost back |'
check "$changes changes, by apply" measure apply "$changes" bring
cat "$dir/row"
check "no datagram was lost" whole
check "the peers are those of the last" peers_are "$changes"
check "and so is all else" ward laptop verify "$dir/$changes.conf" \
	--key "$dir/laptop.key"
ward laptop down >/dev/null

check "the same interface, without wgward" plain 0
check "$others of the changes, by wg syncconf" \
	measure "wg syncconf" "$others" sync_conf
cat "$dir/row"
check "the peers are those of the last" peers_are "$others"
check "the same interface anew" plain 0
check "$others of the changes, by wg-quick" \
	measure "wg-quick down and up" "$others" restart
cat "$dir/row"
check "the peers are those of the last" peers_are "$others"
exit 0
