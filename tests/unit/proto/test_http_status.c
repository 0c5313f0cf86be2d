/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "proto/http_status.h"

Suite *test_http_status_suite(void);

START_TEST(http_status_text_names_what_we_send)
{
	ck_assert_str_eq(http_status_text(101), "Switching Protocols");
	ck_assert_str_eq(http_status_text(200), "OK");
	ck_assert_str_eq(http_status_text(204), "No Content");
	ck_assert_str_eq(http_status_text(426), "Upgrade Required");
	ck_assert_str_eq(http_status_text(431), "Request Header Fields Too Large");
	ck_assert_str_eq(http_status_text(505), "HTTP Version Not Supported");
}
END_TEST

START_TEST(http_status_text_of_others_is_unknown)
{
	ck_assert_str_eq(http_status_text(299), "Unknown");
	ck_assert_str_eq(http_status_text(0), "Unknown");
	ck_assert_str_eq(http_status_text(-1), "Unknown");
}
END_TEST

Suite *test_http_status_suite(void)
{
	Suite *s = suite_create("http_status");
	TCase *tc = tcase_create("http_status");

	tcase_add_test(tc, http_status_text_names_what_we_send);
	tcase_add_test(tc, http_status_text_of_others_is_unknown);
	suite_add_tcase(s, tc);
	return s;
}
