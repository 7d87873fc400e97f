// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "command.h"
#include "key.h"
#include "private_key.h"
#include "text.h"

static int derive(struct private_key *key)
{
	size_t size = sizeof(key->public);
	EVP_PKEY *pair;
	int done;

	pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, key->secret,
					    sizeof(key->secret));
	done = pair && EVP_PKEY_get_raw_public_key(pair, key->public, &size);
	EVP_PKEY_free(pair);
	return done && size == sizeof(key->public) ? 0 : -1;
}

static int check_status(const char *file, int fd)
{
	struct stat status;

	if (fstat(fd, &status)) {
		error("%s: %s", file, strerror(errno));
		return -1;
	}
	if (!S_ISREG(status.st_mode)) {
		error("%s: a private key is kept in a regular file", file);
		return -1;
	}
	if (status.st_mode & (0077)) {
		error("%s: others can get at this private key: chmod 600 %s",
		      file, file);
		return -1;
	}
	return 0;
}

/* @text holds what was read, with room for one more byte. */
static int parse(const char *file, char *text, ssize_t length,
		 struct private_key *key)
{
	if (length < 0) {
		error("%s: %s", file, strerror(errno));
		return -1;
	}
	text[length] = '\0';
	if (strlen(text) != (size_t)length ||
	    !key_parse(text_trim(text), key->secret) || derive(key)) {
		error("%s: this is not a WireGuard private key, which \"wg "
		      "genkey\" makes",
		      file);
		return -1;
	}
	return 1;
}

int private_key_read(const char *file, struct private_key *key)
{
	/* A key with some white space around it. */
	char text[4 * KEY_TEXT_LEN];
	int result = -1;
	int fd;

	/* No file can make us wait. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0) {
		error("%s: %s", file, strerror(errno));
		return -1;
	}
	if (!check_status(file, fd))
		result = parse(file, text, read(fd, text, sizeof(text) - 1),
			       key);
	explicit_bzero(text, sizeof(text));
	if (result < 0)
		private_key_forget(key);
	close(fd);
	return result;
}

void private_key_forget(struct private_key *key)
{
	explicit_bzero(key, sizeof(*key));
}
