/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "control/summary.h"

Suite *test_summary_suite(void);

static struct stats_registry *registry;
static struct stats *one, *two;
static struct summary summary;
static char text[512];

static void setup(void)
{
	registry = stats_registry_new();
	one = stats_registry_add(registry, "worker %u", 0);
	two = stats_registry_add(registry, "worker %u", 1);
	stats_drop(one, DROP_QUEUE_HEAD, DROP_KIND_OTHER, 1000);
	stats_add(one, STAT_SLAB_EXHAUSTS, 1000);
	stats_add(one, STAT_RECV_PAUSED, 1000);
	summary_init(&summary, registry);
	memset(text, 'x', sizeof(text));
}

static void teardown(void)
{
	stats_registry_free(registry);
}

START_TEST(nothing_new_gives_no_line)
{
	for (unsigned i = 0; i < SUMMARY_LINES; i++)
		ck_assert(!summary_take(&summary, (enum summary_line)i, 10, text, sizeof(text)));
	ck_assert_int_eq(text[0], 'x');
}
END_TEST

START_TEST(send_drop_names_reasons_that_grew)
{
	stats_drop(one, DROP_QUEUE_HEAD, DROP_KIND_OTHER, 1100);
	stats_drop(two, DROP_QUEUE_HEAD, DROP_KIND_DISCO, 100);
	stats_drop(two, DROP_QUEUE_AGE, DROP_KIND_OTHER, 34);
	ck_assert(summary_take(&summary, SUMMARY_SEND_DROP, 10, text, sizeof(text)));
	ck_assert_str_eq(text, "send_drop: 1234 packets in the last 10 s (queue_head 1200, queue_age 34)");
	ck_assert(!summary_take(&summary, SUMMARY_SEND_DROP, 10, text, sizeof(text)));
	stats_drop(two, DROP_NO_BUFFER, DROP_KIND_OTHER, 1);
	ck_assert(summary_take(&summary, SUMMARY_SEND_DROP, 10, text, sizeof(text)));
	ck_assert_str_eq(text, "send_drop: 1 packets in the last 10 s (no_buffer 1)");
}
END_TEST

START_TEST(send_drop_of_all_reasons_at_their_largest_fits)
{
	for (unsigned i = 0; i < DROP_REASON_COUNT; i++)
		stats_drop(one, (enum drop_reason)i, DROP_KIND_OTHER, UINT64_MAX / 20);
	ck_assert(summary_take(&summary, SUMMARY_SEND_DROP, 10, text, sizeof(text)));
	ck_assert_int_eq(text[strlen(text) - 1], ')');
	ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
}
END_TEST

START_TEST(slab_exhaust_tells_how_much_is_held)
{
	stats_add(two, STAT_SLAB_EXHAUSTS, 3);
	stats_set(two, STAT_HELD_BYTES, 4096);
	ck_assert(summary_take(&summary, SUMMARY_SLAB_EXHAUST, 10, text, sizeof(text)));
	ck_assert_str_eq(text, "slab_exhaust: memory for slow destinations used up 3 times in the last 10 s "
			       "(4096 bytes held now)");
	ck_assert(!summary_take(&summary, SUMMARY_SLAB_EXHAUST, 10, text, sizeof(text)));
}
END_TEST

START_TEST(recv_paused_tells_how_many_are_paused)
{
	stats_add(one, STAT_RECV_PAUSED, 5);
	stats_set(one, STAT_RECV_PAUSED_NOW, 2);
	ck_assert(summary_take(&summary, SUMMARY_RECV_PAUSED, 10, text, sizeof(text)));
	ck_assert_str_eq(text, "recv_paused: receiving paused 5 times in the last 10 s (2 clients paused now)");
	ck_assert(!summary_take(&summary, SUMMARY_RECV_PAUSED, 10, text, sizeof(text)));
}
END_TEST

Suite *test_summary_suite(void)
{
	Suite *s = suite_create("summary");
	TCase *t = tcase_create("summary");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_new_gives_no_line);
	tcase_add_test(t, send_drop_names_reasons_that_grew);
	tcase_add_test(t, send_drop_of_all_reasons_at_their_largest_fits);
	tcase_add_test(t, slab_exhaust_tells_how_much_is_held);
	tcase_add_test(t, recv_paused_tells_how_many_are_paused);
	suite_add_tcase(s, t);
	return s;
}
