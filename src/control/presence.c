/* SPDX-License-Identifier: MIT */
#include "control/presence.h"

#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/hash.h"
#include "util/pool.h"

#define BUCKETS_MIN 1024
#define SLOTS_MIN 256
#define SLAB_OBJECTS 512 /* 40 KiB */

/* A shard numbers its connections densely, so an array finds them by slot. */
struct shard_slots {
	struct presence_conn **at;
	uint32_t cap;
};

struct presence {
	struct pool keys;
	struct pool conns;
	struct hash_key hash_key; /* clients choose their keys */
	struct presence_key **buckets;
	size_t bucket_count; /* a power of two */
	struct list live;
	uint64_t next_seq;
	struct presence_counts counts;
	uint16_t shards;
	struct shard_slots slots[];
};

_Static_assert(sizeof(struct presence_key) <= 80 && sizeof(struct presence_conn) <= 80,
	       "the memory of an idle client is counted");

struct presence *presence_new(uint16_t shards)
{
	struct presence *p = calloc(1, sizeof(*p) + shards * sizeof(p->slots[0]));

	if (!p)
		return NULL;
	p->buckets = calloc(BUCKETS_MIN, sizeof(struct presence_key *));
	if (!p->buckets) {
		free(p);
		return NULL;
	}
	p->bucket_count = BUCKETS_MIN;
	p->hash_key = hash_key_random();
	p->next_seq = 1;
	p->shards = shards;
	list_init(&p->live);
	pool_init(&p->keys, sizeof(struct presence_key), SLAB_OBJECTS, 0);
	pool_init(&p->conns, sizeof(struct presence_conn), SLAB_OBJECTS, 0);
	return p;
}

void presence_free(struct presence *p)
{
	struct presence_key *k;

	if (!p)
		return;
	while ((k = presence_first(p)))
		presence_leave(p, k->newest);
	for (uint16_t i = 0; i < p->shards; i++)
		free(p->slots[i].at);
	pool_release(&p->conns);
	pool_release(&p->keys);
	free(p->buckets);
	free(p);
}

static struct presence_key **bucket_of(const struct presence *p, const struct key *key)
{
	return &p->buckets[hash_bytes(&p->hash_key, key->bytes, KEY_SIZE) & (p->bucket_count - 1)];
}

/* Without memory for more buckets the chains get longer, that is all. */
static void grow_buckets(struct presence *p)
{
	struct presence_key **old = p->buckets;
	size_t old_count = p->bucket_count;
	struct presence_key **fresh = calloc(2 * old_count, sizeof(struct presence_key *));

	if (!fresh)
		return;
	p->buckets = fresh;
	p->bucket_count = 2 * old_count;
	for (size_t i = 0; i < old_count; i++) {
		struct presence_key *next;

		for (struct presence_key *k = old[i]; k; k = next) {
			struct presence_key **bucket = bucket_of(p, &k->key);

			next = k->chain;
			k->chain = *bucket;
			*bucket = k;
		}
	}
	free(old);
}

static int reserve_slot(struct shard_slots *s, uint32_t slot)
{
	struct presence_conn **at;
	uint32_t cap = s->cap ? s->cap : SLOTS_MIN;

	if (slot < s->cap)
		return 0;
	hd_assert(slot < UINT32_MAX / 2);
	while (cap <= slot)
		cap *= 2;
	at = reallocarray(s->at, cap, sizeof(struct presence_conn *));
	if (!at)
		return ERROR_NO_MEMORY;
	memset(at + s->cap, 0, (cap - s->cap) * sizeof(struct presence_conn *));
	s->at = at;
	s->cap = cap;
	return 0;
}

static struct presence_key *key_new(struct presence *p, const struct key *key)
{
	struct presence_key *k = pool_get(&p->keys);
	struct presence_key **bucket;

	if (!k)
		return NULL;
	if (p->counts.keys >= p->bucket_count)
		grow_buckets(p);
	bucket = bucket_of(p, key);
	*k = (struct presence_key){ .key = *key, .seq = p->next_seq++, .chain = *bucket };
	*bucket = k;
	list_push_back(&p->live, &k->live);
	p->counts.keys++;
	return k;
}

static void key_free(struct presence *p, struct presence_key *k)
{
	struct presence_key **link = bucket_of(p, &k->key);

	while (*link != k)
		link = &(*link)->chain;
	*link = k->chain;
	list_remove(&k->live);
	p->counts.keys--;
	pool_put(&p->keys, k);
}

static void link_conn(struct presence *p, struct presence_key *k, struct presence_conn *c)
{
	c->of = k;
	c->older = k->newest;
	if (c->older)
		c->older->newer = c;
	k->newest = c;
	p->slots[c->shard].at[c->slot] = c;
	p->counts.conns++;
	p->counts.transports[c->transport]++;
}

int presence_join(struct presence *p, struct presence_conn **conn, bool *first, const struct event *e,
		  uint64_t now_ns)
{
	struct presence_key *k = presence_find_key(p, &e->key);
	struct presence_conn *c;
	bool is_first = !k;

	hd_assert(e->peer.shard < p->shards && e->transport < PRESENCE_TRANSPORTS);
	if (reserve_slot(&p->slots[e->peer.shard], e->peer.slot) < 0)
		return ERROR_NO_MEMORY;
	hd_assert(!p->slots[e->peer.shard].at[e->peer.slot]);
	c = pool_get(&p->conns);
	if (!c)
		return ERROR_NO_MEMORY;
	if (is_first)
		k = key_new(p, &e->key);
	if (!k) {
		pool_put(&p->conns, c);
		return ERROR_NO_MEMORY;
	}
	*c = (struct presence_conn){
		.conn_id = e->conn_id, .since_ns = now_ns,
		.shard = e->peer.shard, .slot = e->peer.slot, .generation = e->peer.generation,
		.addr = e->addr, .flags = e->flags, .transport = e->transport,
	};
	link_conn(p, k, c);
	*conn = c;
	*first = is_first;
	return 0;
}

bool presence_is_last(const struct presence_conn *c)
{
	return !c->newer && !c->older;
}

void presence_leave(struct presence *p, struct presence_conn *c)
{
	struct presence_key *k = c->of;

	presence_prefer(p, c, false);
	p->slots[c->shard].at[c->slot] = NULL;
	p->counts.conns--;
	p->counts.transports[c->transport]--;
	if (c->newer)
		c->newer->older = c->older;
	else
		k->newest = c->older;
	if (c->older)
		c->older->newer = c->newer;
	pool_put(&p->conns, c);
	if (!k->newest)
		key_free(p, k);
}

bool presence_prefer(struct presence *p, struct presence_conn *c, bool preferred)
{
	if (c->preferred == preferred)
		return false;
	c->preferred = preferred;
	if (preferred)
		p->counts.preferred++;
	else
		p->counts.preferred--;
	return true;
}

struct presence_conn *presence_find(const struct presence *p, struct peer_id id)
{
	struct presence_conn *c;

	if (id.shard >= p->shards || id.slot >= p->slots[id.shard].cap)
		return NULL;
	c = p->slots[id.shard].at[id.slot];
	return c && c->generation == id.generation ? c : NULL;
}

struct presence_key *presence_find_key(const struct presence *p, const struct key *key)
{
	struct presence_key *k = *bucket_of(p, key);

	while (k && !key_equal(&k->key, key))
		k = k->chain;
	return k;
}

struct peer_id presence_peer_id(const struct presence_conn *c)
{
	return (struct peer_id){ .shard = c->shard, .slot = c->slot, .generation = c->generation };
}

struct presence_counts presence_counts(const struct presence *p)
{
	return p->counts;
}

static struct presence_key *entry(struct list_node *n)
{
	return n ? list_entry(n, struct presence_key, live) : NULL;
}

struct presence_key *presence_first(const struct presence *p)
{
	return entry(list_first(&p->live));
}

struct presence_key *presence_next(const struct presence *p, const struct presence_key *k)
{
	return entry(list_next(&p->live, &k->live));
}

uint32_t presence_slots(const struct presence *p, uint16_t shard)
{
	return p->slots[shard].cap;
}

const struct presence_conn *presence_scan(const struct presence *p, uint16_t shard, uint32_t *slot, uint32_t looks)
{
	const struct shard_slots *s = &p->slots[shard];

	while (*slot < s->cap && looks-- > 0) {
		const struct presence_conn *c = s->at[(*slot)++];

		if (c)
			return c;
	}
	return NULL;
}
