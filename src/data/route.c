/* SPDX-License-Identifier: MIT */
#include "data/route.h"

#include <stdlib.h>

#include "util/error.h"

#define ROUTE_ENTRIES_MIN 256

int route_init(struct route_table *t)
{
	t->entries = calloc(ROUTE_ENTRIES_MIN, sizeof(*t->entries));
	t->mask = ROUTE_ENTRIES_MIN - 1;
	t->count = 0;
	return t->entries ? 0 : ERROR_NO_MEMORY;
}

void route_release(struct route_table *t)
{
	free(t->entries);
	t->entries = NULL;
}

/* Place of a key, or of the empty entry that ends its probe. */
static uint32_t route_place(const struct route_table *t, uint64_t hash, const struct key *key)
{
	uint32_t i = (uint32_t)hash & t->mask;

	while (t->entries[i].peer && (t->entries[i].hash != hash || !key_equal(&t->entries[i].peer->key, key)))
		i = (i + 1) & t->mask;
	return i;
}

struct peer *route_find(const struct route_table *t, uint64_t hash, const struct key *key)
{
	return t->entries[route_place(t, hash, key)].peer;
}

static int route_grow(struct route_table *t)
{
	struct route_table bigger = { .mask = t->mask * 2 + 1, .count = t->count };

	bigger.entries = calloc((size_t)bigger.mask + 1, sizeof(*bigger.entries));
	if (!bigger.entries)
		return ERROR_NO_MEMORY;
	for (uint32_t i = 0; i <= t->mask; i++) {
		const struct route_entry *e = &t->entries[i];

		if (e->peer)
			bigger.entries[route_place(&bigger, e->hash, &e->peer->key)] = *e;
	}
	free(t->entries);
	*t = bigger;
	return 0;
}

int route_join(struct route_table *t, struct peer *p)
{
	struct route_entry *e;

	if (t->count >= t->mask / 2 && route_grow(t) < 0)
		return ERROR_NO_MEMORY;
	e = &t->entries[route_place(t, p->hash, &p->key)];
	if (e->peer) {
		e->peer->active = false;
		list_insert_before(&e->peer->duplicates, &p->duplicates);
	} else {
		e->hash = p->hash;
		t->count++;
	}
	e->peer = p;
	p->active = true;
	return 0;
}

void route_activate(struct route_table *t, struct peer *p)
{
	struct route_entry *e = &t->entries[route_place(t, p->hash, &p->key)];

	hd_assert(e->peer);
	if (e->peer == p)
		return;
	hd_assert(list_linked(&p->duplicates));
	list_remove(&p->duplicates);
	list_insert_before(&e->peer->duplicates, &p->duplicates);
	e->peer->active = false;
	e->peer = p;
	p->active = true;
}

/* Closes the gap at `hole` so that every probe still finds its key. */
static void route_shift_back(struct route_table *t, uint32_t hole)
{
	uint32_t i = hole;

	for (;;) {
		uint32_t wanted;

		i = (i + 1) & t->mask;
		if (!t->entries[i].peer)
			break;
		wanted = (uint32_t)t->entries[i].hash & t->mask;
		if (((i - wanted) & t->mask) >= ((i - hole) & t->mask)) {
			t->entries[hole] = t->entries[i];
			hole = i;
		}
	}
	t->entries[hole].peer = NULL;
}

bool route_leave(struct route_table *t, struct peer *p)
{
	uint32_t place = route_place(t, p->hash, &p->key);
	struct route_entry *e = &t->entries[place];
	bool last = !list_linked(&p->duplicates);

	hd_assert(e->peer);
	if (last) {
		hd_assert(e->peer == p);
		route_shift_back(t, place);
		t->count--;
	} else if (e->peer == p) {
		e->peer = list_entry(p->duplicates.next, struct peer, duplicates);
		e->peer->active = true;
	}
	list_remove(&p->duplicates);
	p->active = false;
	return last;
}
