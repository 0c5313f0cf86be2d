/* SPDX-License-Identifier: MIT
 * A few packets wait for a destination however many bytes they are, as long as
 * nobody lacks the memory. */
#include <check.h>
#include <errno.h>

#include "data/hold.h"
#include "data/policy.h"
#include "data/tx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"
#include "tests/unit/data/prng.h"

Suite *test_hold_packets_suite(void);

#define LARGEST FRAME_PACKET_MAX
#define FRAME_OF(size) (FRAME_HEADER_SIZE + KEY_SIZE + (size))
#define ENOUGH (64 * 1024 * 1024)

static struct bench bench;
static struct key key_a, key_b;
static struct peer *a, *b; /* a sends, b does not read */
static uint32_t sent;

static struct shard_settings settings_of(uint32_t queue, uint64_t held)
{
	struct shard_settings s = bench_settings();

	s.send_queue_bytes = queue;
	s.held_bytes_max = held;
	return s;
}

static void setup_with(const struct shard_settings *s)
{
	bench_init(&bench, 1, s);
	bench_join_two(&bench, 0, &key_a, &a, &key_b, &b);
	sent = 0;
}

static void setup(void)
{
	struct shard_settings s = settings_of(65536, ENOUGH);

	setup_with(&s);
}

static void teardown(void)
{
	bench_free(&bench);
}

static void setup_again(uint32_t queue, uint64_t held)
{
	struct shard_settings s = settings_of(queue, held);

	teardown();
	setup_with(&s);
}

/* A packet with the next number. */
static void send_to(const struct key *to, uint32_t size, bool disco)
{
	bench_send_numbered(&bench, a, to, ++sent, size, disco);
}

/* Its socket is full from now on; one packet is in flight. */
static void block(struct peer *p)
{
	send_to(&p->key, 100, false);
	bench_send_fails(&bench, p, EAGAIN);
	bench_flush(&bench);
	ck_assert(p->blocked && bench_sending(&bench, p));
}

static void send_many(const struct peer *p, uint32_t count, uint32_t size, bool disco)
{
	while (count-- > 0)
		send_to(&p->key, size, disco);
}

/* By their headers, and as the slices count them. */
static uint32_t packets_in(const struct slice_queue *q)
{
	uint32_t all = 0;
	uint16_t n;

	for (const struct slice *s = q->head; s; s = s->next) {
		ck_assert_uint_eq(slice_whole_frames(s->data, s->len, s->len, &n), s->len);
		ck_assert_uint_eq(n, s->frames);
		all += n;
	}
	return all;
}

/* b reads all that is left. Returns the count. */
static uint32_t read_all(uint32_t *last)
{
	struct bench_numbers got = bench_read_numbered(&bench, b->fd);

	*last = got.last;
	return got.count;
}

/* 31, 32 and 33, after one in flight. */
static void expect_32_kept(bool disco)
{
	enum slice_lane lane = disco ? SLICE_DISCO : SLICE_DATA;

	for (uint32_t count = POLICY_LANE_PACKETS - 1; count <= POLICY_LANE_PACKETS + 1; count++) {
		uint32_t kept = count > POLICY_LANE_PACKETS ? POLICY_LANE_PACKETS : count, last;

		setup_again(65536, ENOUGH);
		block(b);
		send_many(b, count, LARGEST, disco);
		ck_assert_uint_eq(packets_in(&b->lane[lane]), kept);
		ck_assert_uint_eq(b->queued[lane], kept * FRAME_OF(LARGEST));
		ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_HEAD), count - kept);
		ck_assert_uint_eq(read_all(&last), 1 + kept);
		ck_assert_uint_eq(last, 1 + count);
	}
}

START_TEST(hold_keeps_32_packets_however_large)
{
	expect_32_kept(false);
}
END_TEST

START_TEST(hold_keeps_32_packets_of_disco_however_large)
{
	expect_32_kept(true);
}
END_TEST

/* Count gives room, and takes none away. */
START_TEST(hold_keeps_more_than_32_packets_within_the_bytes)
{
	uint32_t last;

	block(b);
	send_many(b, 65536 / FRAME_OF(100) + 1, 100, false);
	ck_assert_uint_eq(packets_in(&b->lane[SLICE_DATA]), 65536 / FRAME_OF(100));
	ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_HEAD), 1);
	ck_assert_uint_eq(read_all(&last), 1 + 65536 / FRAME_OF(100));
}
END_TEST

START_TEST(hold_drops_few_large_packets_for_many_small_ones)
{
	uint32_t last;

	block(b);
	send_many(b, 20, LARGEST, false);
	send_many(b, 12, 1000, false);
	ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_HEAD), 0);
	for (uint32_t i = 1; i <= 20; i++) {
		send_to(&key_b, 1000, false);
		ck_assert_uint_eq(packets_in(&b->lane[SLICE_DATA]), POLICY_LANE_PACKETS);
		ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_HEAD), i);
	}
	send_many(b, 8, 1000, false); /* now their bytes count */
	ck_assert_uint_eq(packets_in(&b->lane[SLICE_DATA]), 40);
	ck_assert_uint_eq(read_all(&last), 41);
}
END_TEST

/* They grow old all the same. */
START_TEST(hold_drops_large_packets_that_are_too_old)
{
	uint32_t last;

	block(b);
	send_many(b, 10, LARGEST, false);
	bench_set_time(&bench, bench.sh->now_ms + bench.sh->settings->send_queue_ms + 1);
	send_many(b, 10, LARGEST, false);
	ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_AGE), 10);
	ck_assert_uint_eq(read_all(&last), 11);
}
END_TEST

/* What waited behind a short send of one who was not blocked yet. */
START_TEST(hold_all_keeps_32_packets)
{
	uint32_t last;

	send_to(&key_b, 100, false);
	ck_assert(!b->blocked && bench_sending(&bench, b));
	send_many(b, 2, LARGEST, false); /* as many as the receive buffers allow, and blocks */
	bench_sent(&bench, b, 50);
	ck_assert(b->blocked);
	send_many(b, 31, LARGEST, false);
	ck_assert_uint_eq(packets_in(&b->lane[SLICE_DATA]), POLICY_LANE_PACKETS);
	ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_HEAD), 1);
	ck_assert_uint_eq(read_all(&last), 1 + POLICY_LANE_PACKETS);
}
END_TEST

static uint32_t some_size(struct prng *r)
{
	static const uint32_t of[] = { 12, 90, 400, 1400, 9000, 20000, LARGEST };

	return 12 + prng_below(r, of[prng_below(r, HD_ARRAY_LEN(of))] - 11);
}

/* What holds after each step, `dropped` being what the step dropped for bytes. */
static void check_bounds(uint32_t limit, uint64_t dropped)
{
	uint32_t waiting = packets_in(&b->lane[SLICE_DATA]), leaving = 0;

	for (const struct slice *s = b->inflight.head; s; s = s->next)
		leaving += s->frames;
	ck_assert(b->queued[SLICE_DATA] <= limit || waiting <= POLICY_LANE_PACKETS);
	ck_assert(dropped == 0 || waiting + leaving >= POLICY_LANE_PACKETS);
}

/* Whatever the packets' sizes and whatever the socket takes. */
START_TEST(hold_drops_for_bytes_only_beyond_32_packets)
{
	struct prng r = prng_of((uint64_t)_i);
	uint32_t limit = prng_range(&r, 1000, 400000), read, last;
	uint64_t dropped = 0, before;

	setup_again(limit, ENOUGH);
	block(b);
	for (int step = 0; step < 600; step++) {
		before = bench_drops(&bench, DROP_QUEUE_HEAD);
		if (prng_one_in(&r, 8) && bench_sending(&bench, b))
			bench_sent(&bench, b, prng_below(&r, (uint32_t)bench_sending(&bench, b)->len + 1));
		bench_flush(&bench);
		if (!b->blocked)
			block(b);
		send_to(&key_b, some_size(&r), false);
		dropped = bench_drops(&bench, DROP_QUEUE_HEAD);
		check_bounds(limit, dropped - before);
	}
	read = read_all(&last);
	ck_assert_uint_eq(last, sent);
	ck_assert_uint_eq(read + dropped, sent);
	ck_assert_uint_eq(bench_stat(&bench, STAT_SEND_DROPS), dropped);
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

/* ---- when many want memory ---- */

#define READERS 100

static uint64_t excess(struct peer *const *readers, uint32_t limit)
{
	uint64_t sum = 0;

	for (int i = 0; i < READERS; i++)
		if (readers[i]->queued[SLICE_DATA] > limit)
			sum += readers[i]->queued[SLICE_DATA] - limit;
	return sum;
}

/* READERS * 32 of the largest packets are 200 MiB. What is kept by count takes half of
 * the memory at most; who stays within his bytes loses nothing for it. */
START_TEST(hold_of_many_readers_keeps_half_for_those_within_their_bytes)
{
	const uint64_t held_max = 10 * 1024 * 1024;
	const struct buf_account *held;
	struct peer *readers[READERS];
	struct key key;

	setup_again(65536, held_max);
	held = &bench.sh->bufs.account[BUF_WAITING];
	for (uint32_t i = 0; i < READERS; i++) {
		key = bench_key(&bench, 0, 2 + i);
		readers[i] = bench_join(&bench, &key, 0);
	}
	for (int i = 0; i < READERS; i++)
		block(readers[i]);
	block(b);
	for (int round = 0; round < 40; round++) {
		for (int i = 0; i < READERS; i++) {
			send_to(&readers[i]->key, LARGEST, false);
			ck_assert_uint_le(held->bytes, held_max);
		}
		ck_assert_uint_le(excess(readers, 65536), held_max / 2);
		send_many(b, 2, 1000, false);
	}
	for (int i = 0; i < READERS; i++)
		ck_assert_uint_ge(packets_in(&readers[i]->lane[SLICE_DATA]), 1);
	ck_assert_uint_eq(packets_in(&b->lane[SLICE_DATA]), 65536 / FRAME_OF(1000));
	ck_assert_uint_eq(bench_drops(&bench, DROP_NO_BUFFER), 0);
	ck_assert_uint_eq(bench_stat(&bench, STAT_SLAB_EXHAUSTS), 0);
}
END_TEST

/* Others want memory after it was given. */
START_TEST(hold_gives_back_what_is_kept_by_count_when_it_is_sent_next)
{
	static struct buf *others[256];
	uint32_t limit = 3 * FRAME_OF(LARGEST);
	int n = 0;

	setup_again(limit, 128 * LARGEST);
	block(b);
	send_many(b, POLICY_LANE_PACKETS, LARGEST, false);
	while ((others[n] = buf_get(&bench.sh->bufs, LARGEST, BUF_WAITING)) != NULL)
		n++;
	ck_assert_uint_eq(packets_in(&b->lane[SLICE_DATA]), POLICY_LANE_PACKETS);
	bench_sent(&bench, b, bench_sending(&bench, b)->len);
	bench_flush(&bench);
	/* Three are kept, of which one leaves. */
	ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_HEAD), POLICY_LANE_PACKETS - 3);
	ck_assert_uint_eq(packets_in(&b->lane[SLICE_DATA]), 2);
	while (n > 0)
		buf_unref(&bench.sh->bufs, others[--n]);
	send_many(b, POLICY_LANE_PACKETS, LARGEST, false);
	ck_assert_uint_eq(packets_in(&b->lane[SLICE_DATA]), POLICY_LANE_PACKETS);
}
END_TEST

Suite *test_hold_packets_suite(void)
{
	Suite *s = suite_create("hold_packets");
	TCase *tc = tcase_create("hold_packets");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, hold_keeps_32_packets_however_large);
	tcase_add_test(tc, hold_keeps_32_packets_of_disco_however_large);
	tcase_add_test(tc, hold_keeps_more_than_32_packets_within_the_bytes);
	tcase_add_test(tc, hold_drops_few_large_packets_for_many_small_ones);
	tcase_add_test(tc, hold_drops_large_packets_that_are_too_old);
	tcase_add_test(tc, hold_all_keeps_32_packets);
	tcase_add_loop_test(tc, hold_drops_for_bytes_only_beyond_32_packets, 0, 30);
	tcase_add_test(tc, hold_of_many_readers_keeps_half_for_those_within_their_bytes);
	tcase_add_test(tc, hold_gives_back_what_is_kept_by_count_when_it_is_sent_next);
	suite_add_tcase(s, tc);
	return s;
}
