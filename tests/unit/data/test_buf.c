/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "data/buf.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"

Suite *test_buf_suite(void);

static struct bench bench;
static struct buf_store *store;

static void setup(void)
{
	bench_init(&bench, 1, NULL);
	store = &bench.sh->bufs;
}

static void teardown(void)
{
	bench_free(&bench);
}

START_TEST(buf_get_gives_room_for_what_was_asked)
{
	static const uint32_t sizes[] = {
		0, 1, BUF_SMALL_SIZE, BUF_SMALL_SIZE + 1, BUF_MEDIUM_SIZE, BUF_MEDIUM_SIZE + 1,
		BUF_LARGE_SIZE, BUF_LARGE_SIZE + 1, BUF_HUGE_SIZE,
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(sizes); i++) {
		struct buf *b = buf_get(store, sizes[i], BUF_WAITING);

		ck_assert_ptr_nonnull(b);
		ck_assert_uint_ge(b->size, sizes[i]);
		ck_assert_uint_eq(b->size, buf_capacity(sizes[i]));
		ck_assert_uint_eq(b->refs, 1);
		ck_assert_uint_eq(b->fill, 0);
		memset(b->data, 0xaa, b->size);
		buf_unref(store, b);
	}
	ck_assert_uint_eq(store->account[BUF_WAITING].bytes, 0);
}
END_TEST

START_TEST(buf_get_takes_the_smallest_class_that_fits)
{
	ck_assert_uint_eq(buf_capacity(BUF_SMALL_SIZE), BUF_SMALL_SIZE);
	ck_assert_uint_eq(buf_capacity(BUF_SMALL_SIZE + 1), BUF_MEDIUM_SIZE);
	ck_assert_uint_eq(buf_capacity(BUF_LARGE_SIZE + 1), BUF_HUGE_SIZE);
}
END_TEST

START_TEST(buf_huge_holds_the_largest_frame_of_a_client)
{
	ck_assert_uint_ge(BUF_HUGE_SIZE, FRAME_HEADER_SIZE + FRAME_FORWARD_BODY_MAX);
}
END_TEST

START_TEST(buf_get_aborts_beyond_the_largest_class)
{
	(void)buf_get(store, BUF_HUGE_SIZE + 1, BUF_WAITING);
}
END_TEST

START_TEST(buf_get_stays_within_the_bound)
{
	struct buf *all[64];
	uint32_t n = 0;

	for (;;) {
		struct buf *b = buf_get(store, BUF_HUGE_SIZE, BUF_WAITING);

		if (!b)
			break;
		ck_assert_uint_lt(n, HD_ARRAY_LEN(all));
		all[n++] = b;
		ck_assert_uint_le(store->account[BUF_WAITING].bytes, bench_settings().held_bytes_max);
		ck_assert_uint_eq(bench_stat(&bench, STAT_HELD_BYTES), store->account[BUF_WAITING].bytes);
	}
	ck_assert_uint_eq(n, bench_settings().held_bytes_max / (BUF_HUGE_SIZE + sizeof(struct buf)));
	ck_assert_uint_eq(bench_stat(&bench, STAT_SLAB_EXHAUSTS), 1);
	while (n > 0)
		buf_unref(store, all[--n]);
	ck_assert_uint_eq(bench_stat(&bench, STAT_HELD_BYTES), 0);
	all[0] = buf_get(store, BUF_HUGE_SIZE, BUF_WAITING);
	ck_assert_ptr_nonnull(all[0]);
	buf_unref(store, all[0]);
}
END_TEST

/* Each use has room of its own, and what leaves has a reserve besides. */
START_TEST(buf_get_keeps_uses_apart)
{
	static const struct {
		enum buf_use use;
		uint32_t blocks;
	} in_turn[] = { { BUF_WAITING, 15 }, { BUF_WAITING, 0 }, { BUF_LEAVING, 15 }, { BUF_LEAVING, 0 },
			{ BUF_ARRIVING, 15 }, { BUF_ARRIVING, 0 } };
	struct buf *all[64];
	uint32_t held = 0;

	for (size_t i = 0; i < HD_ARRAY_LEN(in_turn); i++) {
		uint32_t n = 0;

		while ((all[held] = buf_get(store, BUF_HUGE_SIZE, in_turn[i].use)) != NULL) {
			ck_assert_uint_lt(++held, HD_ARRAY_LEN(all));
			n++;
		}
		ck_assert_uint_eq(n, in_turn[i].blocks);
	}
	while (held > 0)
		buf_unref(store, all[--held]);
	ck_assert_uint_eq(buf_block_bytes(store), 0);
	/* Less is held: what leaves does not touch its reserve. */
	all[0] = buf_get(store, BUF_HUGE_SIZE, BUF_LEAVING);
	ck_assert_uint_eq(store->account[BUF_LEAVING].bytes, 0);
	buf_unref(store, all[0]);
}
END_TEST

START_TEST(buf_get_counts_hits_and_misses_of_the_pool)
{
	uint64_t hits = bench_stat(&bench, STAT_FRAME_POOL_HITS);
	uint64_t misses = bench_stat(&bench, STAT_FRAME_POOL_MISSES);

	buf_unref(store, buf_get(store, BUF_LARGE_SIZE, BUF_WAITING));
	ck_assert_uint_eq(bench_stat(&bench, STAT_FRAME_POOL_MISSES), misses + 1);
	buf_unref(store, buf_get(store, BUF_LARGE_SIZE, BUF_WAITING));
	ck_assert_uint_eq(bench_stat(&bench, STAT_FRAME_POOL_HITS), hits + 1);
	ck_assert_uint_eq(bench_stat(&bench, STAT_FRAME_POOL_MISSES), misses + 1);
}
END_TEST

START_TEST(buf_received_goes_back_to_the_ring_with_its_last_reference)
{
	struct ring *ring = bench.sh->ring;
	uint16_t id = fake_ring_lend(ring);
	struct buf *b = buf_received(store, id, true);

	ck_assert_ptr_eq(b->data, ring_buf(ring, id));
	ck_assert_uint_eq(store->receive_out, 1);
	ck_assert_ptr_eq(buf_ref(b), b);
	buf_unref(store, b);
	ck_assert(ring->lent[id]);
	buf_unref(store, b);
	ck_assert(!ring->lent[id]);
	ck_assert_uint_eq(store->receive_out, 0);
}
END_TEST

/* A buffer that the kernel fills by parts goes back when it is done and all parts are. */
START_TEST(buf_received_in_parts_stays_with_the_kernel_until_it_is_done)
{
	struct ring *ring = bench.sh->ring;
	uint16_t id = fake_ring_lend(ring);
	struct buf *first = buf_received(store, id, false);
	struct buf *last;

	ck_assert_uint_eq(store->receive_out, 0);
	buf_unref(store, first);
	ck_assert(ring->lent[id]);
	first = buf_received(store, id, false);
	last = buf_received(store, id, true);
	ck_assert_ptr_eq(first, last);
	ck_assert_uint_eq(store->receive_out, 1);
	buf_unref(store, last);
	ck_assert(ring->lent[id]);
	buf_unref(store, first);
	ck_assert(!ring->lent[id]);
	ck_assert_uint_eq(store->receive_out, 0);
}
END_TEST

START_TEST(buf_store_release_aborts_while_a_part_is_out)
{
	(void)buf_received(store, fake_ring_lend(bench.sh->ring), false);
	buf_store_release(store);
}
END_TEST

START_TEST(buf_received_aborts_for_a_buffer_that_is_out)
{
	uint16_t id = fake_ring_lend(bench.sh->ring);

	(void)buf_received(store, id, true);
	(void)buf_received(store, id, true);
}
END_TEST

START_TEST(buf_received_aborts_for_an_unknown_number)
{
	(void)buf_received(store, (uint16_t)bench_settings().buf_count, true);
}
END_TEST

START_TEST(buf_ref_aborts_when_the_count_would_wrap)
{
	struct buf *b = buf_get(store, 1, BUF_WAITING);

	b->refs = UINT16_MAX;
	(void)buf_ref(b);
}
END_TEST

/* A reference for each slice: as many as frames fit into the largest buffer. */
START_TEST(buf_references_cannot_run_out)
{
	uint32_t largest = 65536; /* buf_size */
	uint32_t smallest_run = FRAME_HEADER_SIZE + KEY_SIZE;

	ck_assert_uint_lt(2 * (largest / smallest_run) + 2, UINT16_MAX);
}
END_TEST

Suite *test_buf_suite(void)
{
	Suite *s = suite_create("buf");
	TCase *tc = tcase_create("buf");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, buf_get_gives_room_for_what_was_asked);
	tcase_add_test(tc, buf_get_takes_the_smallest_class_that_fits);
	tcase_add_test(tc, buf_huge_holds_the_largest_frame_of_a_client);
	tcase_add_test_raise_signal(tc, buf_get_aborts_beyond_the_largest_class, SIGABRT);
	tcase_add_test(tc, buf_get_stays_within_the_bound);
	tcase_add_test(tc, buf_get_keeps_uses_apart);
	tcase_add_test(tc, buf_get_counts_hits_and_misses_of_the_pool);
	tcase_add_test(tc, buf_received_goes_back_to_the_ring_with_its_last_reference);
	tcase_add_test(tc, buf_received_in_parts_stays_with_the_kernel_until_it_is_done);
	tcase_add_test_raise_signal(tc, buf_store_release_aborts_while_a_part_is_out, SIGABRT);
	tcase_add_test_raise_signal(tc, buf_received_aborts_for_a_buffer_that_is_out, SIGABRT);
	tcase_add_test_raise_signal(tc, buf_received_aborts_for_an_unknown_number, SIGABRT);
	tcase_add_test_raise_signal(tc, buf_ref_aborts_when_the_count_would_wrap, SIGABRT);
	tcase_add_test(tc, buf_references_cannot_run_out);
	suite_add_tcase(s, tc);
	return s;
}
