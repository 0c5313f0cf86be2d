/* SPDX-License-Identifier: MIT
 * A connection that is carried: the test moves the bytes. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/frame.h"
#include "tools/hd-bench/conn.h"
#include "util/error.h"

#define BODY 100
#define FRAME (FRAME_HEADER_SIZE + BODY)

Suite *test_conn_suite(void);

static struct conn_target target = { .rules = { .ops = &transport_plain } };
static struct conn_identity identity;
static struct conn conn;
static unsigned unsent;

static void set_up(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	close(ends[1]);
	conn_init(&conn, &target, &identity);
	conn.transport = (struct transport){ .rules = &target.rules, .fd = ends[0] };
	conn.state = CONN_READY;
	conn.out_want = 4 * FRAME;
}

static void tear_down(void)
{
	conn_close(&conn);
}

static void put_frame(uint8_t mark)
{
	uint8_t *at = conn_reserve(&conn, FRAME);

	ck_assert_ptr_nonnull(at);
	frame_header_store(at, FRAME_SEND_PACKET, BODY);
	memset(at + FRAME_HEADER_SIZE, mark, BODY);
	conn.out_len += FRAME;
}

static void count_unsent(void *ctx, const uint8_t *frame, size_t len)
{
	(void)ctx;
	ck_assert_uint_eq(frame[0], FRAME_SEND_PACKET);
	ck_assert_uint_eq(len, FRAME);
	unsent++;
}

static unsigned unsent_frames(void)
{
	unsent = 0;
	conn_settle(&conn);
	conn_each_unsent(&conn, count_unsent, NULL);
	return unsent;
}

START_TEST(conn_carry_makes_the_socket_wait)
{
	ck_assert(fcntl(conn.transport.fd, F_GETFL) & O_NONBLOCK);
	ck_assert_int_eq(conn_carry(&conn), 0);
	ck_assert(!(fcntl(conn.transport.fd, F_GETFL) & O_NONBLOCK));
}
END_TEST

START_TEST(conn_carry_waits_for_what_is_not_written)
{
	put_frame(1);
	ck_assert_int_eq(conn_carry(&conn), ERROR_MORE);
	ck_assert(!conn.carried);
	ck_assert(fcntl(conn.transport.fd, F_GETFL) & O_NONBLOCK);
}
END_TEST

START_TEST(conn_carry_leaves_transports_that_keep_their_socket)
{
	static const struct transport_ops keeps = { .release = NULL };
	static const struct transport_rules rules = { .ops = &keeps };
	struct conn other = conn;

	other.transport.rules = &rules;
	ck_assert_int_eq(conn_carry(&other), ERROR_UNSUPPORTED);
	ck_assert(!other.carried);
}
END_TEST

START_TEST(conn_hand_out_gives_one_thing_at_a_time)
{
	const uint8_t *data;

	ck_assert_int_eq(conn_carry(&conn), 0);
	ck_assert_int_eq(conn_hand_out(&conn, &data), 0);
	put_frame(1);
	ck_assert_int_eq(conn_hand_out(&conn, &data), FRAME);
	put_frame(2);
	ck_assert_int_eq(conn_hand_out(&conn, &data), 0);
	conn_handed(&conn, FRAME);
	ck_assert_int_eq(conn_hand_out(&conn, &data), FRAME);
	ck_assert_uint_eq(data[FRAME_HEADER_SIZE], 2);
	conn_handed(&conn, FRAME);
	ck_assert(conn_out_empty(&conn));
}
END_TEST

START_TEST(conn_hand_out_goes_on_behind_a_part)
{
	const uint8_t *first, *second;

	ck_assert_int_eq(conn_carry(&conn), 0);
	put_frame(1);
	put_frame(2);
	ck_assert_int_eq(conn_hand_out(&conn, &first), 2 * FRAME);
	conn_handed(&conn, FRAME + 7);
	ck_assert(!conn_out_empty(&conn));
	ck_assert_int_eq(conn_hand_out(&conn, &second), FRAME - 7);
	ck_assert_ptr_eq(second, first + FRAME + 7);
	conn_handed(&conn, FRAME - 7);
	ck_assert(conn_out_empty(&conn));
}
END_TEST

START_TEST(conn_settle_counts_frames_that_went_out_in_part_as_unsent)
{
	const uint8_t *data;

	ck_assert_int_eq(conn_carry(&conn), 0);
	put_frame(1);
	put_frame(2);
	put_frame(3);
	ck_assert_int_eq(conn_hand_out(&conn, &data), 3 * FRAME);
	conn_handed(&conn, 2 * FRAME - 1);
	ck_assert_uint_eq(unsent_frames(), 2);
}
END_TEST

START_TEST(conn_push_tells_that_it_waits_for_room)
{
	const uint8_t *data;

	ck_assert_int_eq(conn_carry(&conn), 0);
	put_frame(1);
	ck_assert_int_eq(conn_hand_out(&conn, &data), FRAME);
	ck_assert_int_eq(conn_push(&conn), 0);
	conn.blocked = true;
	ck_assert_int_eq(conn_push(&conn), ERROR_MORE);
	conn_handed(&conn, FRAME);
	ck_assert_int_eq(conn_push(&conn), 0);
}
END_TEST

/* In pieces of every size: the same frame. */
START_TEST(conn_join_makes_a_frame_whole)
{
	uint8_t frames[FRAME + 3] = { 0 };

	frame_header_store(frames, FRAME_RECV_PACKET, BODY);
	memset(frames + FRAME_HEADER_SIZE, 9, BODY);
	for (size_t step = 1; step < FRAME; step++) {
		size_t at = step < FRAME ? step : FRAME - 1;
		bool whole = false;

		ck_assert_int_eq(conn_keep(&conn, frames, at), 0);
		while (!whole) {
			size_t n = sizeof(frames) - at < step ? sizeof(frames) - at : step;
			ssize_t taken = conn_join(&conn, frames + at, n, &whole);

			ck_assert_int_gt(taken, 0);
			at += (size_t)taken;
		}
		ck_assert_uint_eq(at, FRAME);
		ck_assert_uint_eq(conn.rest_len, FRAME);
		ck_assert_mem_eq(conn.rest, frames, FRAME);
		conn.rest_len = 0;
	}
}
END_TEST

START_TEST(conn_join_refuses_a_frame_that_no_relay_sends)
{
	uint8_t frame[FRAME_HEADER_SIZE + 1];
	bool whole;

	frame_header_store(frame, FRAME_RECV_PACKET, CONN_FRAME_MAX);
	ck_assert_int_eq(conn_keep(&conn, frame, 3), 0);
	ck_assert_int_eq(conn_join(&conn, frame + 3, sizeof(frame) - 3, &whole), ERROR_MALFORMED);
}
END_TEST

Suite *test_conn_suite(void)
{
	Suite *s = suite_create("conn");
	TCase *t = tcase_create("conn");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, conn_carry_makes_the_socket_wait);
	tcase_add_test(t, conn_carry_waits_for_what_is_not_written);
	tcase_add_test(t, conn_carry_leaves_transports_that_keep_their_socket);
	tcase_add_test(t, conn_hand_out_gives_one_thing_at_a_time);
	tcase_add_test(t, conn_hand_out_goes_on_behind_a_part);
	tcase_add_test(t, conn_settle_counts_frames_that_went_out_in_part_as_unsent);
	tcase_add_test(t, conn_push_tells_that_it_waits_for_room);
	tcase_add_test(t, conn_join_makes_a_frame_whole);
	tcase_add_test(t, conn_join_refuses_a_frame_that_no_relay_sends);
	suite_add_tcase(s, t);
	return s;
}
