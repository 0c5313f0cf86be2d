/* SPDX-License-Identifier: MIT
 * A peer's beginning and its three steps to the end. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/life.h"
#include "data/tell.h"
#include "data/tx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"

Suite *test_life_suite(void);

static struct bench bench;
static struct key key_a, key_b;
static uint8_t wire[BUF_HUGE_SIZE];

static void setup(void)
{
	bench_init(&bench, 1, NULL);
	key_a = bench_key(&bench, 0, 0);
	key_b = bench_key(&bench, 0, 1);
}

static void teardown(void)
{
	bench_free(&bench);
}

static struct peer *join(const struct key *key)
{
	struct peer *p = bench_join(&bench, key, 0);

	ck_assert_ptr_nonnull(p);
	return p;
}

static uint32_t closes(int fd)
{
	return bench.sh->ring->closes[fd - FAKE_RING_FD_FIRST];
}

/* ---- joining ---- */

static struct peer *peer_of_fd(int fd)
{
	for (uint32_t i = 0; i < peer_table_slots(&bench.sh->peers); i++)
		if (peer_at(&bench.sh->peers, i)->fd == fd)
			return peer_at(&bench.sh->peers, i);
	return NULL;
}

/* b joins with the bytes as leftover. */
static struct peer *join_with(const uint8_t *bytes, uint32_t len)
{
	struct handover h = { .key = key_b, .conn_id = 99, .fd = bench.fd_next++, .leftover_len = len };

	h.server_info_len = (uint8_t)bench_put(h.server_info, FRAME_SERVER_INFO, "info", 4);
	h.leftover = malloc(len);
	ck_assert_ptr_nonnull(h.leftover);
	memcpy(h.leftover, bytes, len);
	life_join(bench.sh, &h);
	return peer_of_fd(h.fd);
}

START_TEST(life_join_makes_known_and_greets_first)
{
	struct handover h = { .key = key_a, .conn_id = 7, .fd = bench.fd_next++, .flags = PEER_FLAG_PROBER };
	struct peer *p;
	uint32_t len;
	uint8_t type;

	h.addr.port = 4321;
	h.server_info_len = (uint8_t)bench_put(h.server_info, FRAME_SERVER_INFO, "info", 4);
	life_join(bench.sh, &h);
	p = route_find(&bench.sh->routes, hash_bytes(&bench.plane->hash_key, key_a.bytes, KEY_SIZE), &key_a);
	ck_assert_ptr_nonnull(p);
	ck_assert(p->active && p->fd == h.fd && p->conn_id == 7 && p->addr.port == 4321);
	ck_assert(p->tell & PEER_TELL_JOINED);
	ck_assert(timer_armed(&p->keepalive));
	ck_assert_ptr_nonnull(fake_ring_find(bench.sh->ring, p->fd, FAKE_RING_RECV));
	bench_settle(&bench);
	ck_assert_ptr_nonnull(bench_frame(&bench, p->fd, &type, &len));
	ck_assert_uint_eq(type, FRAME_SERVER_INFO);
	ck_assert_uint_eq(bench_stat(&bench, STAT_PEERS_ACTIVE), 1);
	ck_assert_uint_eq(bench_stat(&bench, STAT_PEERS_TOTAL), 1);
}
END_TEST

START_TEST(life_join_takes_leftover_cut_at_every_byte)
{
	struct peer *a = join(&key_a);
	uint32_t total = bench_put_send(wire, &key_a, "first", 5);
	uint8_t type;
	uint32_t len;

	total += bench_put(wire + total, FRAME_PING, "12345678", 8);
	total += bench_put_send(wire + total, &key_a, "second", 6);
	for (uint32_t cut = 1; cut <= total; cut++) {
		struct peer *b = join_with(wire, cut);

		if (cut < total)
			bench_receive(&bench, b, wire + cut, total - cut);
		bench_settle(&bench);
		for (int i = 0; i < 2; i++) {
			ck_assert_ptr_nonnull(bench_frame(&bench, a->fd, &type, &len));
			ck_assert_uint_eq(type, FRAME_RECV_PACKET);
		}
		ck_assert_ptr_nonnull(bench_frame(&bench, b->fd, &type, &len));
		ck_assert_uint_eq(type, FRAME_SERVER_INFO);
		ck_assert_ptr_nonnull(bench_frame(&bench, b->fd, &type, &len));
		ck_assert_uint_eq(type, FRAME_PONG);
		life_close(bench.sh, b, CLOSE_BY_ADMIN);
		bench_receive_ends(&bench, b, 0);
		tell_flush(bench.sh);
		while (bench_event(&bench, 0, &(struct event){ 0 }))
			continue;
	}
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

START_TEST(life_join_takes_leftover_larger_than_any_block)
{
	struct peer *a = join(&key_a);
	uint32_t total = 0, n = 0, len;
	static uint8_t bytes[100000];
	uint8_t type;

	while (total + 1100 < sizeof(bytes)) {
		total += bench_put_send(bytes + total, &key_a, wire, 1000);
		n++;
	}
	(void)join_with(bytes, total);
	bench_settle(&bench);
	for (uint32_t i = 0; i < n; i++)
		ck_assert_ptr_nonnull(bench_frame(&bench, a->fd, &type, &len));
	ck_assert_ptr_null(bench_frame(&bench, a->fd, &type, &len));
}
END_TEST

START_TEST(life_join_with_bad_leftover_closes)
{
	struct peer *b;

	frame_header_store(wire, FRAME_SEND_PACKET, 3);
	b = join_with(wire, FRAME_HEADER_SIZE);
	ck_assert_uint_eq(b->close_reason, CLOSE_BAD_LENGTH);
	ck_assert_uint_eq(b->state, PEER_CLOSING);
	bench_receive_ends(&bench, b, 0);
	ck_assert_uint_eq(b->state, PEER_CLOSED);
}
END_TEST

START_TEST(life_join_without_memory_comes_and_goes)
{
	struct shard_settings s = bench_settings();
	struct event e;

	teardown();
	s.held_bytes_max = s.reserve_bytes_max = 0;
	bench_init(&bench, 1, &s);
	(void)join_with(wire, 1);
	ck_assert_uint_eq(bench_stat(&bench, STAT_PEERS_ACTIVE), 0);
	ck_assert_uint_eq(bench.sh->routes.count, 0);
	tell_flush(bench.sh);
	ck_assert(bench_event(&bench, 0, &e));
	ck_assert_uint_eq(e.type, EVENT_JOINED);
	ck_assert(bench_event(&bench, 0, &e));
	ck_assert_uint_eq(e.type, EVENT_CLOSED);
	ck_assert_uint_eq(e.value, CLOSE_NO_MEMORY);
	ck_assert_uint_eq(bench.sh->peers.used, 0);
}
END_TEST

START_TEST(life_turn_away_frees_all_it_was_given)
{
	struct handover h = { .key = key_a, .fd = bench.fd_next++, .leftover = malloc(10), .leftover_len = 10 };

	h.sealed = malloc(10);
	life_turn_away(bench.sh, &h);
	ck_assert_uint_eq(closes(h.fd), 1);
	ck_assert_uint_eq(bench.sh->peers.used, 0);
}
END_TEST

START_TEST(life_turn_away_gives_its_place_back)
{
	struct conn_count *count = conn_count_new(1, 0);
	struct handover h = { .key = key_a, .fd = bench.fd_next++, .addr.ip = { 10 } };

	ck_assert_ptr_nonnull(count);
	bench.bus.count = count;
	ck_assert_int_eq(conn_count_take(count, h.addr.ip), CONN_COUNT_OK);
	life_turn_away(bench.sh, &h);
	ck_assert_uint_eq(conn_count_total(count), 0);
	bench.bus.count = NULL;
	conn_count_free(count);
}
END_TEST

/* No memory even for a slot: nobody else can give its place back. */
START_TEST(life_join_without_a_slot_gives_its_place_back)
{
	struct conn_count *count = conn_count_new(1, 0);
	struct handover h = { .key = key_a, .fd = bench.fd_next++, .addr.ip = { 10 }, .leftover = malloc(10) };

	ck_assert_ptr_nonnull(count);
	bench.bus.count = count;
	ck_assert_int_eq(conn_count_take(count, h.addr.ip), CONN_COUNT_OK);
	bench_no_memory = true;
	life_join(bench.sh, &h);
	bench_no_memory = false;
	ck_assert_uint_eq(conn_count_total(count), 0);
	ck_assert_uint_eq(closes(h.fd), 1);
	ck_assert_uint_eq(bench.sh->peers.used, 0);
	bench.bus.count = NULL;
	conn_count_free(count);
}
END_TEST

/* ---- closing ---- */

START_TEST(life_close_waits_for_the_kernel)
{
	struct peer *p = join(&key_a);
	int fd = p->fd;

	bench_receive(&bench, p, wire, bench_put(wire, FRAME_PING, "12345678", 8));
	bench_flush(&bench);
	life_close(bench.sh, p, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(p->state, PEER_CLOSING);
	ck_assert(bench.sh->ring->shut[fd - FAKE_RING_FD_FIRST]);
	ck_assert(fake_ring_find(bench.sh->ring, fd, FAKE_RING_RECV)->cancelled);
	ck_assert(bench_sending(&bench, p)->cancelled);
	ck_assert_ptr_null(route_find(&bench.sh->routes, p->hash, &key_a));
	ck_assert(!timer_armed(&p->keepalive));
	bench_send_fails(&bench, p, ECANCELED);
	life_reap(bench.sh, p);
	ck_assert_uint_eq(closes(fd), 0);
	bench_receive_ends(&bench, p, -ECANCELED);
	ck_assert_uint_eq(closes(fd), 1);
	ck_assert_uint_eq(p->state, PEER_CLOSED);
	ck_assert_int_eq(p->fd, -1);
}
END_TEST

START_TEST(life_close_keeps_its_first_reason)
{
	struct peer *p = join(&key_a);

	life_close(bench.sh, p, CLOSE_BY_ADMIN);
	life_close(bench.sh, p, CLOSE_BAD_LENGTH);
	bench_receive_ends(&bench, p, -ECONNRESET);
	ck_assert_uint_eq(p->close_reason, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(atomic_load(&bench.stats[0]->closes[CLOSE_BY_ADMIN]), 1);
	ck_assert_uint_eq(atomic_load(&bench.stats[0]->closes[CLOSE_BAD_LENGTH]), 0);
	ck_assert_uint_eq(bench_stat(&bench, STAT_PEERS_ACTIVE), 0);
}
END_TEST

START_TEST(life_close_knows_the_last_of_its_key)
{
	struct peer *p = join(&key_a), *q = join(&key_a);

	life_close(bench.sh, p, CLOSE_BY_ADMIN);
	ck_assert(!p->last_of_key);
	life_close(bench.sh, q, CLOSE_BY_ADMIN);
	ck_assert(q->last_of_key);
}
END_TEST

START_TEST(life_close_frees_a_frame_in_part)
{
	struct peer *p = join(&key_a);

	bench_receive(&bench, p, wire, bench_put_send(wire, &key_b, "packet", 6) - 1);
	ck_assert_uint_gt(buf_block_bytes(&bench.sh->bufs), 0);
	life_close(bench.sh, p, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

START_TEST(life_close_all_leaves_nobody)
{
	for (int i = 0; i < 10; i++)
		(void)join(i % 3 ? &key_a : &key_b);
	life_close_all(bench.sh, CLOSE_SHUTDOWN);
	ck_assert_uint_eq(bench_stat(&bench, STAT_PEERS_ACTIVE), 0);
	ck_assert_uint_eq(bench.sh->routes.count, 0);
	ck_assert_uint_eq(atomic_load(&bench.stats[0]->closes[CLOSE_SHUTDOWN]), 10);
}
END_TEST

START_TEST(life_slot_is_free_when_control_has_heard)
{
	struct peer *p = join(&key_a);
	uint32_t slot = p->slot, generation = p->generation;
	struct event e;

	life_close(bench.sh, p, CLOSE_BY_ADMIN);
	tell_flush(bench.sh);
	ck_assert_uint_eq(bench.sh->peers.used, 1);
	bench_receive_ends(&bench, p, 0);
	ck_assert_uint_eq(bench.sh->peers.used, 1);
	tell_flush(bench.sh);
	ck_assert_uint_eq(bench.sh->peers.used, 0);
	ck_assert_ptr_null(peer_find(&bench.sh->peers, slot, generation));
	ck_assert(bench_event(&bench, 0, &e) && e.type == EVENT_JOINED);
	ck_assert(bench_event(&bench, 0, &e) && e.type == EVENT_CLOSED);
	ck_assert_uint_eq(e.value, CLOSE_BY_ADMIN);
	ck_assert(e.last_of_key);
}
END_TEST

/* ---- keep-alive ---- */

static void fire(struct timer *t, void *ctx)
{
	life_keep_alive(ctx, list_entry(t, struct peer, keepalive));
}

static void pass_time(uint32_t ms)
{
	bench_set_time(&bench, bench.sh->now_ms + ms);
	wheel_advance(&bench.sh->wheel, bench.sh->now_ms, fire, bench.sh);
	bench_settle(&bench);
}

START_TEST(life_keep_alive_comes_every_minute_and_a_little)
{
	struct peer *p = join(&key_a);
	uint8_t type;
	uint32_t len;

	for (int round = 0; round < 20; round++) {
		uint64_t due = p->keepalive.deadline_ms - bench.sh->now_ms;

		ck_assert_uint_ge(due, 60000);
		ck_assert_uint_lt(due, 65000);
		pass_time((uint32_t)due - 1);
		ck_assert_ptr_null(bench_frame(&bench, p->fd, &type, &len));
		pass_time(1);
		ck_assert_ptr_nonnull(bench_frame(&bench, p->fd, &type, &len));
		ck_assert_uint_eq(type, FRAME_KEEP_ALIVE);
		ck_assert_uint_eq(len, 0);
	}
	ck_assert_uint_eq(bench_stat(&bench, STAT_KEEP_ALIVES), 20);
}
END_TEST

START_TEST(life_keep_alive_does_not_come_on_top_of_what_is_behind)
{
	struct peer *p = join(&key_a);

	bench_receive(&bench, p, wire, bench_put(wire, FRAME_PING, "12345678", 8));
	bench_flush(&bench);
	bench_send_fails(&bench, p, EAGAIN);
	bench_set_time(&bench, bench.sh->now_ms + 65000);
	wheel_advance(&bench.sh->wheel, bench.sh->now_ms, fire, bench.sh);
	ck_assert_uint_eq(bench_stat(&bench, STAT_KEEP_ALIVES), 0);
	ck_assert(timer_armed(&p->keepalive));
}
END_TEST

START_TEST(life_random_differs_and_never_sticks)
{
	uint64_t seen[64];

	for (int i = 0; i < 64; i++) {
		seen[i] = life_random(bench.sh);
		for (int j = 0; j < i; j++)
			ck_assert_uint_ne(seen[i], seen[j]);
	}
}
END_TEST

Suite *test_life_suite(void)
{
	Suite *s = suite_create("life");
	TCase *tc = tcase_create("life");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, life_join_makes_known_and_greets_first);
	tcase_add_test(tc, life_join_takes_leftover_cut_at_every_byte);
	tcase_add_test(tc, life_join_takes_leftover_larger_than_any_block);
	tcase_add_test(tc, life_join_with_bad_leftover_closes);
	tcase_add_test(tc, life_join_without_memory_comes_and_goes);
	tcase_add_test(tc, life_turn_away_frees_all_it_was_given);
	tcase_add_test(tc, life_turn_away_gives_its_place_back);
	tcase_add_test(tc, life_join_without_a_slot_gives_its_place_back);
	tcase_add_test(tc, life_close_waits_for_the_kernel);
	tcase_add_test(tc, life_close_keeps_its_first_reason);
	tcase_add_test(tc, life_close_knows_the_last_of_its_key);
	tcase_add_test(tc, life_close_frees_a_frame_in_part);
	tcase_add_test(tc, life_close_all_leaves_nobody);
	tcase_add_test(tc, life_slot_is_free_when_control_has_heard);
	tcase_add_test(tc, life_keep_alive_comes_every_minute_and_a_little);
	tcase_add_test(tc, life_keep_alive_does_not_come_on_top_of_what_is_behind);
	tcase_add_test(tc, life_random_differs_and_never_sticks);
	suite_add_tcase(s, tc);
	return s;
}
