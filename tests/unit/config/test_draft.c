/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "config/draft.h"
#include "util/error.h"

Suite *test_draft_suite(void);

static const struct draft_place in_file = { DRAFT_FILE, 3, 7 };
static const struct draft_place in_line = { DRAFT_COMMAND_LINE, 0, 0 };
static char message[SETTINGS_MESSAGE_MAX];
static struct draft d;

static void make_draft(void)
{
	ck_assert_int_eq(draft_init(&d, message), 0);
	d.path = "relay.yaml";
}

static void drop_draft(void)
{
	draft_release(&d);
}

START_TEST(draft_names_the_place_in_a_file)
{
	ck_assert_int_eq(draft_set(&d, option_by_name("metrics.port"), "x", in_file), ERROR_MALFORMED);
	ck_assert_str_eq(message,
			 "relay.yaml:3:7: metrics.port: 'x' is not a whole decimal number, wants 0..65535");
	ck_assert_int_eq(draft_fail(&d, ERROR_IO, (struct draft_place){ .source = DRAFT_FILE }, "gone"), ERROR_IO);
	ck_assert_str_eq(message, "relay.yaml: gone");
}
END_TEST

START_TEST(draft_names_the_flag_of_a_command_line)
{
	ck_assert_int_eq(draft_set(&d, option_by_name("metrics.port"), "65536", in_line), ERROR_USAGE);
	ck_assert_str_eq(message, "--metrics-port: '65536' is out of range, wants 0..65535");
}
END_TEST

START_TEST(draft_remembers_where_a_value_came_from)
{
	const struct option_row *port = option_by_name("port");

	ck_assert_int_eq(draft_place_of(&d, port).source, DRAFT_DEFAULT);
	ck_assert_int_eq(draft_set(&d, port, "1", in_file), 0);
	ck_assert_uint_eq(draft_place_of(&d, port).line, 3);
	ck_assert_int_eq(draft_set(&d, port, "x", in_line), ERROR_USAGE);
	ck_assert_int_eq(draft_place_of(&d, port).source, DRAFT_FILE);
	ck_assert_int_eq(draft_set(&d, port, "2", in_line), 0);
	ck_assert_int_eq(draft_place_of(&d, port).source, DRAFT_COMMAND_LINE);
}
END_TEST

START_TEST(draft_add_replaces_a_list_of_another_source)
{
	const struct option_row *listen = option_by_name("listen");

	ck_assert_int_eq(draft_add(&d, listen, "::1", in_file), 0);
	ck_assert_int_eq(draft_add(&d, listen, "::2", in_file), 0);
	ck_assert_uint_eq(d.settings.listen.count, 2);
	ck_assert_int_eq(draft_add(&d, listen, "::3", in_line), 0);
	ck_assert_uint_eq(d.settings.listen.count, 1);
	ck_assert_int_eq(draft_add(&d, listen, "::4", in_line), 0);
	ck_assert_uint_eq(d.settings.listen.count, 2);
}
END_TEST

START_TEST(draft_cuts_a_long_path_at_its_start)
{
	char path[2000];

	memset(path, 'p', sizeof(path) - 1);
	memcpy(path + sizeof(path) - 1 - 5, ".yaml", 6);
	d.path = path;
	ck_assert_int_eq(draft_set(&d, option_by_name("port"), "65536", in_file), ERROR_RANGE);
	ck_assert_int_eq(strncmp(message, "...ppp", 6), 0);
	ck_assert_ptr_nonnull(strstr(message, ".yaml:3:7: port: '65536' is out of range, wants 0..65535"));
}
END_TEST

START_TEST(draft_keeps_a_message_one_line)
{
	d.path = "relay\n.yaml\x1b[2J";
	ck_assert_int_eq(draft_fail(&d, ERROR_IO, (struct draft_place){ .source = DRAFT_FILE }, "gone"), ERROR_IO);
	ck_assert_str_eq(message, "relay?.yaml?[2J: gone");
}
END_TEST

START_TEST(draft_cuts_a_long_message)
{
	char text[2000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	draft_fail_option(&d, ERROR_IO, in_file, option_by_name("port"), "%s", text);
	ck_assert_uint_eq(strlen(message), SETTINGS_MESSAGE_MAX - 1);
}
END_TEST

START_TEST(draft_take_hands_the_settings_over)
{
	struct settings s;

	ck_assert_int_eq(draft_set(&d, option_by_name("hostname"), "relay", in_line), 0);
	s = draft_take(&d);
	ck_assert_str_eq(s.hostname, "relay");
	ck_assert_ptr_null(d.settings.hostname);
	settings_release(&s);
}
END_TEST

Suite *test_draft_suite(void)
{
	Suite *s = suite_create("draft");
	TCase *tc = tcase_create("draft");

	tcase_add_checked_fixture(tc, make_draft, drop_draft);
	tcase_add_test(tc, draft_names_the_place_in_a_file);
	tcase_add_test(tc, draft_names_the_flag_of_a_command_line);
	tcase_add_test(tc, draft_remembers_where_a_value_came_from);
	tcase_add_test(tc, draft_add_replaces_a_list_of_another_source);
	tcase_add_test(tc, draft_cuts_a_long_path_at_its_start);
	tcase_add_test(tc, draft_keeps_a_message_one_line);
	tcase_add_test(tc, draft_cuts_a_long_message);
	tcase_add_test(tc, draft_take_hands_the_settings_over);
	suite_add_tcase(s, tc);
	return s;
}
