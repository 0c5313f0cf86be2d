/* SPDX-License-Identifier: MIT
 * Frames that come in parts: what memory they take, and who must give it up. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/begun.h"
#include "data/life.h"
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

/* The next RecvPacket, which must be from that key; its packet and length. */
static const uint8_t *recv_packet(int fd, const struct key *from, uint32_t *len)
{
	uint8_t type;
	uint32_t body_len;
	const uint8_t *body = bench_frame(&bench, fd, &type, &body_len);

	while (body && type != FRAME_RECV_PACKET)
		body = bench_frame(&bench, fd, &type, &body_len);
	ck_assert_ptr_nonnull(body);
	ck_assert_int_eq(memcmp(body, from->bytes, KEY_SIZE), 0);
	*len = body_len - KEY_SIZE;
	return body + KEY_SIZE;
}

static void expect_recv_packet(int fd, const struct key *from, const void *packet, uint32_t len)
{
	uint32_t got;
	const uint8_t *data = recv_packet(fd, from, &got);

	ck_assert_uint_eq(got, len);
	ck_assert_int_eq(memcmp(data, packet, len), 0);
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

/* The reserve has room for so many large frames in part. */
static void setup_reserve(uint32_t frames)
{
	struct shard_settings s = bench_settings();

	teardown();
	s.reserve_bytes_max = frames * (uint64_t)(BUF_LARGE_SIZE + 1000);
	setup_with(&s);
}

/* p begins a frame that takes a large block, and does not end it. */
static uint32_t begin_large(struct peer *p)
{
	uint32_t len = bench_put_send(wire, &key_b, wire + 70000, 16000);

	for (uint32_t at = 0; at < len - 1 && peer_live(p); at += 4000)
		bench_receive(&bench, p, wire + at, len - 1 - at < 4000 ? len - 1 - at : 4000);
	return len;
}

/* p sends a frame in two parts, the way an honest client's arrives. */
static void send_in_two(struct peer *p)
{
	uint32_t len = bench_put_send(wire, &key_b, wire + 70000, 6000);

	bench_receive(&bench, p, wire, 3000);
	ck_assert(peer_live(p));
	bench_receive(&bench, p, wire + 3000, len - 3000);
	bench_settle(&bench);
	expect_recv_packet(b->fd, &p->key, wire + 70000, 6000);
}

START_TEST(begun_who_began_first_makes_room_for_who_comes_next)
{
	setup_reserve(1);
	begin_large(a);
	ck_assert(peer_live(a));
	send_in_two(b);
	ck_assert_uint_eq(a->close_reason, CLOSE_STALLED);
}
END_TEST

START_TEST(begun_beyond_all_memory_is_closed_itself)
{
	setup_reserve(1);
	bench_receive(&bench, b, wire, bench_put_send(wire, &key_a, wire + 70000, 100) - 1);
	(void)bench_put_send(wire, &key_b, wire + 70000, 40000);
	receive_in(wire, 40000, 4000);
	ck_assert_uint_eq(a->close_reason, CLOSE_NO_MEMORY);
	ck_assert_uint_eq(b->close_reason, CLOSE_STALLED);
}
END_TEST

/* Nobody else loses a connection to clients that hold all memory for beginnings
 * and end each frame in time to begin another. */
START_TEST(begun_clients_that_keep_beginning_put_nobody_out)
{
	struct peer *greedy[4], *honest;
	struct key key;
	uint32_t len;

	setup_reserve(HD_ARRAY_LEN(greedy));
	for (uint32_t i = 0; i < HD_ARRAY_LEN(greedy); i++) {
		key = bench_key(&bench, 0, 2 + i);
		greedy[i] = bench_join(&bench, &key, 0);
		begin_large(greedy[i]);
	}
	key = bench_key(&bench, 0, 2 + HD_ARRAY_LEN(greedy));
	honest = bench_join(&bench, &key, 0);
	for (uint32_t i = 0; i < 20; i++) {
		struct peer *g = greedy[i % HD_ARRAY_LEN(greedy)];

		bench_set_time(&bench, bench.sh->now_ms + 100);
		send_in_two(honest);
		if (!peer_live(g))
			continue;
		bench_receive(&bench, g, wire, 1); /* whatever it is, it ends the frame */
		bench_settle(&bench);
		(void)recv_packet(b->fd, &g->key, &len);
		begin_large(g);
	}
	ck_assert(peer_live(honest));
}
END_TEST

/* A client that pipelined its first frames behind its login comes next, too. */
START_TEST(begun_who_stalled_makes_room_for_a_login)
{
	struct handover h = { .key = key_b, .conn_id = 99, .leftover_len = 6000 };

	setup_reserve(1);
	begin_large(a);
	h.fd = bench.fd_next++;
	h.server_info_len = (uint8_t)bench_put(h.server_info, FRAME_SERVER_INFO, "info", 4);
	h.leftover = calloc(1, h.leftover_len);
	ck_assert_ptr_nonnull(h.leftover);
	bench_put_send(h.leftover, &key_b, wire + 70000, 5000);
	life_join(bench.sh, &h);
	ck_assert_uint_eq(a->close_reason, CLOSE_STALLED);
	bench_settle(&bench);
	ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PACKETS), 1);
}
END_TEST

START_TEST(begun_who_stalled_alone_is_left_in_peace)
{
	begin_large(a);
	bench_set_time(&bench, bench.sh->now_ms + 3600 * 1000);
	bench_receive(&bench, b, wire, 3000);
	ck_assert(peer_live(a) && peer_live(b));
}
END_TEST

/* A new frame is a new beginning, though its sender was never between two. */
START_TEST(begun_who_sends_without_a_pause_has_not_stalled)
{
	struct key key_c = { 0 };
	struct peer *c;
	uint32_t len;

	setup_reserve(2);
	key_c = bench_key(&bench, 0, 2);
	c = bench_join(&bench, &key_c, 0);
	len = begin_large(a);
	begin_large(b);
	bench_receive(&bench, a, wire + len - 1, 1);
	bench_settle(&bench);
	begin_large(a);
	begin_large(c);
	ck_assert(peer_live(a) && peer_live(c));
	ck_assert_uint_eq(b->close_reason, CLOSE_STALLED);
}
END_TEST

Suite *test_begun_suite(void)
{
	Suite *s = suite_create("begun");
	TCase *tc = tcase_create("begun");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, begun_takes_a_frame_in_parts_while_slow_readers_hold_all_they_may);
	tcase_add_test(tc, begun_frame_that_came_in_parts_waits_in_other_memory);
	tcase_add_test(tc, begun_who_began_first_makes_room_for_who_comes_next);
	tcase_add_test(tc, begun_beyond_all_memory_is_closed_itself);
	tcase_add_test(tc, begun_clients_that_keep_beginning_put_nobody_out);
	tcase_add_test(tc, begun_who_stalled_makes_room_for_a_login);
	tcase_add_test(tc, begun_who_stalled_alone_is_left_in_peace);
	tcase_add_test(tc, begun_who_sends_without_a_pause_has_not_stalled);
	suite_add_tcase(s, tc);
	return s;
}
