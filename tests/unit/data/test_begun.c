/* SPDX-License-Identifier: MIT
 * Frames that come in parts: what memory they take, and who must give it up. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "data/begun.h"
#include "data/policy.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"

Suite *test_begun_suite(void);

static struct bench bench;
static struct key key_a, key_b;
static struct peer *a, *b;
static uint8_t wire[256 * 1024];

static void setup_with(const struct shard_settings *s)
{
	bench_init(&bench, 1, s);
	bench_join_two(&bench, 0, &key_a, &a, &key_b, &b);
}

static void setup(void)
{
	setup_with(NULL);
}

static void teardown(void)
{
	bench_free(&bench);
}

static void receive_in(const uint8_t *data, uint32_t len, uint32_t piece)
{
	for (uint32_t at = 0; at < len && peer_live(a); at += piece)
		bench_receive(&bench, a, data + at, len - at < piece ? len - at : piece);
}

static void expect_recv_packet(int fd, const struct key *from, const void *packet, uint32_t len)
{
	uint8_t type;
	uint32_t body_len;
	const uint8_t *body = bench_frame(&bench, fd, &type, &body_len);

	while (body && type != FRAME_RECV_PACKET)
		body = bench_frame(&bench, fd, &type, &body_len);
	ck_assert_ptr_nonnull(body);
	ck_assert_uint_eq(body_len, KEY_SIZE + len);
	ck_assert_int_eq(memcmp(body, from->bytes, KEY_SIZE), 0);
	ck_assert_int_eq(memcmp(body + KEY_SIZE, packet, len), 0);
}

/* b does not read and holds all that may be held. */
static void fill_held_memory(void)
{
	static uint8_t packet[4000];

	for (int i = 0; bench_stat(&bench, STAT_SLAB_EXHAUSTS) == 0; i++) {
		ck_assert_int_lt(i, 10000);
		bench_receive(&bench, a, wire, bench_put_send(wire, &key_b, packet, sizeof(packet)));
		bench_flush(&bench);
		if (bench_sending(&bench, b) && !b->blocked)
			bench_send_fails(&bench, b, EAGAIN);
	}
}

START_TEST(begun_takes_a_frame_in_parts_while_slow_readers_hold_all_they_may)
{
	struct shard_settings s = bench_settings();
	struct key key_c;
	struct peer *c;
	uint32_t len;

	teardown();
	s.held_bytes_max = 20000;
	setup_with(&s);
	key_c = bench_key(&bench, 0, 2);
	fill_held_memory();
	c = bench_join(&bench, &key_c, 0); /* a login needs memory, too */
	len = bench_put_send(wire, &key_c, wire + 70000, FRAME_PACKET_MAX);
	for (uint32_t at = 0; at < len; at += 4000) {
		bench_receive(&bench, a, wire + at, len - at < 4000 ? len - at : 4000);
		ck_assert(peer_live(a));
	}
	bench_flush(&bench);
	bench_sent(&bench, c, bench_sending(&bench, c)->len);
	expect_recv_packet(c->fd, &key_a, wire + 70000, FRAME_PACKET_MAX);
}
END_TEST

/* Memory of frames that arrive is not for what waits. */
START_TEST(begun_frame_that_came_in_parts_waits_in_other_memory)
{
	uint32_t len = bench_put_send(wire, &key_b, wire + 70000, 3000);

	bench_receive(&bench, a, wire, 1000);
	ck_assert_uint_gt(bench.sh->bufs.account[BUF_ARRIVING].bytes, 0);
	bench_receive(&bench, a, wire + 1000, len - 1000);
	bench_flush(&bench);
	bench_sent(&bench, b, 10);
	ck_assert(b->blocked);
	ck_assert_uint_eq(bench.sh->bufs.account[BUF_ARRIVING].bytes, 0);
	ck_assert_uint_gt(bench.sh->bufs.account[BUF_WAITING].bytes, 0);
	bench_settle(&bench);
	expect_recv_packet(b->fd, &key_a, wire + 70000, 3000);
}
END_TEST

/* a holds the whole reserve with a frame that it does not end. */
static void stall(void)
{
	struct shard_settings s = bench_settings();

	teardown();
	s.reserve_bytes_max = 20000;
	setup_with(&s);
	receive_in(wire, bench_put_send(wire, &key_b, wire + 70000, 16000) - 1, 4000);
	ck_assert(peer_live(a));
}

START_TEST(begun_who_stalled_makes_room_for_others)
{
	uint32_t len;

	stall();
	bench_set_time(&bench, bench.sh->now_ms + POLICY_STALLED_MS);
	len = bench_put_send(wire, &key_b, wire + 70000, 6000);
	bench_receive(&bench, b, wire, 3000);
	ck_assert(peer_live(b));
	ck_assert_uint_eq(a->close_reason, CLOSE_STALLED);
	bench_receive(&bench, b, wire + 3000, len - 3000);
	bench_settle(&bench);
	expect_recv_packet(b->fd, &key_b, wire + 70000, 6000);
}
END_TEST

START_TEST(begun_who_began_only_now_keeps_its_room)
{
	stall();
	bench_set_time(&bench, bench.sh->now_ms + POLICY_STALLED_MS - 1);
	(void)bench_put_send(wire, &key_b, wire + 70000, 6000);
	bench_receive(&bench, b, wire, 3000);
	ck_assert(peer_live(a));
	ck_assert_uint_eq(b->close_reason, CLOSE_NO_MEMORY);
}
END_TEST

START_TEST(begun_who_stalled_alone_is_left_in_peace)
{
	receive_in(wire, bench_put_send(wire, &key_b, wire + 70000, 16000) - 1, 4000);
	bench_set_time(&bench, bench.sh->now_ms + 100 * POLICY_STALLED_MS);
	bench_receive(&bench, b, wire, 3000);
	ck_assert(peer_live(a) && peer_live(b));
}
END_TEST

/* A new frame is a new beginning, though its sender was never between two. */
START_TEST(begun_who_sends_without_a_pause_has_not_stalled)
{
	uint32_t len;

	stall();
	len = bench_put_send(wire, &key_b, wire + 70000, 16000);
	for (int i = 0; i < 4; i++) { /* the end of one frame and most of the next */
		bench_set_time(&bench, bench.sh->now_ms + POLICY_STALLED_MS - 1);
		bench_receive(&bench, a, wire + len - 1, 1);
		bench_settle(&bench);
		receive_in(wire, len - 1, 4000);
	}
	bench_set_time(&bench, bench.sh->now_ms + POLICY_STALLED_MS - 1);
	bench_receive(&bench, b, wire, 3000);
	ck_assert(peer_live(a));
}
END_TEST

Suite *test_begun_suite(void)
{
	Suite *s = suite_create("begun");
	TCase *tc = tcase_create("begun");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, begun_takes_a_frame_in_parts_while_slow_readers_hold_all_they_may);
	tcase_add_test(tc, begun_frame_that_came_in_parts_waits_in_other_memory);
	tcase_add_test(tc, begun_who_stalled_makes_room_for_others);
	tcase_add_test(tc, begun_who_began_only_now_keeps_its_room);
	tcase_add_test(tc, begun_who_stalled_alone_is_left_in_peace);
	tcase_add_test(tc, begun_who_sends_without_a_pause_has_not_stalled);
	suite_add_tcase(s, tc);
	return s;
}
