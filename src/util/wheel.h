/* SPDX-License-Identifier: MIT
 * Timers of one thread: a hierarchical timing wheel (Varghese and Lauck 1987),
 * 1 ms ticks, 4 levels of 64 slots (4.6 hours; later deadlines wait in the top
 * level and are sorted in again). Add and cancel are O(1), nothing allocates. */
#ifndef HD_UTIL_WHEEL_H
#define HD_UTIL_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "util/list.h"

#define WHEEL_LEVELS 4
#define WHEEL_SLOTS 64

struct timer {
	struct list_node node;
	uint64_t deadline_ms;
};

struct wheel {
	uint64_t now_ms;
	uint32_t count;
	struct list due;             /* deadlines that have passed */
	uint64_t used[WHEEL_LEVELS]; /* one bit per slot that holds timers */
	struct list slots[WHEEL_LEVELS][WHEEL_SLOTS];
};

typedef void wheel_fire_fn(struct timer *t, void *ctx);

static inline void timer_init(struct timer *t)
{
	list_node_init(&t->node);
	t->deadline_ms = 0;
}

static inline bool timer_armed(const struct timer *t)
{
	return list_linked(&t->node);
}

void wheel_init(struct wheel *w, uint64_t now_ms);
/* Arms, or re-arms, for now_ms >= deadline_ms. */
void wheel_add(struct wheel *w, struct timer *t, uint64_t deadline_ms);
void wheel_cancel(struct wheel *w, struct timer *t);
/* Fires all that is due, each unlinked before its call; a call may add and
 * cancel any timer (one it adds as already due fires with the next advance),
 * but not advance. Time does not go back: an older now_ms changes nothing. */
void wheel_advance(struct wheel *w, uint64_t now_ms, wheel_fire_fn *fire, void *ctx);
/* Milliseconds until the next wheel_advance has work: never later than the
 * next deadline, possibly earlier; -1 when no timer is armed. */
int64_t wheel_wait_ms(const struct wheel *w);

#endif
