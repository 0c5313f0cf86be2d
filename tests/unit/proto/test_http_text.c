/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "proto/http_text.h"

Suite *test_http_text_suite(void);

static struct http_text of(const char *text)
{
	return (struct http_text){ text, strlen(text) };
}

START_TEST(http_text_is_compares_exactly)
{
	ck_assert(http_text_is(of("GET"), "GET"));
	ck_assert(http_text_is(of(""), ""));
	ck_assert(!http_text_is(of("GET"), "get"));
	ck_assert(!http_text_is(of("GET"), "GE"));
	ck_assert(!http_text_is(of("GE"), "GET"));
}
END_TEST

START_TEST(http_text_is_nocase_folds_letters_only)
{
	ck_assert(http_text_is_nocase(of("UpGrade"), "uPgRADE"));
	ck_assert(!http_text_is_nocase(of("Upgrad"), "Upgrade"));
	ck_assert(!http_text_is_nocase(of("["), "{"));
	ck_assert(!http_text_is_nocase(of("@"), "`"));
}
END_TEST

START_TEST(http_text_token_has_the_characters_of_rfc_9110)
{
	static const char chars[] = "!#$%&'*+-.^_`|~0123456789"
				    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char text[2] = { 0 };

	for (int c = 0; c < 256; c++) {
		text[0] = (char)c;
		ck_assert_int_eq(http_text_is_token((struct http_text){ text, 1 }), c && strchr(chars, c) != NULL);
	}
	ck_assert(http_text_is_token(of("a-B.3")));
	ck_assert(!http_text_is_token(of("a b")));
	ck_assert(!http_text_is_token(of("")));
}
END_TEST

START_TEST(http_text_trim_takes_blanks_off_both_ends)
{
	ck_assert(http_text_is(http_text_trim(of(" \t a b\t ")), "a b"));
	ck_assert(http_text_is(http_text_trim(of(" \t ")), ""));
	ck_assert(http_text_is(http_text_trim(of("")), ""));
	ck_assert(http_text_is(http_text_trim(of("\na\r")), "\na\r"));
}
END_TEST

START_TEST(http_text_cut_splits_at_the_first)
{
	struct http_text before, rest;

	ck_assert(http_text_cut(of("a:b:c"), ':', &before, &rest));
	ck_assert(http_text_is(before, "a") && http_text_is(rest, "b:c"));
	ck_assert(http_text_cut(of(":"), ':', &before, &rest));
	ck_assert(before.len == 0 && rest.len == 0);
	ck_assert(!http_text_cut(of("abc"), ':', &before, &rest));
	ck_assert(http_text_is(before, "abc") && rest.len == 0);
	ck_assert(!http_text_cut(of(""), ':', &before, &rest));
	ck_assert(before.len == 0 && rest.len == 0);
}
END_TEST

Suite *test_http_text_suite(void)
{
	Suite *s = suite_create("http_text");
	TCase *tc = tcase_create("http_text");

	tcase_add_test(tc, http_text_is_compares_exactly);
	tcase_add_test(tc, http_text_is_nocase_folds_letters_only);
	tcase_add_test(tc, http_text_token_has_the_characters_of_rfc_9110);
	tcase_add_test(tc, http_text_trim_takes_blanks_off_both_ends);
	tcase_add_test(tc, http_text_cut_splits_at_the_first);
	suite_add_tcase(s, tc);
	return s;
}
