// SPDX-License-Identifier: GPL-2.0
/* Results in the Test Anything Protocol, and the random numbers behind them. */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/random.h>

static unsigned int results, failures;
static u64 state;

bool tap_result(bool ok, const char *format, ...)
{
	va_list arguments;

	results++;
	failures += !ok;
	printf("%sok %u - ", ok ? "" : "not ", results);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	return ok;
}

void tap_note(const char *format, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

int tap_end(void)
{
	printf("1..%u\n", results);
	return failures || !results;
}

void random_begin(void)
{
	const char *seed = getenv("SEED");

	if (seed && *seed)
		state = strtoull(seed, NULL, 0);
	else
		get_random_bytes(&state, sizeof(state));
	tap_note("SEED=%#llx", (unsigned long long)state);
}

/* SplitMix64: any seed will do, and it is the same everywhere. */
u64 random_next(void)
{
	u64 z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

u32 random_below(u32 limit)
{
	return (random_next() >> 32) * limit >> 32;
}

bool random_once_in(u32 times)
{
	return !random_below(times);
}
