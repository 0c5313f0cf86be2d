/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tools/hd-bench/track.h"

Suite *test_track_suite(void);

static struct track t;

static void set_up(void)
{
	memset(&t, 0, sizeof(t));
}

static void arrive(uint64_t first, uint64_t until)
{
	for (uint64_t seq = first; seq < until; seq++)
		ck_assert_int_eq(track_arrived(&t, seq), TRACK_IN_ORDER);
}

START_TEST(track_counts_on)
{
	arrive(0, 5000);
	ck_assert_uint_eq(t.next, 5000);
}
END_TEST

START_TEST(track_gap_is_in_order)
{
	arrive(0, 10);
	ck_assert_int_eq(track_arrived(&t, 20), TRACK_IN_ORDER);
	ck_assert_uint_eq(t.next, 21);
}
END_TEST

START_TEST(track_late_packet_is_reordered_once)
{
	arrive(0, 10);
	ck_assert_int_eq(track_arrived(&t, 11), TRACK_IN_ORDER);
	ck_assert_int_eq(track_arrived(&t, 10), TRACK_REORDERED);
	ck_assert_int_eq(track_arrived(&t, 10), TRACK_DUPLICATE);
	ck_assert_int_eq(track_arrived(&t, 12), TRACK_IN_ORDER);
}
END_TEST

START_TEST(track_same_packet_is_duplicate)
{
	arrive(0, 3000);
	ck_assert_int_eq(track_arrived(&t, 2999), TRACK_DUPLICATE);
	ck_assert_int_eq(track_arrived(&t, 3000 - TRACK_WINDOW), TRACK_DUPLICATE);
}
END_TEST

START_TEST(track_before_the_window_is_stale)
{
	arrive(0, 3000);
	ck_assert_int_eq(track_arrived(&t, 3000 - TRACK_WINDOW - 1), TRACK_STALE);
	ck_assert_int_eq(track_arrived(&t, 0), TRACK_STALE);
}
END_TEST

START_TEST(track_gap_forgets_what_stood_in_its_place)
{
	/* Sequence numbers a window apart share a bit. */
	arrive(0, TRACK_WINDOW);
	ck_assert_int_eq(track_arrived(&t, TRACK_WINDOW + 5), TRACK_IN_ORDER);
	ck_assert_int_eq(track_arrived(&t, TRACK_WINDOW + 3), TRACK_REORDERED);
	ck_assert_int_eq(track_arrived(&t, 20 * TRACK_WINDOW), TRACK_IN_ORDER);
	ck_assert_int_eq(track_arrived(&t, 20 * TRACK_WINDOW - 1), TRACK_REORDERED);
	ck_assert_int_eq(track_arrived(&t, 20 * TRACK_WINDOW - TRACK_WINDOW + 1), TRACK_REORDERED);
}
END_TEST

START_TEST(track_run_is_as_many_in_order)
{
	struct track one_by_one;

	arrive(0, 100);
	one_by_one = t;
	for (uint64_t seq = 100; seq < 100 + 2 * TRACK_WINDOW; seq++)
		ck_assert_int_eq(track_arrived(&one_by_one, seq), TRACK_IN_ORDER);
	track_run(&t, 2 * TRACK_WINDOW);
	ck_assert_mem_eq(&t, &one_by_one, sizeof(t));
	ck_assert_int_eq(track_arrived(&t, 99 + 2 * TRACK_WINDOW), TRACK_DUPLICATE);
}
END_TEST

START_TEST(track_run_leaves_a_gap_before_it)
{
	arrive(0, 10);
	ck_assert_int_eq(track_arrived(&t, 20), TRACK_IN_ORDER);
	track_run(&t, 5);
	ck_assert_uint_eq(t.next, 26);
	ck_assert_int_eq(track_arrived(&t, 15), TRACK_REORDERED);
	ck_assert_int_eq(track_arrived(&t, 21), TRACK_DUPLICATE);
}
END_TEST

Suite *test_track_suite(void)
{
	Suite *s = suite_create("track");
	TCase *c = tcase_create("track");

	tcase_add_checked_fixture(c, set_up, NULL);
	tcase_add_test(c, track_counts_on);
	tcase_add_test(c, track_gap_is_in_order);
	tcase_add_test(c, track_late_packet_is_reordered_once);
	tcase_add_test(c, track_same_packet_is_duplicate);
	tcase_add_test(c, track_before_the_window_is_stale);
	tcase_add_test(c, track_gap_forgets_what_stood_in_its_place);
	tcase_add_test(c, track_run_is_as_many_in_order);
	tcase_add_test(c, track_run_leaves_a_gap_before_it);
	suite_add_tcase(s, c);
	return s;
}
