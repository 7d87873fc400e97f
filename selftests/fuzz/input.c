// SPDX-License-Identifier: GPL-2.0
/* What a fuzzer decides by: the bytes that libFuzzer made up. */
#include "input.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

/* What is left of the input. */
static const u8 *next;
static size_t left;

/* Numbers come from here when the input is used up, or is not to be used. */
static u64 state;
static bool seeded;

/* Each input goes on in its own way when it is used up. */
void input_begin(const u8 *data, size_t size)
{
	next = data;
	left = size;
	seeded = false;
	for (state = size; size; size--)
		state = (state ^ *data++) * 0x100000001b3ULL;
}

size_t input_left(void)
{
	return left;
}

/* SplitMix64. */
static u64 mix(u64 z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

u8 input_byte(void)
{
	if (seeded || !left)
		return mix(state += 0x9e3779b97f4a7c15ULL);
	left--;
	return *next++;
}

u16 input_word(void)
{
	u16 word = input_byte() << 8;

	return word | input_byte();
}

void input_seed(u64 seed)
{
	state = mix(seed);
	seeded = true;
}

void input_resume(void)
{
	seeded = false;
}

/* One byte is enough to make a difference by. */
u64 random_next(void)
{
	u8 byte = input_byte();

	return (mix(byte) & ~0xffULL) | byte;
}

u32 random_below(u32 limit)
{
	if (limit <= 1)
		return 0;
	if (limit <= 0x100)
		return input_byte() % limit;
	if (limit <= 0x10000)
		return input_word() % limit;
	return ((u32)input_word() << 16 | input_word()) % limit;
}

bool random_once_in(u32 times)
{
	return !random_below(times);
}

void tap_note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	putc('\n', stderr);
}

void input_fail(const char *format, ...)
{
	va_list arguments;

	fputs("wgward: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	putc('\n', stderr);
	abort();
}
