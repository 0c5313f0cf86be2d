/* SPDX-License-Identifier: MIT
 * The ring on the kernel's io_uring, on socket pairs and TCP over loopback.
 * Every test runs without and with a submission thread (_i). */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/data/ring_fixture.h"

Suite *test_ring_suite(void);

static void put(int fd, const void *data, size_t len)
{
	ck_assert_int_eq(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* ---- receiving ---- */

START_TEST(ring_recv_goes_on_over_many_writes)
{
	int fd[2];

	fixture_open(_i);
	fixture_pair(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	for (int i = 0; i < 100; i++) {
		uint8_t data[3] = { (uint8_t)i, 7, 9 };
		struct ring_event e;

		put(fd[1], data, sizeof(data));
		e = fixture_next_of(FIXTURE_RECV_TAG);
		ck_assert_int_eq(e.res, sizeof(data));
		ck_assert(e.has_buf && e.more);
		ck_assert_int_eq(memcmp(ring_buf(fixture_ring, e.buf), data, sizeof(data)), 0);
		ring_buf_return(fixture_ring, e.buf);
		/* The kernel has it back only now; a polling thread may need no enter to receive. */
		ring_enter(fixture_ring, 0);
	}
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_recv_takes_what_was_there_before)
{
	int fd[2];
	struct ring_event e;

	fixture_open(_i);
	fixture_pair(fd);
	put(fd[1], "early", 5);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	e = fixture_next_of(FIXTURE_RECV_TAG);
	ck_assert_int_eq(e.res, 5);
	ring_buf_return(fixture_ring, e.buf);
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_recv_ends_at_end_of_file)
{
	int fd[2];
	struct ring_event e;

	fixture_open(_i);
	fixture_pair(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	put(fd[1], "x", 1);
	close(fd[1]);
	e = fixture_next_of(FIXTURE_RECV_TAG);
	ck_assert_int_eq(e.res, 1);
	ring_buf_return(fixture_ring, e.buf);
	e = fixture_next_of(FIXTURE_RECV_TAG);
	ck_assert_int_eq(e.res, 0);
	ck_assert(!e.more && !e.has_buf);
	fixture_quiet();
	fixture_close();
	close(fd[0]);
}
END_TEST

START_TEST(ring_recv_reports_a_reset)
{
	struct linger now = { .l_onoff = 1 };
	int fd[2];
	struct ring_event e;

	fixture_open(_i);
	fixture_tcp(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	ck_assert_int_eq(setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(fd[1]);
	e = fixture_next_of(FIXTURE_RECV_TAG);
	ck_assert_int_eq(e.res, -ECONNRESET);
	ck_assert(!e.more && !e.has_buf);
	fixture_close();
	close(fd[0]);
}
END_TEST

/* More bytes than there are buffers: nothing is lost, and each byte comes once. */
START_TEST(ring_recv_without_buffers_ends_and_loses_nothing)
{
	static uint8_t sent[3 * FIXTURE_BUF_COUNT * FIXTURE_BUF_SIZE];
	static uint8_t got[sizeof(sent)];
	uint16_t held[FIXTURE_BUF_COUNT];
	uint32_t holding = 0, ends = 0;
	size_t at = 0, len = 0;
	int fd[2];

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 31 + i / 251);
	fixture_open(_i);
	fixture_pair(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	while (len < sizeof(sent)) {
		struct ring_event e;

		if (at < sizeof(sent)) {
			ssize_t n = send(fd[1], sent + at, sizeof(sent) - at, MSG_DONTWAIT);

			at += n > 0 ? (size_t)n : 0;
		}
		e = fixture_next_of(FIXTURE_RECV_TAG);
		if (e.has_buf) {
			ck_assert_uint_lt(holding, FIXTURE_BUF_COUNT);
			ck_assert_uint_le(len + (size_t)e.res, sizeof(got));
			memcpy(got + len, ring_buf(fixture_ring, e.buf), (size_t)e.res);
			len += (size_t)e.res;
			held[holding++] = e.buf;
		}
		if (!e.more) {
			ck_assert_int_eq(e.res, -ENOBUFS);
			ck_assert_uint_eq(holding, FIXTURE_BUF_COUNT);
			while (holding > 0)
				ring_buf_return(fixture_ring, held[--holding]);
			ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
			ends++;
		}
	}
	ck_assert_uint_ge(ends, 2);
	ck_assert_int_eq(memcmp(sent, got, sizeof(sent)), 0);
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_recv_gives_each_buffer_once_until_it_is_returned)
{
	bool out[FIXTURE_BUF_COUNT] = { false };
	int fd[2];

	fixture_open(_i);
	fixture_pair(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	for (int i = 0; i < FIXTURE_BUF_COUNT; i++) {
		struct ring_event e;

		put(fd[1], "x", 1);
		e = fixture_next_of(FIXTURE_RECV_TAG);
		ck_assert(e.has_buf);
		ck_assert_uint_lt(e.buf, FIXTURE_BUF_COUNT);
		ck_assert(!out[e.buf]);
		out[e.buf] = true;
	}
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

/* ---- cancelling ---- */

START_TEST(ring_cancel_ends_a_receive_once)
{
	int fd[2];
	struct ring_event e;

	fixture_open(_i);
	fixture_pair(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	ring_enter(fixture_ring, 0);
	ring_cancel(fixture_ring, FIXTURE_RECV_TAG);
	e = fixture_next_of(FIXTURE_RECV_TAG);
	ck_assert_int_eq(e.res, -ECANCELED);
	ck_assert(!e.more && !e.has_buf);
	fixture_quiet();
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_cancel_finds_a_receive_asked_for_before_it)
{
	int fd[2];

	fixture_open(_i);
	fixture_pair(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	ring_cancel(fixture_ring, FIXTURE_RECV_TAG);
	ck_assert(!fixture_next_of(FIXTURE_RECV_TAG).more);
	fixture_quiet();
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_cancel_of_nothing_makes_no_event)
{
	fixture_open(_i);
	ring_cancel(fixture_ring, FIXTURE_RECV_TAG);
	fixture_quiet();
	fixture_close();
}
END_TEST

START_TEST(ring_cancel_leaves_other_tags_alone)
{
	int fd[2], other[2];
	struct ring_event e;

	fixture_open(_i);
	fixture_pair(fd);
	fixture_pair(other);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	ring_recv(fixture_ring, other[0], FIXTURE_RECV_TAG + 1);
	ring_cancel(fixture_ring, FIXTURE_RECV_TAG);
	ck_assert_int_eq(fixture_next_of(FIXTURE_RECV_TAG).res, -ECANCELED);
	put(other[1], "x", 1);
	e = fixture_next_of(FIXTURE_RECV_TAG + 1);
	ck_assert_int_eq(e.res, 1);
	ck_assert(e.more);
	fixture_close();
	fixture_close_pair(fd);
	fixture_close_pair(other);
}
END_TEST

START_TEST(ring_cancel_ends_a_send_that_waits)
{
	static const uint8_t data[1000];
	int fd[2];

	fixture_open(_i);
	fixture_pair(fd);
	fixture_fill(fd[0]);
	ring_send(fixture_ring, fd[0], data, sizeof(data), true, FIXTURE_SEND_TAG);
	fixture_quiet();
	ring_cancel(fixture_ring, FIXTURE_SEND_TAG);
	ck_assert_int_eq(fixture_next_of(FIXTURE_SEND_TAG).res, -ECANCELED);
	fixture_quiet();
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

/* The order of the house: cancel, last event, close. Then the number may be
 * anybody's, and nothing of the old one is left. */
START_TEST(ring_close_after_the_last_event_frees_the_number)
{
	int fd[2], reused[2];
	struct ring_event e;

	fixture_open(_i);
	fixture_pair(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	ring_enter(fixture_ring, 0);
	ring_cancel(fixture_ring, FIXTURE_RECV_TAG);
	ring_shutdown(fixture_ring, fd[0]);
	do
		e = fixture_next_of(FIXTURE_RECV_TAG);
	while (e.more);
	ring_close(fixture_ring, fd[0]);
	fixture_pair(reused);
	ck_assert(reused[0] == fd[0] || reused[1] == fd[0]);
	put(reused[1], "later", 5);
	put(reused[0], "later", 5);
	fixture_quiet();
	fixture_close();
	close(fd[1]);
	fixture_close_pair(reused);
}
END_TEST

START_TEST(ring_shutdown_ends_a_receive)
{
	int fd[2];
	struct ring_event e;

	fixture_open(_i);
	fixture_tcp(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	ring_enter(fixture_ring, 0);
	ring_shutdown(fixture_ring, fd[0]);
	e = fixture_next_of(FIXTURE_RECV_TAG);
	ck_assert_int_eq(e.res, 0);
	ck_assert(!e.more);
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_shutdown_ends_a_send_that_waits)
{
	static const uint8_t data[1000];
	int fd[2];

	fixture_open(_i);
	fixture_tcp(fd);
	fixture_fill(fd[0]);
	ring_send(fixture_ring, fd[0], data, sizeof(data), true, FIXTURE_SEND_TAG);
	ring_enter(fixture_ring, 0);
	ring_shutdown(fixture_ring, fd[0]);
	ck_assert_int_eq(fixture_next_of(FIXTURE_SEND_TAG).res, -EPIPE);
	fixture_quiet();
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

/* ---- the ring itself ---- */

START_TEST(ring_enter_ends_a_wait_when_the_time_is_up)
{
	struct ring_event e;

	fixture_open(_i);
	ring_enter(fixture_ring, 1000000);
	ck_assert(!ring_next(fixture_ring, &e));
	ring_enter(fixture_ring, 0);
	ck_assert(!ring_next(fixture_ring, &e));
	fixture_close();
}
END_TEST

/* Never read, so each write counts on from the last: still each ends a wait. */
START_TEST(ring_enter_ends_a_wait_for_each_write_to_the_wake_fd)
{
	const uint64_t one = 1;
	struct ring_event e;

	fixture_open(_i);
	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(write(fixture_wake_fd, &one, sizeof(one)), sizeof(one));
		ring_enter(fixture_ring, -1);
		ck_assert(!ring_next(fixture_ring, &e));
	}
	fixture_close();
}
END_TEST

/* More operations than the queues have entries: none is lost, each ends once. */
START_TEST(ring_takes_more_operations_than_it_has_room_for)
{
	static uint8_t ended[20000];
	const uint32_t count = sizeof(ended);

	fixture_open(_i);
	memset(ended, 0, sizeof(ended));
	for (uint32_t i = 0; i < count; i++)
		ring_send(fixture_ring, -1, "x", 1, false, FIXTURE_SEND_TAG + i);
	for (uint32_t i = 0; i < count; i++) {
		struct ring_event e = fixture_next();

		ck_assert_int_eq(e.res, -EBADF);
		ck_assert_uint_lt(e.tag - FIXTURE_SEND_TAG, count);
		ck_assert_uint_eq(ended[e.tag - FIXTURE_SEND_TAG]++, 0);
	}
	fixture_quiet();
	fixture_close();
}
END_TEST

START_TEST(ring_wakes_after_its_completion_queue_ran_over)
{
	const uint64_t one = 1;
	struct ring_event e;

	fixture_open(_i);
	for (uint32_t i = 0; i < 20000; i++)
		ring_send(fixture_ring, -1, "x", 1, false, FIXTURE_SEND_TAG);
	ck_assert_int_eq(write(fixture_wake_fd, &one, sizeof(one)), sizeof(one));
	for (uint32_t i = 0; i < 20000; i++)
		(void)fixture_next();
	fixture_quiet();
	ck_assert_int_eq(write(fixture_wake_fd, &one, sizeof(one)), sizeof(one));
	ring_enter(fixture_ring, -1);
	ck_assert(!ring_next(fixture_ring, &e));
	fixture_close();
}
END_TEST

START_TEST(ring_free_with_operations_under_way)
{
	static const uint8_t data[1000];
	int fd[2];

	fixture_open(_i);
	fixture_pair(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	fixture_fill(fd[0]);
	ring_send(fixture_ring, fd[0], data, sizeof(data), true, FIXTURE_SEND_TAG);
	ring_enter(fixture_ring, 0);
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_free_of_nothing_is_fine)
{
	ring_free(NULL);
}
END_TEST

START_TEST(ring_new_aborts_unless_buffers_are_a_power_of_two)
{
	struct ring_settings s = { .buf_size = FIXTURE_BUF_SIZE, .buf_count = 12, .wake_fd = -1 };

	(void)!ring_new(&fixture_ring, &s);
}
END_TEST

static void add(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 0, 2);
}

Suite *test_ring_suite(void)
{
	Suite *s = suite_create("ring");
	TCase *tc = tcase_create("receive");

	add(tc, ring_recv_goes_on_over_many_writes);
	add(tc, ring_recv_takes_what_was_there_before);
	add(tc, ring_recv_ends_at_end_of_file);
	add(tc, ring_recv_reports_a_reset);
	add(tc, ring_recv_without_buffers_ends_and_loses_nothing);
	add(tc, ring_recv_gives_each_buffer_once_until_it_is_returned);
	suite_add_tcase(s, tc);

	tc = tcase_create("cancel");
	add(tc, ring_cancel_ends_a_receive_once);
	add(tc, ring_cancel_finds_a_receive_asked_for_before_it);
	add(tc, ring_cancel_of_nothing_makes_no_event);
	add(tc, ring_cancel_leaves_other_tags_alone);
	add(tc, ring_cancel_ends_a_send_that_waits);
	add(tc, ring_close_after_the_last_event_frees_the_number);
	add(tc, ring_shutdown_ends_a_receive);
	add(tc, ring_shutdown_ends_a_send_that_waits);
	suite_add_tcase(s, tc);

	tc = tcase_create("ring");
	add(tc, ring_enter_ends_a_wait_when_the_time_is_up);
	add(tc, ring_enter_ends_a_wait_for_each_write_to_the_wake_fd);
	add(tc, ring_takes_more_operations_than_it_has_room_for);
	add(tc, ring_wakes_after_its_completion_queue_ran_over);
	add(tc, ring_free_with_operations_under_way);
	tcase_add_test(tc, ring_free_of_nothing_is_fine);
	tcase_add_test_raise_signal(tc, ring_new_aborts_unless_buffers_are_a_power_of_two, SIGABRT);
	suite_add_tcase(s, tc);
	return s;
}
