/* SPDX-License-Identifier: MIT
 * Plain HTTP over a real accept plane. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/accept/scene.h"

Suite *test_login_page_suite(void);

#define SHORT_MS 300

START_TEST(login_pages_keep_the_connection)
{
	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	for (int i = 0; i < 5; i++) {
		caller_send_text(&scene.caller, "GET /derp/latency-check HTTP/1.1\r\nHost: h\r\n\r\n");
		ck_assert_int_eq(caller_read_response(&scene.caller, NULL), 200);
	}
	caller_finish(&scene.caller);
	caller_expect_orderly_end(&scene.caller);
	scene_check_logins(LOGIN_PAGE, 1);
}
END_TEST

START_TEST(login_pages_may_be_pipelined_and_end_in_an_upgrade)
{
	struct handover h;

	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(bytes_append_text(&scene.sent, "GET /robots.txt HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
	caller_put_login(&scene.caller, &scene.sent);
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(caller_read_response(&scene.caller, NULL), 200);
	caller_expect_greeting(&scene.caller, false);
	h = relay_take(&scene.relay, 0);
	relay_drop(&scene.relay, &h);
	scene_check_logins(LOGIN_OK, 1);
}
END_TEST

START_TEST(login_page_asked_to_close_closes)
{
	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	caller_send_text(&scene.caller, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
			 "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert_int_eq(caller_read_response(&scene.caller, NULL), 200);
	caller_expect_orderly_end(&scene.caller);
	caller_close(&scene.caller);
	scene_check_logins(LOGIN_PAGE, 1);
}
END_TEST

/* As RFC 9110, 9.3.2 has it, of pages and of errors. */
START_TEST(login_pages_asked_for_by_head_have_no_body)
{
	static const char *const paths[] = { "/", "/derp/probe", "/robots.txt", "/derp" };
	struct bytes *got = &scene.got;

	relay_start(&scene.relay);
	for (size_t i = 0; i < HD_ARRAY_LEN(paths); i++) {
		got->len = 0;
		ck_assert_int_eq(bytes_printf(&scene.sent,
					      "HEAD %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
					      paths[i]), 0);
		caller_connect(&scene.caller, &scene.relay);
		caller_send(&scene.caller, scene.sent.data, scene.sent.len);
		caller_read_end(&scene.caller, got);
		caller_close(&scene.caller);
		bytes_release(&scene.sent);
		ck_assert_uint_gt(got->len, 4);
		ck_assert_msg(memcmp(got->data + got->len - 4, "\r\n\r\n", 4) == 0, "%s has a body", paths[i]);
	}
}
END_TEST

/* The client sends all it has before it reads: the answer must still arrive. */
START_TEST(login_page_answer_survives_an_unread_body)
{
	size_t len = 1000000;
	char *body = calloc(1, len);

	ck_assert_ptr_nonnull(body);
	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	caller_send_text(&scene.caller, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
	caller_send(&scene.caller, body, len);
	ck_assert_int_eq(caller_read_response(&scene.caller, NULL), 200);
	caller_expect_orderly_end(&scene.caller);
	caller_close(&scene.caller);
	free(body);
	scene_check_logins(LOGIN_PAGE, 1);
}
END_TEST

/* Connects with buffers so small that a few pages fill them on both sides. */
static void connect_narrow(void)
{
	const int small = 16384;

	ck_assert_int_eq(setsockopt(scene.relay.listen_fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	relay_start(&scene.relay);
	caller_open(&scene.caller, &scene.relay);
	ck_assert_int_eq(setsockopt(scene.caller.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	caller_dial(&scene.caller, &scene.relay);
}

static void ask_for_pages(int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(bytes_append_text(&scene.sent, "GET / HTTP/1.1\r\nHost:\r\n\r\n"), 0);
	caller_try_send(&scene.caller, scene.sent.data, scene.sent.len);
}

/* Asks for far more than the sockets hold and reads nothing meanwhile. */
START_TEST(login_page_reader_may_be_slow_and_gets_a_bounded_number)
{
	int served = 0;

	connect_narrow();
	ask_for_pages(1200);
	caller_read_end(&scene.caller, &scene.got);
	ck_assert_int_eq(bytes_append(&scene.got, "", 1), 0);
	for (char *p = (char *)scene.got.data; (p = strstr(p, "HTTP/1.1 200 OK\r\n")); p++)
		served++;
	ck_assert_int_eq(served, 1000);
	caller_close(&scene.caller);
	scene_check_logins(LOGIN_PAGE, 1);
}
END_TEST

START_TEST(login_page_never_read_ends_at_the_deadline)
{
	scene.relay.settings.handshake_timeout_ms = SHORT_MS;
	connect_narrow();
	ask_for_pages(900);
	while (relay_logins_all(&scene.relay) == 0)
		continue;
	caller_close(&scene.caller);
	scene_check_logins(LOGIN_TIMEOUT, 1);
	ck_assert_uint_eq(conn_count_total(scene.relay.count), 0);
}
END_TEST

Suite *test_login_page_suite(void)
{
	Suite *s = suite_create("login_page");
	TCase *tc = tcase_create("login_page");

	tcase_add_checked_fixture(tc, scene_set, scene_clear);
	tcase_add_test(tc, login_pages_keep_the_connection);
	tcase_add_test(tc, login_pages_may_be_pipelined_and_end_in_an_upgrade);
	tcase_add_test(tc, login_page_asked_to_close_closes);
	tcase_add_test(tc, login_pages_asked_for_by_head_have_no_body);
	tcase_add_test(tc, login_page_answer_survives_an_unread_body);
	tcase_add_test(tc, login_page_reader_may_be_slow_and_gets_a_bounded_number);
	tcase_add_test(tc, login_page_never_read_ends_at_the_deadline);
	suite_add_tcase(s, tc);
	return s;
}
