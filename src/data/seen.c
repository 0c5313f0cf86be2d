/* SPDX-License-Identifier: MIT */
#include "data/seen.h"

#include <stdlib.h>

#include "util/error.h"

#define SEEN_BUCKETS_MIN 64
/* Pairs looked at to find a key with many. A key has as good a chance to be met
 * as it has pairs: where colluders fill three quarters of the set, one in 65,000
 * searches misses them all. */
#define SEEN_LOOKS 8
#define SEEN_STRIDE UINT32_C(0x9e3779b1) /* a prime: meets every pair, neighbours far apart */

static int seen_array_init(struct seen_array *a)
{
	*a = (struct seen_array){ .mask = SEEN_BUCKETS_MIN - 1 };
	a->buckets = calloc(SEEN_BUCKETS_MIN, sizeof(*a->buckets));
	return a->buckets ? 0 : ERROR_NO_MEMORY;
}

int seen_init(struct seen *s, uint32_t pairs_max, seen_first_of_fn *first_of, void *ctx)
{
	hd_assert(pairs_max > 0);
	*s = (struct seen){ .pairs_max = pairs_max, .first_of = first_of, .ctx = ctx };
	if (seen_array_init(&s->source_index) < 0 || seen_array_init(&s->pair_index) < 0) {
		seen_release(s);
		return ERROR_NO_MEMORY;
	}
	return 0;
}

void seen_release(struct seen *s)
{
	free(s->sources);
	free(s->source_index.buckets);
	free(s->pairs);
	free(s->pair_index.buckets);
	*s = (struct seen){ 0 };
}

static uint64_t seen_pair_hash(uint32_t source, uint32_t receiver)
{
	uint64_t x = ((uint64_t)source << 32 | receiver) * UINT64_C(0x9e3779b97f4a7c15);

	return x ^ x >> 32;
}

static uint32_t *seen_source_bucket(struct seen *s, uint64_t hash)
{
	return &s->source_index.buckets[hash & s->source_index.mask];
}

static uint32_t *seen_pair_bucket(struct seen *s, uint32_t source, uint32_t receiver)
{
	return &s->pair_index.buckets[seen_pair_hash(source, receiver) & s->pair_index.mask];
}

/* Link that names the key's source, or the SEEN_NONE that ends its chain. */
static uint32_t *seen_source_link(struct seen *s, uint64_t hash, const struct key *key)
{
	uint32_t *link = seen_source_bucket(s, hash);

	while (*link != SEEN_NONE &&
	       (s->sources[*link].hash != hash || !key_equal(&s->sources[*link].key, key)))
		link = &s->sources[*link].next_hash;
	return link;
}

static uint32_t *seen_pair_link(struct seen *s, uint32_t source, uint32_t receiver)
{
	uint32_t *link = seen_pair_bucket(s, source, receiver);

	while (*link != SEEN_NONE && (s->pairs[*link].source != source || s->pairs[*link].receiver != receiver))
		link = &s->pairs[*link].next_hash;
	return link;
}

static int seen_double_buckets(struct seen_array *a)
{
	uint32_t *bigger = calloc(((size_t)a->mask + 1) * 2, sizeof(*bigger));

	if (!bigger)
		return ERROR_NO_MEMORY;
	free(a->buckets);
	a->buckets = bigger;
	a->mask = a->mask * 2 + 1;
	return 0;
}

/* Entries in use are known by a source's or a receiver's link; free ones have
 * `pairs` or `source` SEEN_NONE. */
static int seen_rehash_sources(struct seen *s)
{
	if (s->source_index.count <= s->source_index.mask)
		return 0;
	if (seen_double_buckets(&s->source_index) < 0)
		return ERROR_NO_MEMORY;
	for (uint32_t i = 1; i < s->source_index.size; i++) {
		uint32_t *bucket = seen_source_bucket(s, s->sources[i].hash);

		if (s->sources[i].pairs == SEEN_NONE)
			continue;
		s->sources[i].next_hash = *bucket;
		*bucket = i;
	}
	return 0;
}

static int seen_rehash_pairs(struct seen *s)
{
	if (s->pair_index.count <= s->pair_index.mask)
		return 0;
	if (seen_double_buckets(&s->pair_index) < 0)
		return ERROR_NO_MEMORY;
	for (uint32_t i = 1; i < s->pair_index.size; i++) {
		uint32_t *bucket = seen_pair_bucket(s, s->pairs[i].source, s->pairs[i].receiver);

		if (s->pairs[i].source == SEEN_NONE)
			continue;
		s->pairs[i].next_hash = *bucket;
		*bucket = i;
	}
	return 0;
}

/* Makes room for one more element in the array of `element` bytes. */
static int seen_make_room(struct seen_array *a, void **elements, size_t element)
{
	uint32_t cap = a->cap ? a->cap * 2 : 16;
	void *bigger;

	if (a->free != SEEN_NONE || a->size < a->cap)
		return 0;
	bigger = realloc(*elements, cap * element);
	if (!bigger)
		return ERROR_NO_MEMORY;
	*elements = bigger;
	a->cap = cap;
	if (a->size == 0)
		a->size = 1; /* index 0 means none */
	return 0;
}

static int seen_reserve(struct seen *s)
{
	void *sources = s->sources, *pairs = s->pairs;
	int rc = seen_make_room(&s->source_index, &sources, sizeof(*s->sources));

	s->sources = sources;
	if (rc == 0)
		rc = seen_make_room(&s->pair_index, &pairs, sizeof(*s->pairs));
	s->pairs = pairs;
	if (rc == 0)
		rc = seen_rehash_sources(s);
	if (rc == 0)
		rc = seen_rehash_pairs(s);
	return rc;
}

static uint32_t seen_new_source(struct seen *s, uint64_t hash, const struct key *key)
{
	struct seen_array *a = &s->source_index;
	uint32_t i = a->free != SEEN_NONE ? a->free : a->size;
	uint32_t *bucket = seen_source_bucket(s, hash);

	if (i == a->size)
		a->size++;
	else
		a->free = s->sources[i].next_hash;
	a->count++;
	s->sources[i] = (struct seen_source){ .key = *key, .hash = hash, .next_hash = *bucket };
	*bucket = i;
	return i;
}

static void seen_new_pair(struct seen *s, uint32_t source, uint32_t slot, uint32_t *first)
{
	struct seen_array *a = &s->pair_index;
	uint32_t i = a->free != SEEN_NONE ? a->free : a->size;
	uint32_t *bucket = seen_pair_bucket(s, source, slot);
	uint32_t *head = &s->sources[source].pairs;

	if (i == a->size)
		a->size++;
	else
		a->free = s->pairs[i].next_hash;
	a->count++;
	s->pairs[i] = (struct seen_pair){ .source = source,
					  .receiver = slot,
					  .next_of_source = *head,
					  .next_of_receiver = *first,
					  .next_hash = *bucket };
	*bucket = i;
	if (*head != SEEN_NONE)
		s->pairs[*head].prev_of_source = i;
	*head = i;
	s->sources[source].count++;
	if (*first != SEEN_NONE)
		s->pairs[*first].prev_of_receiver = i;
	*first = i;
}

static void seen_free_source(struct seen *s, uint32_t source)
{
	struct seen_source *e = &s->sources[source];
	uint32_t *link = seen_source_link(s, e->hash, &e->key);

	hd_assert(*link == source);
	*link = e->next_hash;
	e->pairs = SEEN_NONE;
	e->next_hash = s->source_index.free;
	s->source_index.free = source;
	s->source_index.count--;
}

static void seen_remove(struct seen *s, uint32_t pair, uint32_t *first)
{
	struct seen_pair *e = &s->pairs[pair];
	struct seen_source *source = &s->sources[e->source];
	uint32_t *link = seen_pair_link(s, e->source, e->receiver);
	uint32_t source_number = e->source;

	hd_assert(*link == pair);
	*link = e->next_hash;
	source->count--;
	if (e->prev_of_source != SEEN_NONE)
		s->pairs[e->prev_of_source].next_of_source = e->next_of_source;
	else
		source->pairs = e->next_of_source;
	if (e->next_of_source != SEEN_NONE)
		s->pairs[e->next_of_source].prev_of_source = e->prev_of_source;
	if (e->prev_of_receiver != SEEN_NONE)
		s->pairs[e->prev_of_receiver].next_of_receiver = e->next_of_receiver;
	else
		*first = e->next_of_receiver;
	if (e->next_of_receiver != SEEN_NONE)
		s->pairs[e->next_of_receiver].prev_of_receiver = e->prev_of_receiver;
	*e = (struct seen_pair){ .next_hash = s->pair_index.free };
	s->pair_index.free = pair;
	s->pair_index.count--;
	if (source->pairs == SEEN_NONE)
		seen_free_source(s, source_number);
}

/* Takes a pair from a key that still has more than `count` then. */
static bool seen_displace(struct seen *s, uint32_t count)
{
	uint32_t most = count + 1, pair = SEEN_NONE;

	for (int i = 0; i < SEEN_LOOKS; i++) {
		uint32_t source;

		s->hand = (uint32_t)(((uint64_t)s->hand + SEEN_STRIDE) % (s->pair_index.size - 1));
		source = s->pairs[s->hand + 1].source;
		if (source == SEEN_NONE || s->sources[source].count <= most)
			continue;
		most = s->sources[source].count;
		pair = s->hand + 1;
	}
	if (pair == SEEN_NONE)
		return false;
	seen_remove(s, pair, s->first_of(s->ctx, s->pairs[pair].receiver));
	return true;
}

int seen_note(struct seen *s, uint64_t hash, const struct key *key, uint32_t slot, uint32_t *first)
{
	uint32_t source = *seen_source_link(s, hash, key);
	bool full = s->pair_index.count >= s->pairs_max;
	int rc;

	if (source != SEEN_NONE && *seen_pair_link(s, source, slot) != SEEN_NONE)
		return 0;
	if (full && !seen_displace(s, source != SEEN_NONE ? s->sources[source].count : 0))
		return ERROR_FULL;
	rc = seen_reserve(s);
	if (rc < 0)
		return rc;
	if (source == SEEN_NONE)
		source = seen_new_source(s, hash, key);
	seen_new_pair(s, source, slot, first);
	return full ? SEEN_DISPLACED : 0;
}

bool seen_take(struct seen *s, uint64_t hash, const struct key *key, uint32_t *slot)
{
	uint32_t source = *seen_source_link(s, hash, key);
	uint32_t pair;

	if (source == SEEN_NONE)
		return false;
	pair = s->sources[source].pairs;
	hd_assert(pair != SEEN_NONE);
	*slot = s->pairs[pair].receiver;
	seen_remove(s, pair, s->first_of(s->ctx, *slot));
	return true;
}

void seen_forget(struct seen *s, uint32_t *first)
{
	while (*first != SEEN_NONE)
		seen_remove(s, *first, first);
}
