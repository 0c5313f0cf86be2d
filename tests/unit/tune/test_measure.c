/* SPDX-License-Identifier: MIT
 * What is tried, and when another setting counts as better. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tune/machines.h"
#include "tools/hd-tune/measure_all.h"
#include "tools/hd-tune/plan.h"

Suite *test_measure_suite(void);

static struct measure_runs runs_of(const uint64_t *rates, size_t count)
{
	struct measure_runs r = { .count = 0 };

	for (size_t i = 0; i < count; i++)
		measure_add(&r, rates[i]);
	return r;
}

#define RUNS(...)                                                                                       \
	runs_of((const uint64_t[]){ __VA_ARGS__ }, sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

START_TEST(measure_median_and_spread_do_not_depend_on_order)
{
	struct measure_runs none = { .count = 0 };
	struct measure_runs five = RUNS(50, 10, 40, 20, 30), even = RUNS(40, 10, 30, 20);

	ck_assert_uint_eq(measure_median(&none), 0);
	ck_assert_uint_eq(measure_spread(&none), 0);
	ck_assert_uint_eq(measure_median(&five), 30);
	ck_assert_uint_eq(measure_spread(&five), 20);
	ck_assert_uint_ge(measure_median(&even), 20);
	ck_assert_uint_le(measure_median(&even), 30);
}
END_TEST

START_TEST(measure_add_keeps_no_more_than_there_is_room_for)
{
	struct measure_runs r = { .count = 0 };

	for (unsigned i = 0; i < MEASURE_RUNS_MAX + 3; i++)
		measure_add(&r, i);
	ck_assert_uint_eq(r.count, MEASURE_RUNS_MAX);
}
END_TEST

START_TEST(measure_is_better_only_beyond_the_noise)
{
	struct measure_runs before = RUNS(1000, 1010, 990, 1005, 995);
	struct measure_runs clear = RUNS(1200, 1210, 1190, 1205, 1195);
	struct measure_runs wide = RUNS(1200, 1600, 800, 1500, 900); /* a higher median by chance */
	struct measure_runs little = RUNS(1020, 1021, 1019, 1020, 1020); /* 2 %, however sure */
	struct measure_runs worse = RUNS(900, 910, 890, 905, 895);

	ck_assert(measure_is_better(&before, &clear));
	ck_assert(!measure_is_better(&clear, &before));
	ck_assert(!measure_is_better(&before, &wide));
	ck_assert(!measure_is_better(&wide, &clear));
	ck_assert(!measure_is_better(&before, &little));
	ck_assert(!measure_is_better(&before, &worse));
	ck_assert(!measure_is_better(&before, &before));
}
END_TEST

START_TEST(measure_is_better_wants_enough_runs)
{
	struct measure_runs before = RUNS(1000, 1000, 1000, 1000, 1000), four = RUNS(2000, 2000, 2000, 2000);
	struct measure_runs none = { .count = 0 };

	ck_assert(!measure_is_better(&before, &four));
	ck_assert(!measure_is_better(&four, &before));
	ck_assert(!measure_is_better(&none, &before));
	measure_add(&four, 2000);
	ck_assert(measure_is_better(&before, &four));
}
END_TEST

START_TEST(measure_keeps_what_is_better_in_the_second_part)
{
	struct measure m = { .count = 3 };

	m.candidates[0].first = RUNS(100, 100, 100);
	m.candidates[1].first = RUNS(300, 300, 300);
	m.candidates[2].first = RUNS(200, 200, 200);
	measure_choose(&m);
	ck_assert_uint_eq(m.best, 1);
	/* it was luck */
	m.candidates[0].second = RUNS(100, 100, 100, 100, 100);
	m.candidates[1].second = RUNS(101, 99, 100, 102, 98);
	measure_decide(&m);
	ck_assert(!m.keep);
	m.candidates[1].second = RUNS(201, 199, 200, 202, 198);
	measure_decide(&m);
	ck_assert(m.keep);
}
END_TEST

START_TEST(measure_keeps_the_present_where_nothing_is_faster)
{
	struct measure m = { .count = 2 };

	m.candidates[0].first = RUNS(100, 100, 100);
	m.candidates[1].first = RUNS(100, 100, 100);
	m.candidates[1].second = RUNS(900, 900, 900, 900, 900);
	measure_choose(&m);
	measure_decide(&m);
	ck_assert_uint_eq(m.best, 0);
	ck_assert(!m.keep);
}
END_TEST

static void check_candidates(const struct measure *m, const struct facts *f)
{
	ck_assert_uint_ge(m->count, 1);
	ck_assert_uint_le(m->count, MEASURE_CANDIDATES_MAX);
	for (size_t i = 0; i < m->count; i++) {
		const struct measure_setting *s = &m->candidates[i].setting;

		ck_assert(s->pin_count == 0 || s->pin_count == s->workers);
		ck_assert_uint_le(s->pin_count, f->pu_count);
		for (size_t k = 0; k < i; k++) {
			const struct measure_setting *other = &m->candidates[k].setting;

			ck_assert(s->workers != other->workers || s->pin_count != other->pin_count ||
				  memcmp(s->pins, other->pins, s->pin_count * sizeof(s->pins[0])) != 0);
		}
	}
}

START_TEST(measure_candidates_differ_and_start_with_the_present)
{
	static const struct measure_setting present = { .workers = 3 };
	json_t *cases = machines_cases();

	for (size_t i = 0; i < json_array_size(cases); i++) {
		struct measure m = { .count = 0 };
		struct options o;
		struct facts f;

		machines_facts(json_array_get(cases, i), &f);
		machines_options(json_array_get(cases, i), &o);
		ck_assert_int_eq(measure_candidates(&m, &present, &f, &o), 0);
		ck_assert_uint_eq(m.candidates[0].setting.workers, 3);
		check_candidates(&m, &f);
		facts_release(&f);
	}
	json_decref(cases);
}
END_TEST

START_TEST(measure_candidates_keep_to_workers_that_were_asked_for)
{
	static const struct measure_setting present = { .workers = 2 };
	json_t *machine = json_pack("{s:s}", "file", "synthetic/aws-graviton3-8c.xml");
	struct measure m = { .count = 0 };
	struct options o;
	struct facts f;

	ck_assert_ptr_nonnull(machine);
	machines_facts(machine, &f);
	options_init(&o);
	o.workers = 5;
	ck_assert_int_eq(measure_candidates(&m, &present, &f, &o), 0);
	ck_assert_uint_eq(m.count, 3);
	ck_assert_uint_eq(m.candidates[1].setting.workers, 5);
	ck_assert_uint_eq(m.candidates[1].setting.pin_count, 5);
	ck_assert_uint_eq(m.candidates[2].setting.pin_count, 0);
	facts_release(&f);
	json_decref(machine);
}
END_TEST

START_TEST(measure_runs_are_short_enough_for_the_time)
{
	ck_assert_uint_eq(measure_all_run_ms(8, MEASURE_ALL_SECONDS_MIN), 100);
	ck_assert_uint_eq(measure_all_run_ms(1, MEASURE_ALL_SECONDS_MAX), 10000);
	ck_assert_uint_ge(measure_all_run_ms(6, 60), 300);
	ck_assert_uint_lt(measure_all_run_ms(6, 60) * 6, 36000);
}
END_TEST

Suite *test_measure_suite(void)
{
	Suite *s = suite_create("measure");
	TCase *t = tcase_create("measure");

	tcase_add_test(t, measure_median_and_spread_do_not_depend_on_order);
	tcase_add_test(t, measure_add_keeps_no_more_than_there_is_room_for);
	tcase_add_test(t, measure_is_better_only_beyond_the_noise);
	tcase_add_test(t, measure_is_better_wants_enough_runs);
	tcase_add_test(t, measure_keeps_what_is_better_in_the_second_part);
	tcase_add_test(t, measure_keeps_the_present_where_nothing_is_faster);
	tcase_add_test(t, measure_candidates_differ_and_start_with_the_present);
	tcase_add_test(t, measure_candidates_keep_to_workers_that_were_asked_for);
	tcase_add_test(t, measure_runs_are_short_enough_for_the_time);
	suite_add_tcase(s, t);
	return s;
}
