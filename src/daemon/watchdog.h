/* SPDX-License-Identifier: MIT
 * Tells systemd's watchdog that the relay lives, but only while every watched
 * thread makes progress. An idle thread sleeps and counts nothing, so each
 * check wakes all of them and the next one looks whether they came round. */
#ifndef HD_DAEMON_WATCHDOG_H
#define HD_DAEMON_WATCHDOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

struct watchdog;

/* NULL: no memory. `max` threads can be watched. */
struct watchdog *watchdog_new(size_t max);
void watchdog_free(struct watchdog *w);

/* Makes thread number `thread` of what `ctx` is pass once more through its
 * loop, even when it is idle, and returns how many passes it has made so far. */
typedef uint64_t watchdog_beat_fn(void *ctx, uint16_t thread);
/* `name` ("worker") and ctx must outlive the watchdog. */
void watchdog_watch(struct watchdog *w, const char *name, uint16_t thread, watchdog_beat_fn *beat, void *ctx);

/* One check. True if all threads are alive: each came round since the check
 * before, or missed that once (the beat can fall into a pass that has already
 * counted itself). Logs who is stuck and when that ends. */
bool watchdog_check(struct watchdog *w);

#endif
