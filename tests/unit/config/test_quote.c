/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "config/quote.h"

Suite *test_quote_suite(void);

START_TEST(quote_of_plain_text_is_itself)
{
	ck_assert_str_eq(quote_of("a b~", 4).text, "'a b~'");
	ck_assert_str_eq(quote_of("abc", 2).text, "'ab'");
	ck_assert_str_eq(quote_of("", 0).text, "''");
}
END_TEST

START_TEST(quote_of_other_bytes_is_hex)
{
	ck_assert_str_eq(quote_of("a\n\0\x7f\xff", 5).text, "'a\\x0a\\x00\\x7f\\xff'");
}
END_TEST

START_TEST(quote_of_long_text_is_cut)
{
	char text[4096];
	struct quote q;

	memset(text, 'x', sizeof(text));
	q = quote_of(text, sizeof(text));
	ck_assert_uint_lt(strlen(q.text), sizeof(q.text));
	ck_assert_str_eq(q.text + strlen(q.text) - 5, "x...'");
	memset(text, '\n', sizeof(text));
	q = quote_of(text, sizeof(text));
	ck_assert_uint_lt(strlen(q.text), sizeof(q.text));
	ck_assert_str_eq(q.text + strlen(q.text) - 8, "\\x0a...'");
}
END_TEST

Suite *test_quote_suite(void)
{
	Suite *s = suite_create("quote");
	TCase *tc = tcase_create("of");

	tcase_add_test(tc, quote_of_plain_text_is_itself);
	tcase_add_test(tc, quote_of_other_bytes_is_hex);
	tcase_add_test(tc, quote_of_long_text_is_cut);
	suite_add_tcase(s, tc);
	return s;
}
