/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "proto/http_head.h"
#include "util/error.h"

Suite *test_http_head_suite(void);

static struct http_text of(const char *text)
{
	return (struct http_text){ text, strlen(text) };
}

static const struct {
	const char *data;
	int length;
} ends[] = {
	{ "a\r\n\r\n", 5 }, { "a\n\n", 3 }, { "a\r\n\n", 4 }, { "a\n\r\n", 4 },
	{ "a\r\nb\r\n\r\nbody\r\n\r\n", 8 },
	{ "\r\n\r\n", 4 }, { "\n\n", 2 }, { "", ERROR_MORE }, { "a", ERROR_MORE }, { "a\r\n", ERROR_MORE },
	{ "a\r\n\r", ERROR_MORE }, { "a\r\r\n\r", ERROR_MORE }, { "a\r\n\r\r\n", ERROR_MORE },
	{ "\n", ERROR_MORE },
};

START_TEST(http_head_length_finds_the_first_empty_line)
{
	size_t scanned = 0;

	ck_assert_int_eq(http_head_length((const uint8_t *)ends[_i].data, strlen(ends[_i].data), &scanned),
			 ends[_i].length);
}
END_TEST

START_TEST(http_head_length_is_the_same_byte_by_byte)
{
	size_t scanned = 0, len = strlen(ends[_i].data);
	int rc = ERROR_MORE;

	for (size_t have = 0; have <= len && rc == ERROR_MORE; have++) {
		rc = http_head_length((const uint8_t *)ends[_i].data, have, &scanned);
		if (rc == ERROR_MORE)
			ck_assert_uint_eq(scanned, have); /* no byte is searched twice */
		/* it comes with its last byte, not later */
		if (rc >= 0)
			ck_assert_uint_eq((size_t)rc, have);
	}
	ck_assert_int_eq(rc, ends[_i].length);
}
END_TEST

START_TEST(http_head_length_stops_at_64_kib)
{
	size_t size = HTTP_HEAD_MAX + 10, scanned = 0;
	uint8_t *data = malloc(size);

	ck_assert_ptr_nonnull(data);
	memset(data, 'a', size);
	ck_assert_int_eq(http_head_length(data, HTTP_HEAD_MAX - 1, &scanned), ERROR_MORE);
	ck_assert_int_eq(http_head_length(data, HTTP_HEAD_MAX, &scanned), ERROR_TOO_BIG);
	ck_assert_int_eq(http_head_length(data, size, &scanned), ERROR_TOO_BIG);
	/* an end that lies behind the limit does not count, one just before it does */
	memcpy(data + HTTP_HEAD_MAX - 3, "\r\n\r\n", 4);
	scanned = 0;
	ck_assert_int_eq(http_head_length(data, size, &scanned), ERROR_TOO_BIG);
	memcpy(data + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	scanned = 0;
	ck_assert_int_eq(http_head_length(data, size, &scanned), HTTP_HEAD_MAX);
	free(data);
}
END_TEST

START_TEST(http_head_line_cuts_either_ending)
{
	struct http_text head = of("one\r\ntwo\nthree\r\r\n\r\n");

	ck_assert(http_text_is(http_head_line(&head), "one"));
	ck_assert(http_text_is(http_head_line(&head), "two"));
	ck_assert(http_text_is(http_head_line(&head), "three\r"));
	ck_assert(http_text_is(http_head_line(&head), ""));
	ck_assert_uint_eq(head.len, 0);
}
END_TEST

START_TEST(http_head_fields_are_named_and_trimmed)
{
	struct http_text lines = of("Host: a.example\r\nX-Empty:\nx-tab:\t\xc3\xa9 \t b \t\r\n\r\n");
	struct http_field fields[HTTP_FIELDS_MAX];

	ck_assert_int_eq(http_head_fields(fields, lines), 3);
	ck_assert(http_text_is(fields[0].name, "Host"));
	ck_assert(http_text_is(fields[0].value, "a.example"));
	ck_assert(http_text_is(fields[1].value, ""));
	ck_assert(http_text_is(fields[2].value, "\xc3\xa9 \t b"));
	ck_assert_ptr_eq(http_head_field(fields, 3, "X-TAB"), &fields[2].value);
	ck_assert_ptr_null(http_head_field(fields, 3, "X-Ta"));
	ck_assert_ptr_null(http_head_field(fields, 0, "Host"));
	ck_assert_int_eq(http_head_fields(fields, of("\r\n")), 0);
}
END_TEST

static const char *const bad_fields[] = {
	"Host\r\n\r\n", ": a\r\n\r\n", "Host : a\r\n\r\n", "Ho st: a\r\n\r\n", " Host: a\r\n\r\n",
	"A: b\r\n folded\r\n\r\n", "A: b\r\n\tfolded: x\r\n\r\n", "A: b\rc\r\n\r\n", "A: \x01\r\n\r\n",
	"A: b\x7f\r\n\r\n", "A: b\r\r\n\r\n", "A\xc3: b\r\n\r\n", "A: b\r\n\rB: c\r\n\r\n", "(A): b\r\n\r\n",
};

START_TEST(http_head_fields_refuse_what_is_no_field)
{
	struct http_field fields[HTTP_FIELDS_MAX];

	ck_assert_msg(http_head_fields(fields, of(bad_fields[_i])) == ERROR_MALFORMED, "%s", bad_fields[_i]);
}
END_TEST

START_TEST(http_head_fields_refuse_nul_bytes)
{
	struct http_field fields[HTTP_FIELDS_MAX];

	ck_assert_int_eq(http_head_fields(fields, (struct http_text){ "A: b\0c\r\n\r\n", 10 }), ERROR_MALFORMED);
	ck_assert_int_eq(http_head_fields(fields, (struct http_text){ "A\0: b\r\n\r\n", 9 }), ERROR_MALFORMED);
}
END_TEST

START_TEST(http_head_fields_stop_at_256)
{
	struct http_field fields[HTTP_FIELDS_MAX];
	char text[5 * (HTTP_FIELDS_MAX + 1) + 3], *at = text;

	for (int i = 0; i < HTTP_FIELDS_MAX + 1; i++, at += 5)
		memcpy(at, "A: b\n", 5);
	memcpy(at, "\n", 2);
	ck_assert_int_eq(http_head_fields(fields, of(text)), ERROR_TOO_BIG);
	ck_assert_int_eq(http_head_fields(fields, of(text + 5)), HTTP_FIELDS_MAX);
}
END_TEST

START_TEST(http_head_version_tells_http_1_from_others)
{
	ck_assert_int_eq(http_head_version(of("HTTP/1.1")), 1);
	ck_assert_int_eq(http_head_version(of("HTTP/1.0")), 0);
	ck_assert_int_eq(http_head_version(of("HTTP/1.9")), 9);
	ck_assert_int_eq(http_head_version(of("HTTP/2.0")), ERROR_UNSUPPORTED);
	ck_assert_int_eq(http_head_version(of("HTTP/0.9")), ERROR_UNSUPPORTED);
}
END_TEST

START_TEST(http_head_version_refuses_all_else)
{
	static const char *const bad[] = {
		"", "HTTP", "HTTP/1", "HTTP/1.", "HTTP/11", "http/1.1", "HTTP/1.10", "HTTP/1.x", "HTTP/x.1",
		"HTTP/1.1 ", " HTTP/1.1", "HTTPS1.1", "HTTP/1,1",
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(bad); i++)
		ck_assert_msg(http_head_version(of(bad[i])) == ERROR_MALFORMED, "%s", bad[i]);
}
END_TEST

Suite *test_http_head_suite(void)
{
	Suite *s = suite_create("http_head");
	TCase *tc = tcase_create("http_head");

	tcase_add_loop_test(tc, http_head_length_finds_the_first_empty_line, 0, HD_ARRAY_LEN(ends));
	tcase_add_loop_test(tc, http_head_length_is_the_same_byte_by_byte, 0, HD_ARRAY_LEN(ends));
	tcase_add_test(tc, http_head_length_stops_at_64_kib);
	tcase_add_test(tc, http_head_line_cuts_either_ending);
	tcase_add_test(tc, http_head_fields_are_named_and_trimmed);
	tcase_add_loop_test(tc, http_head_fields_refuse_what_is_no_field, 0, HD_ARRAY_LEN(bad_fields));
	tcase_add_test(tc, http_head_fields_refuse_nul_bytes);
	tcase_add_test(tc, http_head_fields_stop_at_256);
	tcase_add_test(tc, http_head_version_tells_http_1_from_others);
	tcase_add_test(tc, http_head_version_refuses_all_else);
	suite_add_tcase(s, tc);
	return s;
}
