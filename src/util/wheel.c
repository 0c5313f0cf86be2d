/* SPDX-License-Identifier: MIT
 * A timer lies in the level of the highest bit in which its deadline differs
 * from now, in the slot that this level's six bits of the deadline name. So
 * below the top level all slots in use lie ahead of the current one in the
 * same turn, and reaching a slot's start sorts its timers one level down. Only
 * the top level wraps: a timer of a later turn is sorted in again there. */
#include "util/wheel.h"

#include "util/assert.h"

#define WHEEL_BITS 6

_Static_assert(1 << WHEEL_BITS == WHEEL_SLOTS, "a slot index is this many bits");

void wheel_init(struct wheel *w, uint64_t now_ms)
{
	w->now_ms = now_ms;
	w->count = 0;
	list_init(&w->due);
	for (int level = 0; level < WHEEL_LEVELS; level++) {
		w->used[level] = 0;
		for (int slot = 0; slot < WHEEL_SLOTS; slot++)
			list_init(&w->slots[level][slot]);
	}
}

/* Links an unlinked timer where its deadline belongs as seen from now. */
static void place(struct wheel *w, struct timer *t)
{
	int level, slot;

	if (t->deadline_ms <= w->now_ms) {
		list_push_back(&w->due, &t->node);
		return;
	}
	level = (63 - __builtin_clzll(t->deadline_ms ^ w->now_ms)) / WHEEL_BITS;
	if (level >= WHEEL_LEVELS)
		level = WHEEL_LEVELS - 1;
	slot = (int)(t->deadline_ms >> (level * WHEEL_BITS)) & (WHEEL_SLOTS - 1);
	list_push_back(&w->slots[level][slot], &t->node);
	w->used[level] |= UINT64_C(1) << slot;
}

void wheel_add(struct wheel *w, struct timer *t, uint64_t deadline_ms)
{
	wheel_cancel(w, t);
	t->deadline_ms = deadline_ms;
	place(w, t);
	w->count++;
}

/* If `head` is a slot of this wheel, it is empty now. */
static void slot_emptied(struct wheel *w, const struct list_node *head)
{
	uintptr_t offset = (uintptr_t)head - (uintptr_t)w->slots;
	size_t index = offset / sizeof(struct list);

	if (offset < sizeof(w->slots))
		w->used[index / WHEEL_SLOTS] &= ~(UINT64_C(1) << index % WHEEL_SLOTS);
}

void wheel_cancel(struct wheel *w, struct timer *t)
{
	struct list_node *prev = t->node.prev;

	if (!timer_armed(t))
		return;
	hd_assert(w->count > 0);
	list_remove(&t->node);
	w->count--;
	if (prev->next == prev)
		slot_emptied(w, prev);
}

/* Start of the next slot in use of a level, in ticks; false if none is. */
static bool next_start(const struct wheel *w, int level, uint64_t *start_ms)
{
	unsigned shift = (unsigned)level * WHEEL_BITS;
	uint64_t turn = w->now_ms >> shift;
	unsigned first = (unsigned)(turn + 1) & (WHEEL_SLOTS - 1);
	uint64_t used = w->used[level];

	if (used == 0)
		return false;
	if (first > 0)
		used = used >> first | used << (WHEEL_SLOTS - first);
	*start_ms = (turn + 1 + (unsigned)__builtin_ctzll(used)) << shift;
	return true;
}

/* The level whose next slot in use starts first, or -1. */
static int next_level(const struct wheel *w, uint64_t *start_ms)
{
	int found = -1;

	for (int level = 0; level < WHEEL_LEVELS; level++) {
		uint64_t start;

		if (next_start(w, level, &start) && (found < 0 || start < *start_ms)) {
			*start_ms = start;
			found = level;
		}
	}
	return found;
}

/* Time has come to the start of a slot: its timers are due or move down. */
static void sort_down(struct wheel *w, int level)
{
	unsigned slot = (unsigned)(w->now_ms >> (level * WHEEL_BITS)) & (WHEEL_SLOTS - 1);
	struct list moving;

	w->used[level] &= ~(UINT64_C(1) << slot);
	list_init(&moving);
	list_splice_back(&moving, &w->slots[level][slot]);
	for (struct list_node *n = list_pop_front(&moving); n; n = list_pop_front(&moving))
		place(w, list_entry(n, struct timer, node));
}

void wheel_advance(struct wheel *w, uint64_t now_ms, wheel_fire_fn *fire, void *ctx)
{
	struct list firing;
	uint64_t start_ms;
	int level;

	if (now_ms < w->now_ms)
		return;
	while ((level = next_level(w, &start_ms)) >= 0 && start_ms <= now_ms) {
		w->now_ms = start_ms;
		sort_down(w, level);
	}
	w->now_ms = now_ms;

	/* What a call adds as already due waits for the next advance: a timer
	 * that re-arms itself at once cannot hold the thread here for ever. */
	list_init(&firing);
	list_splice_back(&firing, &w->due);
	for (struct list_node *n = list_pop_front(&firing); n; n = list_pop_front(&firing)) {
		w->count--;
		fire(list_entry(n, struct timer, node), ctx);
	}
}

int64_t wheel_wait_ms(const struct wheel *w)
{
	uint64_t start_ms;

	if (w->count == 0)
		return -1;
	if (!list_empty(&w->due))
		return 0;
	if (next_level(w, &start_ms) < 0)
		return 0; /* asked from a fire call: the rest of this pass is due */
	return (int64_t)(start_ms - w->now_ms);
}
