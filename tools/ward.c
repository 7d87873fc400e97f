// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "command.h"
#include "memory.h"
#include "ward_internal.h"

static struct ward_socket *open_socket(bool quietly)
{
	struct ward_socket *socket = memory_zero(1, sizeof(*socket));
	int failure = EIO;

	socket->netlink = netlink_open(NETLINK_GENERIC);
	if (!socket->netlink)
		goto err_free;
	socket->family = netlink_family(socket->netlink, WGWARD_GENL_NAME);
	if (socket->family < 0)
		goto err_close;
	return socket;

err_close:
	failure = -socket->family;
	if (!quietly)
		error("the wgward module is not loaded: modprobe wgward "
		      "(or insmod wgward.ko)");
	netlink_close(socket->netlink);
err_free:
	free(socket);
	errno = failure;
	return NULL;
}

struct ward_socket *ward_open(void)
{
	return open_socket(false);
}

struct ward_socket *ward_open_quietly(void)
{
	return open_socket(true);
}

int ward_family(const struct ward_socket *socket)
{
	return socket->family;
}

void ward_close(struct ward_socket *socket)
{
	if (!socket)
		return;
	netlink_close(socket->netlink);
	free(socket);
}

void ward_start(struct ward_socket *socket, u8 command, const char *interface)
{
	netlink_start_generic(socket->netlink, socket->family, command, 0);
	if (interface)
		netlink_put_string(socket->netlink, WGWARD_A_WARD, interface);
}

/* What to do about it, where the kernel cannot know. */
static const char *advice(int code)
{
	switch (code) {
	case -EPERM:
		return " (this needs CAP_NET_ADMIN)";
	case -EBUSY:
		return " (try again when it has ended)";
	case -ESTALE:
		return " (the policy was changed meanwhile: try again)";
	case -EUCLEAN:
		return " (the next apply takes it over)";
	default:
		return "";
	}
}

const char *ward_why(const struct ward_socket *socket)
{
	return netlink_why(socket->netlink);
}

int ward_refused(struct ward_socket *socket, const char *interface,
		 const char *what, int code)
{
	error("%s: cannot %s: %s%s", interface, what,
	      netlink_why(socket->netlink), advice(code));
	return -1;
}

int ward_send(struct ward_socket *socket, const char *interface,
	      const char *what, netlink_callback *callback, void *data)
{
	int result = netlink_request(socket->netlink, callback, data);

	return result ? ward_refused(socket, interface, what, result) : 0;
}

u8 ward_read_address(const struct nlattr *attribute, struct in6_addr *address)
{
	size_t size = attribute ? mnl_attr_get_payload_len(attribute) : 0;

	memset(address, 0, sizeof(*address));
	if (size != 4 && size != 16)
		return AF_UNSPEC;
	memcpy(address, mnl_attr_get_payload(attribute), size);
	return size == 4 ? AF_INET : AF_INET6;
}

void ward_read_prefix(const struct nlattr *nest, struct wgward_prefix *prefix)
{
	const struct nlattr *table[WGWARD_PREFIX_A_MAX + 1];

	netlink_parse_nest(nest, table, WGWARD_PREFIX_A_MAX);
	prefix->family = ward_read_address(table[WGWARD_PREFIX_A_ADDRESS],
					   &prefix->address);
	prefix->length = netlink_u8(table[WGWARD_PREFIX_A_LENGTH]);
}

void ward_read_counter(const struct nlattr *nest, struct ward_counter *counters)
{
	const struct nlattr *table[WGWARD_COUNTER_A_MAX + 1];
	u32 reason;

	netlink_parse_nest(nest, table, WGWARD_COUNTER_A_MAX);
	reason = netlink_u32(table[WGWARD_COUNTER_A_REASON]);
	/* A newer module may have more of them. */
	if (!table[WGWARD_COUNTER_A_REASON] || reason > WGWARD_REASON_MAX)
		return;
	counters[reason] = (struct ward_counter){
		.passed = netlink_u64(table[WGWARD_COUNTER_A_PASSED]),
		.dropped = netlink_u64(table[WGWARD_COUNTER_A_DROPPED]),
		.audited = netlink_u64(table[WGWARD_COUNTER_A_AUDITED]),
	};
}

static void read_limit(const struct nlattr *nest, struct ward *ward)
{
	const struct nlattr *table[WGWARD_LIMIT_A_MAX + 1];
	u32 kind;

	netlink_parse_nest(nest, table, WGWARD_LIMIT_A_MAX);
	kind = netlink_u32(table[WGWARD_LIMIT_A_KIND]);
	if (table[WGWARD_LIMIT_A_KIND] && kind <= WGWARD_LIMIT_MAX)
		ward->limits[kind] = netlink_u64(table[WGWARD_LIMIT_A_MET]);
}

static void read_timeout(const struct nlattr *nest, struct ward *ward)
{
	const struct nlattr *table[WGWARD_TIMEOUT_A_MAX + 1];
	u32 kind;

	netlink_parse_nest(nest, table, WGWARD_TIMEOUT_A_MAX);
	kind = netlink_u32(table[WGWARD_TIMEOUT_A_KIND]);
	if (table[WGWARD_TIMEOUT_A_KIND] && kind <= WGWARD_TIMEOUT_MAX)
		ward->timeouts[kind] =
			netlink_u32(table[WGWARD_TIMEOUT_A_SECONDS]);
}

static void read_network(const struct nlattr *nest, struct ward *ward)
{
	ward->networks = memory_grow(ward->networks, ward->network_count,
				     sizeof(*ward->networks));
	ward_read_prefix(nest, &ward->networks[ward->network_count++]);
}

static void read_removed(const struct nlattr *attribute, bool is_rule,
			 struct ward *ward)
{
	struct wgward_removed *removed;

	ward->removed = memory_grow(ward->removed, ward->removed_count,
				    sizeof(*removed));
	removed = &ward->removed[ward->removed_count++];
	removed->is_rule = is_rule;
	netlink_text(attribute, removed->name, sizeof(removed->name));
}

static void read_numbers(const struct nlattr **table, struct ward *ward)
{
	netlink_text(table[WGWARD_A_WARD], ward->name, sizeof(ward->name));
	ward->ifindex = netlink_u32(table[WGWARD_A_IFINDEX]);
	ward->state = netlink_u32(table[WGWARD_A_STATE]);
	ward->generation = netlink_u64(table[WGWARD_A_GENERATION]);
	ward->peers_change = table[WGWARD_A_PEERS_CHANGE];
	ward->confirm = netlink_u32(table[WGWARD_A_CONFIRM]);
	ward->rolled_back = netlink_u64(table[WGWARD_A_ROLLED_BACK]);
	ward->has_policy = table[WGWARD_A_DEFAULT];
	netlink_text(table[WGWARD_A_MESH], ward->mesh, sizeof(ward->mesh));
	ward->has_revision = table[WGWARD_A_REVISION];
	ward->revision = netlink_u64(table[WGWARD_A_REVISION]);
	ward->fallback = netlink_u32(table[WGWARD_A_DEFAULT]);
	ward->audit = table[WGWARD_A_AUDIT];
	ward->max_flows = netlink_u32(table[WGWARD_A_MAX_FLOWS]);
	ward->listen_port = netlink_u16(table[WGWARD_A_LISTEN_PORT]);
	ward->mtu = netlink_u32(table[WGWARD_A_MTU]);
	ward->adoption = netlink_u32(table[WGWARD_A_ADOPTION]);
	ward->nodes = netlink_u32(table[WGWARD_A_NODES]);
	ward->groups = netlink_u32(table[WGWARD_A_GROUPS]);
	ward->rules = netlink_u32(table[WGWARD_A_RULES]);
	ward->flows = netlink_u32(table[WGWARD_A_FLOWS]);
	netlink_text(table[WGWARD_A_VERSION], ward->version,
		     sizeof(ward->version));
}

static void read_ward(const struct nlmsghdr *header, struct ward *ward)
{
	const struct nlattr *table[WGWARD_A_MAX + 1];
	const struct nlattr *attribute;

	netlink_parse_generic(header, table, WGWARD_A_MAX);
	read_numbers(table, ward);
	mnl_attr_for_each(attribute, header, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attribute)) {
		case WGWARD_A_COUNTER:
			ward_read_counter(attribute, ward->counters);
			break;
		case WGWARD_A_LIMIT:
			read_limit(attribute, ward);
			break;
		case WGWARD_A_TIMEOUT:
			read_timeout(attribute, ward);
			break;
		case WGWARD_A_NETWORK:
			read_network(attribute, ward);
			break;
		case WGWARD_A_REMOVED_NODE:
			read_removed(attribute, false, ward);
			break;
		case WGWARD_A_REMOVED_RULE:
			read_removed(attribute, true, ward);
		}
	}
}

static int read_one(const struct nlmsghdr *header, void *data)
{
	struct ward *ward = data;

	ward_free(ward);
	read_ward(header, ward);
	return 0;
}

int ward_get(struct ward_socket *socket, const char *interface,
	     struct ward *ward)
{
	int result;

	memset(ward, 0, sizeof(*ward));
	ward_start(socket, WGWARD_CMD_WARD_GET, interface);
	result = netlink_request(socket->netlink, read_one, ward);
	if (!result)
		return 1;
	if (result == -ENOENT)
		return 0;
	error("%s: cannot read the ward: %s%s", interface,
	      netlink_why(socket->netlink), advice(result));
	return -1;
}

struct wards {
	struct ward *items;
	size_t count;
};

static int read_each(const struct nlmsghdr *header, void *data)
{
	struct wards *wards = data;
	struct ward *ward;

	wards->items = memory_grow(wards->items, wards->count, sizeof(*ward));
	ward = &wards->items[wards->count++];
	memset(ward, 0, sizeof(*ward));
	read_ward(header, ward);
	return 0;
}

static void clear_wards(void *data)
{
	struct wards *wards = data;

	ward_free_all(wards->items, wards->count);
	memset(wards, 0, sizeof(*wards));
}

int ward_get_all(struct ward_socket *socket, struct ward **wards, size_t *count)
{
	struct wards all = { 0 };
	int result;

	ward_start(socket, WGWARD_CMD_WARD_GET, NULL);
	result = netlink_dump(socket->netlink, read_each, clear_wards, &all);
	if (result) {
		error("cannot read the wards: %s%s",
		      netlink_why(socket->netlink), advice(result));
		clear_wards(&all);
		return -1;
	}
	*wards = all.items;
	*count = all.count;
	return 0;
}

void ward_free(struct ward *ward)
{
	free(ward->networks);
	free(ward->removed);
	memset(ward, 0, sizeof(*ward));
}

void ward_free_all(struct ward *wards, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		ward_free(&wards[i]);
	free(wards);
}

int ward_attach(struct ward_socket *socket, const char *interface, bool passive,
		u32 adoption)
{
	ward_start(socket, WGWARD_CMD_ATTACH, interface);
	if (passive)
		netlink_put_flag(socket->netlink, WGWARD_A_PASSIVE);
	if (adoption)
		netlink_put_u32(socket->netlink, WGWARD_A_ADOPTION, adoption);
	return ward_send(socket, interface, "attach the ward", NULL, NULL);
}

int ward_detach(struct ward_socket *socket, const char *interface)
{
	ward_start(socket, WGWARD_CMD_DETACH, interface);
	return ward_send(socket, interface, "detach the ward", NULL, NULL);
}

int ward_prepare(struct ward_socket *socket, const char *interface)
{
	ward_start(socket, WGWARD_CMD_PREPARE, interface);
	return ward_send(socket, interface, "prepare the policy", NULL, NULL);
}

static int read_generation(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *table[WGWARD_A_MAX + 1];
	u64 *generation = data;

	netlink_parse_generic(header, table, WGWARD_A_MAX);
	*generation = netlink_u64(table[WGWARD_A_GENERATION]);
	return 0;
}

int ward_commit(struct ward_socket *socket, const char *interface, u32 seconds,
		u64 *generation)
{
	ward_start(socket, WGWARD_CMD_COMMIT, interface);
	if (seconds)
		netlink_put_u32(socket->netlink, WGWARD_A_CONFIRM, seconds);
	return ward_send(socket, interface, "commit the policy",
			 read_generation, generation);
}

int ward_abort(struct ward_socket *socket, const char *interface)
{
	ward_start(socket, WGWARD_CMD_ABORT, interface);
	return ward_send(socket, interface, "abort the change", NULL, NULL);
}

int ward_take_over(struct ward_socket *socket, const char *interface)
{
	ward_start(socket, WGWARD_CMD_TAKE_OVER, interface);
	return ward_send(socket, interface, "take the change over", NULL, NULL);
}

static int decide(struct ward_socket *socket, const char *interface, u8 command,
		  u64 generation)
{
	ward_start(socket, command, interface);
	netlink_put_u64(socket->netlink, WGWARD_A_GENERATION, generation);
	return netlink_request(socket->netlink, NULL, NULL);
}

int ward_confirm(struct ward_socket *socket, const char *interface,
		 u64 generation)
{
	int result = decide(socket, interface, WGWARD_CMD_CONFIRM, generation);

	if (!result)
		return 0;
	return ward_refused(socket, interface, "confirm the change",
			    result == -ESTALE ? 0 : result);
}

int ward_rollback(struct ward_socket *socket, const char *interface,
		  u64 generation)
{
	int result = decide(socket, interface, WGWARD_CMD_ROLLBACK, generation);

	if (!result || result == -ENOENT)
		return !!result;
	return ward_refused(socket, interface, "roll the change back",
			    result == -ESTALE ? 0 : result);
}
