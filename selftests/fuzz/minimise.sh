#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes corpus/NAME anew: of all the inputs that are known, few and small ones
# that reach every place that any reaches.
#
# usage: minimise.sh NAME...

set -euo pipefail

cd "$(dirname "$0")"
for name; do
	out=obj/minimised/$name
	inputs=()
	for dir in "corpus/$name" "obj/found/$name" "obj/seed/$name"; do
		[ ! -d "$dir" ] || inputs+=("$dir")
	done
	rm -rf "$out"
	mkdir -p "$out"
	"obj/${name}_fuzz" -merge=1 -use_counters=0 "$out" "${inputs[@]}" \
		>"$out.log" 2>&1
	rm -rf "corpus/$name"
	mkdir -p "corpus/$name"
	# By what is in it: one that stays keeps its name.
	for input in "$out"/*; do
		hash=$(sha256sum "$input")
		cp "$input" "corpus/$name/${hash:0:8}"
	done
	echo "$name: $(find "corpus/$name" -type f | wc -l) inputs," \
		"$(cat "corpus/$name"/* | wc -c) bytes"
done
