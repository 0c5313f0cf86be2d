/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "proto/http_response.h"
#include "util/error.h"

Suite *test_http_response_suite(void);

static uint8_t out[512];
static struct writer w;
static struct http_response res;

static void setup(void)
{
	memset(out, 0, sizeof(out)); /* makes what was written a string */
	w = writer_over(out, sizeof(out) - 1);
}

static int parse(const char *text)
{
	size_t scanned = 0;

	return http_response_parse(&res, (const uint8_t *)text, strlen(text), &scanned);
}

START_TEST(http_response_with_a_body)
{
	http_response_begin(&w, 404);
	http_response_field(&w, "X-A", "b");
	http_response_end(&w, "gone\n", 5, true, false);
	ck_assert(!w.failed);
	ck_assert_str_eq((char *)out, "HTTP/1.1 404 Not Found\r\nX-A: b\r\nContent-Length: 5\r\n"
				      "Connection: close\r\n\r\ngone\n");
}
END_TEST

START_TEST(http_response_to_head_has_length_but_no_body)
{
	http_response_begin(&w, 200);
	http_response_end(&w, "page", 4, false, true);
	ck_assert_str_eq((char *)out, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
}
END_TEST

START_TEST(http_response_of_an_empty_body_says_so)
{
	http_response_begin(&w, 405);
	http_response_end(&w, NULL, 0, false, false);
	ck_assert_str_eq((char *)out, "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
}
END_TEST

START_TEST(http_response_without_a_body_has_no_length)
{
	http_response_begin(&w, 204);
	http_response_end_empty(&w, true);
	ck_assert_str_eq((char *)out, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}
END_TEST

START_TEST(http_response_that_does_not_fit_fails_the_writer)
{
	struct writer small = writer_over(out, 20);

	http_response_begin(&small, 200);
	http_response_end(&small, "page", 4, false, false);
	ck_assert(small.failed);
}
END_TEST

START_TEST(http_response_field_that_splits_aborts)
{
	http_response_field(&w, "X-A", "b\r\nSet-Cookie: c");
}
END_TEST

START_TEST(http_response_field_of_a_bad_name_aborts)
{
	http_response_field(&w, "X A", "b");
}
END_TEST

START_TEST(http_response_upgrade_names_version_and_key)
{
	struct key key;

	memset(key.bytes, 0xab, KEY_SIZE);
	http_response_upgrade_derp(&w, &key);
	ck_assert(!w.failed);
	ck_assert_int_eq(parse((char *)out), 0);
	ck_assert_int_eq(res.status, 101);
	ck_assert_uint_eq(res.head_len, writer_len(&w));
	ck_assert_uint_eq(res.field_count, 4);
	ck_assert(http_text_is(*http_response_field_of(&res, "upgrade"), "DERP"));
	ck_assert(http_text_is(*http_response_field_of(&res, "Connection"), "Upgrade"));
	ck_assert(http_text_is(*http_response_field_of(&res, "Derp-Version"), "2"));
	ck_assert(http_text_is(*http_response_field_of(&res, "Derp-Public-Key"),
			       "abababababababababababababababababababababababababababababababab"));
}
END_TEST

START_TEST(http_response_parse_reads_status_and_fields)
{
	ck_assert_int_eq(parse("HTTP/1.0 503 Service Unavailable\r\nRetry-After: 5\r\n\r\nbody"), 0);
	ck_assert_int_eq(res.status, 503);
	ck_assert_int_eq(res.version_minor, 0);
	ck_assert(http_text_is(*http_response_field_of(&res, "retry-after"), "5"));
	ck_assert_ptr_null(http_response_field_of(&res, "Upgrade"));
	ck_assert_int_eq(parse("HTTP/1.1 200 \r\n\r\n"), 0);
	ck_assert_int_eq(parse("HTTP/1.1 204\n\n"), 0);
	ck_assert_int_eq(res.status, 204);
}
END_TEST

static const struct {
	const char *head;
	int error;
} bad[] = {
	{ "", ERROR_MORE }, { "HTTP/1.1 200 OK\r\n", ERROR_MORE }, { "HTTP/1.1 200 OK\r\nA: b\r\n\r", ERROR_MORE },
	{ "GET / HTTP/1.1\r\n\r\n", ERROR_MALFORMED }, { "\x15\x03", ERROR_MALFORMED },
	{ "HTTP/1.1\r\n\r\n", ERROR_MALFORMED }, { "HTTP/1.1 \r\n\r\n", ERROR_MALFORMED },
	{ "HTTP/1.1 20 OK\r\n\r\n", ERROR_MALFORMED }, { "HTTP/1.1 099 OK\r\n\r\n", ERROR_MALFORMED },
	{ "HTTP/1.1 2000 OK\r\n\r\n", ERROR_MALFORMED }, { "HTTP/1.1 2x0 OK\r\n\r\n", ERROR_MALFORMED },
	{ "HTTP/1.1 99999999999999 OK\r\n\r\n", ERROR_MALFORMED }, { "HTTP/1.1  200 OK\r\n\r\n", ERROR_MALFORMED },
	{ "HTTP/1.1 -20 OK\r\n\r\n", ERROR_MALFORMED }, { "HTTP/2.0 200 OK\r\n\r\n", ERROR_UNSUPPORTED },
	{ "HTTX/1.1 200 OK\r\n\r\n", ERROR_MALFORMED }, { "HTTP/1.1 200 OK\r\nA b\r\n\r\n", ERROR_MALFORMED },
};

START_TEST(http_response_parse_refuses_what_is_no_response)
{
	ck_assert_msg(parse(bad[_i].head) == bad[_i].error, "%s", bad[_i].head);
}
END_TEST

Suite *test_http_response_suite(void)
{
	Suite *s = suite_create("http_response");
	TCase *tc = tcase_create("http_response");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, http_response_with_a_body);
	tcase_add_test(tc, http_response_to_head_has_length_but_no_body);
	tcase_add_test(tc, http_response_of_an_empty_body_says_so);
	tcase_add_test(tc, http_response_without_a_body_has_no_length);
	tcase_add_test(tc, http_response_that_does_not_fit_fails_the_writer);
	tcase_add_test_raise_signal(tc, http_response_field_that_splits_aborts, SIGABRT);
	tcase_add_test_raise_signal(tc, http_response_field_of_a_bad_name_aborts, SIGABRT);
	tcase_add_test(tc, http_response_upgrade_names_version_and_key);
	tcase_add_test(tc, http_response_parse_reads_status_and_fields);
	tcase_add_loop_test(tc, http_response_parse_refuses_what_is_no_response, 0, HD_ARRAY_LEN(bad));
	suite_add_tcase(s, tc);
	return s;
}
