#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Ten thousand nodes in a hundred groups, and ten thousand rules: the policy
# loads, dumps whole, and decides as the file says.

. "$(dirname "$0")/lib.sh"

count=${COUNT-10000}

# A node for each of 10.0.0.0/14, most of them behind the first; a rule for
# each pair of groups, one in five a denial and one in ten for a prefix.
mesh_make()
{
	awk -v count="$count" -v hub="${public[hub]}" -v self="${public[laptop]}" '
	BEGIN {
		print "[Mesh]\nName = large\nNetwork = 10.0.0.0/14, fd00:10::/64"
		print "ListenPort = 51820\nDefault = deny"
		node("hub", hub, 1, "")
		print "Endpoint = 192.0.2.1"
		node("laptop", self, 2, "")
		for (i = 3; i <= count; i++)
			node("node-" i, sprintf("%042dA=", i), i, "hub")
		for (i = 0; i < count; i++)
			rule(i)
	}
	function node(name, key, number, relay) {
		printf "[Node %s]\nPublicKey = %s\n", name, key
		printf "Address = %s, fd00:10::%x\n", address(number), number
		printf "Groups = group-%d\n", number % 100
		if (relay)
			printf "Relay = %s\n", relay
	}
	function address(number) {
		return sprintf("10.%d.%d.%d", number / 65536,
			       number / 256 % 256, number % 256)
	}
	function rule(number) {
		printf "[Rule rule-%05d]\n", number
		printf "From = group-%d\n", number % 100
		if (number % 10 == 7)
			printf "To = 10.0.%d.0/24\n", number / 100 % 40
		else
			printf "To = group-%d\n", number / 100 % 100
		printf "%s = %s/%d-%d\n", number % 10 ~ /[35]/ ? "Deny" : "Allow",
		       number % 3 ? "tcp" : "udp", number % 1000 + 1,
		       number % 1000 + 1 + number % 200
	}' >"$mesh"
}

# samples: conversations, half of which some rule is about.
samples()
{
	awk -v count="$count" -v seed="$seed" '
	BEGIN {
		srand(seed)
		for (i = 0; i < 500; i++) {
			rule = int(rand() * count)
			from = pick(rule % 100)
			to = pick(int(rule / 100) % 100)
			port = rule % 1000 + 1 + int(rand() * 400)
			print address(from), address(to),
			      (rule % 3 ? "tcp/" : "udp/") port
		}
	}
	function pick(group) {
		return group + 100 * (1 + int(rand() * (count / 100 - 2)))
	}
	function address(number) {
		return sprintf("10.%d.%d.%d", number / 65536,
			number / 256 % 256, number % 256)
	}'
}

# took WHAT COMMAND...: how long, as a remark.
took()
{
	local what=$1 start=${EPOCHREALTIME/[.,]/} status=0

	shift
	"$@" || status=$?
	echo "$what took $(((${EPOCHREALTIME/[.,]/} - start) / 1000)) ms" \
		>>"$dir/took"
	return $status
}

names()
{
	ward laptop show "$1" -j | jq -r '.[].name' | sort
}

need jq
seed=${SEED-$RANDOM}
setup
plan 13
underlay hub laptop
mesh_make
check "the file of $count nodes and $count rules is sound" \
	took check "$command" check "$mesh"
check "it is applied" took apply apply laptop
check_equal "the ward enforces it" enforcing "$(state laptop)"
check_equal "a second time changes nothing" false \
	"$(took "apply again" changed laptop)"
check_equal "all nodes are in the dump" \
	"$(sed -n 's/^\[Node \(.*\)\]/\1/p' "$mesh" | sort | md5sum)" \
	"$(names nodes | md5sum)"
check_equal "all rules are" \
	"$(sed -n 's/^\[Rule \(.*\)\]/\1/p' "$mesh" | sort | md5sum)" \
	"$(names rules | md5sum)"
check_equal "all groups are" 100 "$(names groups | grep -c '^group-')"

echo "# seed $seed"
samples >"$dir/samples"
check "the kernel explains 500 conversations" \
	took explain ward laptop explain - <"$dir/samples"
cp "$dir/check" "$dir/kernel"
check "the file explains them" took "explain offline" \
	"$command" explain - --file "$mesh" <"$dir/samples"
cp "$dir/check" "$dir/file"
check "they agree" diff "$dir/kernel" "$dir/file"
for answer in "pass	rule" "drop	rule" "drop	default"; do
	check_more "among them are: $(tr '\t' ' ' <<<"$answer")" \
		"$(grep -c "^$answer" "$dir/kernel")" 2
done
sed 's/^/# /' "$dir/took"
exit 0
