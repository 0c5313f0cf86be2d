/* SPDX-License-Identifier: MIT
 * A run of whole frames for one destination: contiguous bytes in a receive
 * buffer, in a block, in another shard's buffer, or in a block that control
 * made. And singly linked queues of them. */
#ifndef HD_DATA_SLICE_H
#define HD_DATA_SLICE_H

#include <stdbool.h>
#include <stdint.h>

#include "data/buf.h"

enum slice_kind {
	SLICE_LOCAL,  /* buf is this shard's; one reference is the slice's */
	SLICE_REMOTE, /* buf is shard `home`'s; goes home by xfer_give_back */
	SLICE_OWNED,  /* data is malloc'd, whole, and freed with the slice */
};

/* Order of sending when a destination is behind. */
enum slice_lane { SLICE_CONTROL, SLICE_DISCO, SLICE_DATA, SLICE_LANES };

struct slice {
	struct slice *next;
	uint8_t *data;
	union {
		struct buf *buf;
		uint8_t *owned; /* SLICE_OWNED: start of the allocation */
	};
	uint32_t len;
	uint32_t stamp_ms; /* when it was queued, shard clock, wraps */
	uint16_t frames;   /* packets in it, 0 for control frames */
	uint16_t home;     /* SLICE_REMOTE: shard */
	uint8_t kind;      /* enum slice_kind */
	uint8_t lane;      /* enum slice_lane */
	bool torn;         /* starts inside a frame: must be sent before all else */
};

/* Does it point into a block of this shard, where it may wait as it is? */
static inline bool slice_in_block(const struct slice *s)
{
	return s->kind == SLICE_LOCAL && buf_may_wait(s->buf);
}

struct slice_queue {
	struct slice *head;
	struct slice *tail;
};

static inline void slice_push_back(struct slice_queue *q, struct slice *s)
{
	s->next = NULL;
	if (q->tail)
		q->tail->next = s;
	else
		q->head = s;
	q->tail = s;
}

static inline void slice_push_front(struct slice_queue *q, struct slice *s)
{
	s->next = q->head;
	q->head = s;
	if (!q->tail)
		q->tail = s;
}

static inline struct slice *slice_pop_front(struct slice_queue *q)
{
	struct slice *s = q->head;

	if (s) {
		q->head = s->next;
		if (!q->head)
			q->tail = NULL;
	}
	return s;
}

/* Bytes of the whole frames at `data` that end at or before `limit`; their
 * number goes to *frames. data..len is whole frames. */
uint32_t slice_whole_frames(const uint8_t *data, uint32_t len, uint32_t limit, uint16_t *frames);

#endif
