/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a fuzzer decides by: the bytes that libFuzzer made up.
 *
 * They also stand in for the random numbers of the unit tests, so that what
 * generates policies and packets there does so here by the input.
 */
#ifndef _WGWARD_INPUT_H
#define _WGWARD_INPUT_H

#include <stddef.h>

#include <linux/types.h>

/* libFuzzer's: what each program defines, and what it may call. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t most,
			       unsigned int seed);
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t most);

void input_begin(const u8 *data, size_t size);
/* Bytes that are not used yet. When there are none, numbers come all the same. */
size_t input_left(void);
u8 input_byte(void);
u16 input_word(void);

/*
 * Random numbers come from @seed until input_resume(): for what would take up
 * many bytes of which none matters much.
 */
void input_seed(u64 seed);
void input_resume(void);

/* A finding: says so, and ends the program. */
void input_fail(const char *format, ...)
	__attribute__((__format__(__printf__, 1, 2), __noreturn__));

#endif /* _WGWARD_INPUT_H */
