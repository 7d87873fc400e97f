/* SPDX-License-Identifier: GPL-2.0 */
/* Processes that outlive what systemd knows them as a part of. */
#ifndef _SCOPE_H
#define _SCOPE_H

/*
 * Moves this process into a unit of its own, if systemd runs the machine: else
 * it ends with the session or service that it was started in, where those end
 * as a whole. Warns if that cannot be done.
 */
void scope_enter(void);

#endif /* _SCOPE_H */
