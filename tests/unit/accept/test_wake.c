/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "accept/wake.h"
#include "util/mono.h"

#define SHARDS 3

Suite *test_wake_suite(void);

static struct bus bus;
static struct stats_registry *registry;
static struct stats *stats;
static struct wake wake;

static void setup(void)
{
	registry = stats_registry_new();
	ck_assert_ptr_nonnull(registry);
	stats = stats_registry_add(registry, "accept 0");
	ck_assert_ptr_nonnull(stats);
	ck_assert_int_eq(bus_init(&bus, SHARDS, 1), 0);
	ck_assert_int_eq(wake_init(&wake, &bus, stats), 0);
	for (int i = 0; i < SHARDS; i++)
		waker_about_to_sleep(&bus.shard_waker[i]);
}

static void teardown(void)
{
	wake_release(&wake);
	bus_release(&bus);
	stats_registry_free(registry);
}

static bool asleep(int shard)
{
	return atomic_load(&bus.shard_waker[shard].sleeping) != 0;
}

START_TEST(wake_soon_lets_them_sleep_on)
{
	wake_soon(&wake, 1);
	wake.since_ns += 3600 * MONO_NS_PER_S; /* however long this takes, it is too early */
	wake_late(&wake);
	ck_assert(asleep(1));
	ck_assert_uint_eq(stats_get(stats, STAT_WAKEUPS_SENT), 0);
}
END_TEST

START_TEST(wake_all_wakes_each_once_and_no_other)
{
	for (int i = 0; i < 10; i++) {
		wake_soon(&wake, 0);
		wake_soon(&wake, 2);
	}
	wake_all(&wake);
	ck_assert(!asleep(0));
	ck_assert(asleep(1));
	ck_assert(!asleep(2));
	ck_assert_uint_eq(stats_get(stats, STAT_WAKEUPS_SENT), 2);
	waker_about_to_sleep(&bus.shard_waker[0]);
	wake_all(&wake);
	ck_assert(asleep(0));
}
END_TEST

START_TEST(wake_late_wakes_who_has_waited)
{
	wake_soon(&wake, 1);
	wake.since_ns -= WAKE_DELAY_MS * MONO_NS_PER_MS;
	wake_soon(&wake, 2);
	wake_late(&wake);
	ck_assert(!asleep(1));
	ck_assert(!asleep(2));
	ck_assert(asleep(0));
}
END_TEST

Suite *test_wake_suite(void)
{
	Suite *s = suite_create("wake");
	TCase *tc = tcase_create("wake");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, wake_soon_lets_them_sleep_on);
	tcase_add_test(tc, wake_all_wakes_each_once_and_no_other);
	tcase_add_test(tc, wake_late_wakes_who_has_waited);
	suite_add_tcase(s, tc);
	return s;
}
