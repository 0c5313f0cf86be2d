/* SPDX-License-Identifier: MIT
 * Pool of fixed-size objects for one thread: a free list over slabs taken with
 * mmap(2). Grows by slabs up to a limit; never shrinks until released, so a
 * second round of the same load costs no new memory. With AddressSanitizer,
 * touching an object after pool_put is reported like a use after free. */
#ifndef HD_UTIL_POOL_H
#define HD_UTIL_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

struct pool_slab;

struct pool {
	void *free_head;
	uint8_t *fresh;       /* objects of the newest slab never handed out: */
	size_t fresh_left;    /* their pages stay untouched until they are */
	struct pool_slab *slabs;
	size_t object_size;   /* bytes, rounded up to 16 */
	size_t slab_objects;  /* objects per slab */
	size_t objects_max;   /* 0: no limit */
	size_t objects;       /* in all slabs */
	size_t used;          /* handed out now */
	uint64_t hits;        /* gets served from what was there */
	uint64_t misses;      /* gets that had to take a slab, or failed to */
};

void pool_init(struct pool *p, size_t object_size, size_t slab_objects, size_t objects_max);
/* All objects must be back (asserted). */
void pool_release(struct pool *p);
/* NULL when the limit or the system says no. Contents are undefined; aligned
 * to 16 bytes, and to a cache line if the object size is a multiple of one. */
void *pool_get(struct pool *p);
void pool_put(struct pool *p, void *object);

#endif
