/* SPDX-License-Identifier: MIT */
#include "bus/bus.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"

/* Rings and wakers keep the two sides' words on cache lines of their own. */
static void *aligned_zeroed(size_t count, size_t size)
{
	void *p = aligned_alloc(HD_CACHE_LINE, count * size);

	if (p)
		memset(p, 0, count * size);
	return p;
}

static int rings_init(struct spsc **rings, size_t count, uint32_t capacity, uint32_t entry_size)
{
	*rings = aligned_zeroed(count, sizeof(**rings));
	if (!*rings)
		return ERROR_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		int err = spsc_init(&(*rings)[i], capacity, entry_size);

		if (err) {
			while (i > 0)
				spsc_release(&(*rings)[--i]);
			free(*rings);
			*rings = NULL;
			return err;
		}
	}
	return 0;
}

static void rings_release(struct spsc **rings, size_t count)
{
	for (size_t i = 0; *rings && i < count; i++)
		spsc_release(&(*rings)[i]);
	free(*rings);
	*rings = NULL;
}

static int wakers_init(struct bus *b)
{
	b->shard_waker = aligned_zeroed(b->shards, sizeof(*b->shard_waker));
	if (!b->shard_waker)
		return ERROR_NO_MEMORY;
	for (uint16_t i = 0; i < b->shards; i++)
		b->shard_waker[i].fd = -1;
	for (uint16_t i = 0; i < b->shards; i++) {
		int err = waker_init(&b->shard_waker[i]);

		if (err)
			return err;
	}
	return waker_init(&b->control_waker);
}

int bus_init(struct bus *b, uint16_t shards, uint16_t accepts)
{
	int err;

	hd_assert(shards > 0 && accepts > 0);
	memset(b, 0, sizeof(*b));
	b->shards = shards;
	b->accepts = accepts;
	b->control_waker.fd = -1;
	err = wakers_init(b);
	if (!err)
		err = rings_init(&b->handover, (size_t)accepts * shards, BUS_HANDOVERS, sizeof(struct handover));
	if (!err)
		err = rings_init(&b->event, shards, BUS_EVENTS, sizeof(struct event));
	if (!err)
		err = rings_init(&b->command, shards, BUS_COMMANDS, sizeof(struct command));
	if (err)
		bus_release(b);
	return err;
}

static void handovers_drop(struct spsc *ring)
{
	struct handover *h;

	spsc_disown(ring);
	while ((h = spsc_peek(ring))) {
		close(h->fd);
		free(h->leftover);
		spsc_consume(ring);
	}
}

static void commands_drop(struct spsc *ring)
{
	struct command *c;

	spsc_disown(ring);
	while ((c = spsc_peek(ring))) {
		free(c->block);
		spsc_consume(ring);
	}
}

void bus_release(struct bus *b)
{
	size_t handovers = (size_t)b->accepts * b->shards;

	for (size_t i = 0; b->handover && i < handovers; i++)
		handovers_drop(&b->handover[i]);
	for (size_t i = 0; b->command && i < b->shards; i++)
		commands_drop(&b->command[i]);
	rings_release(&b->handover, handovers);
	rings_release(&b->event, b->shards);
	rings_release(&b->command, b->shards);
	for (size_t i = 0; b->shard_waker && i < b->shards; i++)
		waker_release(&b->shard_waker[i]);
	free(b->shard_waker);
	b->shard_waker = NULL;
	waker_release(&b->control_waker);
}

struct spsc *bus_handover(struct bus *b, uint16_t accept, uint16_t shard)
{
	hd_assert(accept < b->accepts && shard < b->shards);
	return &b->handover[(size_t)accept * b->shards + shard];
}

struct spsc *bus_event(struct bus *b, uint16_t shard)
{
	hd_assert(shard < b->shards);
	return &b->event[shard];
}

struct spsc *bus_command(struct bus *b, uint16_t shard)
{
	hd_assert(shard < b->shards);
	return &b->command[shard];
}
