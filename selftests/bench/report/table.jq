# SPDX-License-Identifier: GPL-2.0
# All as Markdown.

def fixed($digits):
	if . == null then "–"
	else pow(10; $digits) as $p | (. * $p | round / $p | tostring) as $s
		| if $digits > 0 and ($s | contains(".") | not)
			then $s + "." + ("0" * $digits) else $s end
	end;
def whole: if . == null then "–" else round | tostring end;
def row: "| " + join(" | ") + " |";
def order: ["bare", "empty-10", "wgward-10", "wgward-1000", "wgward-10000",
	"nftables-10000", "iptables-10000", "bpf-10000"];
def title: {
	"bare": "bare WireGuard",
	"empty-10": "two empty hooks at each end",
	"wgward-10": "wgward, 10 nodes and rules",
	"wgward-1000": "wgward, 1,000",
	"wgward-10000": "wgward, 10,000",
	"nftables-10000": "nftables, conntrack, 10,000",
	"iptables-10000": "iptables, conntrack, ipset, 10,000",
	"bpf-10000": "BPF in tc, no state, 10,000"
}[.];
def sizes($name): .native | keys | map(select(startswith($name + "-"))
	| ltrimstr($name + "-") | tonumber) | sort;

. as $all
| "<!-- Written by make bench. -->",
"# Results",
"",
"Kernel \(.kernel), measured \(.date) on \(.cpu), by `\(.command)`. How: see",
"[performance](performance.md). The figures themselves are in",
"[results.json](results.json).",
"",
"## Budgets",
"",
(["figure", "budget", "measured", ""] | row),
(["---", "---", "---:", "---"] | row),
(.budgets[] | [.figure, "\(.limit) \(.unit)", "\(.value | fixed(2)) \(.unit)",
	(if .met == null then "not measured" elif .met then "met" else "**not met**" end)] | row),
"",
"## Packets",
"",
"Instructions of the whole machine, both ends; TCP in Mb/s at a thousand million",
"instructions a second.",
"",
(["", "TCP, Mb/s", "of bare", "UDP", "of bare", "new flow", "denied, sent", "denied, received"] | row),
(["---", "---:", "---:", "---:", "---:", "---:", "---:", "---:"] | row),
(order[] | . as $name | $all.variants[$name] | select(.)
	| [($name | title), (.tcp_mean | fixed(1)), "\(.tcp_share | fixed(1)) %",
		(.udp | whole), "\(.udp_share | fixed(1)) %", (.new_cost | whole),
		(.denied_sent_cost | whole), (.denied_received_cost | whole)] | row),
"",
"![Costs](packets.svg)",
"",
"## Policies and memory",
"",
(["", "load, M instructions in the kernel", "all of it", "bytes per flow", "bytes per node"] | row),
(["---", "---:", "---:", "---:", "---:"] | row),
(order[2:][] | . as $name | $all.variants[$name] | select(.)
	| [($name | title),
		(if .load_cost then .load_cost / 1e6 else null end | fixed(1)),
		(if .load_add then (.load_add + .load_cost) / 1e6
			elif .load_all then .load_all / 1e6 else null end | fixed(1)),
		(.flow_bytes | fixed(1)), (.node_bytes | fixed(1))] | row),
"",
(if .native == {} then empty else
"## Natively",
"",
"Nanoseconds in user-mode Linux on one CPU of this machine.",
"",
(["what", "by the number of"] + ($all | sizes("hit_sent") | map(tostring)) | row),
(["---", "---"] + ($all | sizes("hit_sent") | map("---:")) | row),
(["verdict", "hit_sent", "hit_received", "new", "denied"][] | . as $name
	| [({ verdict: "verdict of a policy", hit_sent: "packet of a known flow, sent",
		hit_received: "the same, received", new: "packet that starts a flow",
		denied: "packet that is denied" }[$name]),
		(if $name == "verdict" then "nodes and rules" else "flows" end)]
	+ ($all | sizes("hit_sent") | map(. as $size | $all.native["\($name)-\($size)"] | fixed(1)))
	| row),
"",
"Reading a plain packet takes \(.native["parse_plain-1"] | fixed(1)) ns, any other way",
"of reading it \(.native["parse_any-1"] | fixed(1)) ns.",
"",
"![Nanoseconds](native.svg)"
end)
