/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "stats/stats.h"

Suite *test_stats_suite(void);

START_TEST(registry_blocks_are_zeroed_aligned_and_named)
{
	struct stats_registry *r = stats_registry_new();

	for (unsigned i = 0; i < 300; i++) {
		struct stats *s = stats_registry_add(r, "worker %u", i);

		ck_assert_ptr_nonnull(s);
		ck_assert_uint_eq((uintptr_t)s % HD_CACHE_LINE, 0);
		ck_assert_uint_eq(stats_get(s, STAT_RECV_BYTES), 0);
		ck_assert_uint_eq(atomic_load(&s->login_us_sum), 0);
	}
	ck_assert_uint_eq(stats_registry_count(r), 300);
	ck_assert_str_eq(stats_registry_at(r, 0)->name, "worker 0");
	ck_assert_str_eq(stats_registry_at(r, 299)->name, "worker 299");
	stats_registry_free(r);
}
END_TEST

START_TEST(registry_long_name_is_cut)
{
	struct stats_registry *r = stats_registry_new();
	struct stats *s = stats_registry_add(r, "%s", "a name of more than twenty-three bytes");

	ck_assert_str_eq(s->name, "a name of more than twe");
	stats_registry_free(r);
}
END_TEST

START_TEST(registry_sum_adds_all_blocks_and_only_that_counter)
{
	struct stats_registry *r = stats_registry_new();
	struct stats *a = stats_registry_add(r, "worker %u", 0);
	struct stats *b = stats_registry_add(r, "worker %u", 1);

	ck_assert_uint_eq(stats_registry_sum(r, STAT_SENDS), 0);
	stats_add(a, STAT_SENDS, 5);
	stats_add(b, STAT_SENDS, 7);
	stats_add(b, STAT_RECV_BYTES, 1000);
	stats_set(a, STAT_PEERS_ACTIVE, 3);
	stats_set(a, STAT_PEERS_ACTIVE, 2);
	ck_assert_uint_eq(stats_registry_sum(r, STAT_SENDS), 12);
	ck_assert_uint_eq(stats_registry_sum(r, STAT_RECV_BYTES), 1000);
	ck_assert_uint_eq(stats_registry_sum(r, STAT_PEERS_ACTIVE), 2);
	ck_assert_uint_eq(stats_registry_sum(r, STAT_SEND_BYTES), 0);
	stats_registry_free(r);
}
END_TEST

START_TEST(registry_free_takes_null)
{
	stats_registry_free(NULL);
}
END_TEST

START_TEST(drop_counts_its_cell_and_the_total)
{
	struct stats_registry *r = stats_registry_new();
	struct stats *s = stats_registry_add(r, "worker %u", 0);

	stats_drop(s, DROP_QUEUE_HEAD, DROP_KIND_DISCO, 3);
	stats_drop(s, DROP_UNKNOWN_DEST, DROP_KIND_OTHER, 4);
	ck_assert_uint_eq(atomic_load(&s->drops[DROP_QUEUE_HEAD][DROP_KIND_DISCO]), 3);
	ck_assert_uint_eq(atomic_load(&s->drops[DROP_QUEUE_HEAD][DROP_KIND_OTHER]), 0);
	ck_assert_uint_eq(atomic_load(&s->drops[DROP_UNKNOWN_DEST][DROP_KIND_OTHER]), 4);
	ck_assert_uint_eq(stats_get(s, STAT_SEND_DROPS), 7);
	stats_registry_free(r);
}
END_TEST

START_TEST(login_time_bound_is_inclusive)
{
	struct stats_registry *r = stats_registry_new();
	struct stats *s = stats_registry_add(r, "accept %u", 0);

	for (unsigned i = 0; i < STATS_LOGIN_BUCKETS - 1; i++) {
		uint64_t bound_ns = stats_login_bucket_ms[i] * UINT64_C(1000000);

		stats_login_time(s, bound_ns);
		ck_assert_uint_eq(atomic_load(&s->login_ms[i]), i == 0 ? 1 : 2);
		stats_login_time(s, bound_ns + 1);
		ck_assert_uint_eq(atomic_load(&s->login_ms[i + 1]), 1);
	}
	stats_registry_free(r);
}
END_TEST

START_TEST(login_time_beyond_all_bounds_is_counted_last)
{
	struct stats_registry *r = stats_registry_new();
	struct stats *s = stats_registry_add(r, "accept %u", 0);

	stats_login_time(s, UINT64_C(3600) * 1000000000);
	ck_assert_uint_eq(atomic_load(&s->login_ms[STATS_LOGIN_BUCKETS - 1]), 1);
	ck_assert_uint_eq(atomic_load(&s->login_us_sum), UINT64_C(3600) * 1000000);
	stats_registry_free(r);
}
END_TEST

START_TEST(info_names_follow_their_kind)
{
	for (unsigned i = 0; i < STAT_COUNT; i++) {
		const struct stat_info *info = stat_info((enum stat_id)i);
		size_t len = strlen(info->name);
		bool total = len > 6 && strcmp(info->name + len - 6, "_total") == 0;

		ck_assert_int_eq(total, info->kind == STAT_KIND_COUNTER);
		ck_assert_uint_eq(strspn(info->name, "abcdefghijklmnopqrstuvwxyz_"), len);
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(info->name, stat_info((enum stat_id)j)->name);
	}
	ck_assert_str_eq(stat_info(STAT_SLAB_EXHAUSTS)->name, "slab_exhausts_total");
	ck_assert_int_eq(stat_info(STAT_PEERS_ACTIVE)->kind, STAT_KIND_GAUGE);
}
END_TEST

Suite *test_stats_suite(void)
{
	Suite *s = suite_create("stats");
	TCase *t = tcase_create("stats");

	tcase_add_test(t, registry_blocks_are_zeroed_aligned_and_named);
	tcase_add_test(t, registry_long_name_is_cut);
	tcase_add_test(t, registry_sum_adds_all_blocks_and_only_that_counter);
	tcase_add_test(t, registry_free_takes_null);
	tcase_add_test(t, drop_counts_its_cell_and_the_total);
	tcase_add_test(t, login_time_bound_is_inclusive);
	tcase_add_test(t, login_time_beyond_all_bounds_is_counted_last);
	tcase_add_test(t, info_names_follow_their_kind);
	suite_add_tcase(s, t);
	return s;
}
