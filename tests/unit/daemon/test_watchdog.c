/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "daemon/watchdog.h"

Suite *test_watchdog_suite(void);

static uint64_t passes[2];
static unsigned beats[2];
static struct watchdog *dog;

static uint64_t beat(void *ctx, uint16_t thread)
{
	ck_assert_ptr_eq(ctx, passes);
	beats[thread]++;
	return passes[thread];
}

static void set_up(void)
{
	dog = watchdog_new(2);
	ck_assert_ptr_nonnull(dog);
	watchdog_watch(dog, "worker", 0, beat, passes);
	watchdog_watch(dog, "worker", 1, beat, passes);
}

static void tear_down(void)
{
	watchdog_free(dog);
}

START_TEST(watchdog_check_beats_every_thread)
{
	ck_assert(watchdog_check(dog));
	ck_assert_uint_eq(beats[0], 1);
	ck_assert_uint_eq(beats[1], 1);
}
END_TEST

START_TEST(watchdog_check_lets_one_miss_pass)
{
	ck_assert(watchdog_check(dog));
	ck_assert(watchdog_check(dog));
	ck_assert(!watchdog_check(dog));
}
END_TEST

START_TEST(watchdog_check_fails_while_one_thread_stands_still)
{
	ck_assert(watchdog_check(dog));
	for (int i = 0; i < 4; i++) {
		passes[0]++;
		ck_assert_int_eq(watchdog_check(dog), i == 0);
	}
}
END_TEST

START_TEST(watchdog_check_recovers_when_the_thread_moves_again)
{
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(watchdog_check(dog), i < 2);
	passes[0]++;
	ck_assert(!watchdog_check(dog));
	passes[1]++;
	ck_assert(watchdog_check(dog));
}
END_TEST

Suite *test_watchdog_suite(void)
{
	Suite *s = suite_create("watchdog");
	TCase *t = tcase_create("watchdog");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, watchdog_check_beats_every_thread);
	tcase_add_test(t, watchdog_check_lets_one_miss_pass);
	tcase_add_test(t, watchdog_check_fails_while_one_thread_stands_still);
	tcase_add_test(t, watchdog_check_recovers_when_the_thread_moves_again);
	suite_add_tcase(s, t);
	return s;
}
