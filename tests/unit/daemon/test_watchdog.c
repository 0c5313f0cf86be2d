/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <poll.h>
#include <stdatomic.h>

#include "daemon/watchdog.h"

Suite *test_watchdog_suite(void);

static struct stats stats[2];
static struct waker wakers[2];
static struct watchdog *dog;

static void set_up(void)
{
	dog = watchdog_new(2);
	ck_assert_ptr_nonnull(dog);
	for (int i = 0; i < 2; i++) {
		stats[i] = (struct stats){ .name = "worker" };
		ck_assert_int_eq(waker_init(&wakers[i]), 0);
		watchdog_watch(dog, &stats[i], STAT_LOOPS, &wakers[i]);
	}
}

static void tear_down(void)
{
	watchdog_free(dog);
	for (int i = 0; i < 2; i++)
		waker_release(&wakers[i]);
}

static bool woken(int i)
{
	struct pollfd p = { .fd = wakers[i].fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

START_TEST(watchdog_check_wakes_sleepers)
{
	waker_about_to_sleep(&wakers[1]);
	ck_assert(watchdog_check(dog));
	ck_assert(!woken(0));
	ck_assert(woken(1));
}
END_TEST

START_TEST(watchdog_check_lets_one_miss_pass)
{
	ck_assert(watchdog_check(dog));
	ck_assert(watchdog_check(dog));
}
END_TEST

START_TEST(watchdog_check_fails_while_one_thread_stands_still)
{
	ck_assert(watchdog_check(dog));
	for (int i = 0; i < 2; i++) {
		stats_add(&stats[0], STAT_LOOPS, 1);
		ck_assert_int_eq(watchdog_check(dog), i == 0);
	}
	stats_add(&stats[0], STAT_LOOPS, 1);
	ck_assert(!watchdog_check(dog));
}
END_TEST

START_TEST(watchdog_check_recovers_when_the_thread_moves_again)
{
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(watchdog_check(dog), i < 2);
	stats_add(&stats[0], STAT_LOOPS, 1);
	ck_assert(!watchdog_check(dog));
	stats_add(&stats[1], STAT_LOOPS, 1);
	ck_assert(watchdog_check(dog));
}
END_TEST

Suite *test_watchdog_suite(void)
{
	Suite *s = suite_create("watchdog");
	TCase *t = tcase_create("watchdog");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, watchdog_check_wakes_sleepers);
	tcase_add_test(t, watchdog_check_lets_one_miss_pass);
	tcase_add_test(t, watchdog_check_fails_while_one_thread_stands_still);
	tcase_add_test(t, watchdog_check_recovers_when_the_thread_moves_again);
	suite_add_tcase(s, t);
	return s;
}
