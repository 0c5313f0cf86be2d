/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "proto/http_request.h"
#include "proto/http_response.h"
#include "tools/lib/ws_upgrade.h"
#include "util/error.h"

Suite *test_ws_upgrade_suite(void);

static struct ws_upgrade upgrade;

static void set_up(void)
{
	/* The nonce of RFC 6455, 1.3. */
	ck_assert_int_eq(ws_upgrade_init(&upgrade, (const uint8_t *)"the sample nonce"), 0);
}

static int check(const char *status, const char *fields)
{
	struct http_response response;
	size_t scanned = 0;
	char head[512];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%s\r\n", status, fields);

	ck_assert_int_eq(http_response_parse(&response, (const uint8_t *)head, (size_t)n, &scanned), 0);
	return ws_upgrade_check(&upgrade, &response);
}

START_TEST(ws_upgrade_key_and_accept_are_those_of_the_standard)
{
	ck_assert_str_eq(upgrade.key, "dGhlIHNhbXBsZSBub25jZQ==");
	ck_assert_str_eq(upgrade.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}
END_TEST

START_TEST(ws_upgrade_request_is_one)
{
	char text[WS_UPGRADE_REQUEST_MAX], host[400];
	struct http_request request;
	size_t scanned = 0, n;

	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	n = ws_upgrade_request(&upgrade, text, host);
	ck_assert_int_eq(http_request_parse(&request, (const uint8_t *)text, n, &scanned), 0);
	ck_assert_uint_eq(request.head_len, n);
	ck_assert(http_text_is(*http_request_field(&request, "Upgrade"), "websocket"));
	ck_assert(http_text_is(*http_request_field(&request, "Sec-WebSocket-Protocol"), "derp"));
	ck_assert(http_text_is(*http_request_field(&request, "Sec-WebSocket-Key"), upgrade.key));
	ck_assert_uint_eq(http_request_field(&request, "Host")->len, WS_UPGRADE_HOST_MAX);
}
END_TEST

#define GOOD "Upgrade: WebSocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

START_TEST(ws_upgrade_check_takes_the_right_answer_only)
{
	static const struct {
		const char *status, *fields;
		int err;
	} cases[] = {
		{ "101 Switching Protocols", GOOD "Sec-WebSocket-Protocol: derp\r\n", 0 },
		{ "200 OK", GOOD "Sec-WebSocket-Protocol: derp\r\n", ERROR_DENIED },
		{ "101 S", GOOD, ERROR_UNSUPPORTED }, /* no subprotocol */
		{ "101 S", GOOD "Sec-WebSocket-Protocol: chat\r\n", ERROR_UNSUPPORTED },
		{ "101 S", "Upgrade: DERP\r\n", ERROR_UNSUPPORTED },
		{ "101 S", "Upgrade: websocket\r\nSec-WebSocket-Protocol: derp\r\n", ERROR_UNSUPPORTED },
		{ "101 S", "Upgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n", ERROR_MALFORMED },
		{ "101 S", GOOD "Sec-WebSocket-Extensions: permessage-deflate\r\n", ERROR_MALFORMED },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++)
		ck_assert_int_eq(check(cases[i].status, cases[i].fields), cases[i].err);
}
END_TEST

Suite *test_ws_upgrade_suite(void)
{
	Suite *s = suite_create("ws_upgrade");
	TCase *t = tcase_create("ws_upgrade");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, ws_upgrade_key_and_accept_are_those_of_the_standard);
	tcase_add_test(t, ws_upgrade_request_is_one);
	tcase_add_test(t, ws_upgrade_check_takes_the_right_answer_only);
	suite_add_tcase(s, t);
	return s;
}
