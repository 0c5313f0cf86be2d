/* SPDX-License-Identifier: MIT */
#include "util/pool.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

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

struct pool_slab {
	struct pool_slab *next;
	size_t size; /* of the mapping, bytes */
};

_Static_assert(sizeof(struct pool_slab) <= POOL_SLAB_HEADER, "the header has its own line");

/* Under AddressSanitizer every object that is not handed out is poisoned, so
 * that a use after pool_put is reported like a use after free(3), and slabs
 * are searched for pointers to heap memory like the heap itself. */
static void slab_mapped(struct pool_slab *slab)
{
#ifdef POOL_ASAN
	__lsan_register_root_region(slab, slab->size);
	ASAN_POISON_MEMORY_REGION((uint8_t *)slab + POOL_SLAB_HEADER, slab->size - POOL_SLAB_HEADER);
#else
	(void)slab;
#endif
}

static void slab_unmap(struct pool_slab *slab)
{
	size_t size = slab->size;
	int rc;

#ifdef POOL_ASAN
	__lsan_unregister_root_region(slab, size);
	ASAN_UNPOISON_MEMORY_REGION(slab, size);
#endif
	rc = munmap(slab, size);
	hd_assert(rc == 0);
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

void pool_init(struct pool *p, size_t object_size, size_t slab_objects, size_t objects_max)
{
	hd_assert(object_size > 0 && object_size < SIZE_MAX / 4);
	hd_assert(slab_objects > 0);
	*p = (struct pool){
		.object_size = (object_size + POOL_ALIGN - 1) / POOL_ALIGN * POOL_ALIGN,
		.slab_objects = slab_objects,
		.objects_max = objects_max,
	};
	hd_assert(p->slab_objects <= (SIZE_MAX / 2 - POOL_SLAB_HEADER) / p->object_size);
}

void pool_release(struct pool *p)
{
	hd_assert(p->used == 0);
	while (p->slabs) {
		struct pool_slab *slab = p->slabs;

		p->slabs = slab->next;
		slab_unmap(slab);
	}
	p->free_head = NULL;
	p->fresh = NULL;
	p->fresh_left = 0;
	p->objects = 0;
}

static bool take_slab(struct pool *p)
{
	size_t count = p->slab_objects;
	struct pool_slab *slab;
	size_t size;

	if (p->objects_max > 0 && count > p->objects_max - p->objects)
		count = p->objects_max - p->objects;
	if (count == 0)
		return false;
	size = POOL_SLAB_HEADER + count * p->object_size;
	slab = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (slab == MAP_FAILED)
		return false;
	slab->next = p->slabs;
	slab->size = size;
	p->slabs = slab;
	slab_mapped(slab);
	p->fresh = (uint8_t *)slab + POOL_SLAB_HEADER;
	p->fresh_left = count;
	p->objects += count;
	return true;
}

void *pool_get(struct pool *p)
{
	void *object = p->free_head;

	if (hd_likely(object != NULL)) {
		object_show(p, object);
		memcpy(&p->free_head, object, sizeof(p->free_head));
		p->hits++;
		p->used++;
		return object;
	}
	if (p->fresh_left > 0) {
		p->hits++;
	} else {
		p->misses++;
		if (!take_slab(p))
			return NULL;
	}
	object = p->fresh;
	p->fresh += p->object_size;
	p->fresh_left--;
	p->used++;
	object_show(p, object);
	return object;
}

void pool_put(struct pool *p, void *object)
{
	hd_assert(object != NULL && object != p->free_head);
	hd_assert(p->used > 0);
	memcpy(object, &p->free_head, sizeof(p->free_head));
	p->free_head = object;
	p->used--;
	object_hide(p, object);
}
