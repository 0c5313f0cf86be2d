/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/measure.h"

#include <stdlib.h>
#include <string.h>

#include "tools/hd-tune/plan.h"
#include "util/error.h"

static bool same_setting(const struct measure_setting *a, const struct measure_setting *b)
{
	return a->workers == b->workers && a->pin_count == b->pin_count &&
	       memcmp(a->pins, b->pins, a->pin_count * sizeof(a->pins[0])) == 0;
}

static void add_setting(struct measure *m, const struct measure_setting *s)
{
	for (size_t i = 0; i < m->count; i++)
		if (same_setting(&m->candidates[i].setting, s))
			return;
	if (m->count < MEASURE_CANDIDATES_MAX)
		m->candidates[m->count++] = (struct measure_candidate){ .setting = *s };
}

static struct measure_setting setting_of(const struct plan *p)
{
	struct measure_setting s = { .workers = p->workers, .pin_count = p->pins.count };

	hd_assert(p->pins.count <= OPTIONS_WORKERS_MAX);
	memcpy(s.pins, p->pins.at, p->pins.count * sizeof(s.pins[0]));
	return s;
}

/* What the rules make of so many workers; without pins, too. */
static int add_workers(struct measure *m, const struct facts *f, const struct options *o, int64_t workers)
{
	struct options wanted = *o;
	struct measure_setting s;
	struct plan *p;

	wanted.workers = workers;
	p = plan_make(f, &wanted);
	if (!p)
		return ERROR_NO_MEMORY;
	s = setting_of(p);
	plan_free(p);
	add_setting(m, &s);
	s.pin_count = 0;
	add_setting(m, &s);
	return 0;
}

int measure_candidates(struct measure *m, const struct measure_setting *present, const struct facts *f,
		       const struct options *o)
{
	struct plan *p = plan_make(f, o);
	int64_t planned, cores, others[3];
	struct measure_setting s;
	int error;

	if (!p)
		return ERROR_NO_MEMORY;
	planned = p->workers;
	cores = (int64_t)p->order.count;
	s = setting_of(p);
	plan_free(p);
	m->count = 0;
	add_setting(m, present);
	add_setting(m, &s);
	error = add_workers(m, f, o, planned);
	others[0] = planned / 2;
	others[1] = planned * 3 / 2 < cores ? planned * 3 / 2 : cores;
	others[2] = planned * 3 / 4;
	for (size_t i = 0; i < HD_ARRAY_LEN(others) && !error && o->workers < 0; i++)
		if (others[i] >= 1 && others[i] <= OPTIONS_WORKERS_MAX)
			error = add_workers(m, f, o, others[i]);
	return error;
}

void measure_add(struct measure_runs *r, uint64_t rate)
{
	if (r->count < MEASURE_RUNS_MAX)
		r->rate[r->count++] = rate;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The value that `quarters` of four are not above. */
static uint64_t quantile(const struct measure_runs *r, unsigned quarters)
{
	struct measure_runs sorted = *r;
	size_t at, above;

	if (r->count == 0)
		return 0;
	qsort(sorted.rate, sorted.count, sizeof(sorted.rate[0]), compare);
	at = (r->count - 1) * quarters;
	above = at % 4;
	at /= 4;
	if (above == 0)
		return sorted.rate[at];
	return sorted.rate[at] + (sorted.rate[at + 1] - sorted.rate[at]) / 4 * above;
}

uint64_t measure_median(const struct measure_runs *r)
{
	return quantile(r, 2);
}

uint64_t measure_spread(const struct measure_runs *r)
{
	return quantile(r, 3) - quantile(r, 1);
}

bool measure_is_better(const struct measure_runs *a, const struct measure_runs *b)
{
	uint64_t before = measure_median(a), after = measure_median(b);
	uint64_t noise = before / 100 * MEASURE_LEAST_PERCENT;

	if (a->count < MEASURE_RUNS_MIN || b->count < MEASURE_RUNS_MIN || after <= before)
		return false;
	if (measure_spread(a) > noise)
		noise = measure_spread(a);
	if (measure_spread(b) > noise)
		noise = measure_spread(b);
	return after - before > noise;
}

void measure_choose(struct measure *m)
{
	m->best = 0;
	for (size_t i = 1; i < m->count; i++)
		if (measure_median(&m->candidates[i].first) > measure_median(&m->candidates[m->best].first))
			m->best = i;
}

void measure_decide(struct measure *m)
{
	m->keep = m->best != 0 &&
		  measure_is_better(&m->candidates[0].second, &m->candidates[m->best].second);
}
