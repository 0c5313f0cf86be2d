/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/hist.h"

#include <string.h>

#include "util/assert.h"

#define VALUE_MAX ((UINT64_C(1) << 48) - 1)
#define PPM 1000000u

void hist_init(struct hist *h)
{
	memset(h, 0, sizeof(*h));
}

/* Values below HIST_SUB have a bucket each; above, each power of two has HIST_SUB. */
static uint32_t bucket_of(uint64_t ns)
{
	uint32_t shift;

	if (ns < HIST_SUB)
		return (uint32_t)ns;
	shift = 63 - (uint32_t)__builtin_clzll(ns) - HIST_SUB_BITS;
	return (shift + 1) * HIST_SUB + (uint32_t)(ns >> shift) - HIST_SUB;
}

static uint64_t upper_end(uint32_t bucket)
{
	uint32_t shift;

	if (bucket < HIST_SUB)
		return bucket;
	shift = bucket / HIST_SUB - 1;
	return (((uint64_t)(bucket % HIST_SUB + HIST_SUB) + 1) << shift) - 1;
}

void hist_add(struct hist *h, uint64_t ns)
{
	hist_add_many(h, ns, 1);
}

void hist_add_many(struct hist *h, uint64_t ns, uint64_t count)
{
	uint32_t bucket;

	if (count == 0)
		return;
	if (ns > h->max_ns)
		h->max_ns = ns;
	bucket = bucket_of(ns > VALUE_MAX ? VALUE_MAX : ns);
	hd_assert(bucket < HIST_BUCKETS);
	h->buckets[bucket] += count;
	h->count += count;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	for (uint32_t i = 0; i < HIST_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	into->count += from->count;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
}

uint64_t hist_quantile(const struct hist *h, uint32_t ppm)
{
	uint64_t want, seen = 0;

	hd_assert(ppm <= PPM);
	if (h->count == 0)
		return 0;
	/* The smallest rank that covers the share; the first for a share of 0. */
	want = (uint64_t)(((unsigned __int128)h->count * ppm + PPM - 1) / PPM);
	if (want == 0)
		want = 1;
	for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen >= want)
			return upper_end(i) < h->max_ns ? upper_end(i) : h->max_ns;
	}
	return h->max_ns;
}
