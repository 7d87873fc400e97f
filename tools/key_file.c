// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "key.h"
#include "key_file.h"
#include "memory.h"
#include "text.h"

/* NULL, or what is wrong. */
static char *check_status(const char *file, const struct key_kind *kind, int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return memory_copy(strerror(errno));
	if (!S_ISREG(status.st_mode))
		return memory_print("a %s is kept in a regular file",
				    kind->name);
	if (status.st_mode & (0077))
		return memory_print("others can get at this %s: chmod 600 %s",
				    kind->name, file);
	return NULL;
}

/* Likewise. @text has room for @size bytes, of which none is read past. */
static char *read_text(const struct key_kind *kind, int fd, char *text,
		       size_t size, u8 *key)
{
	ssize_t length = read(fd, text, size - 1);

	if (length < 0)
		return memory_copy(strerror(errno));
	text[length] = '\0';
	/* What fills the room may go on. */
	if ((size_t)length < size - 1 && strlen(text) == (size_t)length &&
	    key_parse(text_trim(text), key))
		return NULL;
	return memory_print("this is not a WireGuard %s, which \"%s\" makes",
			    kind->name, kind->maker);
}

int key_file_read(const char *file, const struct key_kind *kind,
		  u8 key[WGWARD_KEY_LEN], char **why)
{
	/* A key with some white space around it. */
	char text[4 * KEY_TEXT_LEN];
	int fd;

	explicit_bzero(key, WGWARD_KEY_LEN);
	/* No file can make us wait. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0) {
		*why = memory_copy(strerror(errno));
		return -1;
	}
	*why = check_status(file, kind, fd);
	if (!*why)
		*why = read_text(kind, fd, text, sizeof(text), key);
	explicit_bzero(text, sizeof(text));
	close(fd);
	if (!*why)
		return 1;
	explicit_bzero(key, WGWARD_KEY_LEN);
	return -1;
}
