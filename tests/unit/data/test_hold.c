/* SPDX-License-Identifier: MIT
 * What is kept for a destination that does not read: bounded in bytes and in
 * age, the oldest dropped first, whole frames only. */
#include <check.h>
#include <errno.h>

#include "data/buf.h"
#include "data/hold.h"
#include "data/life.h"
#include "data/policy.h"
#include "data/tx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"

Suite *test_hold_suite(void);

static struct bench bench;
static struct key key_a, key_b;
static struct peer *a, *b; /* a sends, b does not read */
static uint32_t sent;

static void setup_with(const struct shard_settings *s)
{
	bench_init(&bench, 1, s);
	bench_join_two(&bench, 0, &key_a, &a, &key_b, &b);
	sent = 0;
}

static void setup(void)
{
	setup_with(NULL);
}

static void teardown(void)
{
	bench_free(&bench);
}

static void setup_again(const struct shard_settings *s)
{
	teardown();
	setup_with(s);
}

/* A packet with the next number. */
static void send_one(uint32_t size, bool disco)
{
	bench_send_numbered(&bench, a, &key_b, ++sent, size, disco);
}

/* b's socket is full from now on; one packet is in flight. */
static void block(void)
{
	send_one(100, false);
	bench_send_fails(&bench, b, EAGAIN);
	bench_flush(&bench);
	ck_assert(b->blocked && bench_sending(&bench, b));
}

/* b reads all; returns the count, the first number that was not in flight, and the last. */
static uint32_t read_all(uint32_t *first, uint32_t *last)
{
	struct bench_numbers got = bench_read_numbered(&bench, b->fd);

	*first = got.second;
	*last = got.last;
	return got.count;
}

START_TEST(hold_drops_the_oldest_beyond_the_bytes)
{
	uint32_t limit = bench_settings().send_queue_bytes, first, last, n;

	block();
	for (int i = 0; i < 200; i++) {
		send_one(1000, false);
		ck_assert_uint_le(b->queued[SLICE_DATA], limit);
	}
	n = read_all(&first, &last);
	ck_assert_uint_eq(last, 201);
	ck_assert_uint_eq(n - 1, limit / (FRAME_HEADER_SIZE + KEY_SIZE + 1000));
	ck_assert_uint_eq(first, 201 - (n - 1) + 1);
	ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_HEAD), 201 - n);
}
END_TEST

/* Bounds of bytes under which there are always more packets than count alone. */
START_TEST(hold_cuts_between_frames_for_every_bound)
{
	for (uint32_t limit = 6000; limit < 6600; limit += 7) {
		struct shard_settings s = bench_settings();
		uint32_t first, last;

		s.send_queue_bytes = limit;
		setup_again(&s);
		block();
		for (uint32_t i = 0; i < 90; i++)
			send_one(12 + i % 30 * 5, false);
		ck_assert_uint_le(b->queued[SLICE_DATA], limit);
		ck_assert_uint_gt(b->queued[SLICE_DATA], limit - 200);
		ck_assert_uint_eq(read_all(&first, &last) + bench_drops(&bench, DROP_QUEUE_HEAD), 91);
		ck_assert_uint_eq(last, 91);
	}
}
END_TEST

/* When others have the memory in which more packets could wait. */
START_TEST(hold_keeps_one_frame_however_large)
{
	struct shard_settings s = bench_settings();
	uint32_t first, last;

	s.send_queue_bytes = 200;
	s.held_bytes_max = 30000;
	setup_again(&s);
	block();
	send_one(1000, false);
	ck_assert_uint_gt(b->queued[SLICE_DATA], 200);
	send_one(1100, false);
	ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_HEAD), 1);
	ck_assert_uint_eq(read_all(&first, &last), 2);
	ck_assert_uint_eq(last, 3);
}
END_TEST

START_TEST(hold_drops_what_is_too_old)
{
	uint32_t first, last;

	block();
	for (int i = 0; i < 10; i++) {
		send_one(100, false);
		bench_set_time(&bench, bench.sh->now_ms + 200);
	}
	/* Numbers 2 to 11 at 0, 200, ... 1,800 ms; now it is 2,000. */
	bench_sent(&bench, b, 1);
	ck_assert_uint_eq(read_all(&first, &last), 6);
	ck_assert_uint_eq(first, 7);
	ck_assert_uint_eq(last, 11);
	ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_AGE), 5);
}
END_TEST

START_TEST(hold_without_bound_on_age_drops_nothing_for_it)
{
	struct shard_settings s = bench_settings();
	uint32_t first, last;

	s.send_queue_ms = 0;
	setup_again(&s);
	block();
	send_one(100, false);
	bench_set_time(&bench, bench.sh->now_ms + 1000000);
	send_one(100, false);
	ck_assert_uint_eq(read_all(&first, &last), 3);
	ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_AGE), 0);
}
END_TEST

START_TEST(hold_gives_disco_a_lane_of_its_own)
{
	uint32_t limit = policy_lane_limit(bench_settings().send_queue_bytes, true);
	uint32_t disco = 0, len;
	const uint8_t *body;
	uint8_t type;

	block();
	for (int i = 0; i < 100; i++) {
		send_one(1000, false);
		send_one(200, true);
		ck_assert_uint_le(b->queued[SLICE_DISCO], limit);
	}
	ck_assert_uint_ge(b->queued[SLICE_DISCO], limit - 300);
	bench_settle(&bench);
	(void)bench_frame(&bench, b->fd, &type, &len); /* was in flight */
	for (bool data = false; (body = bench_frame(&bench, b->fd, &type, &len)) != NULL;) {
		bool is_disco = frame_is_disco(body + KEY_SIZE, len - KEY_SIZE);

		ck_assert(!is_disco || !data); /* all disco first */
		data |= !is_disco;
		disco += is_disco;
	}
	ck_assert_uint_eq(disco, limit / (FRAME_HEADER_SIZE + KEY_SIZE + 200));
	ck_assert_uint_eq(atomic_load(&bench.stats[0]->drops[DROP_QUEUE_HEAD][DROP_KIND_DISCO]), 100 - disco);
}
END_TEST

START_TEST(hold_lets_receive_buffers_go_at_once)
{
	block();
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
	for (int i = 0; i < 20; i++) {
		send_one(1000, false);
		ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
	}
}
END_TEST

/* What arrived while a direct send was under way points into receive buffers
 * until the send turns out short. */
START_TEST(hold_all_copies_what_waited_behind_a_short_send)
{
	for (int i = 0; i < 6; i++)
		send_one(100, i % 2);
	ck_assert_uint_gt(bench.sh->bufs.receive_out, 1);
	bench_sent(&bench, b, 50);
	ck_assert(b->blocked);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
	bench_settle(&bench);
	ck_assert_uint_eq(bench_stat(&bench, STAT_SEND_PACKETS), 6);
}
END_TEST

START_TEST(hold_without_memory_drops_and_counts)
{
	struct shard_settings s = bench_settings();
	uint32_t first, last, n;

	s.held_bytes_max = 40000;
	s.send_queue_bytes = 1 << 20;
	setup_again(&s);
	block();
	for (int i = 0; i < 100; i++) {
		send_one(1000, false);
		ck_assert_uint_le(buf_block_bytes(&bench.sh->bufs), 40000);
	}
	ck_assert(peer_live(b) && peer_live(a));
	ck_assert_uint_gt(bench_stat(&bench, STAT_SLAB_EXHAUSTS), 0);
	n = read_all(&first, &last);
	ck_assert_uint_eq(n + bench_drops(&bench, DROP_NO_BUFFER), 101);
	ck_assert_uint_gt(n, 10);
}
END_TEST

/* Small packets that trickle in must not each pin a large block. */
START_TEST(hold_takes_few_times_the_bytes_it_holds)
{
	static const uint32_t gaps_ms[] = { 0, 1, 21, 126, 400 };

	for (size_t g = 0; g < HD_ARRAY_LEN(gaps_ms); g++) {
		setup_again(NULL);
		block();
		for (int i = 0; i < 200; i++) {
			send_one(40 + (uint32_t)i % 90, false);
			bench_set_time(&bench, bench.sh->now_ms + gaps_ms[g]);
			/* Besides what is in flight. */
			ck_assert_uint_le(buf_block_bytes(&bench.sh->bufs), 1024 + 8 * b->queued[SLICE_DATA]);
		}
	}
}
END_TEST

START_TEST(hold_memory_comes_back)
{
	block();
	for (int i = 0; i < 50; i++)
		send_one(1000, i % 3 == 0);
	ck_assert_uint_gt(buf_block_bytes(&bench.sh->bufs), 0);
	bench_settle(&bench);
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
	block();
	send_one(1000, false);
	life_close(bench.sh, b, CLOSE_BY_ADMIN);
	bench_send_fails(&bench, b, ECANCELED);
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

Suite *test_hold_suite(void)
{
	Suite *s = suite_create("hold");
	TCase *tc = tcase_create("hold");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, hold_drops_the_oldest_beyond_the_bytes);
	tcase_add_test(tc, hold_cuts_between_frames_for_every_bound);
	tcase_add_test(tc, hold_keeps_one_frame_however_large);
	tcase_add_test(tc, hold_drops_what_is_too_old);
	tcase_add_test(tc, hold_without_bound_on_age_drops_nothing_for_it);
	tcase_add_test(tc, hold_gives_disco_a_lane_of_its_own);
	tcase_add_test(tc, hold_lets_receive_buffers_go_at_once);
	tcase_add_test(tc, hold_all_copies_what_waited_behind_a_short_send);
	tcase_add_test(tc, hold_without_memory_drops_and_counts);
	tcase_add_test(tc, hold_takes_few_times_the_bytes_it_holds);
	tcase_add_test(tc, hold_memory_comes_back);
	suite_add_tcase(s, tc);
	return s;
}
