/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "config/option.h"
#include "tests/unit/config/config_load.h"
#include "util/error.h"

Suite *test_settings_dump_suite(void);

/* As one string; the caller frees it. */
static char *dumped(const struct settings *s)
{
	struct bytes out;
	size_t len;

	bytes_init(&out, 1 << 20);
	ck_assert_int_eq(settings_dump(s, &out), 0);
	ck_assert_int_eq(bytes_append(&out, "", 1), 0);
	return (char *)bytes_steal(&out, &len);
}

static void expect_round_trip(struct settings s)
{
	char *first = dumped(&s), *second;
	struct settings again = config_load_good_yaml(first);

	second = dumped(&again);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
	settings_release(&s);
	settings_release(&again);
}

START_TEST(settings_dump_names_every_option_once)
{
	struct settings s = config_load_good_line("");
	char *text = dumped(&s);
	size_t lines = 0, groups = 0;

	for (const char *at = text; *at; at++) {
		lines += *at == '\n';
		groups += *at == ':' && at[1] == '\n';
	}
	ck_assert_uint_eq(lines - groups, option_count());
	ck_assert_ptr_nonnull(strstr(text, "port: 3340\nlisten: []\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nmetrics:\n  port: 0\n  address: \"127.0.0.1\"\n"));
	free(text);
	settings_release(&s);
}
END_TEST

START_TEST(settings_dump_loads_to_the_same_dump)
{
	expect_round_trip(config_load_good_line(""));
	expect_round_trip(config_load_good_line("-p 1 -w 2 --pin-workers 8,3 --listen ::1,0.0.0.0 --sqpoll "
						"--ktls off --log-level warn --home blank --no-stun "
						"--debug-endpoints "
						"--mesh-psk-file /a\"b\\c\xc3\xa4:#{} --client-burst 65573"));
}
END_TEST

START_TEST(settings_dump_says_when_it_does_not_fit)
{
	struct settings s = config_load_good_line("");
	char *text = dumped(&s);
	size_t len = strlen(text);

	for (size_t max = 0; max < len; max++) {
		struct bytes out;

		bytes_init(&out, max);
		ck_assert_int_eq(settings_dump(&s, &out), ERROR_TOO_BIG);
		bytes_release(&out);
	}
	free(text);
	settings_release(&s);
}
END_TEST

Suite *test_settings_dump_suite(void)
{
	Suite *s = suite_create("settings_dump");
	TCase *tc = tcase_create("dump");

	tcase_add_test(tc, settings_dump_names_every_option_once);
	tcase_add_test(tc, settings_dump_loads_to_the_same_dump);
	tcase_add_test(tc, settings_dump_says_when_it_does_not_fit);
	suite_add_tcase(s, tc);
	return s;
}
