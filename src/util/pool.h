/* SPDX-License-Identifier: MIT
 * Pool of fixed-size objects for one thread, in slabs taken with mmap(2). It
 * grows by slabs up to a limit. A slab whose objects have all come back is kept
 * for the next need, so a second round of the same load costs no new memory,
 * until its owner gives it back to the system with pool_trim. With
 * AddressSanitizer, touching an object after pool_put is reported like a use
 * after free. */
#ifndef HD_UTIL_POOL_H
#define HD_UTIL_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"
#include "util/list.h"

struct pool_slab;

/* Of several pools of one owner, kept by them. */
struct pool_sum {
	size_t bytes;   /* of all slabs */
	size_t empties; /* slabs that pool_trim could give back */
};

struct pool {
	struct pool_slab *current; /* objects come from here while it has any */
	struct list partial;       /* other slabs with some objects out, not all */
	struct list empty;         /* other slabs with none out, the latest in use first */
	size_t empties;            /* slabs in `empty` */
	size_t empties_low;        /* the least they were since pool_unneeded was asked */
	size_t slab_bytes;         /* a power of two */
	size_t object_size;        /* bytes, rounded up to 16 */
	size_t slab_objects;       /* objects per slab */
	size_t objects_max;        /* 0: no limit */
	size_t objects;            /* in all slabs */
	size_t used;               /* handed out now */
	struct pool_sum *sum;      /* it is in, or NULL; set while there is no slab */
	uint64_t hits;             /* gets served from what was there */
	uint64_t misses;           /* gets that had to take a slab, or failed to */
};

/* The pool must not be moved after. */
void pool_init(struct pool *p, size_t object_size, size_t slab_objects, size_t objects_max);
/* All objects must be back (asserted). */
void pool_release(struct pool *p);
/* NULL when the limit or the system says no. Contents are undefined; aligned
 * to 16 bytes, and to a cache line if the object size is a multiple of one. */
void *pool_get(struct pool *p);
void pool_put(struct pool *p, void *object);

/* Slabs that nobody needed since this was last asked: so many could have been
 * given back at that time without being missed. */
size_t pool_unneeded(struct pool *p);
/* Gives up to `slabs` empty slabs back to the system, those longest out of use
 * first; returns how many. */
size_t pool_trim(struct pool *p, size_t slabs);

#endif
