# SPDX-License-Identifier: GPL-2.0
#
# The table of policy.awk as sets for "ipset restore": one for each group.

$1 == "node" {
	if (!($4 in known)) {
		known[$4] = 1
		print "create " $4 " hash:ip"
	}
	print "add " $4 " " $3
}
