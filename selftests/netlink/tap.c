// SPDX-License-Identifier: GPL-2.0
/* Results in TAP. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static unsigned int count, failed;

bool tap_check(bool good, const char *what, ...)
{
	va_list args;

	if (!count++)
		puts("TAP version 13");
	if (!good)
		failed++;
	printf("%s %u - ", good ? "ok" : "not ok", count);
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return good;
}

void tap_note(const char *what, ...)
{
	va_list args;

	printf("# ");
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	putchar('\n');
}

void tap_fatal(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

int tap_end(void)
{
	printf("1..%u\n", count);
	return failed || !count;
}
