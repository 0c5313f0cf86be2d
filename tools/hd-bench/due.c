/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/due.h"

#include <stdlib.h>

#include "util/error.h"

int due_init(struct due *d, uint32_t cap)
{
	struct due_entry *entries = calloc(cap ? cap : 1, sizeof(*entries));

	if (!entries)
		return ERROR_NO_MEMORY;
	*d = (struct due){ .entries = entries, .cap = cap };
	return 0;
}

void due_release(struct due *d)
{
	free(d->entries);
	*d = (struct due){ 0 };
}

void due_push(struct due *d, uint64_t at_ns, void *who)
{
	uint32_t i = d->count++;

	hd_assert(i < d->cap);
	while (i > 0 && d->entries[(i - 1) / 2].at_ns > at_ns) {
		d->entries[i] = d->entries[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	d->entries[i] = (struct due_entry){ at_ns, who };
}

/* Puts the last entry where the first was. */
static void sift_down(struct due *d)
{
	struct due_entry moved = d->entries[d->count];
	uint32_t i = 0;

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= d->count)
			break;
		if (child + 1 < d->count && d->entries[child + 1].at_ns < d->entries[child].at_ns)
			child++;
		if (d->entries[child].at_ns >= moved.at_ns)
			break;
		d->entries[i] = d->entries[child];
		i = child;
	}
	d->entries[i] = moved;
}

void *due_pop(struct due *d, uint64_t now_ns)
{
	void *who;

	if (d->count == 0 || d->entries[0].at_ns > now_ns)
		return NULL;
	who = d->entries[0].who;
	d->count--;
	if (d->count)
		sift_down(d);
	return who;
}

uint64_t due_next(const struct due *d)
{
	return d->count ? d->entries[0].at_ns : UINT64_MAX;
}
