/* SPDX-License-Identifier: MIT */
#include "accept/wake.h"

#include <stdlib.h>

#include "util/error.h"
#include "util/mono.h"

int wake_init(struct wake *w, struct bus *bus, struct stats *stats)
{
	bool *due = calloc(bus->shards, sizeof(*due));

	if (!due)
		return ERROR_NO_MEMORY;
	*w = (struct wake){ .bus = bus, .stats = stats, .due = due };
	return 0;
}

void wake_release(struct wake *w)
{
	free(w->due);
	w->due = NULL;
}

void wake_all(struct wake *w)
{
	if (!w->since_ns)
		return;
	w->since_ns = 0;
	for (uint16_t i = 0; i < w->bus->shards; i++) {
		if (w->due[i] && waker_notify(&w->bus->shard_waker[i]))
			stats_add(w->stats, STAT_WAKEUPS_SENT, 1);
		w->due[i] = false;
	}
}

void wake_soon(struct wake *w, uint16_t shard)
{
	hd_assert(shard < w->bus->shards);
	w->due[shard] = true;
	if (!w->since_ns)
		w->since_ns = mono_now_ns();
}

void wake_late(struct wake *w)
{
	if (w->since_ns && mono_now_ns() >= w->since_ns + WAKE_DELAY_MS * MONO_NS_PER_MS)
		wake_all(w);
}
