/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tools/hd-bench/due.h"

#define COUNT 1000

Suite *test_due_suite(void);

static struct due d;

static void set_up(void)
{
	ck_assert_int_eq(due_init(&d, COUNT), 0);
}

static void tear_down(void)
{
	due_release(&d);
}

START_TEST(due_pop_gives_the_earliest_first)
{
	static uint64_t times[COUNT];
	uint64_t last = 0;

	for (uint64_t i = 0; i < COUNT; i++) {
		times[i] = i * 7919 % COUNT + 1;
		due_push(&d, times[i], &times[i]);
	}
	for (int i = 0; i < COUNT; i++) {
		uint64_t next = due_next(&d), *who = due_pop(&d, COUNT);

		ck_assert_ptr_nonnull(who);
		ck_assert_uint_eq(*who, next);
		ck_assert_uint_ge(next, last);
		last = next;
	}
	ck_assert_ptr_null(due_pop(&d, UINT64_MAX));
}
END_TEST

START_TEST(due_pop_waits_for_the_time)
{
	int who;

	due_push(&d, 100, &who);
	ck_assert_ptr_null(due_pop(&d, 99));
	ck_assert_ptr_eq(due_pop(&d, 100), &who);
	ck_assert_uint_eq(due_next(&d), UINT64_MAX);
}
END_TEST

Suite *test_due_suite(void)
{
	Suite *s = suite_create("due");
	TCase *t = tcase_create("due");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, due_pop_gives_the_earliest_first);
	tcase_add_test(t, due_pop_waits_for_the_time);
	suite_add_tcase(s, t);
	return s;
}
