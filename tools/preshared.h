/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The preshared keys that this machine shares with its peers. The mesh file
 * says where they are; the keys are never printed.
 */
#ifndef _PRESHARED_H
#define _PRESHARED_H

#include "mesh.h"

/**
 * struct preshared - what a peer's preshared key is to be
 * @node: public key of the peer
 * @file: where @key is from, of the mesh; NULL: the file says off
 * @key: zero for none
 */
struct preshared {
	u8 node[WGWARD_KEY_LEN];
	const char *file;
	u8 key[WGWARD_KEY_LEN];
};

/* A peer that is not in there keeps the one that it has. */
struct preshared_list {
	struct preshared *items;
	size_t count;
};

/*
 * Reads those of the peers of self under @policy, which is @mesh's. A file that
 * is not there is warned about. Returns 0, or -1 after errors were printed;
 * preshared_forget() is due in either case.
 */
int preshared_read(struct preshared_list *list, const struct mesh *mesh,
		   const struct wgward_policy *policy);
/* Overwrites the keys. */
void preshared_forget(struct preshared_list *list);

#endif /* _PRESHARED_H */
