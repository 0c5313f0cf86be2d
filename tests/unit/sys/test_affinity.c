/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <sched.h>

#include "sys/affinity.h"

Suite *test_affinity_suite(void);

START_TEST(affinity_of_self_has_the_cpu_it_runs_on)
{
	struct affinity a;

	ck_assert_int_eq(affinity_of_self(&a), 0);
	ck_assert(affinity_has(&a, (unsigned)sched_getcpu()));
	affinity_release(&a);
	ck_assert_ptr_null(a.set);
}
END_TEST

START_TEST(affinity_has_no_cpu_past_its_width)
{
	struct affinity a;

	ck_assert_int_eq(affinity_of_self(&a), 0);
	ck_assert(!affinity_has(&a, (unsigned)a.size * 8));
	ck_assert(!affinity_has(&a, ~0u));
	affinity_release(&a);
}
END_TEST

START_TEST(affinity_of_self_follows_a_narrower_mask)
{
	unsigned here = (unsigned)sched_getcpu();
	struct affinity a;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(here, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	ck_assert_int_eq(affinity_of_self(&a), 0);
	ck_assert_int_eq(CPU_COUNT_S(a.size, a.set), 1);
	ck_assert(affinity_has(&a, here));
	affinity_release(&a);
}
END_TEST

Suite *test_affinity_suite(void)
{
	Suite *s = suite_create("affinity");
	TCase *tc = tcase_create("self");

	tcase_add_test(tc, affinity_of_self_has_the_cpu_it_runs_on);
	tcase_add_test(tc, affinity_has_no_cpu_past_its_width);
	tcase_add_test(tc, affinity_of_self_follows_a_narrower_mask);
	suite_add_tcase(s, tc);
	return s;
}
