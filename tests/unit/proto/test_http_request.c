/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/http_request.h"
#include "util/error.h"

#define UPGRADE                       \
	"GET /derp HTTP/1.1\r\n"      \
	"Host: relay.example\r\n"     \
	"Upgrade: DERP\r\n"           \
	"Connection: Upgrade\r\n"     \
	"Ideal-Node: 1a\r\n"          \
	"Derp-Fast-Start: 1\r\n\r\n"

Suite *test_http_request_suite(void);

static struct http_request req;

static int parse_bytes(const char *text, size_t len)
{
	size_t scanned = 0;

	return http_request_parse(&req, (const uint8_t *)text, len, &scanned);
}

static int parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

START_TEST(http_request_parse_reads_a_derp_upgrade)
{
	ck_assert_int_eq(parse(UPGRADE "\x02\0\0"), 0);
	ck_assert_uint_eq(req.head_len, strlen(UPGRADE));
	ck_assert(http_text_is(req.method, "GET"));
	ck_assert(http_text_is(req.target, "/derp"));
	ck_assert(http_text_is(req.path, "/derp"));
	ck_assert(http_text_is(req.query, ""));
	ck_assert_int_eq(req.version_minor, 1);
	ck_assert_uint_eq(req.field_count, 5);
	ck_assert(http_text_is(*http_request_field(&req, "ideal-node"), "1a"));
	ck_assert(http_request_has_token(&req, "upgrade", "derp"));
	ck_assert_ptr_null(http_request_field(&req, "X-Other"));
}
END_TEST

START_TEST(http_request_parse_is_the_same_byte_by_byte)
{
	size_t scanned = 0;

	for (size_t len = 0; len < strlen(UPGRADE); len++)
		ck_assert_int_eq(http_request_parse(&req, (const uint8_t *)UPGRADE, len, &scanned), ERROR_MORE);
	ck_assert_int_eq(http_request_parse(&req, (const uint8_t *)UPGRADE, strlen(UPGRADE), &scanned), 0);
	ck_assert_uint_eq(req.field_count, 5);
	ck_assert_uint_eq(req.head_len, strlen(UPGRADE));
}
END_TEST

static const struct {
	const char *head, *path, *query;
} targets[] = {
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "/", "" },
	{ "GET /a/b?c=d&e HTTP/1.1\r\nHost: a\r\n\r\n", "/a/b", "c=d&e" },
	{ "GET /a?b?c HTTP/1.1\r\nHost: a\r\n\r\n", "/a", "b?c" },
	{ "GET http://h.example HTTP/1.1\r\nHost: a\r\n\r\n", "/", "" },
	{ "GET http://h.example?q HTTP/1.1\r\nHost: a\r\n\r\n", "/", "q" },
	{ "GET HTTPS://h.example:443/p?q=r HTTP/1.1\r\nHost: a\r\n\r\n", "/p", "q=r" },
	{ "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "*", "" },
	{ "CONNECT h.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", "", "" },
	{ "CONNECT /derp HTTP/1.1\r\nHost: a\r\n\r\n", "/derp", "" },
	{ "GET //double HTTP/1.1\r\nHost: a\r\n\r\n", "//double", "" },
	{ "M-SEARCH /x HTTP/1.1\nhost:\n\n", "/x", "" },
	{ "GET / HTTP/1.0\r\n\r\n", "/", "" },
	{ "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "/", "" },
};

START_TEST(http_request_parse_takes_all_forms_of_target)
{
	ck_assert_msg(parse(targets[_i].head) == 0, "%s", targets[_i].head);
	ck_assert(http_text_is(req.path, targets[_i].path));
	ck_assert(http_text_is(req.query, targets[_i].query));
}
END_TEST

static const struct {
	const char *head;
	int error;
} bad[] = {
	{ "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ " GET / HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET\r\n\r\n", ERROR_MALFORMED },
	{ "GET /\r\n\r\n", ERROR_MALFORMED },
	{ "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET derp HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET *x HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET http:// HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET ftp://h/x HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET h.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET / http/1.1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET / HTTP/1\r\nHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET / HTTP/1.1\rHost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET / HTTP/1.1\r\n\r\n", ERROR_MALFORMED },
	{ "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", ERROR_MALFORMED },
	{ "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", ERROR_MALFORMED },
	{ "GET / HTTP/1.1\r\nHost : a\r\n\r\n", ERROR_MALFORMED },
	{ "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", ERROR_MALFORMED },
	{ "GET / HTTP/2.0\r\nHost: a\r\n\r\n", ERROR_UNSUPPORTED },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ERROR_UNSUPPORTED },
	{ "\x16\x03\x01\x02", ERROR_MALFORMED }, /* a TLS greeting: told before any line ends */
};

START_TEST(http_request_parse_refuses_what_is_no_request)
{
	ck_assert_msg(parse(bad[_i].head) == bad[_i].error, "%s", bad[_i].head);
}
END_TEST

START_TEST(http_request_parse_wants_more_of_every_truncation)
{
	for (size_t len = 0; len < strlen(UPGRADE); len++)
		ck_assert_int_eq(parse_bytes(UPGRADE, len), ERROR_MORE);
}
END_TEST

START_TEST(http_request_parse_refuses_too_much)
{
	size_t size = HTTP_HEAD_MAX;
	char *data = malloc(size);

	ck_assert_ptr_nonnull(data);
	memset(data, 'A', size);
	ck_assert_int_eq(parse_bytes(data, size), ERROR_TOO_BIG);
	memcpy(data, "GET / HTTP/1.1\r\nHost: ", 22);
	ck_assert_int_eq(parse_bytes(data, size - 1), ERROR_MORE);
	ck_assert_int_eq(parse_bytes(data, size), ERROR_TOO_BIG);
	memcpy(data + size - 4, "\r\n\r\n", 4);
	ck_assert_int_eq(parse_bytes(data, size), 0);
	ck_assert_uint_eq(http_request_field(&req, "Host")->len, size - 22 - 4);
	free(data);
}
END_TEST

START_TEST(http_request_parse_counts_fields)
{
	char text[4096] = "GET / HTTP/1.0\n";
	char *at = text + strlen(text);

	for (int i = 0; i < HTTP_FIELDS_MAX; i++, at += 4)
		memcpy(at, "A:b\n", 4);
	memcpy(at, "\n", 2);
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(req.field_count, HTTP_FIELDS_MAX);
	memcpy(at, "A:b\n\n", 6);
	ck_assert_int_eq(parse(text), ERROR_TOO_BIG);
}
END_TEST

START_TEST(http_request_has_token_looks_at_every_element)
{
	ck_assert_int_eq(parse("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: foo, WebSocket\r\n"
			       "Sec-X: a,,b ,\r\nsec-x: c\r\nEmpty:\r\n\r\n"), 0);
	ck_assert(http_request_has_token(&req, "UPGRADE", "websocket"));
	ck_assert(http_request_has_token(&req, "Upgrade", "FOO"));
	ck_assert(http_request_has_token(&req, "Sec-X", "a"));
	ck_assert(http_request_has_token(&req, "Sec-X", "b"));
	ck_assert(http_request_has_token(&req, "Sec-X", "c"));
	ck_assert(!http_request_has_token(&req, "Upgrade", "fo"));
	ck_assert(!http_request_has_token(&req, "Upgrade", "websocket2"));
	ck_assert(!http_request_has_token(&req, "Upgrade", "foo, websocket"));
	ck_assert(!http_request_has_token(&req, "Empty", "a"));
	ck_assert(!http_request_has_token(&req, "None", "a"));
}
END_TEST

static const struct {
	const char *query, *name, *value;
	int result;
} queries[] = {
	{ "q=a.example", "q", "a.example", 0 },
	{ "a=1&q=2&q=3", "q", "2", 0 },
	{ "q", "q", "", 0 },
	{ "q=", "q", "", 0 },
	{ "q=a+b%20c%2Bd%2f", "q", "a b c+d/", 0 },
	{ "%71=x", "q", "x", 0 },
	{ "q=a=b", "q", "a=b", 0 },
	{ "&&q=1&", "q", "1", 0 },
	{ "q%zz=1&q=2", "q", "2", 0 },
	{ "", "q", NULL, ERROR_NOT_FOUND },
	{ "qq=1&Q=2", "q", NULL, ERROR_NOT_FOUND },
	{ "a=q", "q", NULL, ERROR_NOT_FOUND },
	{ "q=%", "q", NULL, ERROR_MALFORMED },
	{ "q=%4", "q", NULL, ERROR_MALFORMED },
	{ "q=%4g", "q", NULL, ERROR_MALFORMED },
	{ "q=a%00b", "q", NULL, ERROR_MALFORMED },
	{ "q=123456789012345", "q", "123456789012345", 0 },
	{ "q=1234567890123456", "q", NULL, ERROR_TOO_BIG },
};

START_TEST(http_request_query_decodes_or_leaves_the_output)
{
	char text[200], out[16] = "before";

	snprintf(text, sizeof(text), "GET /x?%s HTTP/1.0\r\n\r\n", queries[_i].query);
	ck_assert_int_eq(parse(text), 0);
	ck_assert_int_eq(http_request_query(out, sizeof(out), &req, queries[_i].name), queries[_i].result);
	ck_assert_str_eq(out, queries[_i].value ? queries[_i].value : "before");
}
END_TEST

Suite *test_http_request_suite(void)
{
	Suite *s = suite_create("http_request");
	TCase *tc = tcase_create("http_request");

	tcase_add_test(tc, http_request_parse_reads_a_derp_upgrade);
	tcase_add_test(tc, http_request_parse_is_the_same_byte_by_byte);
	tcase_add_loop_test(tc, http_request_parse_takes_all_forms_of_target, 0, HD_ARRAY_LEN(targets));
	tcase_add_loop_test(tc, http_request_parse_refuses_what_is_no_request, 0, HD_ARRAY_LEN(bad));
	tcase_add_test(tc, http_request_parse_wants_more_of_every_truncation);
	tcase_add_test(tc, http_request_parse_refuses_too_much);
	tcase_add_test(tc, http_request_parse_counts_fields);
	tcase_add_test(tc, http_request_has_token_looks_at_every_element);
	tcase_add_loop_test(tc, http_request_query_decodes_or_leaves_the_output, 0, HD_ARRAY_LEN(queries));
	suite_add_tcase(s, tc);
	return s;
}
