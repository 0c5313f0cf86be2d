/* SPDX-License-Identifier: MIT
 * Whatever part of a send the socket takes, the client gets whole frames, each
 * once, in order. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/life.h"
#include "data/policy.h"
#include "data/tell.h"
#include "data/tx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"
#include "util/be.h"

Suite *test_tx_suite(void);

static struct bench bench;
static struct key key_a, key_b, key_c;
static struct peer *a, *b, *c; /* b receives */
static uint8_t wire[65536];

static void setup_with(const struct shard_settings *s)
{
	bench_init(&bench, 1, s);
	key_a = bench_key(&bench, 0, 0);
	key_b = bench_key(&bench, 0, 1);
	key_c = bench_key(&bench, 0, 2);
	a = bench_join(&bench, &key_a, 0);
	b = bench_join(&bench, &key_b, 0);
	c = bench_join(&bench, &key_c, 0);
	ck_assert(a && b && c);
}

static void setup(void)
{
	setup_with(NULL);
}

static void teardown(void)
{
	bench_free(&bench);
}

/* ---- numbered packets ---- */

static uint32_t last_sent[3][2], last_got[3][2]; /* by sender and lane (1: disco) */

static void forget_numbers(void)
{
	memset(last_sent, 0, sizeof(last_sent));
	memset(last_got, 0, sizeof(last_got));
}

static uint32_t sender_of(const struct key *k)
{
	return key_equal(k, &key_a) ? 0 : key_equal(k, &key_b) ? 1 : 2;
}

/* A frame to b with the sender's next number. */
static uint32_t put_numbered(uint8_t *out, const struct peer *from, uint32_t size, bool disco)
{
	static const uint8_t magic[] = { 0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac };
	uint8_t packet[1500] = { 0 };

	if (disco) {
		memcpy(packet, magic, sizeof(magic));
		size = size < 70 ? 70 : size;
	}
	be_store32(packet + 8, ++last_sent[sender_of(&from->key)][disco]);
	return bench_put_send(out, &key_b, packet, size);
}

static void send_numbered(struct peer *from, uint32_t count, uint32_t size, bool disco)
{
	uint32_t len = 0;

	while (count-- > 0)
		len += put_numbered(wire + len, from, size, disco);
	bench_receive(&bench, from, wire, len);
}

/* Reads all that b got: numbers rise; returns how many packets. */
static uint32_t read_numbered(uint32_t *control)
{
	uint32_t n = 0, len;
	const uint8_t *body;
	uint8_t type;

	*control = 0;
	while ((body = bench_frame(&bench, b->fd, &type, &len)) != NULL) {
		const uint8_t *packet = body + KEY_SIZE;
		struct key from;
		uint32_t number;
		bool disco;

		if (type != FRAME_RECV_PACKET) {
			ck_assert_uint_eq(type, FRAME_PONG);
			(*control)++;
			continue;
		}
		memcpy(from.bytes, body, KEY_SIZE);
		disco = frame_is_disco(packet, len - KEY_SIZE);
		number = be_load32(packet + 8);
		ck_assert_uint_gt(number, last_got[sender_of(&from)][disco]);
		ck_assert_uint_le(number, last_sent[sender_of(&from)][disco]);
		last_got[sender_of(&from)][disco] = number;
		n++;
	}
	return n;
}

/* Eight packets in six slices of three lanes, and two pongs; returns the bytes. */
static size_t queue_mixture(void)
{
	size_t total = 0;

	send_numbered(a, 2, 20, false);
	send_numbered(c, 1, 31, false);
	send_numbered(a, 1, 70, true);
	bench_receive(&bench, b, wire, bench_put(wire, FRAME_PING, "12345678", 8));
	send_numbered(b, 1, 12, false);
	bench_receive(&bench, b, wire, bench_put(wire, FRAME_PING, "12345678", 8));
	send_numbered(a, 3, 15, false);
	for (int lane = 0; lane < SLICE_LANES; lane++)
		total += b->queued[lane];
	return total;
}

/* ---- short sends ---- */

START_TEST(tx_short_send_at_every_byte_loses_nothing)
{
	size_t total = queue_mixture();
	uint32_t control;

	bench_settle(&bench);
	ck_assert_uint_eq(read_numbered(&control), 8);
	for (size_t cut = 0; cut <= total; cut++) {
		uint64_t packets = bench_stat(&bench, STAT_SEND_PACKETS);

		ck_assert_uint_eq(queue_mixture(), total);
		bench_flush(&bench);
		ck_assert_uint_eq(bench_sending(&bench, b)->len, total);
		bench_sent(&bench, b, cut);
		/* The rest waits in memory of its own. */
		ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
		ck_assert_int_eq(b->blocked, cut < total);
		bench_settle(&bench);
		ck_assert(!b->blocked && tx_idle(b));
		ck_assert_uint_eq(read_numbered(&control), 8);
		ck_assert_uint_eq(control, 2);
		ck_assert_uint_eq(bench_stat(&bench, STAT_SEND_PACKETS), packets + 8);
	}
	ck_assert_uint_eq(bench_stat(&bench, STAT_SEND_DROPS), 0);
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

START_TEST(tx_short_sends_of_every_size_lose_nothing)
{
	size_t total = queue_mixture();
	uint32_t control;

	bench_settle(&bench);
	(void)read_numbered(&control);
	for (size_t piece = 1; piece <= total; piece++) {
		ck_assert_uint_eq(queue_mixture(), total);
		for (;;) {
			struct fake_ring_op *op;

			bench_flush(&bench);
			op = bench_sending(&bench, b);
			if (!op)
				break;
			bench_sent(&bench, b, op->len < piece ? op->len : piece);
		}
		ck_assert_uint_eq(read_numbered(&control), 8);
		ck_assert_uint_eq(control, 2);
	}
	ck_assert_uint_eq(bench_stat(&bench, STAT_SEND_DROPS), 0);
}
END_TEST

/* New bytes arrive between the pieces, and are gathered behind the rest. */
START_TEST(tx_short_sends_with_more_coming_lose_nothing)
{
	uint32_t got = 0, control;

	for (uint32_t piece = 1; piece < 90; piece++) {
		uint32_t sent = 0;

		for (int i = 0; i < 30; i++) {
			if (i < 20) {
				send_numbered(i % 2 ? a : c, 1, 12 + piece % 7, i % 5 == 0);
				sent++;
			}
			bench_flush(&bench);
			if (bench_sending(&bench, b))
				bench_sent(&bench, b, bench_sending(&bench, b)->len < piece ?
							      bench_sending(&bench, b)->len : piece);
		}
		bench_settle(&bench);
		got = read_numbered(&control);
		ck_assert_uint_eq(got, sent);
	}
	ck_assert_uint_eq(bench_stat(&bench, STAT_SEND_DROPS), 0);
}
END_TEST

START_TEST(tx_nothing_taken_waits_for_room)
{
	uint32_t control;

	send_numbered(a, 2, 20, false);
	bench_flush(&bench);
	ck_assert(!bench_sending(&bench, b)->wait);
	bench_send_fails(&bench, b, EAGAIN);
	ck_assert(b->blocked);
	bench_flush(&bench);
	ck_assert(bench_sending(&bench, b)->wait);
	bench_settle(&bench);
	ck_assert(!b->blocked);
	ck_assert_uint_eq(read_numbered(&control), 2);
	/* Direct again. */
	send_numbered(a, 1, 20, false);
	bench_flush(&bench);
	ck_assert(!bench_sending(&bench, b)->wait);
}
END_TEST

START_TEST(tx_one_send_at_a_time_and_the_rest_in_the_next)
{
	uint32_t control;
	size_t first;

	send_numbered(a, 2, 20, false);
	bench_flush(&bench);
	first = bench_sending(&bench, b)->len;
	send_numbered(c, 3, 20, false);
	send_numbered(a, 3, 20, false);
	bench_flush(&bench); /* the ring asserts that there is no second one */
	ck_assert_uint_eq(bench_sending(&bench, b)->len, first);
	bench_sent(&bench, b, first);
	bench_flush(&bench);
	ck_assert_uint_eq(bench_sending(&bench, b)->count, 2);
	bench_settle(&bench);
	ck_assert_uint_eq(read_numbered(&control), 8);
}
END_TEST

START_TEST(tx_gathers_no_more_than_the_ring_takes)
{
	uint32_t control;

	/* Alternating lanes: every frame a slice of its own. */
	for (int round = 0; round < 2; round++) {
		uint32_t len = 0;

		for (int i = 0; i < 35; i++) {
			len += put_numbered(wire + len, a, 12, false);
			len += bench_put_send(wire + len, &key_c, "x", 1);
		}
		bench_receive(&bench, a, wire, len);
	}
	bench_flush(&bench);
	ck_assert_uint_eq(bench_sending(&bench, b)->count, RING_GATHER_MAX);
	bench_settle(&bench);
	ck_assert_uint_eq(read_numbered(&control), 70);
}
END_TEST

START_TEST(tx_control_goes_before_disco_before_data)
{
	static const uint8_t order[] = { FRAME_PONG, FRAME_RECV_PACKET, FRAME_RECV_PACKET };
	const uint8_t *body;
	uint32_t len;
	uint8_t type;

	send_numbered(a, 1, 20, false);
	send_numbered(a, 1, 80, true);
	bench_receive(&bench, b, wire, bench_put(wire, FRAME_PING, "12345678", 8));
	bench_settle(&bench);
	for (int i = 0; i < 3; i++) {
		body = bench_frame(&bench, b->fd, &type, &len);
		ck_assert_ptr_nonnull(body);
		ck_assert_uint_eq(type, order[i]);
		if (i > 0)
			ck_assert_int_eq(frame_is_disco(body + KEY_SIZE, len - KEY_SIZE), i == 1);
	}
}
END_TEST

/* ---- ends ---- */

START_TEST(tx_failed_send_closes_and_counts)
{
	send_numbered(a, 2, 20, false);
	bench_flush(&bench);
	send_numbered(c, 3, 20, false);
	bench_send_fails(&bench, b, ECONNRESET);
	ck_assert(!peer_live(b));
	ck_assert_uint_eq(b->close_reason, CLOSE_RESET);
	ck_assert_uint_eq(bench_drops(&bench, DROP_WRITE_ERROR), 2);
	ck_assert_uint_eq(bench_drops(&bench, DROP_GONE_DISCONNECTED), 3);
	ck_assert_uint_eq(atomic_load(&bench.stats[0]->send_errors[CLOSE_RESET]), 1);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
}
END_TEST

START_TEST(tx_send_in_flight_outlives_the_close)
{
	int fd = b->fd;

	send_numbered(a, 2, 20, false);
	bench_flush(&bench);
	send_numbered(a, 1, 20, false);
	life_close(bench.sh, b, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(bench_drops(&bench, DROP_GONE_DISCONNECTED), 1);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 1); /* the kernel still reads it */
	ck_assert(bench_sending(&bench, b)->cancelled);
	bench_receive_ends(&bench, b, 0);
	ck_assert_uint_eq(bench.sh->ring->closes[fd - FAKE_RING_FD_FIRST], 0);
	bench_sent(&bench, b, 10);
	life_reap(bench.sh, b);
	ck_assert_uint_eq(bench.sh->ring->closes[fd - FAKE_RING_FD_FIRST], 1);
	ck_assert_uint_eq(bench_drops(&bench, DROP_GONE_DISCONNECTED), 3);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
}
END_TEST

/* ---- time ---- */

static void block_b(void)
{
	send_numbered(a, 2, 20, false);
	bench_flush(&bench);
	bench_sent(&bench, b, 3);
	bench_flush(&bench);
}

START_TEST(tx_closes_who_takes_nothing_in_time)
{
	ck_assert_int_eq(tx_wait_ms(bench.sh), -1);
	block_b();
	ck_assert_int_eq(tx_wait_ms(bench.sh), 2000);
	bench_set_time(&bench, BENCH_START_MS + 1999);
	tx_check_timeouts(bench.sh);
	ck_assert(peer_live(b));
	ck_assert_int_eq(tx_wait_ms(bench.sh), 1);
	bench_set_time(&bench, BENCH_START_MS + 2000);
	tx_check_timeouts(bench.sh);
	ck_assert_uint_eq(b->close_reason, CLOSE_WRITE_TIMEOUT);
	ck_assert_int_eq(tx_wait_ms(bench.sh), -1);
}
END_TEST

/* The shard stood still, and has not seen yet what the peer took meanwhile. */
START_TEST(tx_time_without_a_look_closes_nobody)
{
	block_b();
	bench_set_time(&bench, BENCH_START_MS + 60000);
	bench.sh->looked_ms = BENCH_START_MS + 1999;
	tx_check_timeouts(bench.sh);
	ck_assert(peer_live(b));
	ck_assert_int_eq(tx_wait_ms(bench.sh), 0); /* it looks at once */
	bench.sh->looked_ms = BENCH_START_MS + 2000;
	tx_check_timeouts(bench.sh);
	ck_assert_uint_eq(b->close_reason, CLOSE_WRITE_TIMEOUT);
}
END_TEST

START_TEST(tx_progress_puts_the_end_off)
{
	block_b();
	bench_set_time(&bench, BENCH_START_MS + 1500);
	bench_sent(&bench, b, 1);
	bench_flush(&bench);
	bench_set_time(&bench, BENCH_START_MS + 3499);
	tx_check_timeouts(bench.sh);
	ck_assert(peer_live(b));
	bench_send_fails(&bench, b, EAGAIN); /* no progress */
	bench_set_time(&bench, BENCH_START_MS + 3500);
	tx_check_timeouts(bench.sh);
	ck_assert(!peer_live(b));
}
END_TEST

START_TEST(tx_mesh_peers_have_longer)
{
	struct key key_m = bench_key(&bench, 0, 3);
	struct peer *m = bench_join(&bench, &key_m, PEER_FLAG_MESH);

	bench_receive(&bench, a, wire, bench_put_send(wire, &key_m, "x", 1));
	bench_flush(&bench);
	bench_send_fails(&bench, m, EAGAIN);
	bench_set_time(&bench, BENCH_START_MS + 29999);
	tx_check_timeouts(bench.sh);
	ck_assert(peer_live(m));
	bench_set_time(&bench, BENCH_START_MS + 30000);
	tx_check_timeouts(bench.sh);
	ck_assert_uint_eq(m->close_reason, CLOSE_WRITE_TIMEOUT);
}
END_TEST

START_TEST(tx_wait_ms_is_the_soonest_of_all)
{
	struct key key_m = bench_key(&bench, 0, 3);
	struct peer *m = bench_join(&bench, &key_m, PEER_FLAG_MESH);

	bench_receive(&bench, a, wire, bench_put_send(wire, &key_m, "x", 1));
	bench_flush(&bench);
	bench_send_fails(&bench, m, EAGAIN);
	ck_assert_int_eq(tx_wait_ms(bench.sh), 30000);
	block_b();
	ck_assert_int_eq(tx_wait_ms(bench.sh), 2000);
	bench_set_time(&bench, BENCH_START_MS + 5000);
	ck_assert_int_eq(tx_wait_ms(bench.sh), 0);
}
END_TEST

/* ---- what control sends ---- */

START_TEST(tx_push_control_stops_at_its_bound)
{
	uint8_t frame[FRAME_PONG_SIZE];
	uint32_t n = 0;

	frame_put_pong(frame, (const uint8_t *)"12345678");
	bench_flush(&bench);
	while (tx_push_control(bench.sh, b, frame, sizeof(frame)))
		ck_assert_uint_lt(n++, 10000);
	ck_assert_uint_eq(n, POLICY_CONTROL_BYTES / FRAME_PONG_SIZE);
	ck_assert_uint_le(b->queued[SLICE_CONTROL], POLICY_CONTROL_BYTES);
	/* They lie close together. */
	ck_assert_uint_le(buf_block_bytes(&bench.sh->bufs), 2 * POLICY_CONTROL_BYTES);
	bench_settle(&bench);
	ck_assert(tx_push_control(bench.sh, b, frame, sizeof(frame)));
}
END_TEST

static uint8_t *make_block(uint32_t frames, uint32_t *len)
{
	uint8_t *block = malloc((size_t)frames * FRAME_PEER_GONE_SIZE);

	ck_assert_ptr_nonnull(block);
	*len = 0;
	for (uint32_t i = 0; i < frames; i++) {
		struct key k = { .bytes = { (uint8_t)i } };

		*len += (uint32_t)frame_put_peer_gone(block + *len, &k, FRAME_GONE_DISCONNECTED);
	}
	return block;
}

/* A watcher with much to read still gets its pongs and notices. */
START_TEST(tx_push_control_does_not_count_a_block_against_its_bound)
{
	uint8_t frame[FRAME_PONG_SIZE];
	uint32_t len, n = 0;
	uint8_t *block = make_block(1000, &len);

	ck_assert_uint_gt(len, POLICY_CONTROL_BYTES);
	frame_put_pong(frame, (const uint8_t *)"12345678");
	bench_flush(&bench);
	tx_push_block(bench.sh, b, block, len);
	while (tx_push_control(bench.sh, b, frame, sizeof(frame)))
		ck_assert_uint_lt(n++, 10000);
	ck_assert_uint_eq(n, POLICY_CONTROL_BYTES / FRAME_PONG_SIZE);
}
END_TEST

static void expect_block(uint32_t frames)
{
	uint32_t len;
	uint8_t type;

	for (uint32_t i = 0; i < frames; i++) {
		const uint8_t *body = bench_frame(&bench, b->fd, &type, &len);

		ck_assert_ptr_nonnull(body);
		ck_assert_uint_eq(type, FRAME_PEER_GONE);
		ck_assert_uint_eq(body[0], i);
	}
	ck_assert_ptr_null(bench_frame(&bench, b->fd, &type, &len));
}

START_TEST(tx_push_block_cut_at_every_byte_arrives_whole)
{
	uint32_t len;
	uint8_t *block = make_block(5, &len);

	free(block);
	for (uint32_t cut = 0; cut <= len; cut++) {
		block = make_block(5, &len);
		b->tell = 0;
		tx_push_block(bench.sh, b, block, len);
		bench_flush(&bench);
		bench_sent(&bench, b, cut);
		ck_assert_uint_eq(b->tell & PEER_TELL_BLOCK_DONE, cut == len ? PEER_TELL_BLOCK_DONE : 0);
		bench_settle(&bench);
		expect_block(5);
		ck_assert(b->tell & PEER_TELL_BLOCK_DONE);
	}
}
END_TEST

/* Nothing comes between two halves of a frame, however urgent. */
START_TEST(tx_torn_block_is_finished_first)
{
	uint32_t len, type_len;
	uint8_t *block = make_block(3, &len);
	uint8_t type;

	tx_push_block(bench.sh, b, block, len);
	bench_flush(&bench);
	bench_sent(&bench, b, 7);
	bench_receive(&bench, b, wire, bench_put(wire, FRAME_PING, "12345678", 8));
	send_numbered(a, 1, 20, false);
	for (;;) {
		bench_flush(&bench);
		if (!bench_sending(&bench, b))
			break;
		bench_sent(&bench, b, 1);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_nonnull(bench_frame(&bench, b->fd, &type, &type_len));
		ck_assert_uint_eq(type, FRAME_PEER_GONE);
	}
	ck_assert_ptr_nonnull(bench_frame(&bench, b->fd, &type, &type_len));
	ck_assert_uint_eq(type, FRAME_PONG);
	ck_assert_ptr_nonnull(bench_frame(&bench, b->fd, &type, &type_len));
	ck_assert_uint_eq(type, FRAME_RECV_PACKET);
}
END_TEST

START_TEST(tx_push_block_is_freed_when_the_peer_closes)
{
	uint32_t len;
	uint8_t *block = make_block(2, &len);

	tx_push_block(bench.sh, b, block, len);
	bench_flush(&bench);
	block = make_block(2, &len);
	tx_push_block(bench.sh, b, block, len);
	life_close(bench.sh, b, CLOSE_BY_ADMIN); /* a leak is the sanitizer's to find */
	ck_assert(b->tell & PEER_TELL_BLOCK_DONE);
}
END_TEST

Suite *test_tx_suite(void)
{
	Suite *s = suite_create("tx");
	TCase *tc = tcase_create("tx");

	tcase_add_checked_fixture(tc, forget_numbers, NULL);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, tx_short_send_at_every_byte_loses_nothing);
	tcase_add_test(tc, tx_short_sends_of_every_size_lose_nothing);
	tcase_add_test(tc, tx_short_sends_with_more_coming_lose_nothing);
	tcase_add_test(tc, tx_nothing_taken_waits_for_room);
	tcase_add_test(tc, tx_one_send_at_a_time_and_the_rest_in_the_next);
	tcase_add_test(tc, tx_gathers_no_more_than_the_ring_takes);
	tcase_add_test(tc, tx_control_goes_before_disco_before_data);
	tcase_add_test(tc, tx_failed_send_closes_and_counts);
	tcase_add_test(tc, tx_send_in_flight_outlives_the_close);
	tcase_add_test(tc, tx_closes_who_takes_nothing_in_time);
	tcase_add_test(tc, tx_time_without_a_look_closes_nobody);
	tcase_add_test(tc, tx_progress_puts_the_end_off);
	tcase_add_test(tc, tx_mesh_peers_have_longer);
	tcase_add_test(tc, tx_wait_ms_is_the_soonest_of_all);
	tcase_add_test(tc, tx_push_control_stops_at_its_bound);
	tcase_add_test(tc, tx_push_control_does_not_count_a_block_against_its_bound);
	tcase_add_test(tc, tx_push_block_cut_at_every_byte_arrives_whole);
	tcase_add_test(tc, tx_torn_block_is_finished_first);
	tcase_add_test(tc, tx_push_block_is_freed_when_the_peer_closes);
	suite_add_tcase(s, tc);
	return s;
}
