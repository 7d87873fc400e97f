#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Rules and nodes end by themselves: the kernel sees to it, with nothing left
# running in userspace, when the time comes or when the clock is set past it.

. "$(dirname "$0")/lib.sh"

# end_in SECONDS: sets $until, as a mesh file has it, and $end, that moment on
# the clock that messages are dated by.
end_in()
{
	local seconds=$(($(date +%s) + $1)) real

	until=$(date -u -d "@$seconds" +%Y-%m-%dT%H:%M:%SZ)
	real=$(date +%s%N)
	end=$(($(now) + seconds * 1000000000 - real))
}

# mesh_make UNTIL: when the rule ends, or nothing.
mesh_make()
{
	mesh_write <<-END
	[Rule always]
	From = any
	To = any
	Allow = udp/7000, ping
	[Rule visit]
	From = laptop
	To = web
	Allow = udp/7001, tcp/7002
	${1:+Until = $1}
	END
}

# ended: nothing arrived that was sent after $moment, when the end had been told
# of, but until about the end all went on.
ended()
{
	echo "sent $sent, received $received, last $last, end $end, cut $moment"
	[ "$received" -gt 20 ] && [ "$last" -gt $((end - 3000000000)) ] &&
		[ "$last" -le "$moment" ] &&
		[ $((sent + errors - received)) -gt 5 ]
}

# cut_off: nothing arrived that was sent after $moment.
cut_off()
{
	echo "sent $sent, received $received, last $last, cut $moment"
	[ "$received" -gt 20 ] && [ "$last" -le "$moment" ] &&
		[ $((sent + errors - received)) -gt 5 ]
}

# whole: of a flow that nothing has to do with.
whole()
{
	echo "sent $sent, received $received, errors $errors"
	[ "$sent" -gt 50 ] && [ "$errors" = 0 ] && [ "$received" = "$sent" ]
}

# nap_until_end: or a little longer.
nap_until_end()
{
	local left=$(((end - $(now)) / 1000000))

	[ "$left" -le 0 ] || nap "$((left / 1000)).$(printf %03d $((left % 1000)))"
}

# cut: the end has been seen to, so what is sent from now on does not arrive.
cut()
{
	moment=$(now)
	nap 1
}

flows_start()
{
	flow_start kept udp laptop web "$1" 7000 100
	flow_start cut udp laptop web "$1" 7001 100
	flow_start cut_tcp tcp laptop web "$1" 7002 50
}

# flows_end FAMILY CHECK: three checks.
flows_end()
{
	flow_stop kept
	check "IPv$1: another rule's flow went on whole" whole
	flow_stop cut
	check "IPv$1: the rule's UDP ended with it" "$2"
	flow_stop cut_tcp
	check "IPv$1: and its TCP" "$2"
}

# clock_move SECONDS: sets the clock of the machine.
clock_move()
{
	date -u -s "@$(($(date +%s) + $1))" >/dev/null
}

# clock_is_ours: whether the machine is one of those that tests are run in.
clock_is_ours()
{
	[ -e /run-command ] || [ -n "${WGWARD_CLOCK-}" ]
}

# events NUMBER: so many ends were told of.
events()
{
	[ "$(grep -c '"event": *"expired"' "$dir/events")" -ge "$1" ]
}

setup
plan 24
underlay hub web laptop

# A rule ends at its time, at the sender. The receiver has it for ever.
mesh_make
check "three nodes, a rule without an end" apply hub web laptop
start laptop "$command" monitor -j >"$dir/events"
number=0
for family in 4 6; do
	end_in 8
	mesh_make "$until"
	check "IPv$family: laptop's ends soon" apply laptop
	flows_start "$family"
	check_fails "IPv$family: no command is left to see to it" \
		pgrep -f "wgward.* apply"
	nap_until_end
	number=$((number + 1))
	check "IPv$family: it ends, which is told" wait_for 10 events "$number"
	cut
	flows_end "$family" ended
	check_equal "IPv$family: explain knows" "drop default -" \
		"$(verdict laptop "${ip[laptop4]}" "${ip[web4]}" udp/7001)"
done

# A node ends.
end_in 8
says[laptop]="Until = $until"
mesh_make
check "laptop ends soon, says web" apply web
says[laptop]=''
mesh_make
check "laptop knows of no end" apply laptop
flow_start cut udp laptop web 4 7001 100
nap_until_end
check "it ends" dropped_by web node-expired 1
cut
flow_stop cut
check "its flow ended with it" ended

# The clock is set past an end, and back again.
if clock_is_ours; then
	end_in 3600
	mesh_make "$until"
	check "laptop's rule ends in an hour" apply web laptop
	flow_start cut udp laptop web 4 7001 100
	nap 1
	clock_move 3601
	check "the clock is set past it, which is told" wait_for 10 events 3
	cut
	flow_stop cut
	check "its flow was cut" cut_off
	serve web udp 7001
	check "the rule has ended" blocked laptop udp "${ip[web4]}" 7001
	clock_move -3601
	check "the clock is set back: it lives again, soon" \
		wait_for 40 reaches laptop udp "${ip[web4]}" 7001
else
	for what in "setting the clock" "its flow" "its event" "its end" \
		"setting it back"; do
		check_skip "$what" "the clock is not the test's to set"
	done
fi
exit 0
