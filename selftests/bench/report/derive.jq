# SPDX-License-Identifier: GPL-2.0
# What follows from the figures: .variants and .native are there, the rest is
# added. Instructions are nanoseconds of a machine that counts them.

def share($part; $whole): if $part and $whole then $part / $whole * 100 else null end;
def less($one; $other): if $one and $other then $one - $other else null end;
def mean($one; $other): if $one and $other then ($one + $other) / 2 else null end;
def sum($one; $other): if $one and $other then $one + $other else null end;

.variants as $all
| $all.bare as $bare
| $all["empty-10"] as $empty
| .variants |= map_values(
	.tcp_mean = mean(.tcp; .tcp_back)
	| .tcp_share = share(.tcp_mean; mean($bare.tcp; $bare.tcp_back))
	| .udp_share = share(.udp; $bare.udp)
	# What the first packet of a flow costs more than the next.
	| .new_cost = less(less(.new; .established);
		less($bare.new; $bare.established))
	# What it costs more to refuse a packet than just to drop it.
	| .denied_sent_cost = less(.refused_sent; $empty.refused_sent)
	| .denied_received_cost = less(.refused_received; $empty.refused_received)
	| .denied_cost = sum(.denied_sent_cost; .denied_received_cost)
	| .load_cost = (sum(.load_prepare; .load_commit) // .load_kernel))
| .variants as $all
| $all["wgward-10000"] as $ward
| $all["wgward-10"] as $small
| $all["nftables-10000"] as $nft
| def budget($figure; $limit; $unit; $value; $met):
	{ $figure, $limit, $unit, $value,
	  met: (if $value == null then null else $met end) };
.budgets = [
	budget("TCP bulk, of bare WireGuard"; "at least 98"; "%";
		$ward.tcp_share; $ward.tcp_share >= 98),
	budget("busy time per UDP datagram of 64 bytes, of bare"; "at most 103"; "%";
		$ward.udp_share; $ward.udp_share <= 103),
	(less(100; share($ward.tcp_mean; $small.tcp_mean)) as $x
	| budget("TCP bulk lost from 10 to 10,000 nodes and rules"; "less than 0.5"; "%";
		$x; $x < 0.5)),
	(less(share($ward.udp; $small.udp); 100) as $x
	| budget("growth of the UDP cost from 10 to 10,000"; "less than 0.5"; "%";
		$x; $x < 0.5)),
	(share($ward.new_cost; $nft.new_cost) as $x
	| budget("a new flow, of nftables with conntrack"; "at most 33.3"; "%";
		$x; $x <= 100 / 3)),
	(share($ward.denied_cost; $nft.denied_cost) as $x
	| budget("a denied packet, of nftables with conntrack"; "at most 33.3"; "%";
		$x; $x <= 100 / 3)),
	((if $ward.load_cost then $ward.load_cost / 1e6 else null end) as $x
	| budget("prepare and commit, 10,000 nodes and rules"; "less than 100";
		"M instructions"; $x; $x < 100)),
	budget("memory of an IPv4 flow"; "at most 160"; "bytes";
		$ward.flow_bytes; $ward.flow_bytes <= 160),
	budget("memory of a node"; "at most 1024"; "bytes";
		$ward.node_bytes; $ward.node_bytes <= 1024)
]
