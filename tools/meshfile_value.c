// SPDX-License-Identifier: GPL-2.0
/* Values that keys of several sections have. */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "key.h"
#include "memory.h"
#include "meshfile_value.h"
#include "text.h"
#include "timestamp.h"
#include "token.h"

/* More do not fit the message to the kernel, by far. */
#define LIST_MAX 10000

static void list_add(struct mesh_list *list, const struct mesh_text *item)
{
	list->items =
		memory_grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = *item;
}

/*
 * The next good item of the list @value, or false at its end. The key has
 * @count items already.
 */
static bool next_item(struct meshfile_parser *parser, struct mesh_text *value,
		      size_t count, struct mesh_text *item)
{
	const struct mesh_text header = { parser->header.text, value->line };

	item->line = value->line;
	while (!diagnostic_full(parser->diagnostics)) {
		item->text = token_next_item(&value->text);
		if (!item->text)
			return false;
		if (count >= LIST_MAX) {
			diagnostic_error(parser->diagnostics, &header,
					 "has a list of more than %u items; "
					 "divide it among several",
					 LIST_MAX);
			return false;
		}
		if (!*item->text)
			diagnostic_error(parser->diagnostics, &header,
					 "has a list with an empty item; take "
					 "out a comma");
		else if (strpbrk(item->text, " \t\r\v\f"))
			diagnostic_error(
				parser->diagnostics, item,
				"has white space in it; items are "
				"separated by commas, and \"!\" stands "
				"right before its item");
		else
			return true;
	}
	return false;
}

void value_list(struct meshfile_parser *parser, struct mesh_text *value,
		struct mesh_list *list)
{
	struct mesh_text item;

	while (next_item(parser, value, list->count, &item))
		list_add(list, &item);
}

bool value_number(struct meshfile_parser *parser, const struct mesh_text *value,
		  const char *key, u64 min, u64 max, u64 *number)
{
	if (text_number(value->text, max, number) && *number >= min)
		return true;
	diagnostic_error(parser->diagnostics, value,
			 "is no %s; it is a number from %llu to %llu", key,
			 (unsigned long long)min, (unsigned long long)max);
	return false;
}

void value_port(struct meshfile_parser *parser, const struct mesh_text *value,
		u16 *port)
{
	u64 number;

	if (value_number(parser, value, "ListenPort", 1, 65535, &number))
		*port = number;
}

bool value_yes(struct meshfile_parser *parser, const struct mesh_text *value,
	       const char *key)
{
	if (!strcasecmp(value->text, "yes"))
		return true;
	if (strcasecmp(value->text, "no"))
		diagnostic_error(parser->diagnostics, value,
				 "is no value of %s; write yes or no", key);
	return false;
}

bool value_prefix(struct meshfile_parser *parser, const struct mesh_text *item,
		  struct wgward_prefix *prefix)
{
	const char *why = prefix_parse(item->text, prefix);
	char text[PREFIX_TEXT_LEN];

	if (why == prefix_host_bits)
		diagnostic_error(parser->diagnostics, item, "%s; write %s", why,
				 prefix_format(text, prefix));
	else if (why)
		diagnostic_error(parser->diagnostics, item,
				 "%s; write it as 192.168.7.0/24 or "
				 "fd00:7::/64",
				 why);
	return !why;
}

bool value_address(struct meshfile_parser *parser, const struct mesh_text *item,
		   struct wgward_prefix *prefix)
{
	const char *slash = strchr(item->text, '/');
	const char *why;

	if (slash) {
		diagnostic_error(
			parser->diagnostics, item,
			"has a length; write %.*s, the interface takes "
			"the length of [Mesh] Network",
			(int)(slash - item->text), item->text);
		return false;
	}
	why = prefix_parse(item->text, prefix);
	if (why)
		diagnostic_error(parser->diagnostics, item,
				 "%s; write it as 10.10.0.1 or fd00:10::1",
				 why);
	return !why;
}

void value_prefixes(struct meshfile_parser *parser, struct mesh_text *value,
		    value_read *read, struct wgward_prefix **prefixes,
		    size_t *count, struct mesh_list *texts)
{
	struct wgward_prefix prefix;
	struct mesh_text item;

	while (next_item(parser, value, *count, &item)) {
		if (!read(parser, &item, &prefix))
			continue;
		*prefixes = memory_grow(*prefixes, *count, sizeof(prefix));
		(*prefixes)[(*count)++] = prefix;
		list_add(texts, &item);
	}
}

bool value_path(struct meshfile_parser *parser, const struct mesh_text *value)
{
	struct diagnostics *diagnostics = parser->diagnostics;
	const char *path = value->text;
	u8 key[WGWARD_KEY_LEN];
	bool is_key = key_parse(path, key);

	explicit_bzero(key, sizeof(key));
	if (is_key)
		diagnostic_error(diagnostics, value,
				 "is a key, and the file holds no secrets; put "
				 "it into a file of its own, mode 600, and "
				 "write the path of that");
	else if (*path != '/')
		diagnostic_error(diagnostics, value,
				 "is no absolute path; write it as "
				 "/etc/wgward/psk/bob, or off");
	else if (strlen(path) >= PATH_MAX)
		diagnostic_error(diagnostics, value,
				 "is too long for a path; it has at most %u "
				 "bytes",
				 PATH_MAX - 1);
	else if (!text_printable(path))
		diagnostic_error(diagnostics, value,
				 "has a character in it that cannot be shown; "
				 "choose another path");
	else
		return true;
	return false;
}

void value_until(struct meshfile_parser *parser, const struct mesh_text *value,
		 u64 *until)
{
	const char *why = timestamp_parse(value->text, until);

	if (why)
		diagnostic_error(parser->diagnostics, value, "%s", why);
}
