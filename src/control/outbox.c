/* SPDX-License-Identifier: MIT */
#include "control/outbox.h"

#include <stdlib.h>

#include "util/error.h"

#define HELD_MIN 64  /* entries */
#define HELD_KEEP 1024 /* an empty buffer larger than this gives its memory back */

void outbox_init(struct outbox *o, struct spsc *ring, struct waker *waker)
{
	*o = (struct outbox){ .ring = ring, .waker = waker };
}

static struct command *held_at(const struct outbox *o, size_t i)
{
	return &o->held[(o->head + i) & (o->cap - 1)];
}

void outbox_release(struct outbox *o)
{
	for (size_t i = 0; i < o->count; i++)
		free(held_at(o, i)->block);
	free(o->held);
	outbox_init(o, o->ring, o->waker);
}

static int grow(struct outbox *o)
{
	size_t cap = o->cap ? 2 * o->cap : HELD_MIN;
	struct command *held = reallocarray(NULL, cap, sizeof(*held));

	if (!held)
		return ERROR_NO_MEMORY;
	for (size_t i = 0; i < o->count; i++)
		held[i] = *held_at(o, i);
	free(o->held);
	o->held = held;
	o->head = 0;
	o->cap = cap;
	return 0;
}

static bool to_ring(struct outbox *o, const struct command *c)
{
	struct command *entry = spsc_reserve(o->ring);

	if (!entry)
		return false;
	*entry = *c;
	return true;
}

int outbox_push(struct outbox *o, const struct command *c)
{
	if (o->count == 0 && to_ring(o, c))
		return 0;
	if (c->type == COMMAND_KEY_GONE && o->count >= OUTBOX_KEY_GONE_MAX)
		return ERROR_FULL;
	if (o->count == o->cap && grow(o) < 0)
		return ERROR_NO_MEMORY;
	o->count++;
	*held_at(o, o->count - 1) = *c;
	return 0;
}

bool outbox_flush(struct outbox *o, bool *woken)
{
	while (o->count > 0 && to_ring(o, held_at(o, 0))) {
		o->head = (o->head + 1) & (o->cap - 1);
		o->count--;
	}
	if (o->count == 0 && o->cap > HELD_KEEP) {
		free(o->held);
		o->held = NULL;
		o->cap = 0;
	}
	*woken = spsc_publish(o->ring) && waker_notify(o->waker);
	return o->count == 0;
}
