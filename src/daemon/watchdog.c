/* SPDX-License-Identifier: MIT */
#include "daemon/watchdog.h"

#include <stdlib.h>

#include "util/log.h"

#define MISSES_MAX 1

struct watched {
	const char *name;
	watchdog_beat_fn *beat;
	void *ctx;
	uint64_t seen;   /* passes at the check before */
	unsigned misses; /* checks in a row without progress */
	uint16_t thread;
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

void watchdog_watch(struct watchdog *w, const char *name, uint16_t thread, watchdog_beat_fn *beat, void *ctx)
{
	hd_assert(w->count < w->max);
	w->threads[w->count++] = (struct watched){
		.name = name,
		.beat = beat,
		.ctx = ctx,
		.seen = UINT64_MAX, /* the first check finds any number new */
		.thread = thread,
	};
}

static bool alive(struct watched *t)
{
	uint64_t now = t->beat(t->ctx, t->thread);

	if (now != t->seen) {
		if (t->misses > MISSES_MAX)
			log_info("watchdog", "%s %u moves again", t->name, t->thread);
		t->misses = 0;
	} else if (++t->misses == MISSES_MAX + 1) {
		log_error("watchdog", "%s %u is stuck", t->name, t->thread);
	}
	t->seen = now;
	return t->misses <= MISSES_MAX;
}

bool watchdog_check(struct watchdog *w)
{
	bool all = true;

	for (size_t i = 0; i < w->count; i++)
		all = alive(&w->threads[i]) && all;
	return all;
}
