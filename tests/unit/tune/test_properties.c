/* SPDX-License-Identifier: MIT
 * What must hold of every plan, for all recorded machines with cpusets, quotas
 * and isolated CPUs drawn by seed. HD_TUNE_SEED=N tries only the seeds
 * that are reported as N thousands. */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tune/machines.h"
#include "tools/hd-tune/decimal.h"
#include "tools/hd-tune/plan.h"

#define SEEDS 12 /* for each machine */

Suite *test_properties_suite(void);

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t below(uint64_t *state, uint64_t n)
{
	return next(state) % n;
}

static bool one_in(uint64_t *state, uint64_t n)
{
	return below(state, n) == 0;
}

/* Some of the machine's CPUs, at least one. */
static void draw_cpus(uint64_t *state, const struct facts *f, struct cpuset *to)
{
	uint64_t keep = 1 + below(state, 8);

	cpuset_clear(to);
	for (size_t i = 0; i < f->pu_count; i++)
		if (below(state, 8) < keep)
			cpuset_add(to, f->pus[i].os_index);
	if (cpuset_empty(to))
		cpuset_add(to, f->pus[below(state, f->pu_count)].os_index);
}

static void draw_options(uint64_t *state, const struct facts *f, struct options *o)
{
	static const int64_t speeds[] = { 100, 1000, 2500, 10000, 25000, 100000, 400000 };

	options_init(o);
	if (f->nic_count && !one_in(state, 3))
		o->nic = f->nics[below(state, f->nic_count)].name;
	if (!one_in(state, 3))
		o->nic_speed_mbit = speeds[below(state, HD_ARRAY_LEN(speeds))];
	o->has_cpuset = one_in(state, 2);
	draw_cpus(state, f, &o->cpuset);
	o->has_isolated = one_in(state, 3);
	draw_cpus(state, f, &o->isolated);
	o->isolated_use = one_in(state, 4);
	if (one_in(state, 3))
		o->quota_millicpus = (int64_t)(1 + below(state, f->pu_count * 1200));
	o->span = one_in(state, 5);
	o->smt_all = false;
	if (one_in(state, 5))
		o->memory_bytes = (int64_t)below(state, UINT64_C(1) << 32);
}

static const struct topology_pu *pu_of(const struct facts *f, unsigned cpu)
{
	for (size_t i = 0; i < f->pu_count; i++)
		if (f->pus[i].os_index == cpu)
			return &f->pus[i];
	ck_abort_msg("CPU %u is not in the machine", cpu);
	return NULL;
}

static void holds_for(const struct plan *p, const struct facts *f, const struct options *o, uint64_t seed)
{
	struct cpuset left = p->usable;

	ck_assert_msg(p->workers >= 1 && p->workers <= 32, "seed %" PRIu64, seed);
	ck_assert_msg(p->pins.count == 0 || p->pins.count == p->workers, "seed %" PRIu64, seed);
	ck_assert_msg(!cpuset_empty(&p->usable), "seed %" PRIu64, seed);
	for (size_t i = 0; i < p->pins.count; i++) {
		unsigned cpu = p->pins.at[i];

		ck_assert_msg(cpuset_has(&p->usable, cpu), "seed %" PRIu64 ": CPU %u is not usable", seed, cpu);
		left.word[cpu / 64] &= ~(UINT64_C(1) << cpu % 64);
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(pu_of(f, p->pins.at[k])->core != pu_of(f, cpu)->core,
				      "seed %" PRIu64 ": two pins on one core", seed);
		for (size_t k = 0; k < p->reserved.count; k++)
			ck_assert_msg(p->reserved.at[k] != cpu, "seed %" PRIu64 ": reserved and pinned", seed);
	}
	if (p->pins.count && !o->isolated_use)
		ck_assert_msg(!cpuset_empty(&left), "seed %" PRIu64 ": nothing is left unpinned", seed);
	if (p->pins.count)
		ck_assert_msg(p->pins.count < f->pu_count, "seed %" PRIu64, seed);
}

static struct plan *make(const struct facts *f, const struct options *o)
{
	struct plan *p = plan_make(f, o);

	ck_assert_ptr_nonnull(p);
	return p;
}

static void more_quota_is_never_fewer(const struct facts *f, const struct options *o, uint64_t seed)
{
	struct options tried = *o;
	unsigned last = 0;

	for (int64_t quota = 500; quota < 64000; quota = quota * 3 / 2) {
		struct plan *p;

		tried.quota_millicpus = quota;
		p = make(f, &tried);
		ck_assert_msg(p->workers >= last, "seed %" PRIu64 ": quota %" PRId64, seed, quota);
		last = p->workers;
		plan_free(p);
	}
}

static void renumber_set(struct cpuset *s, const unsigned *to)
{
	struct cpuset renumbered;

	cpuset_clear(&renumbered);
	for (int cpu = cpuset_next(s, 0); cpu >= 0; cpu = cpuset_next(s, (unsigned)cpu + 1))
		cpuset_add(&renumbered, to[cpu]);
	*s = renumbered;
}

static int compare_pus(const void *a, const void *b)
{
	const struct topology_pu *x = a, *y = b;

	return (x->os_index > y->os_index) - (x->os_index < y->os_index);
}

/* The same machine with its CPUs numbered otherwise. */
static void renumber(uint64_t *state, struct facts *f, struct options *o)
{
	static unsigned to[CPUSET_CPUS];

	for (unsigned i = 0; i < CPUSET_CPUS; i++)
		to[i] = i;
	for (size_t i = f->pu_count; i > 1; i--) {
		unsigned a = f->pus[i - 1].os_index, b = f->pus[below(state, i)].os_index, kept = to[a];

		to[a] = to[b];
		to[b] = kept;
	}
	for (size_t i = 0; i < f->pu_count; i++)
		f->pus[i].os_index = to[f->pus[i].os_index];
	qsort(f->pus, f->pu_count, sizeof(*f->pus), compare_pus);
	for (size_t i = 0; i < f->nic_count; i++)
		renumber_set(&f->nics[i].local, to);
	renumber_set(&o->cpuset, to);
	renumber_set(&o->isolated, to);
}

static void is_the_same_renumbered(const struct plan *p, uint64_t *state, struct facts *f, struct options *o,
				   uint64_t seed)
{
	struct plan *q;

	renumber(state, f, o);
	q = make(f, o);
	holds_for(q, f, o, seed);
	ck_assert_msg(p->workers == q->workers && p->pins.count == q->pins.count &&
		      p->reserved.count == q->reserved.count && p->perf_cores == q->perf_cores &&
		      p->locality_known == q->locality_known && strcmp(p->domain, q->domain) == 0 &&
		      strcmp(p->class_rule, q->class_rule) == 0 && p->limits == q->limits,
		      "seed %" PRIu64 ": %u and %u workers, %s and %s", seed, p->workers, q->workers, p->domain,
		      q->domain);
	plan_free(q);
}

static void try_machine(const json_t *machine, uint64_t seed)
{
	uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	struct options o;
	struct facts f;
	struct plan *p;

	machines_facts(machine, &f);
	draw_options(&state, &f, &o);
	p = make(&f, &o);
	holds_for(p, &f, &o, seed);
	more_quota_is_never_fewer(&f, &o, seed);
	is_the_same_renumbered(p, &state, &f, &o, seed);
	plan_free(p);
	facts_release(&f);
}

START_TEST(plan_properties_hold_for_all_machines_and_seeds)
{
	json_t *cases = machines_cases();
	const char *one = getenv("HD_TUNE_SEED");
	int64_t first = 1, last = SEEDS;
	unsigned tried = 0;

	if (one) {
		ck_assert_int_eq(decimal_parse_whole(&first, one), 0);
		last = first;
	}
	for (size_t i = 0; i < json_array_size(cases); i++)
		for (int64_t seed = first; seed <= last; seed++, tried++)
			try_machine(json_array_get(cases, i), (uint64_t)seed * 1000 + i);
	printf("%u plans of %s\n", tried, machines_folder());
	ck_assert_uint_gt(tried, 0);
	json_decref(cases);
}
END_TEST

Suite *test_properties_suite(void)
{
	Suite *s = suite_create("properties");
	TCase *t = tcase_create("properties");

	tcase_add_test(t, plan_properties_hold_for_all_machines_and_seeds);
	suite_add_tcase(s, t);
	return s;
}
