/* SPDX-License-Identifier: MIT
 * Each test runs in a process of its own: what one pins stays its own. */
#include <check.h>
#include <sched.h>
#include <sys/prctl.h>

#include "sys/cpu.h"
#include "sys/quota.h"
#include "util/error.h"

Suite *test_cpu_suite(void);

START_TEST(cpu_bounded_cores_rounds_a_quota_down)
{
	ck_assert_uint_eq(cpu_bounded_cores(8, 2500), 2);
	ck_assert_uint_eq(cpu_bounded_cores(8, 3000), 3);
	ck_assert_uint_eq(cpu_bounded_cores(8, 2999), 2);
}
END_TEST

START_TEST(cpu_bounded_cores_is_never_below_one)
{
	ck_assert_uint_eq(cpu_bounded_cores(8, 500), 1);
	ck_assert_uint_eq(cpu_bounded_cores(8, 0), 1);
	ck_assert_uint_eq(cpu_bounded_cores(0, QUOTA_NONE), 1);
}
END_TEST

START_TEST(cpu_bounded_cores_ignores_a_wider_quota)
{
	ck_assert_uint_eq(cpu_bounded_cores(8, 16000), 8);
	ck_assert_uint_eq(cpu_bounded_cores(8, QUOTA_NONE), 8);
}
END_TEST

START_TEST(cpu_usable_cores_of_a_pinned_thread_is_one)
{
	ck_assert_uint_ge(cpu_usable_cores(), 1);
	ck_assert_int_eq(cpu_pin_self((unsigned)sched_getcpu()), 0);
	ck_assert_uint_eq(cpu_usable_cores(), 1);
}
END_TEST

START_TEST(cpu_pin_self_leaves_one_usable_cpu)
{
	unsigned here = (unsigned)sched_getcpu();
	cpu_set_t set;

	ck_assert(cpu_usable(here));
	ck_assert_int_eq(cpu_pin_self(here), 0);
	ck_assert(cpu_usable(here));
	ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
	ck_assert_int_eq(CPU_COUNT(&set), 1);
	ck_assert(CPU_ISSET(here, &set));
}
END_TEST

START_TEST(cpu_pin_self_refuses_a_cpu_that_is_not_there)
{
	ck_assert(!cpu_usable(65000));
	ck_assert_int_eq(cpu_pin_self(65000), ERROR_IO);
	ck_assert_int_eq(cpu_pin_self(~0u), ERROR_IO);
	ck_assert(cpu_usable((unsigned)sched_getcpu()));
}
END_TEST

START_TEST(cpu_name_self_cuts_at_15_bytes)
{
	char name[16];

	cpu_name_self("worker 7");
	ck_assert_int_eq(prctl(PR_GET_NAME, name), 0);
	ck_assert_str_eq(name, "worker 7");
	cpu_name_self("a name of more than fifteen bytes");
	ck_assert_int_eq(prctl(PR_GET_NAME, name), 0);
	ck_assert_str_eq(name, "a name of more ");
}
END_TEST

Suite *test_cpu_suite(void)
{
	Suite *s = suite_create("cpu");
	TCase *tc = tcase_create("bound");

	tcase_add_test(tc, cpu_bounded_cores_rounds_a_quota_down);
	tcase_add_test(tc, cpu_bounded_cores_is_never_below_one);
	tcase_add_test(tc, cpu_bounded_cores_ignores_a_wider_quota);
	suite_add_tcase(s, tc);
	tc = tcase_create("self");
	tcase_add_test(tc, cpu_usable_cores_of_a_pinned_thread_is_one);
	tcase_add_test(tc, cpu_pin_self_leaves_one_usable_cpu);
	tcase_add_test(tc, cpu_pin_self_refuses_a_cpu_that_is_not_there);
	tcase_add_test(tc, cpu_name_self_cuts_at_15_bytes);
	suite_add_tcase(s, tc);
	return s;
}
