# SPDX-License-Identifier: GPL-2.0
#
# The table of policy.awk as rules for iptables-restore: conntrack first, then
# a chain for each group that sends, in which denials come first.

$1 == "rule" {
	if (!($4 in chain))
		order[++chains] = $4
	if ($5 ~ /\//)
		to = "-d " $5
	else
		to = "-m set --match-set " $5 " dst"
	line = "-A from-" $4 " -p " $6 " -m " $6 " --dport " $7 ":" $8 " " to
	chain[$4] = chain[$4]
	if ($3 == "deny")
		denials[$4] = denials[$4] line " -j DROP\n"
	else
		allowances[$4] = allowances[$4] line " -j ACCEPT\n"
}

END {
	print "*raw\n:PREROUTING ACCEPT\n:OUTPUT ACCEPT"
	print "-A PREROUTING -p udp -m udp --dport 51820 -j CT --notrack"
	print "-A OUTPUT -p udp -m udp --dport 51820 -j CT --notrack"
	print "COMMIT"
	print "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n:policy -"
	for (i = 1; i <= chains; i++)
		print ":from-" order[i] " -"
	print "-A INPUT -i wg0 -j policy"
	print "-A OUTPUT -o wg0 -j policy"
	print "-A policy -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"
	for (i = 1; i <= chains; i++)
		print "-A policy -m set --match-set " order[i] " src -g from-" order[i]
	print "-A policy -j DROP"
	for (i = 1; i <= chains; i++)
		printf "%s%s-A from-%s -j DROP\n", denials[order[i]],
			allowances[order[i]], order[i]
	print "COMMIT"
}
