/* SPDX-License-Identifier: MIT */
#include "data/buf.h"

#include <stdlib.h>

#include "util/error.h"

struct buf_class_info {
	uint32_t size;
	uint32_t slab_objects; /* a slab is 64..256 KiB: few enough to start small, and filled */
};

static const struct buf_class_info buf_classes[BUF_CLASS_COUNT] = {
	[BUF_SMALL] = { BUF_SMALL_SIZE, 132 },
	[BUF_MEDIUM] = { BUF_MEDIUM_SIZE, 31 },
	[BUF_LARGE] = { BUF_LARGE_SIZE, 7 },
	[BUF_HUGE] = { BUF_HUGE_SIZE, 3 },
};

int buf_store_init(struct buf_store *s, struct ring *ring, uint32_t buf_size, uint32_t buf_count,
		   uint64_t waiting_max, uint64_t reserve_max, struct stats *stats)
{
	*s = (struct buf_store){ .ring = ring,
				 .receive_count = buf_count,
				 .account = { [BUF_WAITING] = { .max = waiting_max },
					      [BUF_ARRIVING] = { .max = reserve_max },
					      [BUF_LEAVING] = { .max = reserve_max } },
				 .stats = stats };
	s->receive = calloc(buf_count, sizeof(*s->receive));
	if (!s->receive)
		return ERROR_NO_MEMORY;
	for (uint32_t i = 0; i < buf_count; i++)
		s->receive[i] = (struct buf){ .data = ring_buf(ring, (uint16_t)i),
					      .size = buf_size,
					      .id = (uint16_t)i,
					      .class = BUF_RECEIVE };
	for (int c = 0; c < BUF_CLASS_COUNT; c++)
		pool_init(&s->pool[c], sizeof(struct buf) + buf_classes[c].size, buf_classes[c].slab_objects, 0);
	return 0;
}

void buf_store_release(struct buf_store *s)
{
	for (uint32_t i = 0; s->receive && i < s->receive_count; i++)
		hd_assert(s->receive[i].refs == s->receive[i].filling);
	for (int c = 0; c < BUF_CLASS_COUNT; c++)
		pool_release(&s->pool[c]);
	free(s->receive);
}

struct buf *buf_received(struct buf_store *s, uint16_t id, bool done)
{
	struct buf *b = &s->receive[id];

	hd_assert(id < s->receive_count);
	hd_assert(b->filling || b->refs == 0);
	if (!b->filling)
		b->refs = 1; /* the kernel's */
	b->filling = !done;
	if (b->filling)
		return buf_ref(b);
	s->receive_out++;
	return b;        /* which is the caller's now */
}

static int buf_class_for(uint32_t size)
{
	int c = 0;

	hd_assert(size <= BUF_HUGE_SIZE);
	while (size > buf_classes[c].size)
		c++;
	return c;
}

uint32_t buf_capacity(uint32_t size)
{
	return buf_classes[buf_class_for(size)].size;
}

/* The pools count what they serve; the metrics want it as it happens. */
static void buf_count_get(struct buf_store *s, const struct pool *p, uint64_t misses_before)
{
	stats_add(s->stats, p->misses == misses_before ? STAT_FRAME_POOL_HITS : STAT_FRAME_POOL_MISSES, 1);
}

static bool buf_room(const struct buf_account *a, uint64_t bytes)
{
	return a->bytes + bytes <= a->max;
}

static void buf_charge(struct buf_store *s, enum buf_use use, int64_t bytes)
{
	s->account[use].bytes += (uint64_t)bytes;
	if (use == BUF_WAITING)
		stats_set(s->stats, STAT_HELD_BYTES, s->account[use].bytes);
}

struct buf *buf_get(struct buf_store *s, uint32_t size, enum buf_use use)
{
	int c = buf_class_for(size);
	struct pool *p = &s->pool[c];
	uint64_t misses = p->misses;
	struct buf *b = NULL;

	if (use == BUF_LEAVING && buf_room(&s->account[BUF_WAITING], p->object_size))
		use = BUF_WAITING;
	if (buf_room(&s->account[use], p->object_size))
		b = pool_get(p);
	if (!b) {
		stats_add(s->stats, STAT_SLAB_EXHAUSTS, 1);
		return NULL;
	}
	buf_count_get(s, p, misses);
	buf_charge(s, use, (int64_t)p->object_size);
	*b = (struct buf){
		.data = (uint8_t *)(b + 1),
		.size = buf_classes[c].size,
		.refs = 1,
		.class = (uint8_t)c,
		.use = (uint8_t)use,
	};
	return b;
}

struct buf *buf_ref(struct buf *b)
{
	hd_assert(b->refs > 0 && b->refs < UINT16_MAX);
	b->refs++;
	return b;
}

void buf_unref(struct buf_store *s, struct buf *b)
{
	hd_assert(b->refs > 0);
	if (--b->refs > 0)
		return;
	if (b->class == BUF_RECEIVE) {
		s->receive_out--;
		ring_buf_return(s->ring, b->id);
		return;
	}
	buf_charge(s, b->use, -(int64_t)s->pool[b->class].object_size);
	pool_put(&s->pool[b->class], b);
}
