/* SPDX-License-Identifier: MIT
 * Reading one out of a connection: tests/e2e/hd_probe.sh. */
#include <check.h>

#include "tools/hd-probe/cert.h"

Suite *test_cert_suite(void);

#define DAY INT64_C(86400)

START_TEST(cert_days_left_rounds_down)
{
	struct cert c = { .not_after = 100 * DAY };

	ck_assert_int_eq(cert_days_left(&c, 0), 100);
	ck_assert_int_eq(cert_days_left(&c, 1), 99);
	ck_assert_int_eq(cert_days_left(&c, 99 * DAY), 1);
	ck_assert_int_eq(cert_days_left(&c, 99 * DAY + 1), 0);
	ck_assert_int_eq(cert_days_left(&c, 100 * DAY), 0);
}
END_TEST

START_TEST(cert_days_left_is_negative_from_the_end_on)
{
	struct cert c = { .not_after = 100 * DAY };

	ck_assert_int_eq(cert_days_left(&c, 100 * DAY + 1), -1);
	ck_assert_int_eq(cert_days_left(&c, 101 * DAY), -1);
	ck_assert_int_eq(cert_days_left(&c, 101 * DAY + 1), -2);
}
END_TEST

Suite *test_cert_suite(void)
{
	Suite *s = suite_create("cert");
	TCase *tc = tcase_create("days");

	tcase_add_test(tc, cert_days_left_rounds_down);
	tcase_add_test(tc, cert_days_left_is_negative_from_the_end_on);
	suite_add_tcase(s, tc);
	return s;
}
