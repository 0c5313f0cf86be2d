/* SPDX-License-Identifier: MIT
 * Between shards. From each shard to each other one there is a ring of
 * descriptors, 64 bytes a run of frames, and a ring back by which buffers come
 * home when the frames are sent or copied. The way back has room for all that
 * is out, so coming home never fails. */
#ifndef HD_DATA_XFER_H
#define HD_DATA_XFER_H

#include "data/core.h"
#include "data/forward.h"
#include "util/spsc.h"

struct xfer_desc {
	struct key to;
	uint64_t hash;    /* of `to` */
	struct buf *buf;  /* the sending shard's; NULL without packets */
	uint32_t source_slot; /* the sending shard's peer whose packets they are */
	uint32_t source_generation;
	uint64_t at : 20;     /* where they begin in the buffer */
	uint64_t len : 20;    /* bytes */
	uint64_t frames : 16;
	uint64_t lane : 4;    /* enum slice_lane */
	uint64_t flags : 4;
};
#define XFER_FORWARDED 1 /* came as ForwardPacket: not to be forwarded again */
#define XFER_CLOSE 2     /* no packets: close every connection of `to` */
#define XFER_GONE 4      /* no packets: the key `to` left the region */
_Static_assert(sizeof(struct xfer_desc) == 64, "a descriptor is one cache line");

struct xfer_return {
	struct buf *buf;
	struct key not_here; /* with XFER_NOT_HERE: the destination nobody has */
	uint32_t flags;
	uint32_t source_slot; /* with XFER_NOT_HERE: of the descriptor */
	uint32_t source_generation;
};
#define XFER_NOT_HERE 1

struct xfer_pending { /* a descriptor that waits for room */
	struct xfer_pending *next;
	struct xfer_desc desc;
};

struct xfer_link { /* from one shard (row) to another (column) */
	struct spsc out;
	struct spsc back;
	/* row's */
	_Alignas(HD_CACHE_LINE) uint32_t outstanding; /* descriptors out and not back */
	struct xfer_pending *pending_head;
	struct xfer_pending *pending_tail;
	struct list paused;       /* peers that feed this link, by pause_node */
	bool out_touched;
	_Atomic bool wants_back;  /* the row sleeps and is short: wake it for returns */
	/* column's */
	_Alignas(HD_CACHE_LINE) bool back_touched;
	bool back_urgent; /* a client waits for the news in one of them */
};

HD_MUST_CHECK int xfer_init(struct data_plane *plane); /* ERROR_NO_MEMORY */
/* Threads have ended: what is under way goes home, then the rings are freed. */
void xfer_release(struct data_plane *plane);

/* Sends a run to another shard; waits in order, pausing `from`, if there is no room. */
void xfer_run(struct shard *sh, struct peer *from, uint16_t to, uint64_t hash, const struct forward_run *run);
void xfer_close_key(struct shard *sh, struct peer *from, uint16_t to, uint64_t hash, const struct key *key);
/* Tells all other shards that a key of this one left, behind all that it sent
 * them. Without memory the notice is lost. */
void xfer_key_gone(struct shard *sh, uint64_t hash, const struct key *key);
/* A remote slice's buffer is no longer needed here. */
void xfer_give_back(struct shard *sh, uint16_t home, struct buf *buf);

/* Takes what other shards sent; true if some was left for the next pass. */
bool xfer_take(struct shard *sh);
/* Takes buffers home, sends what waited, resumes who was paused. */
void xfer_take_back(struct shard *sh);
/* Once per pass: publishes and wakes, at most once per shard. */
void xfer_publish(struct shard *sh);
/* Before sleeping: asks to be woken for returns if they are needed. */
void xfer_about_to_sleep(struct shard *sh);
void xfer_awake(struct shard *sh);
/* Anything to take now? */
bool xfer_ready(struct shard *sh);

#endif
