/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tools/hd-bench/hist.h"
#include "util/assert.h"

Suite *test_hist_suite(void);

static struct hist h;

static void set_up(void)
{
	hist_init(&h);
}

START_TEST(hist_quantile_of_nothing_is_zero)
{
	ck_assert_uint_eq(hist_quantile(&h, 500000), 0);
	ck_assert_uint_eq(h.max_ns, 0);
}
END_TEST

START_TEST(hist_quantile_is_exact_for_small_values)
{
	for (uint64_t ns = 1; ns <= 50; ns++)
		hist_add(&h, ns);
	ck_assert_uint_eq(hist_quantile(&h, 0), 1);
	ck_assert_uint_eq(hist_quantile(&h, 500000), 25);
	ck_assert_uint_eq(hist_quantile(&h, 900000), 45);
	ck_assert_uint_eq(hist_quantile(&h, 900001), 46);
	ck_assert_uint_eq(hist_quantile(&h, 1000000), 50);
}
END_TEST

START_TEST(hist_quantile_is_never_below_and_at_most_a_64th_above)
{
	for (uint64_t ns = 1; ns < UINT64_C(1) << 47; ns = ns * 5 / 4 + 1) {
		uint64_t q;

		hist_init(&h);
		hist_add(&h, ns);
		hist_add(&h, UINT64_C(1) << 47); /* so that the maximum does not cut it */
		q = hist_quantile(&h, 500000);
		ck_assert_uint_ge(q, ns);
		ck_assert_uint_le(q, ns + ns / 64);
	}
}
END_TEST

START_TEST(hist_quantile_is_never_above_the_maximum)
{
	hist_add(&h, 1000003);
	ck_assert_uint_eq(hist_quantile(&h, 999000), 1000003);
}
END_TEST

START_TEST(hist_add_takes_any_value)
{
	hist_add(&h, 0);
	hist_add(&h, UINT64_MAX);
	ck_assert_uint_eq(h.count, 2);
	ck_assert_uint_eq(h.max_ns, UINT64_MAX);
	ck_assert_uint_eq(hist_quantile(&h, 500000), 0);
	ck_assert_uint_eq(hist_quantile(&h, 1000000), (UINT64_C(1) << 48) - 1);
}
END_TEST

START_TEST(hist_add_many_is_as_many_additions)
{
	static struct hist one_by_one;

	hist_init(&one_by_one);
	for (int i = 0; i < 5; i++)
		hist_add(&one_by_one, 12345);
	hist_add_many(&h, 12345, 5);
	ck_assert_mem_eq(&h, &one_by_one, sizeof(h));
	hist_add_many(&h, UINT64_MAX, 0);
	ck_assert_mem_eq(&h, &one_by_one, sizeof(h));
}
END_TEST

START_TEST(hist_merge_adds)
{
	static struct hist other;

	hist_init(&other);
	for (int i = 0; i < 9; i++)
		hist_add(&h, 10);
	hist_add(&other, 60);
	hist_merge(&h, &other);
	ck_assert_uint_eq(h.count, 10);
	ck_assert_uint_eq(h.max_ns, 60);
	ck_assert_uint_eq(hist_quantile(&h, 900000), 10);
	ck_assert_uint_eq(hist_quantile(&h, 990000), 60);
}
END_TEST

Suite *test_hist_suite(void)
{
	Suite *s = suite_create("hist");
	TCase *t = tcase_create("hist");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, hist_quantile_of_nothing_is_zero);
	tcase_add_test(t, hist_quantile_is_exact_for_small_values);
	tcase_add_test(t, hist_quantile_is_never_below_and_at_most_a_64th_above);
	tcase_add_test(t, hist_quantile_is_never_above_the_maximum);
	tcase_add_test(t, hist_add_takes_any_value);
	tcase_add_test(t, hist_add_many_is_as_many_additions);
	tcase_add_test(t, hist_merge_adds);
	suite_add_tcase(s, t);
	return s;
}
