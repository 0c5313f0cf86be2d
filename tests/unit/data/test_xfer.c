/* SPDX-License-Identifier: MIT
 * Between shards: frames in order, buffers back home, and a full ring that
 * pauses those who feed it, and them alone. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "data/life.h"
#include "data/tx.h"
#include "data/xfer.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"
#include "util/be.h"

Suite *test_xfer_suite(void);

#define ENTRIES 8

static struct bench bench;
static struct shard *one, *two; /* a, a2, m live on one, b on two */
static struct key key_a, key_a2, key_b, key_absent;
static struct peer *a, *a2, *b;
static struct xfer_link *link; /* from one to two */
static uint8_t wire[4096];

static void resize(struct spsc *ring, uint32_t size)
{
	spsc_release(ring);
	ck_assert_int_eq(spsc_init(ring, ENTRIES, size), 0);
}

static void setup_with(uint8_t flags, bool parts)
{
	struct shard_settings s = bench_settings();

	s.parts = parts;
	bench_init(&bench, 2, &s);
	one = &bench.plane->shard[0];
	two = &bench.plane->shard[1];
	link = &bench.plane->links[1];
	resize(&link->out, sizeof(struct xfer_desc));
	resize(&link->back, sizeof(struct xfer_return));
	key_a = bench_key(&bench, 0, 0);
	key_a2 = bench_key(&bench, 0, 1);
	key_b = bench_key(&bench, 1, 0);
	key_absent = bench_key(&bench, 1, 1);
	a = bench_join(&bench, &key_a, flags);
	a2 = bench_join(&bench, &key_a2, 0);
	b = bench_join(&bench, &key_b, 0);
	ck_assert(a && a2 && b);
}

static void setup(void)
{
	setup_with(0, false);
}

static void setup_parts(void)
{
	setup_with(0, true);
}

static void teardown(void)
{
	bench_free(&bench);
}

static void send_number(struct peer *from, uint32_t number)
{
	uint8_t packet[4];

	be_store32(packet, number);
	bench_receive(&bench, from, wire, bench_put_send(wire, &key_b, packet, sizeof(packet)));
}

/* b's packets: from 1 on without a gap; returns how many. */
static uint32_t read_numbers(void)
{
	uint32_t n = 0, len;
	const uint8_t *body;
	uint8_t type;

	while ((body = bench_frame(&bench, b->fd, &type, &len)) != NULL) {
		ck_assert_uint_eq(type, FRAME_RECV_PACKET);
		ck_assert_uint_eq(be_load32(body + KEY_SIZE), ++n);
	}
	return n;
}

START_TEST(xfer_brings_frames_over_and_the_buffer_home)
{
	uint32_t len = 0;

	for (uint32_t i = 1; i <= 5; i++) {
		uint8_t packet[4];

		be_store32(packet, i);
		len += bench_put_send(wire + len, &key_b, packet, sizeof(packet));
	}
	bench_receive(&bench, a, wire, len);
	ck_assert_uint_eq(bench_stat(&bench, STAT_XFER_RUNS), 1); /* one run, one descriptor */
	ck_assert_uint_eq(link->outstanding, 1);
	ck_assert_uint_eq(one->bufs.receive_out, 1);
	bench_settle(&bench);
	ck_assert_uint_eq(read_numbers(), 5);
	ck_assert_uint_eq(link->outstanding, 0);
	ck_assert_uint_eq(one->bufs.receive_out, 0);
}
END_TEST

/* So many runs to b in one buffer, numbered from `first` on; a2 gets what ends them. */
static void send_runs(struct peer *from, uint32_t first, uint32_t count)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint8_t packet[4];

		be_store32(packet, first + i);
		len += bench_put_send(wire + len, &key_b, packet, sizeof(packet));
		len += bench_put_send(wire + len, &key_a2, "between", 7);
	}
	bench_receive(&bench, from, wire, len);
}

START_TEST(xfer_full_ring_pauses_who_feeds_it_and_loses_nothing)
{
	send_runs(a, 1, ENTRIES);
	ck_assert_uint_eq(link->outstanding, ENTRIES);
	ck_assert(!a->paused_for_xfer);
	send_runs(a, ENTRIES + 1, 1);
	ck_assert(a->paused_for_xfer && !a2->paused_for_xfer);
	ck_assert(fake_ring_find(one->ring, a->fd, FAKE_RING_RECV)->cancelled);
	ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PAUSED_NOW), 1);
	send_runs(a, ENTRIES + 2, 3); /* it was received before the cancel */
	bench_receive_ends(&bench, a, -ECANCELED);
	ck_assert_ptr_null(fake_ring_find(one->ring, a->fd, FAKE_RING_RECV));
	bench_settle(&bench);
	ck_assert(!a->paused_for_xfer);
	ck_assert_ptr_nonnull(fake_ring_find(one->ring, a->fd, FAKE_RING_RECV));
	ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PAUSED_NOW), 0);
	ck_assert_uint_eq(read_numbers(), ENTRIES + 4);
	ck_assert_uint_eq(bench_stat(&bench, STAT_SEND_DROPS), 0);
	ck_assert_uint_eq(one->bufs.receive_out, 0);
}
END_TEST

START_TEST(xfer_keeps_order_behind_what_waits)
{
	send_runs(a, 1, 4 * ENTRIES);
	ck_assert_uint_eq(link->outstanding, ENTRIES);
	ck_assert_ptr_nonnull(link->pending_head);
	for (int round = 0; round < 10; round++) {
		ck_assert_uint_le(link->outstanding, ENTRIES);
		bench_settle(&bench);
	}
	ck_assert_uint_eq(read_numbers(), 4 * ENTRIES);
	ck_assert_ptr_null(link->pending_head);
	ck_assert_uint_eq(bench_stat(&bench, STAT_SEND_DROPS), 0);
}
END_TEST

START_TEST(xfer_resumes_when_half_is_back)
{
	send_runs(a, 1, ENTRIES + 1);
	ck_assert(a->paused_for_xfer);
	xfer_publish(one);
	(void)xfer_take(two); /* queued for b, not sent: nothing is back */
	xfer_publish(two);
	xfer_take_back(one);
	ck_assert(a->paused_for_xfer);
	bench_settle(&bench);
	ck_assert(!a->paused_for_xfer);
}
END_TEST

START_TEST(xfer_paused_peer_may_close)
{
	send_runs(a, 1, ENTRIES + 1);
	ck_assert(a->paused_for_xfer);
	life_close(one, a, CLOSE_BY_ADMIN);
	ck_assert(list_empty(&link->paused));
	ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PAUSED_NOW), 0);
	bench_settle(&bench);
	ck_assert_uint_eq(link->outstanding, 0);
	ck_assert_uint_eq(bench_stat(&bench, STAT_SEND_PACKETS), 2 * (ENTRIES + 1));
}
END_TEST

START_TEST(xfer_slow_receiver_keeps_no_buffer_of_another_shard)
{
	bench_receive(&bench, a, wire, bench_put_send(wire, &key_b, "x", 1));
	bench_xfer(&bench);
	bench_flush(&bench);
	bench_send_fails(&bench, b, EAGAIN);
	for (int i = 0; i < 3; i++)
		bench_xfer(&bench);
	ck_assert(b->blocked);
	ck_assert_uint_eq(one->bufs.receive_out, 0);
	ck_assert_uint_eq(link->outstanding, 0);
}
END_TEST

START_TEST(xfer_destination_closes_with_frames_on_their_way)
{
	send_number(a, 1);
	xfer_publish(one);
	life_close(two, b, CLOSE_BY_ADMIN);
	for (int i = 0; i < 3; i++)
		bench_xfer(&bench);
	ck_assert_uint_eq(bench_drops(&bench, DROP_UNKNOWN_DEST), 1);
	ck_assert_uint_eq(one->bufs.receive_out, 0);
}
END_TEST

START_TEST(xfer_release_takes_home_what_is_under_way)
{
	/* In every state: reserved, published, taken and queued, waiting. bench_free asserts the rest. */
	for (uint32_t i = 1; i <= 3; i++) {
		send_number(a, i);
		xfer_publish(one);
		if (i == 1)
			(void)xfer_take(two);
	}
	send_number(a, 4);
}
END_TEST

/* ---- notices ---- */

static const uint8_t disco[62] = { 0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac };

START_TEST(xfer_brings_not_here_back_to_the_sender)
{
	uint32_t len;
	uint8_t type;

	bench_receive(&bench, a, wire, bench_put_send(wire, &key_absent, disco, sizeof(disco)));
	bench_settle(&bench);
	ck_assert_ptr_nonnull(bench_frame(&bench, a->fd, &type, &len));
	ck_assert_uint_eq(type, FRAME_PEER_GONE);
	ck_assert_uint_eq(bench_drops(&bench, DROP_UNKNOWN_DEST), 1);
	ck_assert_ptr_null(bench_frame(&bench, a2->fd, &type, &len));
}
END_TEST

/* The packets of both lie in one buffer. */
START_TEST(xfer_brings_not_here_to_each_sender_of_a_buffer)
{
	struct peer *const senders[] = { a, a2 };
	uint32_t len;
	uint8_t type;

	for (size_t i = 0; i < HD_ARRAY_LEN(senders); i++)
		bench_receive(&bench, senders[i], wire, bench_put_send(wire, &key_absent, disco, sizeof(disco)));
	ck_assert_uint_eq(one->bufs.receive_out, 0);
	bench_settle(&bench);
	for (size_t i = 0; i < HD_ARRAY_LEN(senders); i++) {
		ck_assert_ptr_nonnull(bench_frame(&bench, senders[i]->fd, &type, &len));
		ck_assert_uint_eq(type, FRAME_PEER_GONE);
	}
}
END_TEST

START_TEST(xfer_not_here_for_a_sender_that_left_is_dropped)
{
	bench_receive(&bench, a, wire, bench_put_send(wire, &key_absent, disco, sizeof(disco)));
	life_close(one, a, CLOSE_BY_ADMIN);
	bench_settle(&bench);
	ck_assert_uint_eq(bench_stat(&bench, STAT_PEER_GONE_NOT_HERE), 0);
	ck_assert_uint_eq(one->bufs.receive_out, 0);
}
END_TEST

static bool woken(const struct waker *w)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* The sender waits for this answer, so its shard is not left asleep. */
START_TEST(xfer_not_here_wakes_the_sender)
{
	struct waker *w = &bench.bus.shard_waker[0];

	bench_receive(&bench, a, wire, bench_put_send(wire, &key_absent, disco, sizeof(disco)));
	xfer_publish(one);
	xfer_about_to_sleep(one);
	waker_about_to_sleep(w);
	(void)xfer_take(two);
	xfer_publish(two);
	ck_assert(woken(w));
}
END_TEST

START_TEST(xfer_plain_return_lets_the_sender_sleep)
{
	struct waker *w = &bench.bus.shard_waker[0];

	send_number(a, 1);
	xfer_publish(one);
	xfer_about_to_sleep(one);
	waker_about_to_sleep(w);
	(void)xfer_take(two);
	bench_flush(&bench);
	bench_sent(&bench, b, bench_sending(&bench, b)->len);
	xfer_publish(two);
	ck_assert(!woken(w));
	ck_assert(xfer_ready(one)); /* but it is looked at before the next sleep */
}
END_TEST

START_TEST(xfer_frames_wake_the_receiver_once)
{
	struct waker *w = &bench.bus.shard_waker[1];

	ck_assert(!xfer_ready(two));
	waker_about_to_sleep(w);
	send_number(a, 1);
	send_number(a2, 1);
	ck_assert(!woken(w)); /* not before the pass is over */
	xfer_publish(one);
	ck_assert(woken(w) && xfer_ready(two));
	ck_assert_uint_eq(bench_stat(&bench, STAT_WAKEUPS_SENT), 1);
}
END_TEST

START_TEST(xfer_wants_returns_while_it_waits_for_room)
{
	struct waker *w = &bench.bus.shard_waker[0];
	send_runs(a, 1, ENTRIES + 1);
	xfer_publish(one);
	xfer_about_to_sleep(one);
	waker_about_to_sleep(w);
	(void)xfer_take(two);
	bench_flush(&bench);
	bench_sent(&bench, b, bench_sending(&bench, b)->len);
	xfer_publish(two);
	ck_assert(woken(w));
}
END_TEST

START_TEST(xfer_close_key_reaches_the_other_shard)
{
	uint32_t len;

	teardown();
	setup_with(PEER_FLAG_MESH, false);
	len = bench_put_send(wire, &key_b, "before", 6);
	len += bench_put(wire + len, FRAME_CLOSE_PEER, key_b.bytes, KEY_SIZE);
	bench_receive(&bench, a, wire, len);
	for (int i = 0; i < 3; i++)
		bench_xfer(&bench);
	ck_assert_uint_eq(b->close_reason, CLOSE_BY_MESH);
	ck_assert_uint_eq(link->outstanding, 0);
	ck_assert_uint_eq(one->bufs.receive_out, 0);
}
END_TEST

/* However late a key's last packets come over, its end comes behind them. */
START_TEST(xfer_key_gone_comes_behind_the_packets)
{
	uint32_t body_len;
	uint8_t type;

	send_runs(a, 1, ENTRIES + 5);
	life_close(one, a, CLOSE_BY_ADMIN);
	life_key_gone(one, &key_a);
	life_key_gone(two, &key_a); /* not its shard: nothing */
	bench_settle(&bench);
	ck_assert_uint_eq(bench_stat(&bench, STAT_PEER_GONE_DISCONNECTED), 2); /* a2 and b */
	ck_assert_uint_eq(two->seen.pair_index.count, 0);
	for (uint32_t i = 0, gone = 0; i < ENTRIES + 6; i++) {
		ck_assert_ptr_nonnull(bench_frame(&bench, b->fd, &type, &body_len));
		gone += type == FRAME_PEER_GONE;
		ck_assert_uint_le(gone, 1);
	}
	ck_assert_uint_eq(link->outstanding, 0);
}
END_TEST

Suite *test_xfer_suite(void)
{
	Suite *s = suite_create("xfer");
	TCase *tc = tcase_create("xfer");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, xfer_brings_frames_over_and_the_buffer_home);
	tcase_add_test(tc, xfer_full_ring_pauses_who_feeds_it_and_loses_nothing);
	tcase_add_test(tc, xfer_keeps_order_behind_what_waits);
	tcase_add_test(tc, xfer_resumes_when_half_is_back);
	tcase_add_test(tc, xfer_paused_peer_may_close);
	tcase_add_test(tc, xfer_slow_receiver_keeps_no_buffer_of_another_shard);
	tcase_add_test(tc, xfer_destination_closes_with_frames_on_their_way);
	tcase_add_test(tc, xfer_release_takes_home_what_is_under_way);
	tcase_add_test(tc, xfer_brings_not_here_back_to_the_sender);
	tcase_add_test(tc, xfer_not_here_for_a_sender_that_left_is_dropped);
	tcase_add_test(tc, xfer_not_here_wakes_the_sender);
	tcase_add_test(tc, xfer_plain_return_lets_the_sender_sleep);
	tcase_add_test(tc, xfer_frames_wake_the_receiver_once);
	tcase_add_test(tc, xfer_wants_returns_while_it_waits_for_room);
	tcase_add_test(tc, xfer_close_key_reaches_the_other_shard);
	tcase_add_test(tc, xfer_key_gone_comes_behind_the_packets);
	suite_add_tcase(s, tc);

	tc = tcase_create("xfer, buffers by parts");
	tcase_add_checked_fixture(tc, setup_parts, teardown);
	tcase_add_test(tc, xfer_keeps_order_behind_what_waits);
	tcase_add_test(tc, xfer_brings_not_here_to_each_sender_of_a_buffer);
	suite_add_tcase(s, tc);
	return s;
}
