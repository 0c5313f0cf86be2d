/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tools/hd-tune/decimal.h"
#include "util/error.h"

Suite *test_decimal_suite(void);

START_TEST(decimal_parse_counts_thousandths)
{
	static const struct {
		const char *text;
		int64_t value;
		const char *printed;
	} rows[] = {
		{ "2.5", 2500, "2.5" },	  { "16", 16000, "16" },      { "0.001", 1, "0.001" },
		{ "1.000", 1000, "1" },	  { "100", 100000, "100" },   { "2.5000", 2500, "2.5" },
		{ "0", 0, "0" },	  { "10.05", 10050, "10.05" },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++) {
		char text[DECIMAL_TEXT_MAX];
		int64_t n = -1;

		ck_assert_int_eq(decimal_parse(&n, rows[i].text), 0);
		ck_assert_int_eq(n, rows[i].value);
		decimal_print(n, text);
		ck_assert_str_eq(text, rows[i].printed);
	}
}
END_TEST

START_TEST(decimal_parse_refuses_all_else)
{
	static const char *const wrong[] = { "", "-1", "+1", ".5", "1.", "1.2345", "1e3", "1,5", " 1", "1 ",
					    "0x1" };
	int64_t n = 7;

	for (size_t i = 0; i < HD_ARRAY_LEN(wrong); i++)
		ck_assert_int_eq(decimal_parse(&n, wrong[i]), ERROR_MALFORMED);
	ck_assert_int_eq(decimal_parse(&n, "9223372036854775807"), ERROR_RANGE);
	ck_assert_int_eq(n, 7);
}
END_TEST

START_TEST(decimal_parse_size_knows_units)
{
	int64_t n = 7;

	ck_assert_int_eq(decimal_parse_size(&n, "512M"), 0);
	ck_assert_int_eq(n, 512 << 20);
	ck_assert_int_eq(decimal_parse_size(&n, "3K"), 0);
	ck_assert_int_eq(n, 3072);
	ck_assert_int_eq(decimal_parse_size(&n, "12"), 0);
	ck_assert_int_eq(n, 12);
	ck_assert_int_eq(decimal_parse_size(&n, "12X"), ERROR_MALFORMED);
	ck_assert_int_eq(decimal_parse_size(&n, "12MM"), ERROR_MALFORMED);
	ck_assert_int_eq(decimal_parse_size(&n, "M"), ERROR_MALFORMED);
	ck_assert_int_eq(decimal_parse_size(&n, "9999999999T"), ERROR_RANGE);
	ck_assert_int_eq(n, 12);
}
END_TEST

Suite *test_decimal_suite(void)
{
	Suite *s = suite_create("decimal");
	TCase *t = tcase_create("decimal");

	tcase_add_test(t, decimal_parse_counts_thousandths);
	tcase_add_test(t, decimal_parse_refuses_all_else);
	tcase_add_test(t, decimal_parse_size_knows_units);
	suite_add_tcase(s, t);
	return s;
}
