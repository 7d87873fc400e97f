/* SPDX-License-Identifier: GPL-2.0 */
/* What goes to standard output, for people and as JSON. */
#ifndef _OUTPUT_H
#define _OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "../module/policy.h"

/* The words of the kernel's enums: "pass", "no-policy", "allow", "guarded". */
const char *output_verdict(u8 code);
const char *output_reason(u8 reason);
const char *output_action(u8 action);
const char *output_state(u32 state);
const char *output_limit(u32 limit);
const char *output_event(u32 event);

/* All of these end the command when memory is short. */
json_t *output_object(void);
json_t *output_array(void);
void output_set_text(json_t *object, const char *key, const char *value);
void output_set_number(json_t *object, const char *key, u64 value);
void output_set_bool(json_t *object, const char *key, bool value);
/* 0 is null. */
void output_set_time(json_t *object, const char *key, u64 seconds);
/* Takes over the reference to @value. */
void output_set(json_t *object, const char *key, json_t *value);
void output_append(json_t *array, json_t *value);
void output_append_text(json_t *array, const char *value);

/* Prints @object and a newline, in one line if so asked, and frees it. */
void output_json(json_t *object, bool one_line);

/* Flushes standard output. Returns @status, or EXIT_ERROR if it failed. */
int output_end(int status);

#endif /* _OUTPUT_H */
