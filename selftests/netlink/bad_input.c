// SPDX-License-Identifier: GPL-2.0
/*
 * Sends every command with each of its attributes damaged in every way that
 * makes sense, and then with bytes changed at random. What is damaged has to
 * be refused with a message that points at it, and nothing may have changed.
 *
 * usage: bad_input ATTACHED FREE [ROUNDS [SEED]]
 *
 * ATTACHED and FREE are WireGuard interfaces that nothing else uses. ROUNDS of
 * random changes are made (2000), from SEED, which is printed.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "message.h"
#include "tap.h"

#define SERVICE(protocol, port) ((protocol) << 16 | (port))
#define END                  \
	{                    \
		.name = NULL \
	}

static const uint8_t ipv4[] = { 10, 10, 0, 1 };
static const uint8_t ipv4_other[] = { 10, 10, 0, 2 };
static const uint8_t ipv4_net[] = { 10, 10, 0, 0 };
static const uint8_t ipv4_far[] = { 192, 168, 7, 0 };
static const uint8_t ipv4_near[] = { 192, 168, 8, 0 };
static const uint8_t ipv4_odd[] = { 192, 168, 7, 1 };
static const uint8_t ipv6[16] = { 0xfd, 0, 0, 0x10, [15] = 1 };
static const uint8_t ipv6_other[16] = { 0xfd, 0, 0, 0x10, [15] = 2 };
static const uint8_t key[WGWARD_KEY_LEN] = { 1 };
static const uint8_t key_other[WGWARD_KEY_LEN] = { 2 };
static const uint8_t zero[WGWARD_KEY_LEN];

/* clang-format off */
#define FIELD(what, number) .name = (what), .type = (number)
#define IS_TEXT(value, most) \
	.kind = TEXT, .text = (value), .longest = (most)
#define IS_BYTES(value, most) \
	.kind = BYTES, .bytes = (value), .length = sizeof(value), \
	.longest = (most)
#define IS_U8(value) .kind = NUMBER8, .number = (value)
#define IS_U16(value) .kind = NUMBER16, .number = (value)
#define IS_U32(value) .kind = NUMBER32, .number = (value)
#define IS_U64(value) .kind = NUMBER64, .number = (value)
#define IS_NEST(inside) .kind = NEST, .fields = (inside)

static const struct field network_fields[] = {
	{ FIELD("address", WGWARD_PREFIX_A_ADDRESS), IS_BYTES(ipv4_net, 16),
	  .required = true, .wrong_bytes = ipv4_odd },
	{ FIELD("length", WGWARD_PREFIX_A_LENGTH), IS_U8(24),
	  .required = true, .wrong = { 33, 129 } },
	END
};

static const struct field route_fields[] = {
	{ FIELD("address", WGWARD_PREFIX_A_ADDRESS), IS_BYTES(ipv4_far, 16),
	  .required = true, .wrong_bytes = ipv4_odd },
	{ FIELD("length", WGWARD_PREFIX_A_LENGTH), IS_U8(24),
	  .required = true, .wrong = { 33, 255 } },
	END
};

static const struct field from_prefix_fields[] = {
	{ FIELD("address", WGWARD_PREFIX_A_ADDRESS), IS_BYTES(ipv4_near, 16),
	  .required = true, .wrong_bytes = ipv4_odd },
	{ FIELD("length", WGWARD_PREFIX_A_LENGTH), IS_U8(24),
	  .required = true, .wrong = { 33, 129 } },
	END
};

static const struct field except_prefix_fields[] = {
	{ FIELD("address", WGWARD_PREFIX_A_ADDRESS), IS_BYTES(ipv6, 16),
	  .required = true },
	{ FIELD("length", WGWARD_PREFIX_A_LENGTH), IS_U8(128),
	  .required = true, .wrong = { 129, 255 } },
	END
};

static const struct field group_fields[] = {
	{ FIELD("name", WGWARD_GROUP_A_NAME),
	  IS_TEXT("admins", WGWARD_GROUP_NAME_LEN),
	  .required = true, .wrong_text = { "Admins", "any" } },
	END
};

static const struct field self_fields[] = {
	{ FIELD("name", WGWARD_NODE_A_NAME), IS_TEXT("self", WGWARD_NAME_LEN),
	  .required = true, .wrong_text = { "no name", "any" } },
	{ FIELD("key", WGWARD_NODE_A_KEY), IS_BYTES(key, 32),
	  .required = true, .wrong_bytes = zero },
	{ FIELD("flags", WGWARD_NODE_A_FLAGS),
	  IS_U32(WGWARD_NODE_F_SELF | WGWARD_NODE_F_ROUTE_GROUPS |
		 WGWARD_NODE_F_CHANGED),
	  .wrong = { 0x20, 0x80000001 } },
	{ FIELD("address", WGWARD_NODE_A_ADDRESS), IS_BYTES(ipv4, 16) },
	{ FIELD("route", WGWARD_NODE_A_ROUTE), IS_NEST(route_fields) },
	{ FIELD("group", WGWARD_NODE_A_GROUP),
	  IS_TEXT("admins", WGWARD_GROUP_NAME_LEN),
	  .wrong_text = { "nobody" } },
	{ FIELD("endpoint", WGWARD_NODE_A_ENDPOINT),
	  IS_TEXT("self.example:51820", WGWARD_ENDPOINT_LEN),
	  .wrong_text = { "a b", "\x80" } },
	{ FIELD("until", WGWARD_NODE_A_UNTIL), IS_U64(4000000000),
	  .not_zero = true },
	{ FIELD("listen port", WGWARD_NODE_A_LISTEN_PORT), IS_U16(51821),
	  .not_zero = true },
	END
};

/* One address, which is missed, and in the other family. */
static const struct field node_fields[] = {
	{ FIELD("name", WGWARD_NODE_A_NAME), IS_TEXT("other", WGWARD_NAME_LEN),
	  .required = true, .wrong_text = { "self", "UPPER" } },
	{ FIELD("key", WGWARD_NODE_A_KEY), IS_BYTES(key_other, 32),
	  .required = true, .wrong_bytes = key },
	{ FIELD("address", WGWARD_NODE_A_ADDRESS), IS_BYTES(ipv6, 16),
	  .required = true },
	{ FIELD("relay", WGWARD_NODE_A_RELAY), IS_TEXT("self", WGWARD_NAME_LEN),
	  .wrong_text = { "a_b", "any" } },
	END
};

static const struct field from_fields[] = {
	{ FIELD("any", WGWARD_SELECTOR_A_ANY), .kind = FLAG },
	{ FIELD("group", WGWARD_SELECTOR_A_GROUP), .several = true,
	  IS_TEXT("admins", WGWARD_GROUP_NAME_LEN),
	  .wrong_text = { "nobody" } },
	{ FIELD("prefix", WGWARD_SELECTOR_A_PREFIX), .several = true,
	  IS_NEST(from_prefix_fields) },
	{ FIELD("except group", WGWARD_SELECTOR_A_EXCEPT_GROUP),
	  .several = true, IS_TEXT("admins", WGWARD_GROUP_NAME_LEN),
	  .wrong_text = { "nobody" } },
	{ FIELD("except prefix", WGWARD_SELECTOR_A_EXCEPT_PREFIX),
	  .several = true, IS_NEST(except_prefix_fields) },
	END
};

static const struct field to_fields[] = {
	{ FIELD("group", WGWARD_SELECTOR_A_GROUP), .several = true,
	  IS_TEXT("admins", WGWARD_GROUP_NAME_LEN), .required = true,
	  .wrong_text = { "nobody" } },
	END
};

static const struct field service_fields[] = {
	{ FIELD("first", WGWARD_SERVICE_A_FIRST), IS_U32(SERVICE(6, 22)),
	  .required = true, .wrong = { 0x1000000, SERVICE(6, 30) } },
	{ FIELD("last", WGWARD_SERVICE_A_LAST), IS_U32(SERVICE(6, 25)),
	  .required = true, .wrong = { 0xffffffff, SERVICE(6, 21) } },
	END
};

static const struct field rule_fields[] = {
	{ FIELD("name", WGWARD_RULE_A_NAME), IS_TEXT("ssh", WGWARD_NAME_LEN),
	  .required = true, .wrong_text = { "no.name", "-\n" } },
	{ FIELD("action", WGWARD_RULE_A_ACTION), IS_U32(WGWARD_ACTION_DENY),
	  .required = true, .wrong = { 3, 0xffffffff } },
	{ FIELD("from", WGWARD_RULE_A_FROM), IS_NEST(from_fields),
	  .required = true },
	{ FIELD("to", WGWARD_RULE_A_TO), IS_NEST(to_fields),
	  .required = true },
	{ FIELD("service", WGWARD_RULE_A_SERVICE), IS_NEST(service_fields),
	  .required = true, .several = true },
	{ FIELD("flags", WGWARD_RULE_A_FLAGS),
	  IS_U32(WGWARD_RULE_F_AUDIT | WGWARD_RULE_F_LOG |
		 WGWARD_RULE_F_ADDED),
	  .wrong = { 0x10, 0x80000000 } },
	{ FIELD("until", WGWARD_RULE_A_UNTIL), IS_U64(4000000000),
	  .not_zero = true },
	END
};

static const struct field timeout_fields[] = {
	{ FIELD("kind", WGWARD_TIMEOUT_A_KIND), IS_U32(WGWARD_TIMEOUT_OTHER),
	  .required = true, .wrong = { WGWARD_TIMEOUT_MAX + 1, 0xffffffff } },
	{ FIELD("seconds", WGWARD_TIMEOUT_A_SECONDS), IS_U32(20),
	  .required = true, .not_zero = true,
	  .wrong = { WGWARD_MAX_TIMEOUT + 1, 0xffffffff } },
	END
};

#define WARD_FIELD(value)                                          \
	{ FIELD("ward", WGWARD_A_WARD), IS_TEXT(value, 15),        \
	  .required = true, .wrong_text = { "no/name", "nosuch0" } }

/* Filled in from the arguments: the interfaces' names are not known before. */
static struct field attached_field = WARD_FIELD(NULL);

static struct field ward_fields[] = { WARD_FIELD(NULL), END };

static struct field get_fields[] = {
	WARD_FIELD(NULL),
	{ FIELD("pending", WGWARD_A_PENDING), .kind = FLAG },
	END
};

static struct field commit_fields[] = {
	WARD_FIELD(NULL),
	{ FIELD("confirm", WGWARD_A_CONFIRM), IS_U32(60), .not_zero = true,
	  .wrong = { WGWARD_MAX_CONFIRM + 1, 0xffffffff } },
	END
};

/* Its generation is set when there is one. */
static struct field decision_fields[] = {
	WARD_FIELD(NULL),
	{ FIELD("generation", WGWARD_A_GENERATION), IS_U64(0), .required = true,
	  .wrong = { 1, UINT64_MAX } },
	END
};

static struct field attach_fields[] = {
	WARD_FIELD(NULL),
	{ FIELD("force", WGWARD_A_FORCE), .kind = FLAG },
	{ FIELD("passive", WGWARD_A_PASSIVE), .kind = FLAG },
	{ FIELD("adoption", WGWARD_A_ADOPTION), IS_U32(60), .not_zero = true,
	  .wrong = { WGWARD_MAX_ADOPTION + 1, 0xffffffff } },
	END
};

static struct field begin_fields[] = {
	WARD_FIELD(NULL),
	{ FIELD("generation", WGWARD_A_GENERATION), IS_U64(1),
	  .required = true, .wrong = { 2, UINT64_MAX } },
	{ FIELD("peers change", WGWARD_A_PEERS_CHANGE), .kind = FLAG },
	{ FIELD("mesh", WGWARD_A_MESH), IS_TEXT("corp", WGWARD_NAME_LEN),
	  .wrong_text = { "Corp", "" } },
	{ FIELD("revision", WGWARD_A_REVISION), IS_U64(17) },
	{ FIELD("default", WGWARD_A_DEFAULT), IS_U32(WGWARD_ACTION_DENY),
	  .required = true, .wrong = { 3, 0x80000000 } },
	{ FIELD("network", WGWARD_A_NETWORK), IS_NEST(network_fields) },
	{ FIELD("audit", WGWARD_A_AUDIT), .kind = FLAG },
	{ FIELD("timeout", WGWARD_A_TIMEOUT), IS_NEST(timeout_fields) },
	{ FIELD("max flows", WGWARD_A_MAX_FLOWS), IS_U32(1000),
	  .not_zero = true,
	  .wrong = { WGWARD_MAX_FLOWS_PRIVILEGED + 1, 0xffffffff } },
	{ FIELD("listen port", WGWARD_A_LISTEN_PORT), IS_U16(51820),
	  .not_zero = true },
	{ FIELD("MTU", WGWARD_A_MTU), IS_U32(1420), .not_zero = true },
	{ FIELD("removed node", WGWARD_A_REMOVED_NODE), .several = true,
	  IS_TEXT("gone", WGWARD_NAME_LEN), .wrong_text = { "a b", "any" } },
	{ FIELD("removed rule", WGWARD_A_REMOVED_RULE), .several = true,
	  IS_TEXT("gone", WGWARD_NAME_LEN), .wrong_text = { "a+b", "" } },
	END
};

static struct field add_fields[] = {
	WARD_FIELD(NULL),
	{ FIELD("group", WGWARD_A_GROUP), IS_NEST(group_fields),
	  .reply_only = WGWARD_GROUP_A_NODES },
	{ FIELD("self", WGWARD_A_NODE), IS_NEST(self_fields),
	  .reply_only = WGWARD_NODE_A_ID },
	{ FIELD("node", WGWARD_A_NODE), IS_NEST(node_fields),
	  .reply_only = WGWARD_NODE_A_ID },
	{ FIELD("rule", WGWARD_A_RULE), IS_NEST(rule_fields),
	  .reply_only = WGWARD_RULE_A_ID },
	END
};

static struct field flow_fields[] = {
	WARD_FIELD(NULL),
	{ FIELD("node", WGWARD_A_NODE_NAME), IS_TEXT("other", WGWARD_NAME_LEN),
	  .wrong_text = { "nobody", "Other" } },
	{ FIELD("rule", WGWARD_A_RULE_NAME), IS_TEXT("ssh", WGWARD_NAME_LEN),
	  .wrong_text = { "nothing", "ssh " } },
	{ FIELD("services", WGWARD_A_SERVICE_RANGE), IS_NEST(service_fields),
	  .several = true },
	END
};

static struct field explain_fields[] = {
	WARD_FIELD(NULL),
	{ FIELD("source", WGWARD_A_SOURCE), IS_BYTES(ipv4, 16),
	  .required = true },
	{ FIELD("destination", WGWARD_A_DESTINATION), IS_BYTES(ipv4_other, 16),
	  .required = true },
	{ FIELD("service", WGWARD_A_SERVICE), IS_U32(SERVICE(6, 22)),
	  .required = true, .wrong = { 0x1000000, 0xffffffff } },
	END
};

/* A source and a destination of two families, the damage being one's own. */
static struct field explain_mixed_fields[] = {
	WARD_FIELD(NULL),
	{ FIELD("source", WGWARD_A_SOURCE), IS_BYTES(ipv4, 16) },
	{ FIELD("destination", WGWARD_A_DESTINATION), IS_BYTES(ipv6_other, 16) },
	{ FIELD("service", WGWARD_A_SERVICE), IS_U32(SERVICE(6, 22)) },
	END
};
/* clang-format on */

/* What a command needs to be good for something. */
enum stage { IDLE, BEGUN, FILLED, PREPARED };

static const struct command {
	const char *name;
	uint8_t number;
	uint16_t flags;
	const struct field *fields;
	enum stage stage;
} commands[] = {
	{ "get", WGWARD_CMD_WARD_GET, NLM_F_ACK, get_fields, PREPARED },
	{ "attach", WGWARD_CMD_ATTACH, NLM_F_ACK, attach_fields, IDLE },
	{ "begin", WGWARD_CMD_BEGIN, NLM_F_ACK, begin_fields, IDLE },
	{ "add", WGWARD_CMD_ADD, NLM_F_ACK, add_fields, BEGUN },
	{ "prepare", WGWARD_CMD_PREPARE, NLM_F_ACK, ward_fields, FILLED },
	{ "abort", WGWARD_CMD_ABORT, NLM_F_ACK, ward_fields, BEGUN },
	{ "commit", WGWARD_CMD_COMMIT, NLM_F_ACK, commit_fields, PREPARED },
	{ "take-over", WGWARD_CMD_TAKE_OVER, NLM_F_ACK, ward_fields, PREPARED },
	{ "nodes", WGWARD_CMD_NODE_GET, NLM_F_DUMP, ward_fields, IDLE },
	{ "groups", WGWARD_CMD_GROUP_GET, NLM_F_DUMP, ward_fields, IDLE },
	{ "rules", WGWARD_CMD_RULE_GET, NLM_F_DUMP, ward_fields, IDLE },
	{ "nodes to come", WGWARD_CMD_NODE_GET, NLM_F_DUMP, get_fields,
	  PREPARED },
	{ "groups to come", WGWARD_CMD_GROUP_GET, NLM_F_DUMP, get_fields,
	  PREPARED },
	{ "rules to come", WGWARD_CMD_RULE_GET, NLM_F_DUMP, get_fields,
	  PREPARED },
	{ "flows", WGWARD_CMD_FLOW_GET, NLM_F_DUMP, flow_fields, IDLE },
	{ "flush", WGWARD_CMD_FLOW_FLUSH, NLM_F_ACK, flow_fields, IDLE },
	{ "explain", WGWARD_CMD_EXPLAIN, NLM_F_ACK, explain_fields, IDLE },
	{ "detach", WGWARD_CMD_DETACH, NLM_F_ACK, ward_fields, IDLE },
};

/* While a change waits to be confirmed. */
static const struct command decisions[] = {
	{ "confirm", WGWARD_CMD_CONFIRM, NLM_F_ACK, decision_fields, IDLE },
	{ "rollback", WGWARD_CMD_ROLLBACK, NLM_F_ACK, decision_fields, IDLE },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static struct client *client;
static const char *attached, *unused;

/* All that the kernel tells of the ward. */
struct picture {
	size_t size;
	uint8_t bytes[1 << 20];
};

/* Each guard has another epoch, and time goes by: that changes no policy. */
static void draw(const struct nlmsghdr *header, void *data)
{
	struct picture *picture = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == WGWARD_A_EPOCH ||
		    mnl_attr_get_type(attr) == WGWARD_A_CONFIRM)
			continue;
		if (picture->size + attr->nla_len > sizeof(picture->bytes))
			tap_fatal("the ward is too large");
		memcpy(picture->bytes + picture->size, attr, attr->nla_len);
		picture->size += attr->nla_len;
	}
}

static void picture_take(struct picture *picture)
{
	static const struct {
		uint8_t command;
		uint16_t flags;
	} parts[] = {
		{ WGWARD_CMD_WARD_GET, NLM_F_ACK },
		{ WGWARD_CMD_NODE_GET, NLM_F_DUMP },
		{ WGWARD_CMD_GROUP_GET, NLM_F_DUMP },
		{ WGWARD_CMD_RULE_GET, NLM_F_DUMP },
	};
	struct nlmsghdr *header;
	unsigned int i;

	picture->size = 0;
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		header = client_start(client, parts[i].command, parts[i].flags);
		mnl_attr_put_strz(header, WGWARD_A_WARD, attached);
		if (client_send(client, draw, picture))
			tap_fatal("cannot look at the ward");
	}
}

static struct picture before, now;

static bool unchanged(void)
{
	picture_take(&now);
	return before.size == now.size &&
	       !memcmp(before.bytes, now.bytes, now.size);
}

static int begin(void)
{
	struct place place;

	client_start(client, WGWARD_CMD_BEGIN, NLM_F_ACK);
	message_put(client, begin_fields, NULL, SOUND, &place);
	return client_send(client, NULL, NULL);
}

static int add(void)
{
	struct place place;

	client_start(client, WGWARD_CMD_ADD, NLM_F_ACK);
	message_put(client, add_fields, NULL, SOUND, &place);
	return client_send(client, NULL, NULL);
}

static void stage_enter(enum stage stage)
{
	int error = 0;

	if (stage != IDLE)
		error = begin();
	if (!error && stage >= FILLED)
		error = add();
	if (!error && stage == PREPARED)
		error = client_command(client, WGWARD_CMD_PREPARE, attached);
	if (error) {
		errno = -error;
		tap_fatal(client->message);
	}
}

static void stage_leave(enum stage stage)
{
	if (stage != IDLE)
		client_command(client, WGWARD_CMD_ABORT, attached);
}

static int send_command(const struct command *command,
			const struct field *target, enum damage damage,
			struct place *place)
{
	client_start(client, command->number, command->flags);
	message_put(client, command->fields, target, damage, place);
	return client_send(client, NULL, NULL);
}

/* Whether the kernel pointed at what was damaged, or around it. */
static bool pointed_at(const struct place *place)
{
	unsigned int i;

	for (i = 0; i < place->count; i++) {
		if (client->offset == place->offset[i])
			return true;
	}
	return false;
}

/* A cut attribute is no attribute, so nothing points at it. */
static bool pointable(enum damage damage)
{
	return damage != PAST_END && damage != BELOW_HEADER;
}

static bool at_fault(const struct field *target, enum damage damage,
		     const struct place *place, uint32_t flags)
{
	/* What ends a dump has room for a message, and for nothing else. */
	if (!pointable(damage) || flags & NLM_F_DUMP)
		return true;
	if (damage == ABSENT && client->missing == target->type)
		return true;
	return pointed_at(place);
}

static void damage_field(const struct command *command,
			 const struct field *target, const char *inside)
{
	struct place place;
	int damage, error;
	bool good;

	for (damage = SOUND + 1; damage < DAMAGES; damage++) {
		if (!message_damageable(target, damage))
			continue;
		stage_enter(command->stage);
		error = send_command(command, target, damage, &place);
		good = error < 0 && *client->message &&
		       at_fault(target, damage, &place, command->flags);
		tap_check(good, "%s: %s%s %s: %s", command->name, inside,
			  target->name, damage_names[damage], client->message);
		if (!good)
			tap_note("%s, offset %u, missing %u", strerror(-error),
				 client->offset, client->missing);
		stage_leave(command->stage);
	}
}

static void damage_fields(const struct command *command,
			  const struct field *fields, const char *inside)
{
	const struct field *field;
	char path[64];

	for (field = fields; field->name; field++) {
		damage_field(command, field, inside);
		if (field->kind != NEST)
			continue;
		snprintf(path, sizeof(path), "%s%s/", inside, field->name);
		damage_fields(command, field->fields, path);
	}
}

/* At the top, where no field is around. */
static void add_strangers(const struct command *command)
{
	static const uint16_t strangers[] = {
		200,
		WGWARD_A_MAX + 1,
		WGWARD_A_UNSPEC,
		WGWARD_A_PAD,
		WGWARD_A_STATE,
		WGWARD_A_FLOW,
		WGWARD_A_VERSION,
	};
	struct place place;
	unsigned int i;
	uint32_t offset;
	int error;

	for (i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		stage_enter(command->stage);
		client_start(client, command->number, command->flags);
		message_put(client, command->fields, NULL, SOUND, &place);
		offset = client->header.nlmsg_len;
		mnl_attr_put_u32(&client->header, strangers[i], 1);
		error = client_send(client, NULL, NULL);
		tap_check(error < 0 && *client->message &&
				  client->offset == offset,
			  "%s: with attribute %u: %s", command->name,
			  strangers[i], client->message);
		stage_leave(command->stage);
	}
}

/* The damage has to be what is refused, so it has to pass without. */
static void try_sound(const struct command *command)
{
	struct place place;
	int error;

	if (command->number == WGWARD_CMD_DETACH ||
	    command->number == WGWARD_CMD_TAKE_OVER)
		return;
	stage_enter(command->stage);
	error = send_command(command, NULL, SOUND, &place);
	tap_check(!error, "%s: passes when it is sound %s", command->name,
		  client->message);
	stage_leave(command->stage);
	if (command->number == WGWARD_CMD_ATTACH)
		client_command(client, WGWARD_CMD_DETACH, unused);
	if (command->number == WGWARD_CMD_BEGIN)
		client_command(client, WGWARD_CMD_ABORT, attached);
}

static void try_command(const struct command *command)
{
	/* A sound commit makes a generation. */
	if (command->number != WGWARD_CMD_COMMIT)
		try_sound(command);
	damage_fields(command, command->fields, "");
	add_strangers(command);
	tap_check(unchanged(), "%s: all that changed nothing", command->name);
}

/* A change waits to be confirmed all the while; then it is rolled back. */
static void try_decisions(void)
{
	struct place place;
	uint64_t generation;
	uint32_t state;
	unsigned int i;

	stage_enter(PREPARED);
	client_start(client, WGWARD_CMD_COMMIT, NLM_F_ACK);
	message_put(client, commit_fields, NULL, SOUND, &place);
	if (client_send(client, NULL, NULL) ||
	    client_state(client, attached, &state, &generation))
		tap_fatal(client->message);
	decision_fields[1].number = generation;
	picture_take(&before);
	for (i = 0; i < sizeof(decisions) / sizeof(*decisions); i++) {
		damage_fields(&decisions[i], decisions[i].fields, "");
		add_strangers(&decisions[i]);
		tap_check(unchanged(), "%s: all that changed nothing",
			  decisions[i].name);
	}
	tap_check(!send_command(&decisions[1], NULL, SOUND, &place),
		  "rollback: passes when it is sound %s", client->message);
}

/* What single fields do not show. */
static void try_combinations(void)
{
	struct place place;
	int error;

	client_start(client, WGWARD_CMD_EXPLAIN, NLM_F_ACK);
	message_put(client, explain_mixed_fields, NULL, SOUND, &place);
	error = client_send(client, NULL, NULL);
	tap_check(error == -EINVAL && *client->message,
		  "explain: between two families: %s", client->message);

	client_start(client, WGWARD_CMD_WARD_GET, NLM_F_DUMP);
	mnl_attr_put_strz(&client->header, WGWARD_A_WARD, attached);
	error = client_send(client, NULL, NULL);
	tap_check(error == -EINVAL && *client->message,
		  "get: a dump with a name: %s", client->message);
}

/* Once something was refused, the change cannot be prepared any more. */
static void try_broken(void)
{
	struct place place;
	int error;

	stage_enter(BEGUN);
	client_start(client, WGWARD_CMD_ADD, NLM_F_ACK);
	message_put(client, add_fields, &self_fields[5], WRONG, &place);
	error = client_send(client, NULL, NULL);
	tap_check(error == -ENOENT, "add: in a group that is not there");
	error = client_add_self(client, attached);
	tap_check(!error, "add: more may be added after it");
	error = client_command(client, WGWARD_CMD_PREPARE, attached);
	tap_check(error == -EINVAL && *client->message,
		  "prepare: not after something was refused: %s",
		  client->message);
	stage_leave(BEGUN);
}

static void change_bytes(struct nlmsghdr *header)
{
	uint32_t body = NLMSG_HDRLEN + GENL_HDRLEN;
	uint32_t length = header->nlmsg_len - body;
	unsigned int changes = 1 + random() % 8;
	uint8_t *bytes = (uint8_t *)header + body;

	while (changes--) {
		if (random() % 2)
			bytes[random() % length] = random();
		else
			bytes[random() % length] ^= 1 << random() % 8;
	}
	/* And sometimes it is cut. */
	if (random() % 8 == 0)
		header->nlmsg_len = body + random() % length;
}

/*
 * What was changed may still be sound; if it is refused, then with a message.
 * Returns false if not.
 */
static bool change_command(const struct command *command)
{
	struct place place;
	bool good;
	int error;

	stage_enter(command->stage);
	client_start(client, command->number, command->flags);
	message_put(client, command->fields, NULL, SOUND, &place);
	change_bytes(&client->header);
	error = client_send(client, NULL, NULL);
	good = !error || *client->message;
	if (!good)
		tap_note("%s: %s, without a message", command->name,
			 strerror(-error));
	if (!error && command->number == WGWARD_CMD_ADD) {
		/* Sound or not as a whole. */
		client_command(client, WGWARD_CMD_PREPARE, attached);
	}
	if (!error && command->number == WGWARD_CMD_BEGIN)
		client_command(client, WGWARD_CMD_ABORT, attached);
	stage_leave(command->stage);
	return good;
}

static void try_random(unsigned int rounds)
{
	static const uint8_t numbers[] = {
		WGWARD_CMD_WARD_GET, WGWARD_CMD_BEGIN,	 WGWARD_CMD_ADD,
		WGWARD_CMD_ADD,	     WGWARD_CMD_ADD,	 WGWARD_CMD_RULE_GET,
		WGWARD_CMD_FLOW_GET, WGWARD_CMD_EXPLAIN, WGWARD_CMD_FLOW_FLUSH,
	};
	unsigned int i, round;
	bool good = true;
	uint8_t number;

	for (round = 0; round < rounds; round++) {
		number = numbers[random() % sizeof(numbers)];
		for (i = 0; commands[i].number != number; i++)
			;
		good &= change_command(&commands[i]);
	}
	tap_check(good, "%u random changes: refused with a message, if at all",
		  rounds);
	tap_check(unchanged(), "and none of them changed anything");
}

/* The policy that must survive. */
static void commit_policy(void)
{
	int error;

	error = client_command(client, WGWARD_CMD_ATTACH, attached);
	if (!error)
		error = client_begin(client, attached, 0);
	if (!error)
		error = add();
	if (!error)
		error = client_command(client, WGWARD_CMD_PREPARE, attached);
	if (!error)
		error = client_command(client, WGWARD_CMD_COMMIT, attached);
	if (!error)
		return;
	errno = -error;
	tap_fatal(client->message);
}

static void set_names(void)
{
	attached_field.text = attached;
	ward_fields[0] = attached_field;
	get_fields[0] = attached_field;
	commit_fields[0] = attached_field;
	decision_fields[0] = attached_field;
	begin_fields[0] = attached_field;
	add_fields[0] = attached_field;
	flow_fields[0] = attached_field;
	explain_fields[0] = attached_field;
	explain_mixed_fields[0] = attached_field;
	attach_fields[0].text = unused;
}

int main(int argc, char **argv)
{
	unsigned int seed = time(NULL), rounds = 2000, i;

	if (argc < 3) {
		fprintf(stderr, "usage: %s ATTACHED FREE [ROUNDS [SEED]]\n",
			argv[0]);
		return 2;
	}
	attached = argv[1];
	unused = argv[2];
	if (argc > 3)
		rounds = strtoul(argv[3], NULL, 0);
	if (argc > 4)
		seed = strtoul(argv[4], NULL, 0);
	srandom(seed);
	tap_note("seed %u", seed);

	client = client_open();
	if (!client)
		tap_fatal("no family");
	set_names();
	commit_policy();
	picture_take(&before);
	for (i = 0; i < COMMANDS; i++)
		try_command(&commands[i]);
	try_combinations();
	try_broken();
	tap_check(unchanged(), "nothing of it changed anything");
	try_random(rounds);
	try_decisions();
	client_command(client, WGWARD_CMD_DETACH, attached);
	client_close(client);
	return tap_end();
}
