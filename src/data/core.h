/* SPDX-License-Identifier: MIT
 * A shard's whole state, shared by the files of this room and by nothing else.
 * All of it belongs to the shard's thread, but for the rings to other shards. */
#ifndef HD_DATA_CORE_H
#define HD_DATA_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "data/buf.h"
#include "data/peer.h"
#include "data/data_plane.h"
#include "data/linger.h"
#include "data/ring.h"
#include "data/route.h"
#include "data/seen.h"
#include "data/shrink.h"
#include "data/slice.h"
#include "stats/stats.h"
#include "util/hash.h"
#include "util/list.h"
#include "util/pool.h"
#include "util/wheel.h"

struct xfer_link; /* xfer.h */

struct data_plane {
	uint16_t shards;
	struct shard_settings settings;
	struct hash_key hash_key; /* one for all shards: it decides who serves a key */
	struct bus *bus;
	struct shard *shard;      /* [shards] */
	struct xfer_link *links;  /* [shards * shards], from row to column */
};

struct shard {
	struct data_plane *plane;
	uint16_t number;
	const struct shard_settings *settings;
	struct stats *stats;
	struct ring *ring;
	struct buf_store bufs;
	struct peer_table peers;
	struct route_table routes;
	struct seen seen;
	struct pool slices;
	struct pool gathers;
	struct pool pendings;
	struct wheel wheel;      /* keep-alives */
	struct wheel rate_wheel; /* ends of rate pauses */
	struct linger_state linger;
	struct shrink_state shrink;
	uint32_t arrivals;       /* in this pass, of bytes from clients or from other shards */
	uint64_t packets_before; /* taken in before this pass */
	uint64_t now_ns;         /* at the pass's beginning */
	uint64_t now_ms;
	uint64_t looked_ms;      /* what had happened by then has been seen: the beginning of the pass before */
	uint64_t random;        /* of xorshift: jitter only */

	struct list dirty;      /* peers with something to send, by dirty_node */
	struct list dry;        /* those who wait for memory to seal it, by dirty_node */
	/* Peers whose receive ended for lack of buffers, by pause_node, longest first;
	 * [0]: those who had got nothing by it. */
	struct list starved[2];
	struct list blocked[2]; /* by blocked_node, longest without progress first; [1]: mesh peers */
	struct list begun;      /* peers amid a frame or record, by begun_node, longest first */
	struct list tell;       /* peers control is to hear of, by tell_node */

	bool draining;
	uint64_t drain_until_ms;
	uint64_t drain_next_ms; /* next look at who is done */
	bool initialised;       /* what data_plane_free has to release */
};

static inline uint32_t shard_stamp(const struct shard *sh)
{
	return (uint32_t)sh->now_ms;
}

static inline bool shard_starves(const struct shard *sh)
{
	return !list_empty(&sh->starved[0]) || !list_empty(&sh->starved[1]);
}

/* Shard of a hash. Tables index with the low half, so this takes the high one. */
static inline uint16_t shard_of_hash(const struct data_plane *plane, uint64_t hash)
{
	return (uint16_t)((hash >> 32) % plane->shards);
}

/* Tags of ring operations: what it is, and whose. */
enum shard_op { SHARD_OP_RECV = 1, SHARD_OP_SEND = 2 };

static inline uint64_t shard_tag(enum shard_op op, const struct peer *p)
{
	hd_assert(p->slot < 1u << 24);
	return (uint64_t)op << 56 | (uint64_t)p->slot << 32 | p->generation;
}

#endif
