# SPDX-License-Identifier: GPL-2.0
#
# A mesh of many nodes and what becomes of it by random changes, one after the
# other: nodes come, go, join groups and are elsewhere, networks and addresses
# move between them, rules come, go and change. Nothing is about nodes "laptop"
# and "web", and udp/7000 between these is always allowed. The first twenty of
# the others stay, each in a group of its own, so that no group is ever empty.
#
# Variables: count of nodes, 40 at least, changes, seed; laptop and web, their public keys;
# at, the address of web below the mesh; dir, for the files. Writes N.conf, the
# mesh file after N changes, and N.wg, what wg-quick makes the same interface
# of. The kinds of change are told on standard output.

BEGIN {
	srand(seed)
	base = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for (i = 3; i <= count; i++)
		node_add()
	for (i = 0; i < 50; i++)
		rule_add()
	write(0)
	for (n = 1; n <= changes; n++) {
		print n, change()
		write(n)
	}
}

function below(limit) {
	return int(rand() * limit)
}

# Any 32 bytes are a public key; the last character holds four bits of them.
function key_make(  key, i) {
	for (i = 0; i < 42; i++)
		key = key substr(base, 1 + below(64), 1)
	return key substr(base, 1 + 4 * below(16), 1) "="
}

# address HIGH NUMBER: of 10.10.0.0/16 for nodes, and 10.10.128.0/17 for what
# moves between them.
function address(high, number) {
	return sprintf("10.10.%d.%d", high + number / 250, number % 250 + 1)
}

function network(number) {
	return sprintf("172.%d.%d.0/24", 16 + number / 250, number % 250)
}

function node_add(  id) {
	id = ++last_node
	nodes[++node_count] = id
	key[id] = key_make()
	group[id] = id <= 20 ? id - 1 : below(20)
	place[id] = endpoint_make()
	if (rand() < .3)
		prefix_add(id)
	return "node"
}

function node_del(  which, id, p) {
	which = 21 + below(node_count - 20)
	id = nodes[which]
	nodes[which] = nodes[node_count--]
	for (p = 1; p <= prefix_count; )
		if (owner[p] == id)
			prefix_del(p)
		else
			p++
	return "node removed"
}

function endpoint_make() {
	return sprintf("198.51.100.%d:%d", 1 + below(250), 1024 + below(60000))
}

function node_any() {
	return nodes[1 + below(node_count)]
}

function prefix_add(id) {
	prefix[++prefix_count] = rand() < .5 ? address(128, ++last_prefix) \
		: network(++last_prefix)
	owner[prefix_count] = id
	return "prefix"
}

function prefix_del(which) {
	prefix[which] = prefix[prefix_count]
	owner[which] = owner[prefix_count--]
	return "prefix removed"
}

function prefix_move(  which) {
	which = 1 + below(prefix_count)
	owner[which] = node_any()
	return "prefix moved"
}

function rule_make() {
	return sprintf("From = group-%d\nTo = group-%d\n%s = tcp/%d\n",
		below(20), below(20), rand() < .7 ? "Allow" : "Deny",
		1 + below(60000))
}

function rule_add() {
	rule_name[++rule_count] = "rule-" ++last_rule
	rule[rule_count] = rule_make()
	return "rule"
}

function rule_del(  which) {
	which = 1 + below(rule_count)
	rule_name[which] = rule_name[rule_count]
	rule[which] = rule[rule_count--]
	return "rule removed"
}

function change(  kind) {
	kind = below(10)
	if (kind == 0)
		return node_add()
	if (kind == 1 && node_count > 30)
		return node_del()
	if (kind == 2 && prefix_count)
		return prefix_del(1 + below(prefix_count))
	if (kind == 3 || !prefix_count)
		return prefix_add(node_any())
	if (kind == 4) {
		group[nodes[21 + below(node_count - 20)]] = below(20)
		return "group"
	}
	if (kind == 5) {
		place[node_any()] = endpoint_make()
		return "endpoint"
	}
	if (kind == 6)
		return rule_add()
	if (kind == 7 && rule_count > 1)
		return rule_del()
	if (kind == 8) {
		rule[1 + below(rule_count)] = rule_make()
		return "rule changed"
	}
	return prefix_move()
}

function write(number,  mesh, quick, i, id) {
	mesh = dir "/" number ".conf"
	quick = dir "/" number ".wg"
	for (id in addresses)
		delete addresses[id]
	for (id in routes)
		delete routes[id]
	for (i = 1; i <= prefix_count; i++)
		if (prefix[i] ~ /\//)
			routes[owner[i]] = routes[owner[i]] ", " prefix[i]
		else
			addresses[owner[i]] = addresses[owner[i]] ", " prefix[i]
	print "[Mesh]\nName = changes\nNetwork = 10.10.0.0/16\n" \
		"ListenPort = 51820\nDefault = deny\n\n" \
		"[Node laptop]\nPublicKey = " laptop \
		"\nAddress = 10.10.255.1\nGroups = pair\n\n" \
		"[Node web]\nPublicKey = " web \
		"\nAddress = 10.10.255.2\nEndpoint = " at "\nGroups = pair\n\n" \
		"[Rule pair]\nFrom = pair\nTo = pair\nAllow = udp/7000, ping\n" \
		>mesh
	print "[Interface]\nListenPort = 51820\nAddress = 10.10.255.1/16\n" \
		"PrivateKey = SECRET\n\n[Peer]\nPublicKey = " web \
		"\nEndpoint = " at ":51820\nAllowedIPs = 10.10.255.2/32\n" >quick
	for (i = 1; i <= node_count; i++)
		node_write(mesh, quick, nodes[i])
	for (i = 0; i < 20; i++)
		printf "[Rule group-%d]\nFrom = group-%d\nTo = group-%d\n" \
			"Allow = ping\n\n", i, i, i >mesh
	for (i = 1; i <= rule_count; i++)
		print "[Rule " rule_name[i] "]\n" rule[i] >mesh
	close(mesh)
	close(quick)
}

function node_write(mesh, quick, id) {
	print "[Node node-" id "]\nPublicKey = " key[id] "\nAddress = " \
		address(0, id) addresses[id] "\nEndpoint = " place[id] \
		"\nGroups = group-" group[id] >mesh
	if (routes[id])
		print "Routes = " substr(routes[id], 3) >mesh
	print "" >mesh
	print "[Peer]\nPublicKey = " key[id] "\nEndpoint = " place[id] \
		"\nAllowedIPs = " address(0, id) addresses[id] routes[id] "\n" \
		>quick
}
