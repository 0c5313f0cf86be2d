/* SPDX-License-Identifier: MIT
 * Which peer receives for a key: open addressing with linear probing, deletion
 * by shifting back (no tombstones, so a look-up never slows down with age).
 * Peers of one key form a ring, the latest speaker first; the table names it. */
#ifndef HD_DATA_ROUTE_H
#define HD_DATA_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "data/peer.h"

struct route_entry {
	uint64_t hash;
	struct peer *peer; /* NULL: empty */
};

struct route_table {
	struct route_entry *entries;
	uint32_t mask;
	uint32_t count; /* keys */
};

HD_MUST_CHECK int route_init(struct route_table *t); /* ERROR_NO_MEMORY */
void route_release(struct route_table *t);
/* The receiving peer of a key, or NULL. */
struct peer *route_find(const struct route_table *t, uint64_t hash, const struct key *key);
/* Adds a peer as the receiving one of its key. ERROR_NO_MEMORY. */
HD_MUST_CHECK int route_join(struct route_table *t, struct peer *p);
/* A peer spoke: from now on it receives for its key. */
void route_activate(struct route_table *t, struct peer *p);
/* Takes a peer off; the latest other speaker takes over. True if none is left. */
bool route_leave(struct route_table *t, struct peer *p);

#endif
