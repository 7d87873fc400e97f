// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <stddef.h>
#include <stdio.h>

#include "hold.h"

/*
 * A signal in the middle would leave the guard on, for nothing: also that of a
 * reader who has gone, or one that only stops us.
 */
void hold_signals(bool hold)
{
	static const int signals[] = {
		SIGINT,	 SIGTERM, SIGHUP,  SIGQUIT,
		SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU,
	};
	sigset_t set;
	size_t i;

	/* What was done is told before what came meanwhile ends us. */
	if (!hold)
		fflush(stdout);
	sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}
