/* SPDX-License-Identifier: MIT
 * Sending through the kernel's io_uring. Every test runs without and with a
 * submission thread (_i). */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/data/ring_fixture.h"
#include "util/mono.h"

Suite *test_ring_send_suite(void);

static size_t empty(int fd)
{
	static uint8_t to[65536];
	size_t sum = 0;
	ssize_t n;

	while ((n = recv(fd, to, sizeof(to), MSG_DONTWAIT)) > 0)
		sum += (size_t)n;
	return sum;
}

START_TEST(ring_send_delivers)
{
	int fd[2];
	char got[16];

	fixture_open(_i);
	fixture_pair(fd);
	ring_send(fixture_ring, fd[0], "hello", 5, false, FIXTURE_SEND_TAG);
	ck_assert_int_eq(fixture_next_of(FIXTURE_SEND_TAG).res, 5);
	ck_assert_int_eq(recv(fd[1], got, sizeof(got), MSG_DONTWAIT), 5);
	ck_assert_int_eq(memcmp(got, "hello", 5), 0);
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_send_without_wait_says_so_at_once_when_full)
{
	int fd[2];

	fixture_open(_i);
	fixture_tcp(fd);
	fixture_fill(fd[0]);
	ring_send(fixture_ring, fd[0], "hello", 5, false, FIXTURE_SEND_TAG);
	ck_assert_int_eq(fixture_next_of(FIXTURE_SEND_TAG).res, -EAGAIN);
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_send_without_wait_is_short_when_there_is_little_room)
{
	size_t len = 64 * 1024 * 1024;
	uint8_t *data = calloc(1, len);
	int fd[2];
	struct ring_event e;

	ck_assert_ptr_nonnull(data);
	fixture_open(_i);
	fixture_tcp(fd);
	ring_send(fixture_ring, fd[0], data, len, false, FIXTURE_SEND_TAG);
	e = fixture_next_of(FIXTURE_SEND_TAG);
	ck_assert_int_gt(e.res, 0);
	ck_assert_int_lt(e.res, (int32_t)len);
	ck_assert_uint_le(empty(fd[1]), (size_t)e.res);
	fixture_close();
	fixture_close_pair(fd);
	free(data);
}
END_TEST

START_TEST(ring_send_with_wait_sends_when_there_is_room)
{
	int fd[2];
	size_t filled, got = 0;
	struct ring_event e;

	fixture_open(_i);
	fixture_tcp(fd);
	filled = fixture_fill(fd[0]);
	ring_send(fixture_ring, fd[0], "hello", 5, true, FIXTURE_SEND_TAG);
	fixture_quiet();
	while (!ring_next(fixture_ring, &e)) {
		got += empty(fd[1]);
		ring_enter(fixture_ring, 1000000);
	}
	ck_assert_uint_eq(e.tag, FIXTURE_SEND_TAG);
	ck_assert_int_eq(e.res, 5);
	while (got < filled + 5)
		got += empty(fd[1]);
	ck_assert_uint_eq(got, filled + 5);
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_send_to_a_closed_end_is_an_error_without_a_signal)
{
	int fd[2];

	fixture_open(_i);
	fixture_pair(fd);
	close(fd[1]);
	ring_send(fixture_ring, fd[0], "x", 1, false, FIXTURE_SEND_TAG);
	ck_assert_int_eq(fixture_next_of(FIXTURE_SEND_TAG).res, -EPIPE);
	fixture_close();
	close(fd[0]);
}
END_TEST

START_TEST(ring_send_gather_keeps_the_order)
{
	static struct ring_gather g;
	static uint8_t data[RING_GATHER_MAX][3], got[sizeof(data) + 1];
	int fd[2];

	fixture_open(_i);
	fixture_pair(fd);
	for (uint32_t i = 0; i < RING_GATHER_MAX; i++) {
		memset(data[i], (int)i, sizeof(data[i]));
		g.iov[i] = (struct iovec){ data[i], sizeof(data[i]) };
	}
	g.count = RING_GATHER_MAX;
	ring_send_gather(fixture_ring, fd[0], &g, false, FIXTURE_SEND_TAG);
	ck_assert_int_eq(fixture_next_of(FIXTURE_SEND_TAG).res, sizeof(data));
	ck_assert_int_eq(recv(fd[1], got, sizeof(got), MSG_DONTWAIT), sizeof(data));
	ck_assert_int_eq(memcmp(got, data, sizeof(data)), 0);
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

START_TEST(ring_send_gather_is_short_in_the_middle_of_a_part)
{
	static struct ring_gather g;
	size_t len = 16 * 1024 * 1024;
	uint8_t *data = calloc(1, len);
	int fd[2];
	struct ring_event e;

	ck_assert_ptr_nonnull(data);
	fixture_open(_i);
	fixture_tcp(fd);
	for (uint32_t i = 0; i < 4; i++)
		g.iov[i] = (struct iovec){ data, len };
	g.count = 4;
	ring_send_gather(fixture_ring, fd[0], &g, false, FIXTURE_SEND_TAG);
	e = fixture_next_of(FIXTURE_SEND_TAG);
	ck_assert_int_gt(e.res, 0);
	ck_assert_int_lt(e.res, (int32_t)(4 * len));
	fixture_close();
	fixture_close_pair(fd);
	free(data);
}
END_TEST

START_TEST(ring_send_gather_aborts_without_parts)
{
	static struct ring_gather g;

	fixture_open(_i);
	ring_send_gather(fixture_ring, fixture_wake_fd, &g, false, FIXTURE_SEND_TAG);
}
END_TEST

static void add(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 0, 2);
}

/* ---- waiting for several ---- */

START_TEST(ring_linger_ends_with_the_last_of_its_events)
{
	struct ring_event e;
	int fd[3][2];
	uint32_t got = 0;

	fixture_open(false);
	for (int i = 0; i < 3; i++) {
		fixture_pair(fd[i]);
		ring_recv(fixture_ring, fd[i][0], FIXTURE_RECV_TAG + (uint64_t)i);
		ck_assert_int_eq(write(fd[i][1], "x", 1), 1);
	}
	ring_linger(fixture_ring, 3, INT64_C(1000) * 1000000000);
	while (ring_next(fixture_ring, &e))
		got++;
	ck_assert_uint_eq(got, 3);
	fixture_close();
	for (int i = 0; i < 3; i++)
		fixture_close_pair(fd[i]);
}
END_TEST

START_TEST(ring_linger_ends_when_the_time_is_up_with_what_has_come)
{
	struct ring_event e;
	int fd[2];

	fixture_open(false);
	fixture_pair(fd);
	ring_recv(fixture_ring, fd[0], FIXTURE_RECV_TAG);
	ck_assert_int_eq(write(fd[1], "x", 1), 1);
	ring_linger(fixture_ring, 2, 1000000);
	ck_assert(ring_next(fixture_ring, &e));
	ck_assert_int_eq(e.res, 1);
	ck_assert(!ring_next(fixture_ring, &e));
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

/* The end of a send that does not wait is there as soon as it is asked for: it
 * is no reason to wake up. */
START_TEST(ring_linger_does_not_count_sends_that_end_at_once)
{
	const uint64_t time_ns = 3000000;
	struct ring_event e;
	uint64_t since_ns;
	int fd[2];

	fixture_open(false);
	fixture_pair(fd);
	ring_enter(fixture_ring, 0);
	ring_send(fixture_ring, fd[0], "x", 1, false, FIXTURE_SEND_TAG);
	ring_send(fixture_ring, fd[0], "x", 1, false, FIXTURE_SEND_TAG + 1);
	since_ns = mono_now_ns();
	ring_linger(fixture_ring, 1, (int64_t)time_ns);
	ck_assert_uint_ge(mono_now_ns() - since_ns, time_ns);
	ck_assert(ring_next(fixture_ring, &e));
	ck_assert(ring_next(fixture_ring, &e));
	ck_assert(!ring_next(fixture_ring, &e));
	fixture_close();
	fixture_close_pair(fd);
}
END_TEST

Suite *test_ring_send_suite(void)
{
	Suite *s = suite_create("ring_send");
	TCase *tc = tcase_create("send");

	add(tc, ring_send_delivers);
	add(tc, ring_send_without_wait_says_so_at_once_when_full);
	add(tc, ring_send_without_wait_is_short_when_there_is_little_room);
	add(tc, ring_send_with_wait_sends_when_there_is_room);
	add(tc, ring_send_to_a_closed_end_is_an_error_without_a_signal);
	add(tc, ring_send_gather_keeps_the_order);
	add(tc, ring_send_gather_is_short_in_the_middle_of_a_part);
	tcase_add_test_raise_signal(tc, ring_send_gather_aborts_without_parts, SIGABRT);
	tcase_add_test(tc, ring_linger_ends_with_the_last_of_its_events);
	tcase_add_test(tc, ring_linger_ends_when_the_time_is_up_with_what_has_come);
	tcase_add_test(tc, ring_linger_does_not_count_sends_that_end_at_once);
	suite_add_tcase(s, tc);
	return s;
}
