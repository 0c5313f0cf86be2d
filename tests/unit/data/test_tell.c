/* SPDX-License-Identifier: MIT
 * What control hears: in order for each peer, nothing lost however late it
 * looks, and a slot is not used again before. */
#include <check.h>
#include <poll.h>

#include "data/life.h"
#include "data/shard.h"
#include "data/tell.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"

Suite *test_tell_suite(void);

static struct bench bench;
static struct key key_a;

static void setup(void)
{
	bench_init(&bench, 1, NULL);
	key_a = bench_key(&bench, 0, 0);
}

static void teardown(void)
{
	bench_free(&bench);
}

static struct peer *join(uint8_t flags)
{
	struct peer *p = bench_join(&bench, &key_a, flags);

	ck_assert_ptr_nonnull(p);
	return p;
}

static void fill_ring(uint32_t leave)
{
	struct spsc *ring = bus_event(&bench.bus, 0);

	while (spsc_room(ring) > leave) {
		struct event *e = spsc_reserve(ring);

		ck_assert_ptr_nonnull(e);
		*e = (struct event){ .type = EVENT_DRAINED };
	}
	spsc_publish(ring);
}

/* The next event that is not of fill_ring. */
static bool next(struct event *e)
{
	while (bench_event(&bench, 0, e))
		if (e->type != EVENT_DRAINED)
			return true;
	return false;
}

START_TEST(tell_flush_keeps_the_order_of_one_peer)
{
	static const uint8_t order[] = { EVENT_JOINED, EVENT_PREFERRED, EVENT_WATCH, EVENT_BLOCK_DONE,
					EVENT_CLOSED };
	struct peer *p = join(PEER_FLAG_MESH);
	struct event e;

	tell_control(bench.sh, p, PEER_TELL_BLOCK_DONE);
	tell_control(bench.sh, p, PEER_TELL_WATCH);
	p->preferred = true;
	tell_control(bench.sh, p, PEER_TELL_PREFERRED);
	life_close(bench.sh, p, CLOSE_BY_ADMIN);
	bench_receive_ends(&bench, p, 0);
	tell_flush(bench.sh);
	for (size_t i = 0; i < sizeof(order); i++) {
		ck_assert(bench_event(&bench, 0, &e));
		ck_assert_uint_eq(e.type, order[i]);
		ck_assert_uint_eq(e.conn_id, 1);
		if (e.type == EVENT_PREFERRED)
			ck_assert_uint_eq(e.value, 1);
	}
	ck_assert(!bench_event(&bench, 0, &e));
}
END_TEST

START_TEST(tell_flush_names_peer_flags_and_transport)
{
	struct peer *p = join(PEER_FLAG_MESH | PEER_FLAG_NOT_IDEAL);
	struct event e;

	tell_flush(bench.sh);
	ck_assert(bench_event(&bench, 0, &e));
	ck_assert_uint_eq(e.flags, PEER_FLAG_MESH | PEER_FLAG_NOT_IDEAL);
	ck_assert_uint_eq(e.transport, PEER_TRANSPORT_PLAIN);
	ck_assert_uint_eq(e.peer.slot, p->slot);
	ck_assert_uint_eq(e.peer.generation, p->generation);
	ck_assert_uint_eq(e.peer.shard, 0);
	ck_assert(key_equal(&e.key, &key_a));
}
END_TEST

START_TEST(tell_flush_with_a_full_ring_waits_and_loses_nothing)
{
	struct peer *p = join(0);
	uint32_t slot = p->slot, generation = p->generation;
	struct event e;

	fill_ring(1);
	life_close(bench.sh, p, CLOSE_BY_ADMIN);
	bench_receive_ends(&bench, p, 0);
	tell_flush(bench.sh); /* joined fits, closed does not */
	ck_assert(!tell_idle(bench.sh));
	ck_assert_uint_eq(bench.sh->peers.used, 1);
	tell_flush(bench.sh);
	ck_assert_uint_eq(bench.sh->peers.used, 1);
	ck_assert(next(&e) && e.type == EVENT_JOINED);
	ck_assert(!next(&e));
	ck_assert_ptr_nonnull(peer_find(&bench.sh->peers, slot, generation));
	tell_flush(bench.sh);
	ck_assert(next(&e) && e.type == EVENT_CLOSED);
	ck_assert(tell_idle(bench.sh));
	ck_assert_uint_eq(bench.sh->peers.used, 0);
}
END_TEST

START_TEST(tell_flush_says_the_latest_preference_once)
{
	struct peer *p = join(0);
	uint8_t frame[8];
	struct event e;

	tell_flush(bench.sh);
	ck_assert(next(&e));
	for (int i = 1; i <= 5; i++)
		bench_receive(&bench, p, frame,
			      bench_put(frame, FRAME_NOTE_PREFERRED, i % 2 ? "\1" : "\0", 1));
	tell_flush(bench.sh);
	ck_assert(next(&e) && e.type == EVENT_PREFERRED && e.value == 1);
	ck_assert(!next(&e));
}
END_TEST

START_TEST(tell_flush_wakes_control_for_something)
{
	struct pollfd fd = { .fd = bench.bus.control_waker.fd, .events = POLLIN };

	waker_about_to_sleep(&bench.bus.control_waker);
	tell_flush(bench.sh);
	ck_assert_int_eq(poll(&fd, 1, 0), 0);
	(void)join(0);
	tell_flush(bench.sh);
	ck_assert_int_eq(poll(&fd, 1, 0), 1);
}
END_TEST

START_TEST(tell_drained_is_the_last_word)
{
	struct event e;

	fill_ring(0);
	ck_assert(!tell_drained(bench.sh));
	ck_assert(!next(&e));
	ck_assert(tell_drained(bench.sh));
	ck_assert(bench_event(&bench, 0, &e));
	ck_assert_uint_eq(e.type, EVENT_DRAINED);
	ck_assert_uint_eq(e.peer.shard, 0);
}
END_TEST

/* Control looks into its ring at the fifth wait. */
static void fifth_wait(void *ctx)
{
	uint32_t *waits = ctx;
	struct event e;

	ck_assert_uint_lt(*waits, 5);
	if (++*waits == 5)
		while (bench_event(&bench, 0, &e))
			continue;
}

START_TEST(tell_drained_is_awaited_in_sleep)
{
	uint32_t waits = 0;
	struct event e;

	fill_ring(0);
	bench.sh->draining = true;
	bench.sh->ring->unread = true; /* somebody woke it just then */
	bench.sh->ring->on_enter = fifth_wait;
	bench.sh->ring->on_enter_ctx = &waits;
	shard_run(bench.sh);
	ck_assert_uint_eq(waits, 5);
	ck_assert_uint_le(bench.sh->ring->needless, 1);
	ck_assert(bench_event(&bench, 0, &e));
	ck_assert_uint_eq(e.type, EVENT_DRAINED);
	ck_assert(!bench_event(&bench, 0, &e));
}
END_TEST

Suite *test_tell_suite(void)
{
	Suite *s = suite_create("tell");
	TCase *tc = tcase_create("tell");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, tell_flush_keeps_the_order_of_one_peer);
	tcase_add_test(tc, tell_flush_names_peer_flags_and_transport);
	tcase_add_test(tc, tell_flush_with_a_full_ring_waits_and_loses_nothing);
	tcase_add_test(tc, tell_flush_says_the_latest_preference_once);
	tcase_add_test(tc, tell_flush_wakes_control_for_something);
	tcase_add_test(tc, tell_drained_is_the_last_word);
	tcase_add_test(tc, tell_drained_is_awaited_in_sleep);
	suite_add_tcase(s, tc);
	return s;
}
