/* SPDX-License-Identifier: MIT */
#include "util/pool.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define POOL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_ASAN 1
#endif
#endif

#ifdef POOL_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#endif

#define POOL_ALIGN 16
/* Objects begin a cache line behind the slab's start: those whose size is a
 * multiple of a line then never share one. */
#define POOL_SLAB_HEADER HD_CACHE_LINE

/* Begins at a multiple of its size, so that an object's address tells which one
 * it is in. */
struct pool_slab {
	struct list_node node; /* in partial or empty; unlinked: the current one, or all objects are out */
	void *free_head;
	uint8_t *fresh;        /* objects never handed out: their pages stay untouched until they are */
	uint32_t fresh_left;
	uint32_t used;
	uint32_t objects;
};

_Static_assert(sizeof(struct pool_slab) <= POOL_SLAB_HEADER, "the header has its own line");

/* Under AddressSanitizer every object that is not handed out is poisoned, so
 * that a use after pool_put is reported like a use after free(3), and slabs
 * are searched for pointers to heap memory like the heap itself. */
static void slab_mapped(struct pool_slab *slab, size_t size)
{
#ifdef POOL_ASAN
	__lsan_register_root_region(slab, size);
	ASAN_POISON_MEMORY_REGION((uint8_t *)slab + POOL_SLAB_HEADER, size - POOL_SLAB_HEADER);
#else
	(void)slab;
	(void)size;
#endif
}

static void unmap(void *at, size_t size)
{
	int rc = size > 0 ? munmap(at, size) : 0;

	hd_assert(rc == 0);
}

static void slab_unmap(struct pool_slab *slab, size_t size)
{
#ifdef POOL_ASAN
	__lsan_unregister_root_region(slab, size);
	ASAN_UNPOISON_MEMORY_REGION(slab, size);
#endif
	unmap(slab, size);
}

static void object_hide(const struct pool *p, void *object)
{
#ifdef POOL_ASAN
	ASAN_POISON_MEMORY_REGION(object, p->object_size);
#else
	(void)p;
	(void)object;
#endif
}

static void object_show(const struct pool *p, void *object)
{
#ifdef POOL_ASAN
	ASAN_UNPOISON_MEMORY_REGION(object, p->object_size);
#else
	(void)p;
	(void)object;
#endif
}

static struct pool_slab *slab_entry(struct list_node *n)
{
	return list_entry(n, struct pool_slab, node);
}

static struct pool_slab *slab_of(const struct pool *p, void *object)
{
	return (struct pool_slab *)((uintptr_t)object & ~((uintptr_t)p->slab_bytes - 1));
}

static bool slab_has_object(const struct pool_slab *slab)
{
	return slab->free_head || slab->fresh_left > 0;
}

void pool_init(struct pool *p, size_t object_size, size_t slab_objects, size_t objects_max)
{
	hd_assert(object_size > 0 && object_size < SIZE_MAX / 4);
	hd_assert(slab_objects > 0 && slab_objects <= UINT32_MAX);
	*p = (struct pool){
		.object_size = (object_size + POOL_ALIGN - 1) / POOL_ALIGN * POOL_ALIGN,
		.slab_objects = slab_objects,
		.objects_max = objects_max,
		.slab_bytes = (size_t)sysconf(_SC_PAGESIZE),
	};
	hd_assert(p->slab_objects <= (SIZE_MAX / 4 - POOL_SLAB_HEADER) / p->object_size);
	while (p->slab_bytes < POOL_SLAB_HEADER + p->slab_objects * p->object_size)
		p->slab_bytes *= 2;
	list_init(&p->partial);
	list_init(&p->empty);
}

static void pool_drop_slab(struct pool *p, struct pool_slab *slab)
{
	hd_assert(slab->used == 0);
	p->objects -= slab->objects;
	if (p->sum)
		p->sum->bytes -= p->slab_bytes;
	slab_unmap(slab, p->slab_bytes);
}

static struct pool_slab *pool_pop_empty(struct pool *p, struct list_node *n)
{
	list_remove(n);
	p->empties--;
	if (p->sum)
		p->sum->empties--;
	if (p->empties < p->empties_low)
		p->empties_low = p->empties;
	return slab_entry(n);
}

void pool_release(struct pool *p)
{
	struct list_node *n;

	hd_assert(p->used == 0 && list_empty(&p->partial));
	while ((n = list_first(&p->empty)) != NULL)
		pool_drop_slab(p, pool_pop_empty(p, n));
	if (p->current)
		pool_drop_slab(p, p->current);
	p->current = NULL;
	hd_assert(p->objects == 0 && p->empties == 0);
}

static void *map(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* `size` bytes, a power of two, at a multiple of it. The system puts a mapping
 * beside the one before, so mostly the first try is right; if not, more is taken
 * than is kept. */
static void *map_aligned(size_t size)
{
	uint8_t *at = map(size);
	size_t skip;

	if (!at || (uintptr_t)at % size == 0)
		return at;
	unmap(at, size);
	at = map(2 * size);
	if (!at)
		return NULL;
	skip = (size - (uintptr_t)at % size) % size;
	unmap(at, skip);
	unmap(at + skip + size, size - skip);
	return at + skip;
}

static struct pool_slab *pool_take_slab(struct pool *p)
{
	size_t count = p->slab_objects;
	struct pool_slab *slab;

	if (p->objects_max > 0 && count > p->objects_max - p->objects)
		count = p->objects_max - p->objects;
	if (count == 0)
		return NULL;
	slab = map_aligned(p->slab_bytes);
	if (!slab)
		return NULL;
	*slab = (struct pool_slab){ .fresh = (uint8_t *)slab + POOL_SLAB_HEADER,
				    .fresh_left = (uint32_t)count,
				    .objects = (uint32_t)count };
	list_node_init(&slab->node);
	slab_mapped(slab, p->slab_bytes);
	p->objects += count;
	if (p->sum)
		p->sum->bytes += p->slab_bytes;
	return slab;
}

/* The current slab has nothing left: the next is one that others keep open
 * anyway, so that empty ones stay empty. False: there is none to be had. */
static bool pool_next_slab(struct pool *p)
{
	struct pool_slab *slab;
	struct list_node *n;

	if ((n = list_pop_front(&p->partial)) != NULL)
		slab = slab_entry(n);
	else if ((n = list_first(&p->empty)) != NULL)
		slab = pool_pop_empty(p, n);
	else
		slab = pool_take_slab(p);
	if (!slab)
		return false;
	p->current = slab; /* the one before is found again when an object of it comes back */
	return true;
}

static void *slab_get(const struct pool *p, struct pool_slab *slab)
{
	void *object = slab->free_head;

	slab->used++;
	if (object) {
		object_show(p, object);
		memcpy(&slab->free_head, object, sizeof(slab->free_head));
		return object;
	}
	object = slab->fresh;
	slab->fresh += p->object_size;
	slab->fresh_left--;
	object_show(p, object);
	return object;
}

void *pool_get(struct pool *p)
{
	size_t objects = p->objects;

	if (hd_unlikely(!p->current || !slab_has_object(p->current)) && !pool_next_slab(p)) {
		p->misses++;
		return NULL;
	}
	if (p->objects == objects)
		p->hits++;
	else
		p->misses++;
	p->used++;
	return slab_get(p, p->current);
}

static void pool_push_empty(struct pool *p, struct pool_slab *slab)
{
	list_remove(&slab->node);
	list_push_front(&p->empty, &slab->node);
	p->empties++;
	if (p->sum)
		p->sum->empties++;
}

void pool_put(struct pool *p, void *object)
{
	struct pool_slab *slab = slab_of(p, object);

	hd_assert(object != NULL && object != slab->free_head);
	hd_assert(p->used > 0 && slab->used > 0);
	memcpy(object, &slab->free_head, sizeof(slab->free_head));
	slab->free_head = object;
	slab->used--;
	p->used--;
	object_hide(p, object);
	if (slab == p->current)
		return;
	if (slab->used == 0)
		pool_push_empty(p, slab);
	else if (!list_linked(&slab->node))
		list_push_front(&p->partial, &slab->node);
}

size_t pool_unneeded(struct pool *p)
{
	size_t low = p->empties_low;

	p->empties_low = p->empties;
	return low;
}

size_t pool_trim(struct pool *p, size_t slabs)
{
	size_t n = 0;

	for (; n < slabs && p->empties > 0; n++)
		pool_drop_slab(p, pool_pop_empty(p, p->empty.head.prev));
	return n;
}
