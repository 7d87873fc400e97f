// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "command.h"
#include "key_file.h"
#include "private_key.h"

static const struct key_kind kind = { "private key", "wg genkey" };

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

/* What libcrypto leaves of the key where functions had their variables. */
static __attribute__((noinline)) void clear_stack(void)
{
	char space[32 * 1024];

	explicit_bzero(space, sizeof(space));
}

int private_key_read(const char *file, struct private_key *key)
{
	char *why = NULL;
	bool derived;
	int result;

	result = key_file_read(file, &kind, key->secret, &why);
	if (result < 0)
		error("%s: %s", file, why);
	free(why);
	if (result <= 0)
		return result;
	derived = !derive(key);
	clear_stack();
	if (derived)
		return 1;
	error("%s: no public key can be made of this private key", file);
	private_key_forget(key);
	return -1;
}

void private_key_forget(struct private_key *key)
{
	explicit_bzero(key, sizeof(*key));
}
