/* SPDX-License-Identifier: MIT
 * From a packet to its destination's queue: in place, in runs, to the
 * connection that receives. */
#include <check.h>
#include <string.h>

#include "data/forward.h"
#include "data/life.h"
#include "data/tx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"

Suite *test_forward_suite(void);

static struct bench bench;
static struct key key_a, key_b, key_c, key_m, key_absent;
static struct peer *a, *b, *c, *m; /* m: mesh peer */
static uint8_t wire[4096];

static void setup(void)
{
	bench_init(&bench, 1, NULL);
	key_a = bench_key(&bench, 0, 0);
	key_b = bench_key(&bench, 0, 1);
	key_c = bench_key(&bench, 0, 2);
	key_m = bench_key(&bench, 0, 3);
	key_absent = bench_key(&bench, 0, 4);
	a = bench_join(&bench, &key_a, 0);
	b = bench_join(&bench, &key_b, 0);
	c = bench_join(&bench, &key_c, 0);
	m = bench_join(&bench, &key_m, PEER_FLAG_MESH);
	ck_assert(a && b && c && m);
}

static void teardown(void)
{
	bench_free(&bench);
}

static const uint8_t *disco(uint32_t len)
{
	static uint8_t packet[256] = { 0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac };

	ck_assert_uint_le(len, sizeof(packet));
	return packet;
}

static uint32_t slices(const struct peer *p, enum slice_lane lane)
{
	uint32_t n = 0;

	for (const struct slice *s = p->lane[lane].head; s; s = s->next)
		n++;
	return n;
}

static void expect_gone(int fd, const struct key *key, enum frame_gone_reason why)
{
	uint32_t len;
	uint8_t type;
	const uint8_t *body = bench_frame(&bench, fd, &type, &len);

	ck_assert_ptr_nonnull(body);
	ck_assert_uint_eq(type, FRAME_PEER_GONE);
	ck_assert_uint_eq(len, KEY_SIZE + 1);
	ck_assert_int_eq(memcmp(body, key->bytes, KEY_SIZE), 0);
	ck_assert_uint_eq(body[KEY_SIZE], why);
}

/* ---- runs ---- */

START_TEST(forward_makes_one_slice_of_neighbours)
{
	uint32_t len = 0;

	for (int i = 0; i < 20; i++)
		len += bench_put_send(wire + len, &key_b, "packet", 6);
	bench_receive(&bench, a, wire, len);
	ck_assert_uint_eq(slices(b, SLICE_DATA), 1);
	ck_assert_uint_eq(b->queued[SLICE_DATA], len);
	/* Not copied: it lies in the receive buffer. */
	ck_assert_uint_eq(b->lane[SLICE_DATA].head->buf->class, BUF_RECEIVE);
	bench_settle(&bench);
	for (int i = 0; i < 20; i++)
		bench_expect_packet(&bench, b->fd, &key_a, "packet", 6);
	bench_expect_nothing(&bench, b->fd);
}
END_TEST

START_TEST(forward_ends_a_run_where_the_destination_changes)
{
	uint32_t len = 0;

	len += bench_put_send(wire + len, &key_b, "1", 1);
	len += bench_put_send(wire + len, &key_b, "2", 1);
	len += bench_put_send(wire + len, &key_c, "3", 1);
	len += bench_put_send(wire + len, &key_b, "4", 1);
	bench_receive(&bench, a, wire, len);
	ck_assert_uint_eq(slices(b, SLICE_DATA), 2);
	ck_assert_uint_eq(slices(c, SLICE_DATA), 1);
	bench_settle(&bench);
	bench_expect_packet(&bench, b->fd, &key_a, "1", 1);
	bench_expect_packet(&bench, b->fd, &key_a, "2", 1);
	bench_expect_packet(&bench, b->fd, &key_a, "4", 1);
	bench_expect_packet(&bench, c->fd, &key_a, "3", 1);
}
END_TEST

START_TEST(forward_ends_a_run_where_the_kind_changes)
{
	uint32_t len = 0;

	len += bench_put_send(wire + len, &key_b, "1", 1);
	len += bench_put_send(wire + len, &key_b, disco(62), 62);
	len += bench_put_send(wire + len, &key_b, disco(61), 61); /* too short for disco */
	bench_receive(&bench, a, wire, len);
	ck_assert_uint_eq(slices(b, SLICE_DATA), 2);
	ck_assert_uint_eq(slices(b, SLICE_DISCO), 1);
	ck_assert_uint_eq(bench_stat(&bench, STAT_DISCO_PACKETS), 1);
	ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PACKETS), 3);
}
END_TEST

START_TEST(forward_ends_a_run_at_another_frame)
{
	uint32_t len = 0;

	len += bench_put_send(wire + len, &key_b, "1", 1);
	len += bench_put(wire + len, FRAME_PING, "12345678", 8);
	len += bench_put_send(wire + len, &key_b, "2", 1);
	bench_receive(&bench, a, wire, len);
	bench_settle(&bench);
	bench_expect_packet(&bench, b->fd, &key_a, "1", 1);
	bench_expect_packet(&bench, b->fd, &key_a, "2", 1);
	bench_expect_nothing(&bench, b->fd);
}
END_TEST

START_TEST(forward_to_oneself_comes_back)
{
	bench_receive(&bench, a, wire, bench_put_send(wire, &key_a, "echo", 4));
	bench_settle(&bench);
	bench_expect_packet(&bench, a->fd, &key_a, "echo", 4);
}
END_TEST

START_TEST(forward_holds_its_buffer_until_all_is_sent)
{
	uint32_t len = bench_put_send(wire, &key_b, "1", 1);

	len += bench_put_send(wire + len, &key_c, "2", 1);
	bench_receive(&bench, a, wire, len);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 1);
	bench_flush(&bench);
	bench_sent(&bench, b, bench_sending(&bench, b)->len);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 1);
	bench_sent(&bench, c, bench_sending(&bench, c)->len);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
}
END_TEST

/* ---- mesh ---- */

START_TEST(forward_from_mesh_takes_the_source_from_the_frame)
{
	uint32_t len = bench_put_forward(wire, &key_absent, &key_b, "packet", 6);

	len += bench_put_forward(wire + len, &key_c, &key_b, "", 0);
	len += bench_put_send(wire + len, &key_b, "own", 3);
	bench_receive(&bench, m, wire, len);
	bench_settle(&bench);
	bench_expect_packet(&bench, b->fd, &key_absent, "packet", 6);
	bench_expect_packet(&bench, b->fd, &key_c, "", 0);
	bench_expect_packet(&bench, b->fd, &key_m, "own", 3);
	ck_assert_uint_eq(bench_stat(&bench, STAT_FORWARDED_IN), 2);
}
END_TEST

START_TEST(forward_from_mesh_to_nobody_has_a_reason_of_its_own)
{
	bench_receive(&bench, m, wire, bench_put_forward(wire, &key_a, &key_absent, "packet", 6));
	ck_assert_uint_eq(bench_drops(&bench, DROP_UNKNOWN_DEST_ON_FWD), 1);
	ck_assert_uint_eq(bench_drops(&bench, DROP_UNKNOWN_DEST), 0);
}
END_TEST

START_TEST(forward_close_peer_closes_every_connection_of_the_key)
{
	struct peer *b2 = bench_join(&bench, &key_b, 0);
	uint32_t len = bench_put_send(wire, &key_b, "before", 6);

	len += bench_put(wire + len, FRAME_CLOSE_PEER, key_b.bytes, KEY_SIZE);
	len += bench_put_send(wire + len, &key_c, "after", 5);
	bench_receive(&bench, m, wire, len);
	ck_assert(!peer_live(b) && !peer_live(b2));
	ck_assert_uint_eq(b->close_reason, CLOSE_BY_MESH);
	ck_assert_uint_eq(b2->close_reason, CLOSE_BY_MESH);
	ck_assert_int_eq(b->last_of_key + b2->last_of_key, 1);
	bench_settle(&bench);
	bench_expect_packet(&bench, c->fd, &key_m, "after", 5);
}
END_TEST

START_TEST(forward_close_peer_of_oneself_ends_there)
{
	uint32_t len = bench_put_send(wire, &key_b, "before", 6);

	len += bench_put(wire + len, FRAME_CLOSE_PEER, key_m.bytes, KEY_SIZE);
	len += bench_put_send(wire + len, &key_b, "after", 5);
	bench_receive(&bench, m, wire, len);
	ck_assert_uint_eq(m->close_reason, CLOSE_BY_MESH);
	bench_settle(&bench);
	bench_expect_packet(&bench, b->fd, &key_m, "before", 6);
	bench_expect_nothing(&bench, b->fd);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
}
END_TEST

START_TEST(forward_close_peer_of_nobody_is_fine)
{
	bench_receive(&bench, m, wire, bench_put(wire, FRAME_CLOSE_PEER, key_absent.bytes, KEY_SIZE));
	ck_assert(peer_live(m));
}
END_TEST

/* ---- nobody there ---- */

START_TEST(forward_to_nobody_drops_and_says_nothing_of_data)
{
	uint32_t len = bench_put_send(wire, &key_absent, "1", 1);

	len += bench_put_send(wire + len, &key_absent, "2", 1);
	bench_receive(&bench, a, wire, len);
	bench_settle(&bench);
	ck_assert_uint_eq(bench_drops(&bench, DROP_UNKNOWN_DEST), 2);
	bench_expect_nothing(&bench, a->fd);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
}
END_TEST

START_TEST(forward_of_disco_to_nobody_is_answered_within_its_rate)
{
	for (int i = 0; i < 10; i++)
		bench_receive(&bench, a, wire, bench_put_send(wire, &key_absent, disco(62), 62));
	bench_settle(&bench);
	for (int i = 0; i < 3; i++)
		expect_gone(a->fd, &key_absent, FRAME_GONE_NOT_HERE);
	bench_expect_nothing(&bench, a->fd);
	bench_set_time(&bench, BENCH_START_MS + 1000);
	for (int i = 0; i < 10; i++)
		bench_receive(&bench, a, wire, bench_put_send(wire, &key_absent, disco(62), 62));
	bench_settle(&bench);
	expect_gone(a->fd, &key_absent, FRAME_GONE_NOT_HERE);
	bench_expect_nothing(&bench, a->fd);
	ck_assert_uint_eq(atomic_load(&bench.stats[0]->drops[DROP_UNKNOWN_DEST][DROP_KIND_DISCO]), 20);
	ck_assert_uint_eq(bench_stat(&bench, STAT_PEER_GONE_NOT_HERE), 4);
}
END_TEST

/* ---- who receives ---- */

static void send_to_b(const char *text)
{
	bench_receive(&bench, a, wire, bench_put_send(wire, &key_b, text, 1));
	bench_settle(&bench);
}

START_TEST(forward_finds_the_connection_that_spoke_last)
{
	struct peer *b2 = bench_join(&bench, &key_b, 0);

	send_to_b("1");
	bench_expect_packet(&bench, b2->fd, &key_a, "1", 1);
	bench_receive(&bench, b, wire, bench_put(wire, FRAME_NOTE_PREFERRED, "\1", 1));
	send_to_b("2");
	bench_expect_packet(&bench, b->fd, &key_a, "2", 1);
	bench_receive(&bench, b2, wire, bench_put(wire, FRAME_NOTE_PREFERRED, "\1", 1));
	send_to_b("3");
	bench_expect_packet(&bench, b2->fd, &key_a, "3", 1);
	life_close(bench.sh, b2, CLOSE_BY_ADMIN);
	send_to_b("4");
	bench_expect_packet(&bench, b->fd, &key_a, "4", 1);
	bench_expect_nothing(&bench, b2->fd > 0 ? b2->fd : b->fd);
}
END_TEST

START_TEST(forward_finds_who_joined_again)
{
	send_to_b("1");
	bench_expect_packet(&bench, b->fd, &key_a, "1", 1);
	life_close(bench.sh, b, CLOSE_BY_ADMIN);
	send_to_b("2");
	ck_assert_uint_eq(bench_drops(&bench, DROP_UNKNOWN_DEST), 1);
	b = bench_join(&bench, &key_b, 0);
	send_to_b("3");
	bench_expect_packet(&bench, b->fd, &key_a, "3", 1);
}
END_TEST

/* ---- who hears of the end ---- */

START_TEST(forward_notes_who_got_packets_once)
{
	for (int i = 0; i < 5; i++) {
		send_to_b("1");
		bench_receive(&bench, c, wire, bench_put_send(wire, &key_b, "2", 1));
		bench_receive(&bench, a, wire, bench_put_send(wire, &key_c, "3", 1));
	}
	ck_assert_uint_eq(bench.sh->seen.pair_index.count, 3); /* a b, c b, a c */
	bench_settle(&bench);
	for (int i = 0; i < 5; i++) {
		uint32_t len;
		uint8_t type;

		ck_assert(bench_frame(&bench, b->fd, &type, &len) && bench_frame(&bench, b->fd, &type, &len));
		ck_assert_ptr_nonnull(bench_frame(&bench, c->fd, &type, &len));
	}
	life_close(bench.sh, a, CLOSE_BY_ADMIN);
	life_key_gone(bench.sh, &key_a);
	life_key_gone(bench.sh, &key_a);
	bench_settle(&bench);
	expect_gone(b->fd, &key_a, FRAME_GONE_DISCONNECTED);
	bench_expect_nothing(&bench, b->fd);
	expect_gone(c->fd, &key_a, FRAME_GONE_DISCONNECTED);
	bench_expect_nothing(&bench, c->fd);
}
END_TEST

/* What would be the n-th client of another relay. */
static struct key key_far(uint32_t n)
{
	struct key k = { .bytes = { 0x90 } };

	memcpy(k.bytes + 4, &n, sizeof(n));
	return k;
}

/* A whole network goes at once: whoever reads hears of all of it. */
START_TEST(forward_tells_of_any_number_that_go_at_once)
{
	enum { FAR = 2000 };
	uint32_t n = 0, len;
	uint8_t type;

	for (uint32_t i = 0; i < FAR; i++) {
		struct key far = key_far(i);

		bench_receive(&bench, m, wire, bench_put_forward(wire, &far, &key_b, "x", 1));
		bench_settle(&bench);
	}
	while (bench_frame(&bench, b->fd, &type, &len))
		n++;
	ck_assert_uint_eq(n, FAR);
	for (uint32_t i = 0; i < FAR; i++) {
		struct key far = key_far(i);

		life_key_gone(bench.sh, &far);
	}
	bench_settle(&bench);
	for (uint32_t i = 0; i < FAR; i++) {
		struct key far = key_far(i);

		expect_gone(b->fd, &far, FRAME_GONE_DISCONNECTED);
	}
	bench_expect_nothing(&bench, b->fd);
}
END_TEST

/* The sender's memory of what it noted must not outlive the notice. */
START_TEST(forward_notes_anew_what_was_told)
{
	for (int round = 0; round < 3; round++) {
		send_to_b("1");
		bench_expect_packet(&bench, b->fd, &key_a, "1", 1);
		life_key_gone(bench.sh, &key_a); /* it is back before control says it went */
		bench_settle(&bench);
		expect_gone(b->fd, &key_a, FRAME_GONE_DISCONNECTED);
	}
}
END_TEST

START_TEST(forward_notes_the_source_of_a_forwarded_packet)
{
	bench_receive(&bench, m, wire, bench_put_forward(wire, &key_absent, &key_b, "1", 1));
	bench_receive(&bench, m, wire, bench_put_send(wire, &key_b, "2", 1));
	bench_receive(&bench, m, wire, bench_put_forward(wire, &key_c, &key_b, "3", 1));
	bench_settle(&bench);
	bench_expect_packet(&bench, b->fd, &key_absent, "1", 1);
	bench_expect_packet(&bench, b->fd, &key_m, "2", 1);
	bench_expect_packet(&bench, b->fd, &key_c, "3", 1);
	life_key_gone(bench.sh, &key_absent);
	life_key_gone(bench.sh, &key_m);
	bench_settle(&bench);
	expect_gone(b->fd, &key_absent, FRAME_GONE_DISCONNECTED);
	expect_gone(b->fd, &key_m, FRAME_GONE_DISCONNECTED);
	bench_expect_nothing(&bench, b->fd);
}
END_TEST

START_TEST(forward_forgets_who_left)
{
	send_to_b("1");
	life_close(bench.sh, b, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(bench.sh->seen.pair_index.count, 0);
	life_key_gone(bench.sh, &key_a);
	ck_assert_uint_eq(bench_stat(&bench, STAT_PEER_GONE_DISCONNECTED), 0);
}
END_TEST

Suite *test_forward_suite(void)
{
	Suite *s = suite_create("forward");
	TCase *tc = tcase_create("forward");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, forward_makes_one_slice_of_neighbours);
	tcase_add_test(tc, forward_ends_a_run_where_the_destination_changes);
	tcase_add_test(tc, forward_ends_a_run_where_the_kind_changes);
	tcase_add_test(tc, forward_ends_a_run_at_another_frame);
	tcase_add_test(tc, forward_to_oneself_comes_back);
	tcase_add_test(tc, forward_holds_its_buffer_until_all_is_sent);
	tcase_add_test(tc, forward_from_mesh_takes_the_source_from_the_frame);
	tcase_add_test(tc, forward_from_mesh_to_nobody_has_a_reason_of_its_own);
	tcase_add_test(tc, forward_close_peer_closes_every_connection_of_the_key);
	tcase_add_test(tc, forward_close_peer_of_oneself_ends_there);
	tcase_add_test(tc, forward_close_peer_of_nobody_is_fine);
	tcase_add_test(tc, forward_to_nobody_drops_and_says_nothing_of_data);
	tcase_add_test(tc, forward_of_disco_to_nobody_is_answered_within_its_rate);
	tcase_add_test(tc, forward_finds_the_connection_that_spoke_last);
	tcase_add_test(tc, forward_finds_who_joined_again);
	tcase_add_test(tc, forward_notes_who_got_packets_once);
	tcase_add_test(tc, forward_tells_of_any_number_that_go_at_once);
	tcase_add_test(tc, forward_notes_anew_what_was_told);
	tcase_add_test(tc, forward_notes_the_source_of_a_forwarded_packet);
	tcase_add_test(tc, forward_forgets_who_left);
	suite_add_tcase(s, tc);
	return s;
}
