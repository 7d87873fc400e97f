/* SPDX-License-Identifier: GPL-2.0 */
/* The module as the kernel sees modules. */
#ifndef _TOOLS_MODULE_H
#define _TOOLS_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#define MODULE_VERSION_LEN 64

/* Returns whether it is loaded. */
bool module_version(char version[MODULE_VERSION_LEN]);

/* How many wards there are, in all network namespaces; negative: no module. */
long module_wards(void);

/*
 * Whether the kernel would take the module @file in place of the one that it
 * has: not if it is damaged, not signed, or made for another kernel. What it
 * needs of the kernel is not looked at. NULL: the one that is installed, which
 * is not looked at if it is compressed. False after an error was printed.
 */
bool module_try(const char *file);

/*
 * Both return 0, or -1 after an error was printed. The first waits a while for
 * those who are about to leave the module. The second loads @file, or what is
 * installed.
 */
int module_unload(void);
int module_load(const char *file);

#endif /* _TOOLS_MODULE_H */
