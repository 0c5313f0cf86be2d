/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/option.h"
#include "config/settings.h"
#include "util/error.h"

Suite *test_settings_help_suite(void);

static char *help_text(void)
{
	struct bytes out;
	size_t len;

	bytes_init(&out, 1 << 20);
	ck_assert_int_eq(settings_help(&out), 0);
	ck_assert_int_eq(bytes_append(&out, "", 1), 0);
	return (char *)bytes_steal(&out, &len);
}

START_TEST(settings_help_names_every_flag)
{
	char *text = help_text();

	for (size_t i = 0; i < option_count(); i++) {
		char flag[64];

		snprintf(flag, sizeof(flag), "--%s", option_at(i)->flag);
		ck_assert_msg(strstr(text, flag) != NULL, "%s", flag);
	}
	for (unsigned i = 0; i < OPTION_COMMANDS; i++)
		ck_assert_ptr_nonnull(strstr(text, option_command_at((enum option_command)i)->help));
	free(text);
}
END_TEST

START_TEST(settings_help_shows_letters_values_and_defaults)
{
	char *text = help_text();

	ck_assert_ptr_nonnull(strstr(text, "\n  -w, --workers N                      threads that relay "));
	ck_assert_ptr_nonnull(strstr(text, "\n      --stun[=WHEN]  "));
	ck_assert_ptr_nonnull(strstr(text, "\n      --sqpoll  "));
	free(text);
}
END_TEST

START_TEST(settings_help_says_what_the_build_lacks)
{
	char *text = help_text();

	ck_assert_ptr_nonnull(strstr(text, "certificate chain (PEM) for metrics.port [not in this build]\n"));
	ck_assert_ptr_nonnull(strstr(text, "(auto) [true: not in this build]\n"));
	free(text);
}
END_TEST

START_TEST(settings_help_says_when_it_does_not_fit)
{
	struct bytes out;

	bytes_init(&out, 100);
	ck_assert_int_eq(settings_help(&out), ERROR_TOO_BIG);
	bytes_release(&out);
}
END_TEST

Suite *test_settings_help_suite(void)
{
	Suite *s = suite_create("settings_help");
	TCase *tc = tcase_create("help");

	tcase_add_test(tc, settings_help_names_every_flag);
	tcase_add_test(tc, settings_help_shows_letters_values_and_defaults);
	tcase_add_test(tc, settings_help_says_what_the_build_lacks);
	tcase_add_test(tc, settings_help_says_when_it_does_not_fit);
	suite_add_tcase(s, tc);
	return s;
}
