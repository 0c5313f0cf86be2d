/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "config/nearest.h"

Suite *test_nearest_suite(void);

START_TEST(nearest_distance_counts_slips)
{
	ck_assert_uint_eq(nearest_distance("workers", "workers"), 0);
	ck_assert_uint_eq(nearest_distance("worker", "workers"), 1);
	ck_assert_uint_eq(nearest_distance("workkers", "workers"), 1);
	ck_assert_uint_eq(nearest_distance("workars", "workers"), 1);
	ck_assert_uint_eq(nearest_distance("wrokers", "workers"), 1);
	ck_assert_uint_eq(nearest_distance("wrokrs", "workers"), 2);
}
END_TEST

START_TEST(nearest_distance_takes_dash_and_case_alike)
{
	ck_assert_uint_eq(nearest_distance("Log-Level", "log_level"), 0);
}
END_TEST

START_TEST(nearest_distance_is_far_for_another_word)
{
	ck_assert_uint_eq(nearest_distance("hello", "workers"), NEAREST_FAR);
	ck_assert_uint_eq(nearest_distance("a", "port"), NEAREST_FAR);
	ck_assert_uint_eq(nearest_distance("", "port"), NEAREST_FAR);
	ck_assert_uint_eq(nearest_distance("x", "y"), NEAREST_FAR);
}
END_TEST

START_TEST(nearest_distance_is_far_for_a_long_word)
{
	char text[200];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_uint_eq(nearest_distance(text, text), NEAREST_FAR);
	ck_assert_uint_eq(nearest_distance(text, "port"), NEAREST_FAR);
	text[48] = '\0';
	ck_assert_uint_eq(nearest_distance(text, text), 0);
}
END_TEST

Suite *test_nearest_suite(void)
{
	Suite *s = suite_create("nearest");
	TCase *tc = tcase_create("distance");

	tcase_add_test(tc, nearest_distance_counts_slips);
	tcase_add_test(tc, nearest_distance_takes_dash_and_case_alike);
	tcase_add_test(tc, nearest_distance_is_far_for_another_word);
	tcase_add_test(tc, nearest_distance_is_far_for_a_long_word);
	suite_add_tcase(s, tc);
	return s;
}
