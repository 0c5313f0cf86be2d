/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept/transport.h"
#include "util/error.h"

Suite *test_transport_suite(void);

static struct transport t;
static int far_end;

static void setup(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	transport_init(&t, pair[0]);
	far_end = pair[1];
}

static void teardown(void)
{
	transport_release(&t);
	if (far_end >= 0)
		close(far_end);
}

START_TEST(transport_read_tells_none_yet_from_the_end)
{
	char buf[8];

	ck_assert_int_eq(transport_read(&t, buf, sizeof(buf)), ERROR_MORE);
	ck_assert_int_eq(write(far_end, "abc", 3), 3);
	ck_assert_int_eq(transport_read(&t, buf, sizeof(buf)), 3);
	ck_assert_mem_eq(buf, "abc", 3);
	close(far_end);
	far_end = -1;
	ck_assert_int_eq(transport_read(&t, buf, sizeof(buf)), ERROR_CLOSED);
}
END_TEST

START_TEST(transport_write_stops_when_the_other_does_not_read)
{
	static char block[65536];
	size_t sent = 0, got = 0;
	ssize_t n;

	while ((n = transport_write(&t, block, sizeof(block))) > 0)
		sent += (size_t)n;
	ck_assert_int_eq(n, ERROR_MORE);
	ck_assert_uint_gt(sent, 0);
	while ((n = read(far_end, block, sizeof(block))) > 0)
		got += (size_t)n;
	ck_assert_uint_eq(got, sent);
}
END_TEST

START_TEST(transport_write_to_a_closed_end_raises_no_signal)
{
	close(far_end);
	far_end = -1;
	ck_assert_int_eq(transport_write(&t, "x", 1), ERROR_CLOSED);
}
END_TEST

START_TEST(transport_shutdown_ends_writing_only)
{
	char buf[8];

	transport_shutdown(&t);
	ck_assert_int_eq(read(far_end, buf, sizeof(buf)), 0);
	ck_assert_int_eq(write(far_end, "abc", 3), 3);
	ck_assert_int_eq(transport_read(&t, buf, sizeof(buf)), 3);
}
END_TEST

START_TEST(transport_hand_over_gives_the_descriptor_and_the_rest_away)
{
	struct handover h = { 0 };

	ck_assert_int_eq(transport_hand_over(&t, &h, (const uint8_t *)"rest", 4), 0);
	transport_release(&t);
	ck_assert_int_ge(h.fd, 0);
	ck_assert_int_eq(write(h.fd, "x", 1), 1); /* still open */
	ck_assert_int_eq(h.transport, PEER_TRANSPORT_PLAIN);
	ck_assert_uint_eq(h.leftover_len, 4);
	ck_assert_mem_eq(h.leftover, "rest", 4);
	ck_assert_ptr_null(h.sealed);
	free(h.leftover);
	close(h.fd);
}
END_TEST

START_TEST(transport_hand_over_of_nothing_left_has_no_leftover)
{
	struct handover h = { 0 };

	ck_assert_int_eq(transport_hand_over(&t, &h, NULL, 0), 0);
	ck_assert_ptr_null(h.leftover);
	ck_assert_uint_eq(h.leftover_len, 0);
	close(h.fd);
}
END_TEST

START_TEST(transport_release_closes_once)
{
	char buf[8];

	transport_release(&t);
	ck_assert_int_eq(read(far_end, buf, sizeof(buf)), 0);
	transport_release(&t);
}
END_TEST

START_TEST(transport_other_failures_are_errors)
{
	char buf[8];
	close(t.fd);
	t.fd = 1 << 20; /* no such descriptor */
	ck_assert_int_eq(transport_read(&t, buf, sizeof(buf)), ERROR_IO);
	ck_assert_int_eq(transport_write(&t, buf, sizeof(buf)), ERROR_IO);
	t.fd = -1;
}
END_TEST

Suite *test_transport_suite(void)
{
	Suite *s = suite_create("transport");
	TCase *tc = tcase_create("transport");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, transport_read_tells_none_yet_from_the_end);
	tcase_add_test(tc, transport_write_stops_when_the_other_does_not_read);
	tcase_add_test(tc, transport_write_to_a_closed_end_raises_no_signal);
	tcase_add_test(tc, transport_shutdown_ends_writing_only);
	tcase_add_test(tc, transport_hand_over_gives_the_descriptor_and_the_rest_away);
	tcase_add_test(tc, transport_hand_over_of_nothing_left_has_no_leftover);
	tcase_add_test(tc, transport_release_closes_once);
	tcase_add_test(tc, transport_other_failures_are_errors);
	suite_add_tcase(s, tc);
	return s;
}
