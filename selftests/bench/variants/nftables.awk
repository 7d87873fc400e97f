# SPDX-License-Identifier: GPL-2.0
#
# The table of policy.awk as a ruleset for nft: conntrack first, then a verdict
# map for the pairs of groups. A packet's groups are looked up once, and stand
# in its mark and in that of its connection. The datagrams of the tunnel itself
# are not tracked. "ip protocol" and not "meta l4proto", of which nft 1.0.6 makes
# code that kernels refuse by now.

function group_number(name)
{
	if (!(name in number))
		number[name] = ++group_count
	return number[name]
}

$1 == "node" {
	node[++node_count] = $3 " : " group_number($4)
}

$1 == "rule" {
	verdict = $3 == "allow" ? "accept" : "drop"
	service = $6 " . " $7 ($8 > $7 ? "-" $8 : "")
	from = group_number($4)
	if ($5 ~ /\//)
		prefix[verdict, ++prefix_count[verdict]] = from " . " $5 " . " service
	else
		pair[++pair_count] = from " . " group_number($5) " . " \
			service " : " verdict
}

function elements(list, count, key, i)
{
	if (!count)
		return
	print "\t\telements = {"
	for (i = 1; i <= count; i++)
		print "\t\t\t" (key == "" ? list[i] : list[key, i]) ","
	print "\t\t}"
}

END {
	print "table inet mesh {"
	print "\tmap groups {"
	print "\t\ttype ipv4_addr : mark"
	elements(node, node_count, "")
	print "\t}"
	print "\tmap services {"
	print "\t\ttype mark . mark . inet_proto . inet_service : verdict"
	print "\t\tflags interval"
	elements(pair, pair_count, "")
	print "\t}"
	for (verdict in prefix_count) {
		print "\tset prefixes_" verdict " {"
		print "\t\ttype mark . ipv4_addr . inet_proto . inet_service"
		print "\t\tflags interval"
		elements(prefix, prefix_count[verdict], verdict)
		print "\t}"
	}
	print "\tchain judge {"
	print "\t\tct state vmap { established : accept, related : accept, invalid : drop }"
	print "\t\tmeta mark set ip saddr map @groups"
	print "\t\tct mark set ip daddr map @groups"
	if (prefix_count["drop"])
		print "\t\tmeta mark . ip daddr . ip protocol . th dport @prefixes_drop drop"
	print "\t\tmeta mark . ct mark . ip protocol . th dport vmap @services"
	if (prefix_count["accept"])
		print "\t\tmeta mark . ip daddr . ip protocol . th dport @prefixes_accept accept"
	print "\t\tdrop"
	print "\t}"
	print "\tchain input {"
	print "\t\ttype filter hook input priority filter; policy accept;"
	print "\t\tiifname \"wg0\" goto judge"
	print "\t}"
	print "\tchain output {"
	print "\t\ttype filter hook output priority filter; policy accept;"
	print "\t\toifname \"wg0\" goto judge"
	print "\t}"
	print "\tchain untracked_in {"
	print "\t\ttype filter hook prerouting priority raw; policy accept;"
	print "\t\tudp dport 51820 notrack"
	print "\t}"
	print "\tchain untracked_out {"
	print "\t\ttype filter hook output priority raw; policy accept;"
	print "\t\tudp dport 51820 notrack"
	print "\t}"
	print "}"
}
