/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <time.h>

#include "util/mono.h"

Suite *test_mono_suite(void);

START_TEST(mono_now_never_goes_back_and_is_never_zero)
{
	uint64_t last = 1;

	for (int i = 0; i < 100000; i++) {
		uint64_t now = mono_now_ns();

		ck_assert(now >= last);
		last = now;
	}
}
END_TEST

START_TEST(mono_now_is_the_monotonic_clock_in_ns)
{
	struct timespec before, after;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &before);
	now = mono_now_ns();
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert(now >= (uint64_t)before.tv_sec * MONO_NS_PER_S + (uint64_t)before.tv_nsec);
	ck_assert(now <= (uint64_t)after.tv_sec * MONO_NS_PER_S + (uint64_t)after.tv_nsec);
}
END_TEST

Suite *test_mono_suite(void)
{
	Suite *s = suite_create("mono");
	TCase *tc = tcase_create("mono");

	tcase_add_test(tc, mono_now_never_goes_back_and_is_never_zero);
	tcase_add_test(tc, mono_now_is_the_monotonic_clock_in_ns);
	suite_add_tcase(s, tc);
	return s;
}
