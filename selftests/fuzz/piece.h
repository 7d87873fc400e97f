/* SPDX-License-Identifier: GPL-2.0 */
/* Fragments, and their naive twins. */
#ifndef _WGWARD_PIECE_H
#define _WGWARD_PIECE_H

#include "fragment_twin.h"
#include "scene.h"

#define PIECES_MOST 128

/**
 * struct whole - what the fragments are of
 * @datagram: what the first had
 * @id: that they share
 * @ingress: where they pass
 * @twin: what was seen of it
 */
struct whole {
	struct datagram datagram;
	u8 id;
	bool ingress;
	struct fragment_twin twin;
};

/**
 * struct pieces - all that was ever begun
 * @wholes: one for each key
 * @count: number of @wholes
 */
struct pieces {
	struct whole wholes[PIECES_MOST];
	u32 count;
};

/* Judges a first fragment; false if the twin differs. */
bool pieces_judge_first(struct pieces *pieces, struct scene *scene,
			struct seen *seen);
/* Judges a later one of something that was begun, or of nothing. */
bool pieces_judge_later(struct pieces *pieces, struct scene *scene,
			struct seen *seen);

#endif /* _WGWARD_PIECE_H */
