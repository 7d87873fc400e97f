# SPDX-License-Identifier: GPL-2.0
#
# Copies TAP and counts it. Variables: "counts", the file for the numbers
# passed, failed and skipped; "nested", when programs run one after the other
# and print TAP behind "# "; "strict", when only the skips are allowed that
# "skips" names for "kernel". A missing or wrong plan is a failure, and so is
# a stream without a test.

BEGIN {
	plan = -1
	while (skips != "" && (getline line < skips) > 0) {
		split(line, field, " ")
		if (field[1] == kernel)
			allowed[substr(line, length(field[1]) + 2)] = 1
	}
}

# complain: a failure of the stream, not of a test in it.
function complain(text)
{
	print "# " text
	failed++
	bad++
}

function name(line)
{
	sub(/^(not )?ok +[0-9]* *(- )?/, "", line)
	sub(/ *# *(SKIP|skip).*$/, "", line)
	return line
}

function count(line)
{
	tests++
	if (line ~ /^not ok/) {
		failed++
		bad++
	} else if (line ~ /# *(SKIP|skip)/) {
		if (strict && !(name(line) in allowed))
			complain("skipped: " name(line))
		else
			skipped++
	} else {
		passed++
	}
}

# finish: closes a program's own TAP.
function finish(what)
{
	if (tests && plan < 0)
		complain(what ": no plan")
	else if (plan >= 0 && plan != tests && !bailed)
		complain(what ": planned " plan " tests, ran " tests)
	plan = -1
	tests = 0
	bad = 0
}

function see(line)
{
	if (line ~ /^1\.\.[0-9]+/) {
		# Several programs may print one after the other.
		plan = (plan < 0 ? 0 : plan) + substr(line, 4)
		if (line ~ /# *(SKIP|skip)/)
			bailed = 1
	} else if (line ~ /^(not )?ok( |$)/) {
		count(line)
	} else if (line ~ /^Bail out!/) {
		complain(line)
	}
}

{ print; fflush() }

!nested { see($0); next }

/^# selftests: / { plan = -1; tests = 0; bad = 0; bailed = 0 }

/^# / { see(substr($0, 3)); next }

/^(not )?ok / {
	programs++
	if (!tests) {
		count($0)
		tests = 0
	} else if (/^not ok/ && !bad) {
		complain("failed without a failed test: " name($0))
	}
	if (!/# *(SKIP|skip)/)
		finish(name($0))
	plan = -1
	next
}

/^1\.\.[0-9]+/ { outer = substr($0, 4) + 0 }

END {
	if (nested && (!programs || programs != outer))
		complain("ran " programs + 0 " of " outer + 0 " programs")
	if (!nested) {
		if (!tests && !bailed)
			complain("no tests")
		finish("stream")
	}
	print passed + 0, failed + 0, skipped + 0 > counts
}
