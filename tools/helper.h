/* SPDX-License-Identifier: GPL-2.0 */
/* A process that goes on when the command, and its terminal, have ended. */
#ifndef _HELPER_H
#define _HELPER_H

#include <stdbool.h>

/*
 * Goes on in a process of its own, the helper, where it returns true. In the
 * command it returns false, with the exit status in *@status, as soon as the
 * helper has ended or called helper_release().
 */
bool helper_start(int *status);

/*
 * From here on nothing that happens to the terminal or to the command reaches
 * the helper; before, it ends with the command. Signals have to be held.
 * Returns 0, or -1 if one is, which ends us later, or after an error was
 * printed: nothing may be begun then.
 */
int helper_detach(void);

/*
 * Lets the command end with @status. The helper keeps nothing of what it was
 * given but the descriptor @kept: whoever waits for the command waits no more.
 * What it has to say from here on goes to the kernel's log.
 */
void helper_release(int status, int kept);

#endif /* _HELPER_H */
