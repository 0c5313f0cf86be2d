/* SPDX-License-Identifier: MIT
 * Who is connected: every connection, found by its peer_id, and every key that
 * has at least one, in the order in which keys became present. Control thread
 * only. Some 180 bytes per client, indices included. */
#ifndef HD_CONTROL_PRESENCE_H
#define HD_CONTROL_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/messages.h"
#include "proto/key.h"
#include "util/assert.h"
#include "util/list.h"

struct watcher;

/* A key that is present. Read by other files; written by presence.c alone. */
struct presence_key {
	struct key key;
	uint64_t seq;                  /* rises with each key that becomes present, never 0 */
	struct list_node live;         /* in presence_first()'s order, which is that of seq */
	struct presence_key *chain;    /* next in its hash bucket */
	struct presence_conn *newest;  /* of its connections, never NULL */
};

/* One connection. */
struct presence_conn {
	struct presence_key *of;
	struct presence_conn *newer;   /* of the same key */
	struct presence_conn *older;
	struct watcher *watcher;       /* watch.c's; NULL unless it watches */
	uint64_t conn_id;
	uint64_t since_ns;             /* mono_now_ns() of its EVENT_JOINED */
	uint32_t slot;
	uint32_t generation;
	struct peer_addr addr;
	uint16_t shard;
	uint8_t flags;                 /* enum peer_flag */
	uint8_t transport;             /* enum peer_transport */
	bool preferred;
};

#define PRESENCE_TRANSPORTS 3 /* of enum peer_transport */

struct presence_counts {
	size_t keys;
	size_t conns;
	size_t preferred; /* connections for which this is the home relay */
	size_t transports[PRESENCE_TRANSPORTS];
};

struct presence;

struct presence *presence_new(uint16_t shards); /* NULL: no memory */
/* Connections that are left go with it. */
void presence_free(struct presence *p);

/* Enters the connection of an EVENT_JOINED; *first tells whether its key became
 * present by it. ERROR_NO_MEMORY. Its peer_id must be free (asserted: a shard
 * reports the end of one connection before the start of the next in its slot). */
HD_MUST_CHECK int presence_join(struct presence *p, struct presence_conn **conn, bool *first,
				const struct event *e, uint64_t now_ns);
/* True if this is the only connection of its key. */
bool presence_is_last(const struct presence_conn *c);
/* Takes it out, and its key if it was the last; frees. */
void presence_leave(struct presence *p, struct presence_conn *c);
/* Sets `preferred`; true if that changed it. */
bool presence_prefer(struct presence *p, struct presence_conn *c, bool preferred);

/* NULL if there is none of this name (any more). */
struct presence_conn *presence_find(const struct presence *p, struct peer_id id);
struct presence_key *presence_find_key(const struct presence *p, const struct key *key);
struct peer_id presence_peer_id(const struct presence_conn *c);
struct presence_counts presence_counts(const struct presence *p);

/* Keys in order of seq. NULL at the end. */
struct presence_key *presence_first(const struct presence *p);
struct presence_key *presence_next(const struct presence *p, const struct presence_key *k);

/* All connections, for listings that go on while connections come and go: the
 * first one at or behind *slot of a shard, *slot moved behind it, looking at no
 * more than `looks` places. NULL with *slot < presence_slots(): none there. */
uint32_t presence_slots(const struct presence *p, uint16_t shard);
const struct presence_conn *presence_scan(const struct presence *p, uint16_t shard, uint32_t *slot,
					  uint32_t looks);

#endif
