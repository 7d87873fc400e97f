#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Who is not root of the user namespace that owns a network namespace sees
# nothing of its wards and changes nothing, and neither does another network
# namespace.

. "$(dirname "$0")/lib.sh"

# Arguments of the command; none of them may work, or say what is not public.
attempts='
status -j
show nodes -j
show groups -j
show rules -j
show flows -j
show drops -j
flows flush -j
monitor -j
explain 10.10.0.2 10.10.0.1 tcp/80
apply MESH --key KEY
apply MESH --key KEY --confirm 60
confirm
rollback
abort
abort --force
plan MESH --key KEY
detach
down
'

mesh_make()
{
	says[web]='Groups = secret-servers'
	mesh_write <<-END
	[Rule secret-rule]
	From = laptop
	To = secret-servers
	Allow = tcp/80, ping
	END
}

# What is to stay as it is: all but the counters.
snapshot()
{
	ward laptop status -j | jq -S '[.generation, .state]'
	ward laptop show nodes -j | jq -S '[.[].name]'
	ward laptop show rules -j | jq -S '[.[].name]'
	at laptop wg show wg0 dump | cut -f 1,2,4 | sort
	ip -n "${ns}laptop" -o addr show dev wg0
}

# The command in laptop's network namespace as a user without any privilege.
as_nobody()
{
	at laptop setpriv --reuid 65534 --regid 65534 --clear-groups \
		--bounding-set -all "$command" -i wg0 "$@"
}

# As root of a user namespace that does not own that network namespace.
as_guest_root()
{
	at laptop setpriv --reuid 65534 --regid 65534 --clear-groups \
		unshare -U -r "$command" -i wg0 "$@"
}

# With every capability but the one that counts.
as_almost_root()
{
	at laptop setpriv --bounding-set -net_admin --inh-caps -net_admin \
		"$command" -i wg0 "$@"
}

# As root of user and network namespaces of its own.
as_owner_elsewhere()
{
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		unshare -U -r -n "$command" -i wg0 "$@"
}

as_root_elsewhere()
{
	at other "$command" -i wg0 "$@"
}

# refused WHO: every attempt fails, for lack of permission if $why says so,
# and tells nothing.
refused()
{
	local who=$1 attempt status

	while read -r attempt; do
		[ -n "$attempt" ] || continue
		attempt=${attempt/MESH/$copy}
		attempt=${attempt/KEY/$copy.key}
		status=0
		# shellcheck disable=SC2086
		"$who" $attempt >"$dir/attempt" 2>&1 || status=$?
		echo "$attempt: $status"
		cat "$dir/attempt"
		# Elsewhere there is no such interface, as down wants it.
		[ "$status" != 0 ] ||
			[[ $who = *_elsewhere && $attempt = down ]] || return
		! grep -e secret -e enforcing "$dir/attempt" || return
		! grep -E 'Segmentation|assert' "$dir/attempt" || return
	done <<<"$attempts"
}

# hears_nothing WHO: of what is dropped at laptop, and becomes of its ward.
hears_nothing()
{
	local listener

	"$1" monitor -j >"$dir/heard" 2>&1 &
	listener=$!
	background+=("$listener")
	# Who is let in has begun to listen by then.
	nap 0.5
	blocked laptop tcp "${ip[web4]}" 81
	sed -i "s/^Allow = tcp.*/&, udp\/$RANDOM/" "$mesh"
	apply laptop || return
	nap 0.2
	# Of the shell that waits for it, and of the monitor itself.
	pkill -P "$listener"
	kill "$listener" 2>/dev/null
	wait "$listener" 2>/dev/null
	cat "$dir/heard"
	! grep -E 'secret|"verdict"|"commit"|10\.10\.0' "$dir/heard"
}

# limited WANTED COUNT: what becomes of a ward, in namespaces of somebody
# without privilege in the first one, that is to have room for so many flows.
limited()
{
	local wanted=$1 status=0

	sed "s/^\[Mesh\]\$/&\nMaxFlows = $2/" "$mesh" >"$copy.large"
	chmod 644 "$copy.large"
	as_owner_elsewhere apply "$copy.large" --key "$copy.key" \
		>"$dir/limited" 2>&1 || status=$?
	cat "$dir/limited"
	[ "$status" = "$wanted" ]
}

# enlarge: the same with privilege.
enlarge()
{
	sed -i "s/^\[Mesh\]\$/&\nMaxFlows = 262145/" "$mesh"
	apply laptop &&
		[ "$(ward laptop status -j | jq .max_flows)" = 262145 ]
}

need jq setpriv unshare
setup
plan 25
underlay web laptop
namespace other
mesh_make
check "two nodes" apply web laptop
check "they talk" at laptop ping -q -c 1 -W 15 "${ip[web4]}"

# Users have to be able to read what they are to be refused for.
copy=$(mktemp -d /tmp/wgward-user.XXXXXX)/wg0.conf
cp "$mesh" "$copy"
cp "$dir/laptop.key" "$copy.key"
chmod 755 "${copy%/*}"
chmod 644 "$copy"
chown 65534 "$copy.key"
before=$(snapshot)
check_equal "root is told about the rule" secret-rule \
	"$(ward laptop show rules -j | jq -r '.[].name')"

for who in as_nobody as_guest_root as_almost_root; do
	if ! at laptop setpriv --reuid 65534 --regid 65534 --clear-groups \
	     unshare -U -r true 2>/dev/null && [ "$who" = as_guest_root ]
	then
		check_skip "$who: may do nothing" "no user namespaces"
		check_skip "$who: is told why" "no user namespaces"
		continue
	fi
	check "$who: may do nothing" refused "$who"
	"$who" status >"$dir/attempt" 2>&1
	check "$who: is told why" grep -i -E 'permi|privilege|CAP_NET_ADMIN' \
		"$dir/attempt"
done
# What is theirs they may listen to, for ever.
attempts=$(grep -v -e '^plan' -e '^apply' -e '^monitor' <<<"$attempts")
for who in as_owner_elsewhere as_root_elsewhere; do
	check "$who: sees and does nothing" refused "$who"
done
check_equal "root sees no ward in the other namespace" '[]' \
	"$("$command" -n "${ns}other" status -j | jq -c .)"
check_equal "nothing changed" "$before" "$(snapshot)"
check "they still talk" at laptop ping -q -c 1 -W 15 "${ip[web4]}"
check "a rule still drops" blocked laptop tcp "${ip[web4]}" 81

# Nobody of them hears what root does.
as_root()
{
	ward laptop "$@"
}
check_fails "root hears verdicts and changes" hears_nothing as_root
for who in as_nobody as_guest_root as_almost_root as_owner_elsewhere \
	as_root_elsewhere; do
	check "$who: hears nothing" hears_nothing "$who"
done

# The machine's memory is not theirs.
check "as_owner_elsewhere: may have as many flows as anybody" limited 0 262144
check "as_owner_elsewhere: but no more" limited 1 262145
check "and is told why" grep -q 'initial user namespace' "$dir/limited"
check "who has privilege may" enlarge
rm -rf "${copy%/*}"
exit 0
