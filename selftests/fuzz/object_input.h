/* SPDX-License-Identifier: GPL-2.0 */
/* Objects for a policy as the input has them, good ones and bad ones. */
#ifndef _WGWARD_OBJECT_INPUT_H
#define _WGWARD_OBJECT_INPUT_H

#include "policy.h"

struct wgward_prefix input_prefix(void);
/* Such as a node's: of full length, mostly. */
struct wgward_prefix input_address(void);
u64 input_until(void);

/* What is returned stays valid until the next call. */
const char *input_group(void);
const struct wgward_node *input_node(void);
const struct wgward_rule *input_rule(void);

#endif /* _WGWARD_OBJECT_INPUT_H */
