/* SPDX-License-Identifier: MIT
 * Logins that must not come to anything: each ends once, counted, and others
 * are served. */
#include <check.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/frame.h"
#include "proto/http_request.h"
#include "tests/unit/accept/scene.h"

Suite *test_login_bad_suite(void);

#define SHORT_MS 50

/* A request that is answered with an error; then the connection ends. */
static void check_refused(const char *request, size_t len, int status, enum login_result result)
{
	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	caller_send(&scene.caller, request, len);
	ck_assert_int_eq(caller_read_response(&scene.caller, &scene.got), status);
	caller_expect_orderly_end(&scene.caller);
	caller_close(&scene.caller);
	scene_check_logins(result, 1);
	ck_assert(relay_took_all(&scene.relay, 0));
	ck_assert_uint_eq(conn_count_total(scene.relay.count), 0);
}

static void check_refused_text(const char *request, int status, enum login_result result)
{
	check_refused(request, strlen(request), status, result);
}

START_TEST(login_real_websocket_is_told_so)
{
	check_refused_text("GET /derp HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			   "Sec-WebSocket-Protocol: foo, derp\r\n\r\n",
			   501, LOGIN_NO_UPGRADE);
	ck_assert_int_eq(bytes_append(&scene.got, "", 1), 0);
	ck_assert_ptr_nonnull(strstr((char *)scene.got.data, "WebSocket"));
}
END_TEST

START_TEST(login_without_upgrade_is_426)
{
	check_refused_text("GET /derp HTTP/1.1\r\nHost: h\r\n\r\n", 426, LOGIN_NO_UPGRADE);
	ck_assert_int_eq(bytes_append(&scene.got, "", 1), 0);
	ck_assert_ptr_nonnull(strstr((char *)scene.got.data, "DERP requires connection upgrade"));
}
END_TEST

START_TEST(login_with_another_upgrade_is_426)
{
	check_refused_text("GET /derp HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n", 426, LOGIN_NO_UPGRADE);
}
END_TEST

START_TEST(login_malformed_request_is_400)
{
	check_refused_text("GET /derp HTTP/1.1\r\n\r\n", 400, LOGIN_BAD_HTTP);
}
END_TEST

START_TEST(login_tls_greeting_is_400_at_once)
{
	const char hello[] = { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01 };

	check_refused(hello, sizeof(hello), 400, LOGIN_BAD_HTTP);
}
END_TEST

START_TEST(login_http_2_is_505)
{
	check_refused_text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, LOGIN_BAD_HTTP);
}
END_TEST

/* The rest of the head is still under way when the answer is written: it must
 * not be lost to a reset. */
START_TEST(login_endless_head_is_431)
{
	size_t len = 4 * HTTP_HEAD_MAX;
	char *head = malloc(len);

	ck_assert_ptr_nonnull(head);
	memset(head, 'a', len);
	memcpy(head, "GET / HTTP/1.1\r\nX: ", 19);
	check_refused(head, len, 431, LOGIN_HTTP_TOO_BIG);
	free(head);
}
END_TEST

/* A login that must end without a hand-over, whatever the client still sends. */
static void check_closed(enum login_result result)
{
	uint64_t before;

	caller_connect(&scene.caller, &scene.relay);
	before = relay_logins(&scene.relay, result);
	caller_try_send(&scene.caller, scene.sent.data, scene.sent.len);
	caller_read_end(&scene.caller, &scene.got);
	caller_close(&scene.caller);
	ck_assert_uint_eq(relay_logins(&scene.relay, result), before + 1);
	ck_assert(relay_took_all(&scene.relay, 0));
	ck_assert_uint_eq(conn_count_total(scene.relay.count), 0);
}

START_TEST(login_bad_frames_are_closed_and_counted)
{
	static const struct {
		uint8_t type;
		uint32_t len;
	} cases[] = {
		{ FRAME_SEND_PACKET, 100 }, { FRAME_CLIENT_INFO, 55 },
		{ FRAME_CLIENT_INFO, 256 * 1024 + 1 }, { FRAME_PING, 8 },
	};

	relay_start(&scene.relay);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t header[FRAME_HEADER_SIZE];

		bytes_release(&scene.sent);
		caller_put_request(&scene.sent, "Upgrade: DERP\r\n");
		frame_header_store(header, cases[i].type, cases[i].len);
		ck_assert_int_eq(bytes_append(&scene.sent, header, sizeof(header)), 0);
		check_closed(LOGIN_BAD_FRAME);
	}
	scene_check_serves();
}
END_TEST

START_TEST(login_bad_boxes_and_documents_are_closed_and_counted)
{
	struct caller maker; /* makes what the caller sends */

	relay_start(&scene.relay);
	caller_open(&maker, &scene.relay);
	caller_put_login(&maker, &scene.sent);
	scene.sent.data[scene.sent.len - 1] ^= 1;
	check_closed(LOGIN_BAD_BOX);
	bytes_release(&scene.sent);
	caller_put_request(&scene.sent, "Upgrade: DERP\r\n");
	caller_put_client_info(&maker, &scene.sent, "{\"meshKey\":null}", 16);
	check_closed(LOGIN_BAD_INFO);
	bytes_release(&scene.sent);
	memset(&maker.key, 0, sizeof(maker.key));
	caller_put_login(&maker, &scene.sent);
	check_closed(LOGIN_BAD_KEY);
	caller_close(&maker);
	scene_check_serves();
}
END_TEST

START_TEST(login_garbage_is_closed_and_counted)
{
	uint32_t state = 1;
	uint64_t all;

	scene.relay.settings.handshake_timeout_ms = SHORT_MS; /* for garbage that might go on to be a request */
	relay_start(&scene.relay);
	for (int round = 0; round < 60; round++) {
		uint8_t noise[512];

		bytes_release(&scene.sent);
		if (round % 3)
			caller_put_request(&scene.sent, round % 3 == 1 ? "Upgrade: DERP\r\n" :
					   "Upgrade: DERP\r\nDerp-Fast-Start: 1\r\n");
		for (size_t i = 0; i < sizeof(noise); i++) {
			state = state * 1664525 + 1013904223;
			noise[i] = (uint8_t)(state >> 24);
		}
		ck_assert_int_eq(bytes_append(&scene.sent, noise, sizeof(noise)), 0);
		all = relay_logins_all(&scene.relay);
		caller_connect(&scene.caller, &scene.relay);
		caller_try_send(&scene.caller, scene.sent.data, scene.sent.len);
		caller_read_end(&scene.caller, &scene.got);
		caller_close(&scene.caller);
		while (relay_logins_all(&scene.relay) == all) /* it lingers until it sees us go */
			continue;
		ck_assert_uint_eq(relay_logins_all(&scene.relay), all + 1);
		bytes_release(&scene.got);
	}
	scene_check_logins(LOGIN_OK, 0);
	ck_assert(relay_took_all(&scene.relay, 0));
}
END_TEST

START_TEST(login_cut_at_every_byte_is_closed_and_counted)
{
	struct caller maker;
	size_t request_len;

	relay_start(&scene.relay);
	caller_open(&maker, &scene.relay);
	caller_put_request(&scene.sent, "Upgrade: DERP\r\n");
	request_len = scene.sent.len;
	caller_put_client_info(&maker, &scene.sent, "{}", 2);
	for (size_t n = 0; n < scene.sent.len; n++) {
		caller_connect(&scene.caller, &scene.relay);
		caller_send(&scene.caller, scene.sent.data, n);
		caller_finish(&scene.caller);
		if (n >= request_len)
			caller_expect_greeting(&scene.caller, false);
		caller_expect_end(&scene.caller);
		caller_close(&scene.caller);
		ck_assert_uint_eq(relay_logins(&scene.relay, LOGIN_EOF), n + 1);
	}
	caller_close(&maker);
	scene_check_serves();
}
END_TEST

START_TEST(login_reset_in_the_middle_is_counted)
{
	const struct linger hard = { .l_onoff = 1 };

	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_request(&scene.sent, "Upgrade: DERP\r\n");
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	caller_expect_greeting(&scene.caller, false);
	ck_assert_int_eq(setsockopt(scene.caller.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
	caller_close(&scene.caller);
	while (relay_logins_all(&scene.relay) == 0)
		sched_yield();
	scene_check_serves();
	scene_check_logins(LOGIN_EOF, 1);
}
END_TEST

Suite *test_login_bad_suite(void)
{
	Suite *s = suite_create("login_bad");
	TCase *tc = tcase_create("login_bad");

	tcase_add_checked_fixture(tc, scene_set, scene_clear);
	tcase_add_test(tc, login_real_websocket_is_told_so);
	tcase_add_test(tc, login_without_upgrade_is_426);
	tcase_add_test(tc, login_with_another_upgrade_is_426);
	tcase_add_test(tc, login_malformed_request_is_400);
	tcase_add_test(tc, login_tls_greeting_is_400_at_once);
	tcase_add_test(tc, login_http_2_is_505);
	tcase_add_test(tc, login_endless_head_is_431);
	tcase_add_test(tc, login_bad_frames_are_closed_and_counted);
	tcase_add_test(tc, login_bad_boxes_and_documents_are_closed_and_counted);
	tcase_add_test(tc, login_garbage_is_closed_and_counted);
	tcase_add_test(tc, login_cut_at_every_byte_is_closed_and_counted);
	tcase_add_test(tc, login_reset_in_the_middle_is_counted);
	suite_add_tcase(s, tc);
	return s;
}
