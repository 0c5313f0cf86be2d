/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tests/unit/config/config_load.h"

Suite *test_settings_diff_suite(void);

static char names[256];

static size_t differ(const char *now, const char *next, bool reloadable, size_t cap)
{
	struct settings a = config_load_good_line(now), b = config_load_good_line(next);
	size_t n;

	memset(names, '#', sizeof(names));
	n = settings_diff(&a, &b, reloadable, names, cap);
	settings_release(&a);
	settings_release(&b);
	return n;
}

START_TEST(settings_diff_of_the_same_is_empty)
{
	const char *line = "--listen ::1 --pin-workers 1 --hostname a --sqpoll --no-stun";

	ck_assert_uint_eq(differ(line, line, true, sizeof(names)), 0);
	ck_assert_str_eq(names, "");
	ck_assert_uint_eq(differ(line, line, false, sizeof(names)), 0);
	ck_assert_str_eq(names, "");
}
END_TEST

START_TEST(settings_diff_tells_reloadable_from_the_rest)
{
	const char *next = "-p 1 --verbose --metrics-port 5 --max-connections 9";

	ck_assert_uint_eq(differ("", next, true, sizeof(names)), 2);
	ck_assert_str_eq(names, "log_level, max_connections");
	ck_assert_uint_eq(differ("", next, false, sizeof(names)), 2);
	ck_assert_str_eq(names, "port, metrics.port");
}
END_TEST

START_TEST(settings_diff_sees_each_type)
{
	ck_assert_uint_eq(differ("", "--sqpoll", false, sizeof(names)), 1);
	ck_assert_uint_eq(differ("", "--ktls off", false, sizeof(names)), 1);
	ck_assert_uint_eq(differ("", "--hostname a", false, sizeof(names)), 1);
	ck_assert_uint_eq(differ("--hostname b", "--hostname a", false, sizeof(names)), 1);
	ck_assert_uint_eq(differ("--listen ::1", "--listen ::2", false, sizeof(names)), 1);
	ck_assert_uint_eq(differ("--listen ::1", "--listen ::1,::2", false, sizeof(names)), 1);
	ck_assert_uint_eq(differ("-w 2 --pin-workers 1,2", "-w 2 --pin-workers 2,1", false, sizeof(names)), 1);
	ck_assert_str_eq(names, "pin_cores");
}
END_TEST

START_TEST(settings_diff_cuts_names_that_do_not_fit)
{
	const char *next = "-p 1 -w 5 --accept-threads 2";

	ck_assert_uint_eq(differ("", next, false, 16), 3);
	ck_assert_str_eq(names, "port, worker...");
	ck_assert_uint_eq(differ("", next, false, sizeof("port, workers, accept_threads")), 3);
	ck_assert_str_eq(names, "port, workers, accept_threads");
	ck_assert_uint_eq(differ("", next, false, 1), 3);
	ck_assert_str_eq(names, "");
	ck_assert_uint_eq(differ("", next, false, 0), 3);
	ck_assert_int_eq(names[0], '#');
}
END_TEST

Suite *test_settings_diff_suite(void)
{
	Suite *s = suite_create("settings_diff");
	TCase *tc = tcase_create("names");

	tcase_add_test(tc, settings_diff_of_the_same_is_empty);
	tcase_add_test(tc, settings_diff_tells_reloadable_from_the_rest);
	tcase_add_test(tc, settings_diff_sees_each_type);
	tcase_add_test(tc, settings_diff_cuts_names_that_do_not_fit);
	suite_add_tcase(s, tc);
	return s;
}
