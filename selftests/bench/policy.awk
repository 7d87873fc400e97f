# SPDX-License-Identifier: GPL-2.0
#
# The policy of a benchmark as a neutral table, which every variant makes its
# own of:
#
#   node NAME ADDRESS GROUP
#   rule NAME ACTION FROM TO PROTOCOL FIRST LAST
#
# NODES nodes in 100 groups at most; RULES rules, which are but one for each
# pair of groups, or of a group and a prefix: one in five denies, one in ten is
# for a prefix, which is of a network behind some node. The first ones are what
# the traffic of the benchmark needs: of nodes 1, 2 and 3, all may send to 2's
# port 9 of UDP, and 1 has a TCP connection to 2. Nothing else between them is
# allowed.

function rule(action, from, to, protocol, first, last)
{
	printf "rule rule-%05d %s %s %s %s %d %d\n", made++, action, from, to,
		protocol, first, last
}

BEGIN {
	groups = nodes < 100 ? nodes : 100
	for (i = 1; i <= nodes; i++)
		printf "node node-%d 10.%d.%d.%d group-%d\n", i, i / 65536,
			i / 256 % 256, i % 256, i % groups

	rule("allow", "group-1", "group-2", "udp", 9, 9)
	rule("allow", "group-2", "group-1", "udp", 9, 9)
	rule("allow", "group-3", "group-2", "udp", 9, 9)
	rule("allow", "group-1", "group-2", "tcp", 5201, 5201)
	for (i = 0; made < rules; i++) {
		from = "group-" i % groups
		to = "group-" int(i / groups) % groups
		if (i % 10 == 7)
			to = "172.16." int(i / groups) % 256 ".0/24"
		action = i % 20 == 13 || i % 20 == 5 || i % 20 == 17 || \
			i % 20 == 9 ? "deny" : "allow"
		first = 10000 + i % 1000
		rule(action, from, to, i % 3 ? "tcp" : "udp", first,
		     first + i % 200)
	}
}
