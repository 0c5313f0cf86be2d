/* SPDX-License-Identifier: MIT */
#include "daemon/watchdog.h"

#include <stdlib.h>

#include "util/log.h"

#define MISSES_MAX 1

struct watched {
	const struct stats *stats;
	enum stat_id counter;
	struct waker *waker;
	uint64_t seen;
	unsigned misses; /* checks in a row without progress */
};

struct watchdog {
	size_t count;
	size_t max;
	struct watched threads[];
};

struct watchdog *watchdog_new(size_t max)
{
	struct watchdog *w = calloc(1, sizeof(*w) + max * sizeof(w->threads[0]));

	if (w)
		w->max = max;
	return w;
}

void watchdog_free(struct watchdog *w)
{
	free(w);
}

void watchdog_watch(struct watchdog *w, const struct stats *stats, enum stat_id counter, struct waker *waker)
{
	hd_assert(w->count < w->max);
	w->threads[w->count++] = (struct watched){
		.stats = stats,
		.counter = counter,
		.waker = waker,
		.seen = UINT64_MAX, /* the first check finds any count new */
	};
}

static bool alive(struct watched *t)
{
	uint64_t now = stats_get(t->stats, t->counter);

	if (now != t->seen) {
		if (t->misses > MISSES_MAX)
			log_info("watchdog", "%s moves again", t->stats->name);
		t->misses = 0;
	} else if (++t->misses == MISSES_MAX + 1) {
		log_error("watchdog", "%s is stuck", t->stats->name);
	}
	t->seen = now;
	waker_notify(t->waker);
	return t->misses <= MISSES_MAX;
}

bool watchdog_check(struct watchdog *w)
{
	bool all = true;

	for (size_t i = 0; i < w->count; i++)
		all = alive(&w->threads[i]) && all;
	return all;
}
