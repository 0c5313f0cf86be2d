/* SPDX-License-Identifier: MIT
 * Memory that holds frames: the ring's receive buffers and pooled blocks, both
 * counted by references, so that one slice does not care which it points into.
 * Owned by one shard, whose thread alone counts. */
#ifndef HD_DATA_BUF_H
#define HD_DATA_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/ring.h"
#include "stats/stats.h"
#include "util/pool.h"

enum buf_class { BUF_SMALL, BUF_MEDIUM, BUF_LARGE, BUF_HUGE, BUF_CLASS_COUNT, BUF_RECEIVE = BUF_CLASS_COUNT };

/* Bytes a block of each class holds. HUGE takes the largest legal frame. */
#define BUF_SMALL_SIZE 448
#define BUF_MEDIUM_SIZE 2048
#define BUF_LARGE_SIZE 16704 /* a full receive buffer, or a full TLS record */
#define BUF_HUGE_SIZE 65664

/* What a block is for. Each has a bound of its own, so that slow readers, whose
 * packets wait, leave room for those who only send or only log in. */
enum buf_use {
	BUF_WAITING,  /* packets for slow destinations */
	BUF_ARRIVING, /* beginnings of frames and records; never waits for a destination */
	BUF_LEAVING,  /* small frames and sealed records; its own room is a reserve beside that of WAITING */
	BUF_USES
};

struct buf_account {
	uint64_t bytes; /* in blocks handed out */
	uint64_t max;
};

struct buf {
	_Alignas(16) uint8_t *data; /* a block's bytes lie behind it, aligned as this is */
	uint32_t size;             /* bytes at data */
	uint32_t fill;             /* bytes written (blocks) */
	uint16_t refs;
	uint16_t id;               /* receive buffers: the ring's number */
	uint8_t class;             /* enum buf_class */
	uint8_t use;               /* enum buf_use: whose account it is in; blocks */
	bool filling;              /* receive buffers: the kernel has filled a part and holds a reference */
};

struct buf_store {
	struct ring *ring;
	struct buf *receive;       /* [receive_count] */
	uint32_t receive_count;
	uint32_t receive_out;      /* not with the kernel */
	struct pool pool[BUF_CLASS_COUNT];
	struct buf_account account[BUF_USES];
	struct stats *stats;
};

/* waiting_max: bytes for WAITING; reserve_max: for each of the others.
 * ERROR_NO_MEMORY. The ring and stats must outlive the store. */
HD_MUST_CHECK int buf_store_init(struct buf_store *s, struct ring *ring, uint32_t buf_size, uint32_t buf_count,
				 uint64_t waiting_max, uint64_t reserve_max, struct stats *stats);
void buf_store_release(struct buf_store *s);

/* A receive buffer that has bytes from the kernel: one reference, the caller's. Until
 * it is `done` the kernel goes on filling it, and holds a reference itself. */
struct buf *buf_received(struct buf_store *s, uint16_t id, bool done);
/* A block of at least `size` bytes (<= BUF_HUGE_SIZE) with one reference.
 * NULL when memory for that use is used up. */
struct buf *buf_get(struct buf_store *s, uint32_t size, enum buf_use use);
/* May bytes in it wait for a slow destination? Not in receive buffers nor in
 * blocks of ARRIVING: those must come back soon. */
static inline bool buf_may_wait(const struct buf *b)
{
	return b->class != BUF_RECEIVE && b->use != BUF_ARRIVING;
}
/* Bytes in all blocks handed out. */
static inline uint64_t buf_block_bytes(const struct buf_store *s)
{
	return s->account[BUF_WAITING].bytes + s->account[BUF_ARRIVING].bytes + s->account[BUF_LEAVING].bytes;
}
/* Capacity of the block buf_get(size) would return. */
uint32_t buf_capacity(uint32_t size);
struct buf *buf_ref(struct buf *b);
/* The last reference gives the memory back to the kernel or the pool. */
void buf_unref(struct buf_store *s, struct buf *b);

#endif
