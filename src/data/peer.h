/* SPDX-License-Identifier: MIT
 * One logged-in connection as its shard knows it, and the table of slots they
 * live in. A peer is named by slot and generation; a slot is used again only
 * when neither the kernel nor control has anything to do with it any more. */
#ifndef HD_DATA_PEER_H
#define HD_DATA_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/messages.h"
#include "data/slice.h"
#include "proto/key.h"
#include "util/list.h"
#include "util/wheel.h"

struct ktls_conn;
struct tls_record_keys;

enum peer_state {
	PEER_FREE,
	PEER_LIVE,
	PEER_CLOSING, /* off the tables, socket shut down; the kernel still holds operations */
	PEER_CLOSED,  /* descriptor closed; control is still to be told */
};

/* Where this peer's packets went last. */
struct peer_route_cache {
	struct key key;
	uint64_t hash;
	uint32_t slot; /* same shard: destination, by slot and generation */
	uint32_t generation;
	uint16_t shard;
	bool valid;
	bool noted; /* (this peer's key, destination) is remembered for PeerGone */
};

/* What control is still to be told, in this order; see tell.h. */
enum peer_tell { PEER_TELL_JOINED = 1, PEER_TELL_PREFERRED = 2, PEER_TELL_WATCH = 4, PEER_TELL_BLOCK_DONE = 8,
		 PEER_TELL_CLOSED = 16 };

struct peer {
	/* identity */
	uint32_t slot;
	uint32_t generation;
	int fd;
	uint8_t state;     /* enum peer_state, written by peer_set_state alone */
	uint8_t flags;     /* enum peer_flag */
	uint8_t transport; /* enum peer_transport */
	uint8_t tell;      /* enum peer_tell */
	struct key key;
	uint64_t hash;     /* keyed hash of key */
	struct peer_addr addr;
	uint64_t conn_id;
	struct list_node duplicates; /* ring of peers with this key, latest speaker first */
	bool active;       /* the one of its key that receives */
	bool preferred;
	uint8_t close_reason;
	bool last_of_key;

	/* kernel's */
	bool recv_armed;
	bool recv_stopping; /* a cancel is on its way */
	bool recv_fed;      /* bytes have come since it was armed */
	bool send_armed;

	/* receiving */
	bool paused_for_xfer; /* feeds a full ring to another shard */
	bool paused_for_rate;
	struct tls_record_keys *keys; /* TLS in user space, or NULL; owned */
	struct ktls_conn *offload;    /* TLS in the kernel, or NULL; owned */
	struct buf *sealed;   /* beginning of a record, or NULL */
	struct buf *partial;  /* beginning of a frame, or NULL */
	uint32_t skip;        /* bytes of an unknown frame still to come */
	struct peer_route_cache cache;
	struct list_node begun_node;
	struct list_node pause_node; /* in xfer's list of paused, or in the shard's list of starved */
	int64_t rate_tokens;  /* bytes */
	uint64_t rate_filled_ms;
	struct timer rate_timer;

	/* sending */
	struct slice_queue inflight; /* what the send in flight covers; or the rest of what was torn */
	struct slice_queue lane[SLICE_LANES];
	struct ring_gather *gather;  /* of the send in flight, or NULL */
	uint32_t queued[SLICE_LANES]; /* bytes in each lane */
	uint32_t inflight_bytes;
	uint32_t inflight_plain;     /* bytes of frames in what is sealed and in flight */
	bool blocked;         /* the socket did not take all: everything queued is in blocks */
	bool dry;             /* blocked, because there was no memory to seal what is queued */
	uint64_t progress_ms; /* blocked: when it last took something */
	struct list_node dirty_node;
	struct list_node blocked_node;
	struct timer keepalive;

	/* notices */
	uint8_t not_here_tokens;
	uint32_t not_here_ms;
	uint32_t seen_first;  /* seen.h: pairs with this peer as receiver */
	uint64_t seen_recent; /* seen.h: tag of the latest sender noted */
	struct list_node tell_node;
};

#define PEER_CHUNK 256 /* peers per allocation */

struct peer_table {
	struct peer **chunks;
	uint32_t chunk_count;
	uint32_t used;       /* not PEER_FREE */
	struct list free;    /* by dirty_node */
};

void peer_table_init(struct peer_table *t);
void peer_table_release(struct peer_table *t); /* all peers must be free */
/* A free slot, its generation new and not 0, the rest zero, lists unlinked,
 * state still PEER_FREE. NULL: no memory. */
struct peer *peer_table_take(struct peer_table *t);
void peer_table_put(struct peer_table *t, struct peer *p);
struct peer *peer_at(const struct peer_table *t, uint32_t slot);
/* NULL if that peer is gone. */
struct peer *peer_find(const struct peer_table *t, uint32_t slot, uint32_t generation);
/* Slots ever made: iterate 0 .. count - 1 and look at the state. */
uint32_t peer_table_slots(const struct peer_table *t);

/* The only writer of state: asserts that the step is legal. */
void peer_set_state(struct peer *p, enum peer_state next);
static inline bool peer_live(const struct peer *p)
{
	return p->state == PEER_LIVE;
}

#endif
