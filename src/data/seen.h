/* SPDX-License-Identifier: MIT
 * Who on this shard was sent packets from which key, so that PeerGone can be
 * told to exactly those when the key leaves the region. A set of (key, peer)
 * pairs, findable from both ends; 32 bytes a pair and bounded in number. When it
 * is full, keys with many pairs make room for keys with few: clients that send
 * to one another to fill it take it from themselves. */
#ifndef HD_DATA_SEEN_H
#define HD_DATA_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/key.h"
#include "util/assert.h"

#define SEEN_NONE 0 /* index 0 of both arrays is never used */

struct seen_source {
	struct key key;
	uint64_t hash;
	uint32_t pairs;     /* first pair of this key */
	uint32_t count;     /* of them */
	uint32_t next_hash; /* chain; or the next free one */
};

struct seen_pair {
	uint32_t source;
	uint32_t receiver;  /* slot */
	uint32_t next_of_source, prev_of_source;
	uint32_t next_of_receiver, prev_of_receiver;
	uint32_t next_hash; /* chain; or the next free one */
};

struct seen_array {
	uint32_t *buckets;
	uint32_t mask;
	uint32_t count; /* in use */
	uint32_t size;  /* made, in use or free; + 1 for the unused index 0 */
	uint32_t cap;
	uint32_t free;
};

/* A way to the list head of a receiver that loses a pair. */
typedef uint32_t *seen_first_of_fn(void *ctx, uint32_t slot);

struct seen {
	struct seen_source *sources;
	struct seen_array source_index;
	struct seen_pair *pairs;
	struct seen_array pair_index;
	uint32_t pairs_max;
	uint32_t hand;      /* where one was last looked for that can make room */
	seen_first_of_fn *first_of;
	void *ctx;
};

/* ERROR_NO_MEMORY. */
HD_MUST_CHECK int seen_init(struct seen *s, uint32_t pairs_max, seen_first_of_fn *first_of, void *ctx);
void seen_release(struct seen *s);

/* Remembers that the receiver in `slot`, whose pairs begin at *first, got a
 * packet from the key. Known pairs are fine. SEEN_DISPLACED: so is this one, but
 * a pair of another key had to go. ERROR_FULL, ERROR_NO_MEMORY. */
#define SEEN_DISPLACED 1
HD_MUST_CHECK int seen_note(struct seen *s, uint64_t hash, const struct key *key, uint32_t slot, uint32_t *first);
/* Takes one receiver of the key out and names it; false when none is left. */
bool seen_take(struct seen *s, uint64_t hash, const struct key *key, uint32_t *slot);
/* Forgets all pairs of a receiver. */
void seen_forget(struct seen *s, uint32_t *first);

#endif
