/* SPDX-License-Identifier: MIT
 * Wakes a sleeping thread at most once: an eventfd and a flag that says the
 * thread is about to sleep. The thread waits on the fd with whatever it uses
 * (epoll, io_uring poll); a busy thread costs its wakers one load. */
#ifndef HD_BUS_WAKER_H
#define HD_BUS_WAKER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "util/assert.h"

struct waker {
	_Alignas(HD_CACHE_LINE) _Atomic int sleeping;
	int fd; /* eventfd, non-blocking */
};

HD_MUST_CHECK int waker_init(struct waker *w); /* ERROR_IO */
void waker_release(struct waker *w);

/* Any thread, after publishing what the sleeper shall see. True if it wrote. */
bool waker_notify(struct waker *w);

/* Owner, before it blocks: announce, then look at all inboxes once more; if
 * one has something, waker_awake and do not block. */
void waker_about_to_sleep(struct waker *w);
/* Owner, after blocking (or not). Also empties the eventfd if `drain`. */
void waker_awake(struct waker *w, bool drain);

#endif
