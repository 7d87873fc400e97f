#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Writes results.json, results.md and the plots out of figures, see bench.sh.
#
# usage: report.sh FIGURES OUTPUT

set -euo pipefail

report=$(cd "$(dirname "$0")" && pwd)
figures=$1 output=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# variants: an object of all that was measured in machines.
variants()
{
	local file

	for file in "$figures"/*; do
		case ${file##*/} in
		native|release|*.new)	continue ;;
		esac
		jq -Rn -f "$report/figures.jq" "$file" |
			jq --arg name "${file##*/}" '{ ($name): . }'
	done | jq -s add
}

# native: what was measured natively, if it was.
native()
{
	if [ -e "$figures/native" ]; then
		jq -Rn -f "$report/figures.jq" "$figures/native"
	else
		echo '{}'
	fi
}

# newest: when the last of the figures was taken.
newest()
{
	local file

	file=$(find "$figures" -type f -printf '%T@ %p\n' | sort -n | tail -n 1)
	date -u -r "${file#* }" +%Y-%m-%d
}

jq -n --argjson variants "$(variants)" --argjson native "$(native)" \
	--arg kernel "$(cat "$figures/release")" --arg date "$(newest)" \
	--arg cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
	'{ $date, $kernel, $cpu, command: "make bench", $variants, $native }' |
	jq -f "$report/derive.jq" >"$output/results.json"
jq -r -f "$report/table.jq" "$output/results.json" >"$output/results.md"

jq -r '.variants | to_entries[] | select(.value.udp_share)
	| [.key, .value.tcp_share, .value.udp_share] | @tsv' \
	"$output/results.json" >"$work/packets"
gnuplot -e "data='$work/packets'; set output '$output/packets.svg'" \
	"$report/packets.gp"
if [ -e "$figures/native" ]; then
	mkdir "$work/native"
	for name in verdict hit_sent hit_received new denied; do
		jq -r --arg name "$name-" '.native | to_entries[]
			| select(.key | startswith($name))
			| [(.key | ltrimstr($name) | tonumber), .value] | @tsv' \
			"$output/results.json" | sort -n >"$work/native/$name"
	done
	gnuplot -e "data='$work/native'; set output '$output/native.svg'" \
		"$report/native.gp"
fi
