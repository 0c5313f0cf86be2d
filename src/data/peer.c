/* SPDX-License-Identifier: MIT */
#include "data/peer.h"

#include <stdlib.h>
#include <string.h>

void peer_table_init(struct peer_table *t)
{
	*t = (struct peer_table){ 0 };
	list_init(&t->free);
}

void peer_table_release(struct peer_table *t)
{
	hd_assert(t->used == 0);
	for (uint32_t i = 0; i < t->chunk_count; i++)
		free(t->chunks[i]);
	free(t->chunks);
}

static bool peer_table_grow(struct peer_table *t)
{
	struct peer **chunks = realloc(t->chunks, (t->chunk_count + 1) * sizeof(*chunks));
	struct peer *chunk;

	if (!chunks)
		return false;
	t->chunks = chunks;
	chunk = calloc(PEER_CHUNK, sizeof(*chunk));
	if (!chunk)
		return false;
	chunks[t->chunk_count] = chunk;
	for (uint32_t i = 0; i < PEER_CHUNK; i++) {
		chunk[i].slot = t->chunk_count * PEER_CHUNK + i;
		list_push_back(&t->free, &chunk[i].dirty_node);
	}
	t->chunk_count++;
	return true;
}

struct peer *peer_table_take(struct peer_table *t)
{
	struct list_node *n = list_pop_front(&t->free);
	struct peer *p;
	uint32_t slot, generation;

	if (!n && peer_table_grow(t))
		n = list_pop_front(&t->free);
	if (!n)
		return NULL;
	p = list_entry(n, struct peer, dirty_node);
	hd_assert(p->state == PEER_FREE);
	slot = p->slot;
	generation = p->generation + 1;
	memset(p, 0, sizeof(*p));
	p->slot = slot;
	p->generation = generation ? generation : 1;
	p->fd = -1;
	list_node_init(&p->duplicates);
	list_node_init(&p->pause_node);
	list_node_init(&p->dirty_node);
	list_node_init(&p->blocked_node);
	list_node_init(&p->tell_node);
	list_node_init(&p->begun_node);
	timer_init(&p->keepalive);
	timer_init(&p->rate_timer);
	t->used++;
	return p;
}

void peer_table_put(struct peer_table *t, struct peer *p)
{
	hd_assert(p->state == PEER_FREE && t->used > 0);
	hd_assert(!list_linked(&p->dirty_node) && !list_linked(&p->blocked_node) && !list_linked(&p->pause_node));
	hd_assert(!list_linked(&p->tell_node) && !list_linked(&p->duplicates) && !list_linked(&p->begun_node));
	hd_assert(!timer_armed(&p->keepalive) && !timer_armed(&p->rate_timer));
	hd_assert(!p->recv_armed && !p->send_armed && !p->inflight.head && !p->gather);
	hd_assert(!p->partial && !p->sealed);
	t->used--;
	/* First in, first out: a slot rests as long as possible. */
	list_push_back(&t->free, &p->dirty_node);
}

struct peer *peer_at(const struct peer_table *t, uint32_t slot)
{
	hd_assert(slot / PEER_CHUNK < t->chunk_count);
	return &t->chunks[slot / PEER_CHUNK][slot % PEER_CHUNK];
}

struct peer *peer_find(const struct peer_table *t, uint32_t slot, uint32_t generation)
{
	struct peer *p;

	if (slot / PEER_CHUNK >= t->chunk_count)
		return NULL;
	p = peer_at(t, slot);
	return p->generation == generation && p->state != PEER_FREE ? p : NULL;
}

uint32_t peer_table_slots(const struct peer_table *t)
{
	return t->chunk_count * PEER_CHUNK;
}

void peer_set_state(struct peer *p, enum peer_state next)
{
	bool legal = (p->state == PEER_FREE && next == PEER_LIVE) ||
		     (p->state == PEER_LIVE && next == PEER_CLOSING) ||
		     (p->state == PEER_CLOSING && next == PEER_CLOSED) ||
		     (p->state == PEER_CLOSED && next == PEER_FREE);

	hd_assert(legal);
	p->state = (uint8_t)next;
}
