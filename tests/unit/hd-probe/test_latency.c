/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tools/hd-probe/latency.h"

Suite *test_latency_suite(void);

static struct latency l;

static void setup(void)
{
	l = (struct latency){ 0 };
}

START_TEST(latency_of_nothing_is_zero)
{
	ck_assert_uint_eq(latency_min(&l), 0);
	ck_assert_uint_eq(latency_median(&l), 0);
	ck_assert_uint_eq(latency_max(&l), 0);
}
END_TEST

START_TEST(latency_does_not_depend_on_order)
{
	static const uint64_t times[] = { 30, 10, 50, 20, 40, 10 };

	for (unsigned i = 0; i < 5; i++)
		latency_add(&l, times[i]);
	ck_assert_uint_eq(latency_min(&l), 10);
	ck_assert_uint_eq(latency_median(&l), 30);
	ck_assert_uint_eq(latency_max(&l), 50);
	latency_add(&l, times[5]);
	ck_assert_uint_eq(latency_median(&l), 20);
}
END_TEST

START_TEST(latency_takes_as_many_as_there_is_room_for)
{
	for (uint64_t i = LATENCY_SAMPLES_MAX; i > 0; i--)
		latency_add(&l, i);
	ck_assert_uint_eq(latency_min(&l), 1);
	ck_assert_uint_eq(latency_max(&l), LATENCY_SAMPLES_MAX);
}
END_TEST

Suite *test_latency_suite(void)
{
	Suite *s = suite_create("latency");
	TCase *tc = tcase_create("samples");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, latency_of_nothing_is_zero);
	tcase_add_test(tc, latency_does_not_depend_on_order);
	tcase_add_test(tc, latency_takes_as_many_as_there_is_room_for);
	suite_add_tcase(s, tc);
	return s;
}
