/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "config/value.h"
#include "tests/unit/config/config_load.h"
#include "util/error.h"

Suite *test_value_print_suite(void);

/* The value as YAML after the command line is taken. */
static const char *printed(const char *line, const char *name)
{
	static char text[256];
	struct settings s = config_load_good_line(line);
	struct bytes out;

	bytes_init(&out, sizeof(text) - 1);
	ck_assert_int_eq(value_print(&s, option_by_name(name), &out), 0);
	memcpy(text, out.data, out.len);
	text[out.len] = '\0';
	bytes_release(&out);
	settings_release(&s);
	return text;
}

START_TEST(value_print_writes_each_type)
{
	ck_assert_str_eq(printed("-p 8", "port"), "8");
	ck_assert_str_eq(printed("--sqpoll", "sqpoll"), "true");
	ck_assert_str_eq(printed("--ktls off", "ktls"), "off");
	ck_assert_str_eq(printed("--no-stun", "stun.enabled"), "false");
	ck_assert_str_eq(printed("--hostname a.example", "hostname"), "\"a.example\"");
	ck_assert_str_eq(printed("--listen ::1,::2", "listen"), "[\"::1\", \"::2\"]");
	ck_assert_str_eq(printed("--pin-workers 3,1", "pin_cores"), "[3, 1]");
}
END_TEST

START_TEST(value_print_writes_what_is_not_set_as_empty)
{
	ck_assert_str_eq(printed("", "hostname"), "\"\"");
	ck_assert_str_eq(printed("", "home"), "\"\"");
	ck_assert_str_eq(printed("", "listen"), "[]");
	ck_assert_str_eq(printed("", "pin_cores"), "[]");
}
END_TEST

START_TEST(value_print_escapes_quotes_and_backslashes)
{
	ck_assert_str_eq(printed("--key-file /a\"\\b\xc3\xa4#:", "key_file"), "\"/a\\\"\\\\b\xc3\xa4#:\"");
}
END_TEST

START_TEST(value_print_says_when_it_does_not_fit)
{
	struct settings s = config_load_good_line("--listen ::1,::2 --hostname a --pin-workers 1,2");
	static const char *const names[] = { "port", "sqpoll", "ktls", "hostname", "listen", "pin_cores" };

	for (size_t i = 0; i < HD_ARRAY_LEN(names); i++) {
		struct bytes out;

		bytes_init(&out, 0);
		ck_assert_int_eq(value_print(&s, option_by_name(names[i]), &out), ERROR_TOO_BIG);
		bytes_release(&out);
	}
	settings_release(&s);
}
END_TEST

Suite *test_value_print_suite(void)
{
	Suite *s = suite_create("value_print");
	TCase *tc = tcase_create("yaml");

	tcase_add_test(tc, value_print_writes_each_type);
	tcase_add_test(tc, value_print_writes_what_is_not_set_as_empty);
	tcase_add_test(tc, value_print_escapes_quotes_and_backslashes);
	tcase_add_test(tc, value_print_says_when_it_does_not_fit);
	suite_add_tcase(s, tc);
	return s;
}
