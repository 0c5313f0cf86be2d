/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <sys/resource.h>

#include "sys/limits.h"

Suite *test_limits_suite(void);

static struct rlimit nofile(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	return limit;
}

START_TEST(limits_raise_nofile_goes_up_to_the_hard_limit)
{
	struct rlimit low = nofile();

	ck_assert_uint_gt(low.rlim_max, 64);
	low.rlim_cur = 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	ck_assert_uint_eq(limits_raise_nofile(), low.rlim_max);
	ck_assert_uint_eq(nofile().rlim_cur, low.rlim_max);
}
END_TEST

START_TEST(limits_raise_nofile_never_goes_past_it)
{
	struct rlimit low = { 64, 128 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	ck_assert_uint_eq(limits_raise_nofile(), 128);
	ck_assert_uint_eq(limits_raise_nofile(), 128);
	ck_assert_uint_eq(nofile().rlim_max, 128);
}
END_TEST

Suite *test_limits_suite(void)
{
	Suite *s = suite_create("limits");
	TCase *tc = tcase_create("nofile");

	tcase_add_test(tc, limits_raise_nofile_goes_up_to_the_hard_limit);
	tcase_add_test(tc, limits_raise_nofile_never_goes_past_it);
	suite_add_tcase(s, tc);
	return s;
}
