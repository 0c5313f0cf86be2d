/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <limits.h>
#include <string.h>

#include "util/assert.h"
#include "util/error.h"

Suite *test_error_suite(void);

static const int codes[] = {
#define ERROR_ROW(name, value, text) name,
	ERROR_TABLE(ERROR_ROW)
#undef ERROR_ROW
};

START_TEST(error_codes_are_negative_and_unique)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(codes); i++) {
		ck_assert_int_lt(codes[i], 0);
		for (size_t j = 0; j < i; j++)
			ck_assert_int_ne(codes[i], codes[j]);
	}
}
END_TEST

START_TEST(error_text_differs_for_each_code)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(codes); i++) {
		ck_assert_str_ne(error_text(codes[i]), "unknown error");
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(error_text(codes[i]), error_text(codes[j]));
	}
	ck_assert_str_eq(error_text(ERROR_NONE), "no error");
}
END_TEST

START_TEST(error_text_of_a_foreign_code_is_unknown)
{
	ck_assert_str_eq(error_text(1), "unknown error");
	ck_assert_str_eq(error_text(-10000), "unknown error");
	ck_assert_str_eq(error_text(INT_MIN), "unknown error");
}
END_TEST

Suite *test_error_suite(void)
{
	Suite *s = suite_create("error");
	TCase *tc = tcase_create("error");

	tcase_add_test(tc, error_codes_are_negative_and_unique);
	tcase_add_test(tc, error_text_differs_for_each_code);
	tcase_add_test(tc, error_text_of_a_foreign_code_is_unknown);
	suite_add_tcase(s, tc);
	return s;
}
