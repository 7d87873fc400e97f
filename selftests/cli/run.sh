#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of the command that need neither root nor module, in TAP: those of
# tests/*.test and tests/*.table, and what a shell is needed for.
#
# A line of a .test file is a command, " ; ", its exit status as a word, and
# what standard output and error together must contain, or must not, after
# "!":
#
#	mesh FILE                     go on with meshes/FILE as mesh.conf
#	edit SED-SCRIPT ; BAD ; TEXT  check a mesh.conf that was so changed
#	since SED-SCRIPT ; OK ; TEXT  plan the change that it makes
#	wgward ARGUMENTS ; NO ; TEXT  run the command; $MESH is mesh.conf
#	script STEPS ; OK ; TEXT      change the policy of mesh.conf, see script.c
#
# OK is status 0, BAD 1, USAGE 2, NO 3. "\t" is a tab. Errors about mesh.conf
# must name the file. The command is a sanitized build, WGWARD names another.

set -u

here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../tools
wgward=${WGWARD:-$tools/obj-sanitize/wgward}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0 failed=0

# A sanitizer's complaint has a status that no command ends with.
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1

# result STATUS NAME: what was seen is in output.
result()
{
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number $2"
		return
	fi
	failed=$((failed + 1))
	head -n 20 "$work/output" | cut -c -500 | sed 's/^/# /'
	echo "not ok $number $2"
}

# contains TEXTS: separated by " ; "; prints what is wrong.
contains()
{
	local rest=$1 text

	while [ -n "$rest" ]; do
		text=${rest%% ; *}
		[ "$text" = "$rest" ] && rest= || rest=${rest#* ; }
		text=$(printf '%b' "$text")
		if [ "${text:0:1}" = '!' ] && [ "${text:1:1}" != '!' ]; then
			! grep -qF -e "${text:1}" "$work/output" ||
				echo "unexpected: ${text:1}"
		else
			# "!!" is one that is meant.
			text=${text/#!!/!}
			grep -qF -e "$text" "$work/output" ||
				echo "missing: $text"
		fi
	done
}

# expect NAME STATUS TEXTS: judges the command that was run.
expect()
{
	local name=$1 wanted wrong

	case $2 in
	OK)	wanted=0 ;;
	BAD)	wanted=1 ;;
	USAGE)	wanted=2 ;;
	NO)	wanted=3 ;;
	esac
	wrong=$(contains "$3")
	[ "$status" = "$wanted" ] || wrong+=" status $status"
	[ -z "$wrong" ] || echo "$wrong" >>"$work/output"
	result "${#wrong}" "$name"
}

# run ARGUMENTS: the command, its output and status.
run()
{
	(cd "$work" && "$wgward" "$@") >"$work/output" 2>&1 </dev/null
	status=$?
}

# change SED-SCRIPT: from base.conf to mesh.conf.
change()
{
	sed -E "$1" "$work/base.conf" >"$work/mesh.conf"
	cmp -s "$work/base.conf" "$work/mesh.conf" || return 0
	echo "the script changes nothing" >"$work/output"
	status=98
	return 1
}

run_edit()
{
	change "$1" || return
	run check mesh.conf
	# Each line of an error names the file, and nothing is left unsaid.
	if [ "$status" = 1 ] && { ! grep -q . "$work/output" ||
		grep -qvE '^mesh\.conf(:[0-9]+)?: (error|warning): ' \
			"$work/output"; }; then
		status=97
	fi
}

run_line()
{
	local name=$1 command=$2 verb words

	verb=${command%% *}
	case $verb in
	mesh)
		cp "$here/meshes/${command#* }" "$work/base.conf"
		cp "$work/base.conf" "$work/mesh.conf"
		return 1
		;;
	edit)
		run_edit "${command#edit }"
		;;
	since)
		change "${command#since }" &&
			run plan mesh.conf --since base.conf --exit-code
		;;
	wgward)
		# Words of a command line, without a shell's expansions.
		read -ra words <<<"${command#wgward}"
		run "${words[@]//\$MESH/mesh.conf}"
		;;
	script)
		read -ra words <<<"${command#script}"
		(cd "$work" && ./script mesh.conf "${words[@]}") \
			>"$work/output" 2>&1 </dev/null
		status=$?
		;;
	*)
		echo "unknown: $verb" >"$work/output"
		status=96
		;;
	esac
	# TAP has a meaning of its own for "#".
	title="$name: ${command//\#/}"
}

test_file()
{
	local line_number=0 line rest title suite

	suite=$(basename "$1" .test)
	while IFS= read -r line; do
		line_number=$((line_number + 1))
		case $line in
		''|'#'*)	continue ;;
		esac
		run_line "$suite:$line_number" "${line%% ; *}" || continue
		rest=${line#* ; }
		[ "${rest%% ; *}" = "$rest" ] && rest+=" ; "
		expect "$title" "${rest%% ; *}" "${rest#* ; }"
	done <"$1"
}

# A .table file holds triples with the answers that "explain -" gives.
test_table()
{
	local mesh question wanted seen

	mesh=$(sed -n 's/^mesh //p' "$1")
	grep '^[^#].*|' "$1" >"$work/table"
	sed 's/ *|.*//' "$work/table" >"$work/questions"
	"$wgward" explain - --file "$here/meshes/$mesh" <"$work/questions" \
		>"$work/answers" 2>"$work/output"
	result $? "$(basename "$1"): all are answered"
	while IFS='|' read -r question wanted <&3; do
		IFS= read -r seen <&4
		read -r wanted <<<"$wanted"
		wanted=${wanted// /$'\t'}
		echo "seen $seen" >"$work/output"
		[ "$seen" = "$wanted" ]
		result $? "$(basename "$1"): $question= ${wanted//$'\t'/ }"
	done 3<"$work/table" 4<"$work/answers"
}

# limit SECONDS NAME STATUS TEXTS COMMAND...: with a limit of time and memory.
limited()
{
	local seconds=$1 name=$2 wanted=$3 texts=$4

	shift 4
	(cd "$work" && timeout "$seconds" "$@") >"$work/output" 2>&1
	status=$?
	expect "$name" "$wanted" "$texts"
}

large_files()
{
	python3 "$here/generate.py" 10000 10000 100 >"$work/large.conf"
	limited 60 "10,000 nodes and rules are checked" OK \
		"10000 nodes, 110 groups, 10000 rules" \
		"$wgward" check large.conf
	awk 'BEGIN {
		for (i = 0; i < 100000; i++)
			printf "n%d n%d tcp/%d\n", 1 + rand() * 10000,
				1 + rand() * 10000, rand() * 60000
	}' >"$work/questions"
	limited 60 "100,000 questions are answered" OK "" sh -c \
		"'$wgward' explain - --file large.conf <questions >answers &&
		 [ \$(wc -l <answers) = 100000 ] && ! grep -v '^[pd]' answers"
	head -c 100000000 /dev/zero | tr '\0' '#' >"$work/big.conf"
	limited 60 "a file of 100 MB is refused" BAD \
		"big.conf: error: is too big" "$wgward" check big.conf
	rm "$work/big.conf"
	limited 60 "a file without end is refused" BAD "is too big" \
		"$wgward" check /dev/zero
	limited 60 "a directory is refused" BAD "/: error: Is a directory" \
		"$wgward" check /
	limited 60 "a file that is not there" BAD "none.conf: error: No such" \
		"$wgward" check none.conf
	{
		sed '/^\[Test/,$d' "$work/base.conf"
		printf '[Rule long]\nTo = any\nAllow = any\nFrom = alice'
		awk 'BEGIN { while (i++ < 9000) printf ", alice" }'
	} >"$work/list.conf"
	limited 60 "a list of 9,000 equal terms is one" OK "is good" \
		"$wgward" check list.conf
	{
		sed '/^From = alice,/s/,.*//' "$work/list.conf"
		awk 'BEGIN {
			while (i++ < 5000)
				printf ", 10.200.%d.%d", i / 250, i % 250
		}'
	} >"$work/rule.conf"
	limited 60 "a rule too big for the kernel is refused" BAD \
		"[Rule long]: is too big, 100" "$wgward" check rule.conf
	awk 'BEGIN { while (i++ < 1000000) printf ", a" }' >>"$work/list.conf"
	limited 60 "a list of a million terms is refused" BAD \
		"[Rule long]: has a list of more than 10000 items" \
		"$wgward" check list.conf
}

# effect NAME TEXT BEFORE AFTER: of files that effects.py makes. Where the change
# means too much to be told, plan and apply find out soon, and in little memory;
# of that, the sanitizer takes a part.
effect()
{
	local options=$ASAN_OPTIONS words

	read -ra words <<<"$3"
	python3 "$here/effects.py" "${words[@]}" >"$work/before.conf"
	read -ra words <<<"$4"
	python3 "$here/effects.py" "${words[@]}" >"$work/after.conf"
	ASAN_OPTIONS+=:quarantine_size_mb=1:hard_rss_limit_mb=250
	limited 60 "$1" OK "$2" "$wgward" plan after.conf --since before.conf
	ASAN_OPTIONS=$options
}

# Whatever the order in the file, plan tells the same.
any_order()
{
	python3 "$here/generate.py" 150 150 10 >"$work/before.conf"
	sed '/^\[Rule r7\]/,/^[AD][el][ln][oy]/d; s/^To = g3,/To = g4,/' \
		"$work/before.conf" >"$work/after.conf"
	python3 - "$work/before.conf" "$work/after.conf" <<-'PYTHON'
		import random, re, sys
		chance = random.Random(2)
		for name in sys.argv[1:]:
		    with open(name) as file:
		        parts = re.split(r"(?m)^(?=\[)", file.read())
		    chance.shuffle(parts)
		    with open(name.replace(".conf", ".shuffled"), "w") as file:
		        file.write("\n".join(parts))
	PYTHON
	limited 20 "plan tells the same, whatever the order" OK \
		"~ rule ; GAIN ; LOSE ; - rule r7: " bash -c "
		'$wgward' plan after.conf --since before.conf 2>/dev/null |
			tee /dev/stderr |
			cmp - <('$wgward' plan after.shuffled \
				--since before.shuffled 2>/dev/null)"
}

large_effects()
{
	local much="There is more that is gained or lost"

	effect "another default for 1,000,000 pairs" \
		"~ policy default: deny -> allow ; $much" \
		"crossed 1000 deny" "crossed 1000 allow"
	effect "rules for 1,000,000 pairs" \
		"+ rule b999: allow udp/1000 from n999 to any ; $much" \
		"plain 1000 deny" "crossed 1000 deny"
	effect "3,000 rules that go, of which any pair had one" "$much" \
		"denied 3000 allow" "paired 3000 allow"
}

# Bytes that differ from run to run with RANDOM_SEED.
random_bytes()
{
	local seed=${RANDOM_SEED:-1}

	for name in raw printable; do
		python3 - "$seed" "$name" >"$work/random.conf" <<-'PYTHON'
			import random, sys
			chance = random.Random(sys.argv[1] + sys.argv[2])
			data = chance.randbytes(3 << 20)
			if sys.argv[2] == "printable":
			    data = bytes(b for b in data if 31 < b < 127 or b == 10)
			sys.stdout.buffer.write(data)
		PYTHON
		limited 20 "random bytes, $name, seed $seed" BAD \
			"random.conf:" "$wgward" check random.conf
	done
	printf '[Mesh]\nName = a\0b\n' >"$work/nul.conf"
	limited 20 "a NUL byte is refused" BAD \
		"nul.conf:2: error: there is a NUL byte" \
		"$wgward" check nul.conf
	printf '\xff\xfe[\0M\0' >"$work/utf16.conf"
	limited 20 "UTF-16 is refused" BAD "save it as UTF-8" \
		"$wgward" check utf16.conf
	sed 's/$/\r/; 1s/^/\xef\xbb\xbf/' "$work/base.conf" >"$work/crlf.conf"
	limited 20 "CRLF and a byte order mark are read" OK "is good" \
		"$wgward" check crlf.conf
	printf '[Mesh]\n\033[31mred\033[0m = 1\n' >"$work/escape.conf"
	limited 20 "escapes do not reach the terminal" BAD \
		'\\x1b[31mred ; !\033' "$wgward" check escape.conf
}

# json NAME EXPRESSION COMMAND...: the Python expression must hold of data.
json()
{
	local name=$1 expression=$2

	shift 2
	(cd "$work" && "$@") >"$work/output" 2>"$work/errors" </dev/null
	python3 - "$expression" "$work/output" >>"$work/errors" 2>&1 <<-'PYTHON'
		import json, sys
		with open(sys.argv[2]) as file:
		    data = json.load(file)
		sys.exit(not eval(sys.argv[1], {"data": data}))
	PYTHON
	status=$?
	cat "$work/errors" >>"$work/output"
	result "$status" "JSON: $name"
}

json_output()
{
	cp "$work/base.conf" "$work/mesh.conf"
	json "check of a good file" \
		'data["good"] is True and data["errors"] == [] and data["nodes"] == 3' \
		"$wgward" check mesh.conf -j
	json "explain" \
		'data["verdict"] == "pass" and data["rule"] == "ssh" and data["line"] > 1 and data["source"] == {"node": "alice", "address": "10.10.0.1"}' \
		"$wgward" -j explain alice hub tcp/22 --file mesh.conf
	json "version" '"command" in data and "module" in data' \
		"$wgward" version --json
	sed -i 's/^Default.*/Default = perhaps/' "$work/mesh.conf"
	json "check of a bad file" \
		'data["good"] is False and [e["text"] for e in data["errors"]] == ["perhaps"] and data["mesh"] is None' \
		"$wgward" check mesh.conf -j
}

# What is saved of a policy makes the same policy.
saved()
{
	local file

	for file in "$here"/meshes/*.conf \
		"$here"/../../Documentation/examples/*.conf; do
		limited 20 "saved and read again: ${file##*/}" OK "" \
			"$work/script" "$file" again
	done
	limited 60 "saved and read again: 10,000 nodes and rules" OK "" \
		"$work/script" "$work/large.conf" \
		rule add x From=any To=any Deny=tcp/1 / again
}

examples()
{
	local file

	for file in "$here"/../../Documentation/examples/*.conf; do
		limited 20 "example ${file##*/}" OK "is good ; !warning" \
			"$wgward" check "$file"
	done
}

# The mesh in README.md is what the answers next to it are about.
readme()
{
	local readme=$here/../../README.md question words

	sed -n '/^ *\[Mesh\]$/,/^[0-9]\. /p' "$readme" | sed '$d; s/^ *//' \
		>"$work/wg0.conf"
	grep -oE '# wgward (check|explain) .*' "$readme" >"$work/questions"
	while read -r question; do
		read -ra words <<<"${question#*wgward }"
		[[ $question == *wg0.conf* ]] || words+=(--file wg0.conf)
		(cd "$work" && "$wgward" "${words[@]}") >"$work/answers" 2>&1
		awk -v question="$question" '
			{ sub(/^ */, "") }
			/^$|^#/ { on = 0 }
			on { print }
			$0 == question { on = 1 }' "$readme" |
			diff - "$work/answers" >"$work/output"
		result $? "README.md: ${question#\# }"
	done <"$work/questions"
	[ "$(wc -l <"$work/questions")" -ge 3 ]
	result $? "README.md asks"
}

standard_input()
{
	limited 20 "check reads standard input" OK "<stdin>: mesh office" \
		sh -c "'$wgward' check - <base.conf"
	limited 20 "explain reads questions, and says which are none" BAD \
		"pass\trule\tssh ; error\tnobody: is no node and no address\t- ; error\twrite SRC DST SERVICE" \
		sh -c "printf 'alice hub tcp/22\n\n# no question\nnobody hub tcp/22\nalice hub\nalice printer tcp/23' |
			'$wgward' explain - --file base.conf"
	limited 20 "explain answers before the end of its input" OK \
		"pass\trule\tssh" bash -c "
		coproc '$wgward' explain - --file base.conf
		echo alice hub tcp/22 >&\${COPROC[1]}
		read -r -t 10 line <&\${COPROC[0]} && echo \"\$line\""
	limited 20 "explain refuses an endless line" BAD "has more than" \
		sh -c "head -c 1000000 /dev/zero | tr '\\0' a |
			'$wgward' explain - --file base.conf"
	limited 20 "a full device is told" BAD "No space left" \
		sh -c "'$wgward' help >/dev/full"
}

main()
{
	local file

	if [ ! -x "$wgward" ]; then
		echo "Bail out! $wgward is not built: make -C tools check"
		exit 1
	fi
	# A build that begins meanwhile does not disturb.
	cp "$wgward" "$work/wgward"
	wgward=$work/wgward
	cp "$tools/obj-sanitize/script" "$work/script"
	for file in "$here"/tests/*.test; do
		test_file "$file"
	done
	for file in "$here"/tests/*.table; do
		test_table "$file"
	done
	cp "$here/meshes/office.conf" "$work/base.conf"
	examples
	readme
	standard_input
	json_output
	random_bytes
	large_files
	large_effects
	any_order
	saved
	if [ -x "$tools/obj-sanitize/mutate" ]; then
		limited 60 "mutated mesh files, seed ${RANDOM_SEED:-1}" OK "" \
			"$tools/obj-sanitize/mutate" "${RANDOM_SEED:-1}" 3 \
			"$here"/meshes/*.conf
	fi
	echo "1..$number"
	[ "$failed" = 0 ]
}

main
