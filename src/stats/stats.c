/* SPDX-License-Identifier: MIT */
#include "stats/stats.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stats_registry {
	struct stats **blocks; /* owned */
	size_t count;
	size_t cap;
};

#define STAT_ROW(id, name, kind, text) { name, STAT_KIND_##kind, text },
static const struct stat_info infos[] = { STAT_TABLE(STAT_ROW) };
#undef STAT_ROW
_Static_assert(HD_ARRAY_LEN(infos) == STAT_COUNT, "one row per counter");

/* Fine where logins should be (a few round trips), coarse up to where the
 * login time-out ends them. */
const uint32_t stats_login_bucket_ms[STATS_LOGIN_BUCKETS - 1] = {
	1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000,
};

const struct stat_info *stat_info(enum stat_id s)
{
	hd_assert((size_t)s < STAT_COUNT);
	return &infos[s];
}

void stats_login_time(struct stats *s, uint64_t duration_ns)
{
	size_t i = 0;

	while (i < STATS_LOGIN_BUCKETS - 1 && duration_ns > stats_login_bucket_ms[i] * UINT64_C(1000000))
		i++;
	stats_cell_add(&s->login_ms[i], 1);
	stats_cell_add(&s->login_us_sum, duration_ns / 1000);
}

struct stats_registry *stats_registry_new(void)
{
	return calloc(1, sizeof(struct stats_registry));
}

void stats_registry_free(struct stats_registry *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		free(r->blocks[i]);
	free(r->blocks);
	free(r);
}

static bool registry_grow(struct stats_registry *r)
{
	size_t cap = r->cap ? 2 * r->cap : 8;
	struct stats **blocks = reallocarray(r->blocks, cap, sizeof(struct stats *));

	if (!blocks)
		return false;
	r->blocks = blocks;
	r->cap = cap;
	return true;
}

struct stats *stats_registry_add(struct stats_registry *r, const char *fmt, ...)
{
	struct stats *s;
	va_list args;

	if (r->count == r->cap && !registry_grow(r))
		return NULL;
	s = aligned_alloc(_Alignof(struct stats), sizeof(struct stats));
	if (!s)
		return NULL;
	memset(s, 0, sizeof(*s));
	va_start(args, fmt);
	vsnprintf(s->name, sizeof(s->name), fmt, args);
	va_end(args);
	r->blocks[r->count++] = s;
	return s;
}

size_t stats_registry_count(const struct stats_registry *r)
{
	return r->count;
}

const struct stats *stats_registry_at(const struct stats_registry *r, size_t i)
{
	hd_assert(i < r->count);
	return r->blocks[i];
}

uint64_t stats_registry_sum(const struct stats_registry *r, enum stat_id which)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < r->count; i++)
		sum += stats_get(r->blocks[i], which);
	return sum;
}
