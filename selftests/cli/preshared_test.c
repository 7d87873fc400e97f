// SPDX-License-Identifier: GPL-2.0
/*
 * Preshared keys from their files: whose are read, what is refused, and that
 * none is ever told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tools/diagnostic.h"
#include "../../tools/key.h"
#include "../../tools/memory.h"
#include "../../tools/mesh.h"
#include "../../tools/preshared.h"
#include "../unit/tap.h"

static const char secret[] = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
static const char zero[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/* Bob's line is number 14. */
static const char text[] =
	"[Mesh]\nName = test\nNetwork = 10.10.0.0/24\nListenPort = 1\n"
	"Default = allow\n"
	"[Node alice]\n"
	"PublicKey = K9gGyX8OAK8aH8Myj6djqSaXI8jbj6xPk69x2xhtbpA=\n"
	"Address = 10.10.0.1\nEndpoint = 192.0.2.1\n"
	"PresharedKeyFile = %s\n"
	"[Node bob]\n"
	"PublicKey = CNM1A+4n1MEwVdDO/sXnML5O8uQc1s/OQ0k27B58nUs=\n"
	"Address = 10.10.0.2\n"
	"PresharedKeyFile = %s\n"
	"[Node carol]\n"
	"PublicKey = unDh2swX4adwcs6XBby+O8AGO1eS1ZDyDu/c09h22u4=\n"
	"Address = 10.10.0.3\nRelay = bob\n"
	"PresharedKeyFile = %s\n";

static char directory[] = "/tmp/preshared.XXXXXX";
static char *file;

/* What was said on standard error since the last call. */
static const char *said(void)
{
	static char buffer[4096];
	ssize_t length;

	fflush(stderr);
	length = pread(STDERR_FILENO, buffer, sizeof(buffer) - 1, 0);
	buffer[length < 0 ? 0 : length] = '\0';
	if (ftruncate(STDERR_FILENO, 0) || lseek(STDERR_FILENO, 0, SEEK_SET))
		abort();
	return buffer;
}

static void write_file(const char *content, size_t length, mode_t mode)
{
	FILE *stream = fopen(file, "we");

	if (!stream || fwrite(content, 1, length, stream) != length)
		abort();
	fclose(stream);
	if (chmod(file, mode))
		abort();
}

/**
 * struct reading - what came of reading the keys of a mesh
 * @mesh: that was made of the text
 * @list: of keys
 * @result: of preshared_read()
 * @words: that it said
 */
struct reading {
	struct mesh *mesh;
	struct preshared_list list;
	int result;
	const char *words;
};

/* At node @self; the paths are those of the nodes. */
static struct reading read_as(const char *self, const char *alice,
			      const char *bob, const char *carol)
{
	struct diagnostics diagnostics = { .file = "mesh.conf" };
	struct wgward_policy *policy;
	struct reading reading;

	reading.mesh =
		mesh_parse(memory_print(text, alice, bob, carol), &diagnostics);
	diagnostic_free(&diagnostics);
	if (!reading.mesh)
		abort();
	policy = mesh_policy(reading.mesh, mesh_find_node(reading.mesh, self));
	if (!policy)
		abort();
	said();
	reading.result = preshared_read(&reading.list, reading.mesh, policy);
	reading.words = said();
	wgward_policy_free(policy);
	return reading;
}

static void forget(struct reading *reading)
{
	preshared_forget(&reading->list);
	mesh_free(reading->mesh);
}

/* Whether @reading is of one key, which is that of @file_name, or none. */
static bool is_one(const struct reading *reading, const char *key,
		   const char *file_name)
{
	const struct preshared *item = reading->list.items;
	u8 wanted[WGWARD_KEY_LEN];

	if (reading->result || *reading->words || reading->list.count != 1 ||
	    !key_parse(key, wanted) ||
	    memcmp(item->node, mesh_find_node(reading->mesh, "bob")->key,
		   WGWARD_KEY_LEN))
		return false;
	if (!item->file != !file_name ||
	    (file_name && strcmp(item->file, file_name)))
		return false;
	return !memcmp(item->key, wanted, WGWARD_KEY_LEN);
}

/* The key of @content is that which bob gets. */
static void test_good(const char *name, const char *content)
{
	struct reading reading;

	write_file(content, strlen(content), 0600);
	reading = read_as("alice", "off", file, "off");
	tap_result(is_one(&reading, secret, file), "%s", name);
	forget(&reading);
}

/* It is refused, with file, line and reason; @mode 0: is no regular file. */
static void test_refused(const char *name, const char *content, size_t length,
			 mode_t mode, const char *why)
{
	struct reading reading;
	char *wanted;

	if (mode)
		write_file(content, length, mode);
	reading = read_as("alice", "off", file, "off");
	wanted = memory_print("mesh.conf:14: error: %s: %s", file, why);
	if (!tap_result(reading.result == -1 && !reading.list.count &&
				strstr(reading.words, wanted) ==
					reading.words &&
				!strstr(reading.words, "xTIBA5"),
			"refused: %s", name))
		tap_note("%s", reading.words);
	free(wanted);
	forget(&reading);
}

static void test_content(void)
{
	static const char none[] =
		"this is not a WireGuard preshared key, which \"wg genpsk\" makes\n";
	char *once = memory_print("%s\n", secret);
	char *twice = memory_print("%s\n%s\n", secret, secret);
	char *more = memory_print("%s\n%*s", secret, 4000, "");

	test_good("a key", once);
	test_good("a key without a line's end", secret);
	test_refused("two keys", twice, strlen(twice), 0600, none);
	test_refused("a key and 4,000 blanks", more, strlen(more), 0600, none);
	test_refused("an empty file", "", 0, 0600, none);
	test_refused("half a key", secret, 20, 0400, none);
	test_refused("a NUL byte in it", "x\0y", 3, 0600, none);
	test_refused("a key of zeros", zero, strlen(zero), 0600,
		     "this key is all zero");
	free(once);
	free(twice);
	free(more);
}

static void test_status(void)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0601 };
	char *why = memory_print("others can get at this preshared key: "
				 "chmod 600 %s\n",
				 file);
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		test_refused("others' to read or write", secret, strlen(secret),
			     modes[i], why);
	free(why);
	unlink(file);
	if (mkdir(file, 0700))
		abort();
	test_refused("a directory", NULL, 0, 0,
		     "a preshared key is kept in a regular file\n");
	rmdir(file);
	if (mkfifo(file, 0600))
		abort();
	test_refused("a pipe, which nobody waits for", NULL, 0, 0,
		     "a preshared key is kept in a regular file\n");
	unlink(file);
	if (symlink(file, file))
		abort();
	test_refused("a link to itself", NULL, 0, 0, "Too many levels");
	unlink(file);
}

/* All of them are bad, but those that nobody has to read. */
static void test_whose(void)
{
	struct reading reading;

	write_file("bad", 3, 0600);
	reading = read_as("alice", file, "off", file);
	tap_result(is_one(&reading, zero, NULL),
		   "self's is not read, nor that of a node behind a relay");
	forget(&reading);
	reading = read_as("carol", file, "off", file);
	tap_result(is_one(&reading, zero, NULL),
		   "who is behind a relay reads the relay's only");
	forget(&reading);
	reading = read_as("bob", file, "off", file);
	tap_result(reading.result == -1 && !reading.list.count &&
			   strstr(reading.words, "mesh.conf:10: error: ") &&
			   strstr(reading.words, "mesh.conf:19: error: "),
		   "the relay reads those of both, and both errors are told");
	forget(&reading);
	unlink(file);
	reading = read_as("alice", "off", file, "off");
	tap_result(!reading.result && !reading.list.count &&
			   strstr(reading.words, "mesh.conf:14: warning: ") &&
			   strstr(reading.words, file) &&
			   strstr(reading.words, "bob"),
		   "a file that is not there is a warning");
	forget(&reading);
}

int main(void)
{
	FILE *errors = tmpfile();

	if (!mkdtemp(directory) || !errors ||
	    dup2(fileno(errors), STDERR_FILENO) < 0)
		return 1;
	file = memory_print("%s/key", directory);
	test_content();
	test_status();
	test_whose();
	fclose(errors);
	rmdir(directory);
	free(file);
	return tap_end();
}
