/* SPDX-License-Identifier: MIT
 * How receiving ends, and how it pauses and goes on. */
#include <check.h>
#include <errno.h>

#include "data/life.h"
#include "data/rx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"

Suite *test_rx_pause_suite(void);

static struct bench bench;
static struct key key_a, key_b;
static struct peer *a, *b;
static uint8_t wire[100 * 1024];

static void setup_with(uint16_t shards, const struct shard_settings *s, uint8_t flags)
{
	bench_init(&bench, shards, s);
	bench_join_two(&bench, flags, &key_a, &a, &key_b, &b);
}

static void setup(void)
{
	setup_with(1, NULL, 0);
}

static void teardown(void)
{
	bench_free(&bench);
}

START_TEST(rx_close_reason_follows_the_error)
{
	static const struct {
		int error;
		enum close_reason reason;
	} ends[] = {
		{ 0, CLOSE_EOF },
		{ ECONNRESET, CLOSE_RESET },
		{ EPIPE, CLOSE_RESET },
		{ ETIMEDOUT, CLOSE_TIMED_OUT },
		{ EHOSTUNREACH, CLOSE_TIMED_OUT },
		{ ENETUNREACH, CLOSE_TIMED_OUT },
		{ ENOMEM, CLOSE_NO_MEMORY },
		{ EIO, CLOSE_IO_ERROR },
		{ EBADF, CLOSE_IO_ERROR },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(ends); i++) {
		struct peer *p = bench_join(&bench, &key_a, 0);
		int fd = p->fd;

		bench_receive_ends(&bench, p, -ends[i].error);
		ck_assert_uint_eq(p->close_reason, ends[i].reason);
		ck_assert_uint_eq(p->state, PEER_CLOSED);
		ck_assert_uint_eq(bench.sh->ring->closes[fd - FAKE_RING_FD_FIRST], 1);
	}
}
END_TEST

START_TEST(rx_arms_again_when_receiving_ends_for_no_reason)
{
	static const int32_t ends[] = { -EINTR, -EAGAIN, -ECANCELED };

	for (size_t i = 0; i < HD_ARRAY_LEN(ends); i++) {
		bench_receive_ends(&bench, a, ends[i]);
		ck_assert(peer_live(a));
		ck_assert_ptr_nonnull(fake_ring_find(bench.sh->ring, a->fd, FAKE_RING_RECV));
	}
}
END_TEST

/* The shard holds so many of its eight receive buffers, and gives them back. */
static uint16_t lent[8];

static void lend(int n)
{
	for (int i = 0; i < n; i++) {
		lent[i] = fake_ring_lend(bench.sh->ring);
		(void)buf_received(&bench.sh->bufs, lent[i], true);
	}
}

static void give_back(int n)
{
	for (int i = 0; i < n; i++)
		buf_unref(&bench.sh->bufs, &bench.sh->bufs.receive[lent[i]]);
}

static bool receives(const struct peer *p)
{
	return fake_ring_find(bench.sh->ring, p->fd, FAKE_RING_RECV) != NULL;
}

START_TEST(rx_waits_for_buffers_and_goes_on)
{
	bench_receive_ends(&bench, a, -ENOBUFS);
	ck_assert(peer_live(a));
	ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_ENOBUFS), 1);
	lend(8);
	ck_assert(!rx_feed_starved(bench.sh));
	ck_assert(!receives(a));
	give_back(8);
	ck_assert(!rx_feed_starved(bench.sh));
	ck_assert(receives(a));
	ck_assert(!shard_starves(bench.sh));
}
END_TEST

START_TEST(rx_begins_no_more_receives_than_there_are_buffers)
{
	bench_receive_ends(&bench, a, -ENOBUFS);
	bench_receive_ends(&bench, b, -ENOBUFS);
	lend(7);
	ck_assert(rx_feed_starved(bench.sh));
	ck_assert(receives(a));
	ck_assert(!receives(b));
	/* a had nothing to read: b does not wait for it */
	ck_assert(!rx_feed_starved(bench.sh));
	ck_assert(receives(b));
	give_back(7);
}
END_TEST

/* What the kernel does when one buffer is free and both have more to send than it holds: who
 * was armed first takes it, then both end for lack of buffers, in that order. */
START_TEST(rx_client_with_much_to_send_does_not_keep_another_from_the_buffers)
{
	uint32_t n = bench_put_send(wire, &key_b, "much", 4);
	struct peer *first = a, *second = b;

	for (int round = 0; round < 4; round++) {
		struct peer *fed = first;

		bench_receive(&bench, first, wire, n);
		bench_receive_ends(&bench, first, -ENOBUFS);
		bench_receive_ends(&bench, second, -ENOBUFS);
		bench_settle(&bench);
		lend(7);
		(void)rx_feed_starved(bench.sh);
		first = receives(a) ? a : b;
		ck_assert(receives(first));
		ck_assert_ptr_ne(first, fed);
		give_back(7);
		(void)rx_feed_starved(bench.sh);
		second = fed;
		ck_assert(receives(second));
	}
}
END_TEST

START_TEST(rx_closing_peer_leaves_the_starved)
{
	bench_receive_ends(&bench, a, -ENOBUFS);
	life_close(bench.sh, a, CLOSE_BY_ADMIN);
	ck_assert(!shard_starves(bench.sh));
	ck_assert_uint_eq(a->state, PEER_CLOSED);
}
END_TEST

START_TEST(rx_drops_bytes_that_come_for_a_closing_peer)
{
	uint64_t packets = bench_stat(&bench, STAT_RECV_PACKETS);

	life_close(bench.sh, a, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(a->state, PEER_CLOSING);
	bench_receive(&bench, a, wire, bench_put_send(wire, &key_b, "late", 4));
	ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PACKETS), packets);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
	bench_receive_ends(&bench, a, 0);
	ck_assert_uint_eq(a->state, PEER_CLOSED);
	ck_assert_uint_eq(a->close_reason, CLOSE_BY_ADMIN);
}
END_TEST

/* ---- rate ---- */

#define RATE 1000000 /* bytes a second */
#define BURST 70000

static void setup_rate(uint16_t shards, uint64_t rate, uint8_t flags)
{
	struct shard_settings s = bench_settings();

	teardown();
	s.client_rate = rate;
	s.client_burst = BURST;
	setup_with(shards, &s, flags);
}

static void rate_fire(struct timer *t, void *ctx)
{
	rx_rate_due(ctx, list_entry(t, struct peer, rate_timer));
}

static void pass_time(uint32_t ms)
{
	bench_set_time(&bench, bench.sh->now_ms + ms);
	wheel_advance(&bench.sh->rate_wheel, bench.sh->now_ms, rate_fire, bench.sh);
}

/* An unknown frame without end: bytes that cost nothing but rate. */
static void receive_filler(uint32_t len)
{
	frame_header_store(wire, 0x99, UINT32_MAX);
	for (uint32_t at = 0; at < len; at += 4096)
		bench_receive(&bench, a, wire + at, len - at < 4096 ? len - at : 4096);
}

START_TEST(rx_rate_lets_a_burst_through_then_pauses)
{
	setup_rate(1, RATE, 0);
	receive_filler(BURST);
	ck_assert(!a->paused_for_rate);
	receive_filler(4096);
	ck_assert(a->paused_for_rate);
	ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PAUSED_NOW), 1);
	ck_assert(fake_ring_find(bench.sh->ring, a->fd, FAKE_RING_RECV)->cancelled);
	bench_receive_ends(&bench, a, -ECANCELED);
	ck_assert_ptr_null(fake_ring_find(bench.sh->ring, a->fd, FAKE_RING_RECV));
	pass_time(4);
	ck_assert(a->paused_for_rate);
	pass_time(2);
	ck_assert(!a->paused_for_rate);
	ck_assert_ptr_nonnull(fake_ring_find(bench.sh->ring, a->fd, FAKE_RING_RECV));
	ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PAUSED_NOW), 0);
	ck_assert_uint_eq(bench_drops(&bench, DROP_RATE_LIMIT), 0);
}
END_TEST

START_TEST(rx_rate_spares_mesh_peers)
{
	setup_rate(1, RATE, PEER_FLAG_MESH);
	receive_filler(10 * 4096);
	receive_filler(10 * 4096);
	ck_assert(!a->paused_for_rate);
}
END_TEST

START_TEST(rx_rate_pause_ends_with_the_peer)
{
	setup_rate(1, RATE, 0);
	receive_filler(BURST + 4096);
	ck_assert(a->paused_for_rate);
	life_close(bench.sh, a, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PAUSED_NOW), 0);
	ck_assert_uint_eq(bench.sh->rate_wheel.count, 0);
	ck_assert_int_eq(wheel_wait_ms(&bench.sh->rate_wheel), -1);
	pass_time(100000);
}
END_TEST

START_TEST(rx_rate_of_a_client_long_silent_is_not_counted_against_it)
{
	setup_rate(1, UINT64_C(1000000000000), 0);
	bench_set_time(&bench, bench.sh->now_ms + UINT64_C(40) * 24 * 3600 * 1000);
	receive_filler(4096);
	ck_assert(!a->paused_for_rate);
	ck_assert_int_gt(a->rate_tokens, 0);
	ck_assert_int_le(a->rate_tokens, BURST);
}
END_TEST

START_TEST(rx_resumes_a_peer_paused_for_both_reasons)
{
	struct list feeding;

	for (int rate_first = 0; rate_first < 2; rate_first++) {
		setup_rate(1, RATE, 0);
		list_init(&feeding);
		if (rate_first)
			receive_filler(BURST + 4096);
		rx_pause_for_xfer(bench.sh, a, &feeding);
		if (!rate_first)
			receive_filler(BURST + 4096);
		ck_assert(a->paused_for_rate && a->paused_for_xfer);
		ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PAUSED_NOW), 1);
		bench_receive_ends(&bench, a, -ECANCELED);
		ck_assert_ptr_eq(list_first(&feeding), &a->pause_node);
		pass_time(1000);
		ck_assert(!a->paused_for_rate);
		ck_assert_ptr_null(fake_ring_find(bench.sh->ring, a->fd, FAKE_RING_RECV));
		rx_resume_from_xfer(bench.sh, a);
		ck_assert(list_empty(&feeding));
		ck_assert_uint_eq(bench_stat(&bench, STAT_RECV_PAUSED_NOW), 0);
		ck_assert_ptr_nonnull(fake_ring_find(bench.sh->ring, a->fd, FAKE_RING_RECV));
	}
}
END_TEST

START_TEST(rx_pause_and_resume_before_the_cancel_is_done_goes_on)
{
	struct list feeding;

	list_init(&feeding);
	rx_pause_for_xfer(bench.sh, a, &feeding);
	rx_resume_from_xfer(bench.sh, a);
	bench_receive_ends(&bench, a, -ECANCELED);
	ck_assert_ptr_nonnull(fake_ring_find(bench.sh->ring, a->fd, FAKE_RING_RECV));
	ck_assert(!a->recv_stopping);
}
END_TEST

START_TEST(rx_lack_of_buffers_while_paused_does_not_arm)
{
	struct list feeding;

	list_init(&feeding);
	rx_pause_for_xfer(bench.sh, a, &feeding);
	bench_receive_ends(&bench, a, -ENOBUFS);
	ck_assert(!rx_feed_starved(bench.sh));
	ck_assert(!receives(a));
	ck_assert_ptr_eq(list_first(&feeding), &a->pause_node);
	rx_resume_from_xfer(bench.sh, a);
	ck_assert_ptr_nonnull(fake_ring_find(bench.sh->ring, a->fd, FAKE_RING_RECV));
}
END_TEST

Suite *test_rx_pause_suite(void)
{
	Suite *s = suite_create("rx_pause");
	TCase *tc = tcase_create("ends and pauses");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rx_close_reason_follows_the_error);
	tcase_add_test(tc, rx_arms_again_when_receiving_ends_for_no_reason);
	tcase_add_test(tc, rx_waits_for_buffers_and_goes_on);
	tcase_add_test(tc, rx_begins_no_more_receives_than_there_are_buffers);
	tcase_add_test(tc, rx_client_with_much_to_send_does_not_keep_another_from_the_buffers);
	tcase_add_test(tc, rx_closing_peer_leaves_the_starved);
	tcase_add_test(tc, rx_drops_bytes_that_come_for_a_closing_peer);
	tcase_add_test(tc, rx_rate_lets_a_burst_through_then_pauses);
	tcase_add_test(tc, rx_rate_spares_mesh_peers);
	tcase_add_test(tc, rx_rate_pause_ends_with_the_peer);
	tcase_add_test(tc, rx_rate_of_a_client_long_silent_is_not_counted_against_it);
	tcase_add_test(tc, rx_resumes_a_peer_paused_for_both_reasons);
	tcase_add_test(tc, rx_pause_and_resume_before_the_cancel_is_done_goes_on);
	tcase_add_test(tc, rx_lack_of_buffers_while_paused_does_not_arm);
	suite_add_tcase(s, tc);
	return s;
}
