#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs fuzzers that are built, side by side, and tells of each in TAP. What one
# finds is printed in base64, so that a log is all that is needed to have it
# again:
#
#	base64 -d >input; obj/NAME_fuzz input
#
# usage: run.sh SECONDS NAME...
#
# With 0 seconds the inputs of corpus/NAME are run and nothing else. What is
# met in the other case is kept in obj/found/NAME.

set -uo pipefail

cd "$(dirname "$0")" || exit
seconds=$1
shift
export UBSAN_OPTIONS=print_stacktrace=1

# fuzz NAME: in obj/run/NAME, where it leaves what it found.
fuzz()
{
	local dir=obj/run/$1 inputs=("obj/found/$1" "corpus/$1") options=()

	rm -rf "$dir"
	mkdir -p "$dir" "obj/found/$1"
	options+=(-artifact_prefix="$dir/" -print_final_stats=1 -max_len=4096)
	options+=(-timeout=30 -entropic=0)
	[ ! -f "$1_fuzz.dict" ] || options+=(-dict="$1_fuzz.dict")
	if [ "$seconds" = 0 ]; then
		options+=(-runs=0)
		inputs=("corpus/$1")
	else
		options+=(-max_total_time="$seconds")
	fi
	"obj/$1_fuzz" "${options[@]}" "${inputs[@]}" >"$dir/log" 2>&1
	echo $? >"$dir/status"
}

told='^wgward|runtime error|^==[0-9]+== ?ERROR|^SUMMARY'

# What went wrong, where, and the input.
report()
{
	local dir=obj/run/$1 input

	grep -B 4 -E "$told" "$dir/log" | grep -vE '^(INFO|--|==+$|$| *#[0-9])' |
		sed 's/^/# /'
	grep -E '^ +#[0-9]+ .*/(module|tools|selftests)/.*\.[ch](:[0-9]+)*$' \
		"$dir/log" | head -n 20 | sed 's/^/# /'
	for input in "$dir"/*-*; do
		[ -f "$input" ] || continue
		echo "# obj/$1_fuzz ${input##*/}, in base64:"
		base64 -w 0 "$input" | sed 's/^/# /'
		echo
	done
}

# result NUMBER NAME
result()
{
	local dir=obj/run/$2 runs coverage

	runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$dir/log")
	coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$dir/log" | tail -n 1)
	if [ "$(cat "$dir/status")" = 0 ] && [ "${runs:-0}" -gt 1 ]; then
		echo "ok $1 - $2: $runs inputs, $coverage places reached"
		return
	fi
	report "$2"
	[ "${runs:-0}" -gt 1 ] || tail -n 20 "$dir/log" | sed 's/^/# /'
	echo "not ok $1 - $2: a finding after ${runs:-no} inputs"
	return 1
}

number=0 failed=0
for name; do
	fuzz "$name" &
done
wait
for name; do
	number=$((number + 1))
	result "$number" "$name" || failed=1
done
echo "1..$number"
exit "$failed"
