/* SPDX-License-Identifier: MIT
 * Tells systemd's watchdog that the relay lives, but only while every watched
 * thread makes progress. An idle thread sleeps and counts nothing, so each
 * check wakes all of them and the next one looks whether they came round. */
#ifndef HD_DAEMON_WATCHDOG_H
#define HD_DAEMON_WATCHDOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/waker.h"
#include "stats/stats.h"
#include "util/assert.h"

struct watchdog;

/* NULL: no memory. `max` threads can be watched. */
struct watchdog *watchdog_new(size_t max);
void watchdog_free(struct watchdog *w);

/* `counter` of `stats` grows with each pass of the thread's loop; notifying
 * `waker` makes a sleeping thread pass once. Both must outlive the watchdog. */
void watchdog_watch(struct watchdog *w, const struct stats *stats, enum stat_id counter, struct waker *waker);

/* One check. True if all threads are alive: each came round since the check
 * before, or missed that once (the wake-up can fall into a pass that has
 * already counted itself). Logs who is stuck and when that ends. */
bool watchdog_check(struct watchdog *w);

#endif
