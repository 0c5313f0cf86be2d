/* SPDX-License-Identifier: MIT
 * Slow readers may hold all memory that packets may wait in, and even the
 * reserve: whoever reads goes on all the same, and loses packets at most. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/hold.h"
#include "data/life.h"
#include "data/tx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"

Suite *test_hold_vital_suite(void);

#define PACKET 1500
#define FRAME_LEN (FRAME_HEADER_SIZE + KEY_SIZE + PACKET)

static struct bench bench;
static struct key key_a, key_b, key_c;
static struct peer *a, *b, *c; /* a sends, b does not read, c does */
static uint8_t wire[4096], packet[PACKET];
static struct buf *rest[64]; /* small blocks, so that no room is left at all */
static int rests;

static void setup_with(uint64_t waiting, uint64_t reserve)
{
	struct shard_settings s = bench_settings();

	s.held_bytes_max = waiting;
	s.reserve_bytes_max = reserve;
	bench_init(&bench, 1, &s);
	bench_join_two(&bench, 0, &key_a, &a, &key_b, &b);
	key_c = bench_key(&bench, 0, 2);
	c = bench_join(&bench, &key_c, 0);
}

static void setup(void)
{
	setup_with(20000, 20000);
}

static void teardown(void)
{
	while (rests > 0)
		buf_unref(&bench.sh->bufs, rest[--rests]);
	bench_free(&bench);
}

static void send_to(const struct key *to)
{
	bench_receive(&bench, a, wire, bench_put_send(wire, to, packet, PACKET));
	bench_flush(&bench);
}

static void block(struct peer *p)
{
	send_to(&p->key);
	bench_send_fails(&bench, p, EAGAIN);
	bench_flush(&bench);
	ck_assert(p->blocked);
}

static void take_rest(void)
{
	while ((rest[rests] = buf_get(&bench.sh->bufs, BUF_SMALL_SIZE, BUF_WAITING)) != NULL)
		rests++;
}

/* p does not read, until nothing more may wait. */
static void fill(struct peer *p)
{
	uint64_t before = bench_stat(&bench, STAT_SLAB_EXHAUSTS);

	if (!p->blocked)
		block(p);
	for (int i = 0; bench_stat(&bench, STAT_SLAB_EXHAUSTS) == before; i++) {
		ck_assert_int_lt(i, 1000);
		send_to(&p->key);
	}
	take_rest();
}

static void expect_packet(const struct peer *p)
{
	uint8_t type;
	uint32_t len;

	ck_assert_ptr_nonnull(bench_frame(&bench, p->fd, &type, &len));
	ck_assert_uint_eq(type, FRAME_RECV_PACKET);
	ck_assert_uint_eq(len, KEY_SIZE + PACKET);
}

START_TEST(hold_vital_rest_of_a_frame_needs_no_room_among_what_waits)
{
	fill(b);
	send_to(&key_c);
	bench_sent(&bench, c, 100); /* a part of the frame */
	ck_assert(peer_live(c) && peer_live(b));
	bench_flush(&bench);
	bench_sent(&bench, c, FRAME_LEN - 100);
	expect_packet(c);
	ck_assert(tx_idle(c));
}
END_TEST

START_TEST(hold_vital_records_are_sealed_without_room_among_what_waits)
{
	c->keys = bench_record_keys(1, 2);
	block(c);
	send_to(&key_c); /* waits, not sealed yet */
	fill(b);
	bench_sent(&bench, c, bench_sending(&bench, c)->len);
	take_rest();
	bench_flush(&bench);
	ck_assert(peer_live(c) && peer_live(b));
	ck_assert_uint_gt(bench_sending(&bench, c)->len, FRAME_LEN);
}
END_TEST

/* The reserve is used up, too. */
START_TEST(hold_vital_takes_the_place_of_who_took_nothing_for_longest)
{
	struct key key_d;
	struct peer *d;

	teardown();
	setup_with(20000, 0);
	key_d = bench_key(&bench, 0, 3);
	d = bench_join(&bench, &key_d, 0);
	block(b);
	send_to(&key_b); /* waits */
	block(d);
	fill(d);
	send_to(&key_c);
	bench_sent(&bench, c, 100);
	ck_assert(peer_live(c) && peer_live(d));
	ck_assert_uint_eq(b->close_reason, CLOSE_NO_MEMORY);
}
END_TEST

/* Links between relays carry many clients: they stay. */
START_TEST(hold_vital_leaves_mesh_peers_alone)
{
	teardown();
	setup_with(20000, 0);
	b->flags |= PEER_FLAG_MESH;
	fill(b);
	send_to(&key_c);
	bench_sent(&bench, c, 100);
	ck_assert(peer_live(b));
	ck_assert_uint_eq(c->close_reason, CLOSE_NO_MEMORY);
}
END_TEST

/* Its ServerInfo needs memory. */
START_TEST(hold_vital_a_login_takes_the_place_of_who_does_not_read)
{
	struct key key_d;

	teardown();
	setup_with(20000, 0);
	fill(b);
	key_d = bench_key(&bench, 0, 3);
	ck_assert(peer_live(bench_join(&bench, &key_d, 0)));
	ck_assert_uint_eq(b->close_reason, CLOSE_NO_MEMORY);
}
END_TEST

Suite *test_hold_vital_suite(void)
{
	Suite *s = suite_create("hold_vital");
	TCase *tc = tcase_create("hold_vital");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, hold_vital_rest_of_a_frame_needs_no_room_among_what_waits);
	tcase_add_test(tc, hold_vital_records_are_sealed_without_room_among_what_waits);
	tcase_add_test(tc, hold_vital_takes_the_place_of_who_took_nothing_for_longest);
	tcase_add_test(tc, hold_vital_leaves_mesh_peers_alone);
	tcase_add_test(tc, hold_vital_a_login_takes_the_place_of_who_does_not_read);
	suite_add_tcase(s, tc);
	return s;
}
