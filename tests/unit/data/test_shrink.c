/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "data/shrink.h"
#include "tests/unit/data/bench.h"

#define PERIOD_MS 1000
#define BLOCKS 400

static struct bench bench;
static struct buf *blocks[BLOCKS];

Suite *test_shrink_suite(void);

static void setup(void)
{
	struct shard_settings s = bench_settings();

	s.held_bytes_max = 64 * 1024 * 1024;
	s.shrink_ms = PERIOD_MS;
	bench_init(&bench, 1, &s);
}

static void teardown(void)
{
	bench_free(&bench);
}

static void take(int count)
{
	for (int i = 0; i < count; i++) {
		blocks[i] = buf_get(&bench.sh->bufs, BUF_LARGE_SIZE, BUF_WAITING);
		ck_assert_ptr_nonnull(blocks[i]);
	}
}

static void give(int count)
{
	for (int i = 0; i < count; i++)
		buf_unref(&bench.sh->bufs, blocks[i]);
}

static size_t bytes(void)
{
	return bench.sh->shrink.sum.bytes;
}

static void pass_after(uint64_t ms)
{
	bench_set_time(&bench, bench.sh->now_ms + ms);
	shrink_run(bench.sh);
}

/* Passes when the shard asks for them, until it no longer does. */
static int pass_while_wanted(void)
{
	int passes = 0;
	int64_t wait_ms;

	while ((wait_ms = shrink_wait_ms(bench.sh)) >= 0) {
		ck_assert_int_lt(++passes, 1000);
		pass_after((uint64_t)wait_ms);
	}
	return passes;
}

START_TEST(shrink_gives_back_what_a_flood_took)
{
	size_t flood;

	take(BLOCKS);
	flood = bytes();
	ck_assert_uint_ge(flood, BLOCKS * (size_t)BUF_LARGE_SIZE);
	give(BLOCKS);
	ck_assert_uint_eq(bytes(), flood);
	ck_assert_int_le(pass_while_wanted(), 60);
	ck_assert_uint_eq(bytes(), bench.sh->bufs.pool[BUF_LARGE].slab_bytes);
	ck_assert_uint_eq(bench_stat(&bench, STAT_POOL_BYTES), bytes());
}
END_TEST

START_TEST(shrink_wakes_no_shard_that_has_nothing_to_give)
{
	ck_assert_int_eq(shrink_wait_ms(bench.sh), -1);
	take(BLOCKS);
	ck_assert_int_eq(shrink_wait_ms(bench.sh), -1);
	give(BLOCKS);
	ck_assert_int_ge(shrink_wait_ms(bench.sh), 0);
	(void)pass_while_wanted();
	take(1);
	give(1);
	ck_assert_int_eq(shrink_wait_ms(bench.sh), -1);
}
END_TEST

/* What is needed once in a period is neither given back nor taken anew. */
START_TEST(shrink_keeps_what_a_load_needs_now_and_then)
{
	uint64_t misses;
	size_t flood;

	take(BLOCKS);
	give(BLOCKS);
	flood = bytes();
	misses = bench_stat(&bench, STAT_FRAME_POOL_MISSES);
	for (int period = 0; period < 50; period++) {
		for (int i = 0; i < 9; i++)
			pass_after(PERIOD_MS / 10);
		take(BLOCKS);
		give(BLOCKS);
		pass_after(PERIOD_MS / 10);
	}
	ck_assert_uint_eq(bytes(), flood);
	ck_assert_uint_eq(bench_stat(&bench, STAT_FRAME_POOL_MISSES), misses);
}
END_TEST

/* What only a part of the load needs: the rest goes. */
START_TEST(shrink_gives_back_only_what_was_not_needed)
{
	size_t flood;

	take(BLOCKS);
	flood = bytes();
	give(BLOCKS);
	for (int pass = 0; pass < 500; pass++) {
		take(BLOCKS / 4);
		give(BLOCKS / 4);
		pass_after(PERIOD_MS / 10);
	}
	ck_assert_uint_lt(bytes(), flood / 3);
	ck_assert_uint_ge(bytes(), BLOCKS / 4 * (size_t)BUF_LARGE_SIZE);
}
END_TEST

START_TEST(shrink_gives_a_few_slabs_in_a_pass)
{
	size_t slab = bench.sh->bufs.pool[BUF_LARGE].slab_bytes, before;

	take(BLOCKS);
	give(BLOCKS);
	for (int pass = 0; pass < 200; pass++) {
		before = bytes();
		pass_after(pass % 2 ? 1 : PERIOD_MS);
		ck_assert_uint_le(before - bytes(), SHRINK_SLABS * slab);
	}
	ck_assert_uint_eq(bytes(), slab);
}
END_TEST

/* Slabs that are due, but wanted again before their turn. */
START_TEST(shrink_leaves_what_is_in_use_again)
{
	take(BLOCKS);
	give(BLOCKS);
	pass_after(PERIOD_MS);
	pass_after(PERIOD_MS);
	ck_assert_uint_gt(bench.sh->shrink.due[BUF_LARGE], 0);
	take(BLOCKS);
	for (int pass = 0; pass < 10; pass++)
		pass_after(PERIOD_MS);
	for (int i = 0; i < BLOCKS; i++)
		ck_assert_uint_eq(blocks[i]->refs, 1);
	ck_assert_int_eq(shrink_wait_ms(bench.sh), -1);
	give(BLOCKS);
	(void)pass_while_wanted();
}
END_TEST

Suite *test_shrink_suite(void)
{
	Suite *s = suite_create("shrink");
	TCase *tc = tcase_create("shrink");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, shrink_gives_back_what_a_flood_took);
	tcase_add_test(tc, shrink_wakes_no_shard_that_has_nothing_to_give);
	tcase_add_test(tc, shrink_keeps_what_a_load_needs_now_and_then);
	tcase_add_test(tc, shrink_gives_back_only_what_was_not_needed);
	tcase_add_test(tc, shrink_gives_a_few_slabs_in_a_pass);
	tcase_add_test(tc, shrink_leaves_what_is_in_use_again);
	suite_add_tcase(s, tc);
	return s;
}
