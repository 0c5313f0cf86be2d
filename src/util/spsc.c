/* SPDX-License-Identifier: MIT */
#include "util/spsc.h"

#include <stdlib.h>
#include <string.h>

#include "util/error.h"

_Thread_local char spsc_thread_mark;

int spsc_init(struct spsc *s, uint32_t capacity, uint32_t entry_size)
{
	size_t size = (size_t)capacity * entry_size;
	uint8_t *entries;

	hd_assert(capacity > 0 && capacity <= UINT32_C(1) << 31 && (capacity & (capacity - 1)) == 0);
	hd_assert(entry_size > 0);
	size = (size + HD_CACHE_LINE - 1) / HD_CACHE_LINE * HD_CACHE_LINE;
	entries = aligned_alloc(HD_CACHE_LINE, size);
	if (!entries)
		return ERROR_NO_MEMORY;
	memset(entries, 0, size);
	*s = (struct spsc){ .entries = entries, .mask = capacity - 1, .entry_size = entry_size };
	return 0;
}

void spsc_release(struct spsc *s)
{
	free(s->entries);
	s->entries = NULL;
}

void spsc_disown(struct spsc *s)
{
	s->producer = 0;
	s->consumer = 0;
}

void spsc_claim(uintptr_t *side)
{
	hd_assert(*side == 0); /* this side belongs to another thread */
	*side = (uintptr_t)&spsc_thread_mark;
}
