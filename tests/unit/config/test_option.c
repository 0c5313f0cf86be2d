/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "config/option.h"

Suite *test_option_suite(void);

START_TEST(option_is_found_by_each_of_its_names)
{
	const struct option_row *row = option_by_name("metrics.port");

	ck_assert_ptr_nonnull(row);
	ck_assert_ptr_eq(option_by_flag("metrics-port", strlen("metrics-port")), row);
	ck_assert_ptr_eq(option_at(option_index(row)), row);
	ck_assert_ptr_eq(option_by_letter('w'), option_by_name("workers"));
}
END_TEST

START_TEST(option_is_not_found_by_part_of_a_name)
{
	ck_assert_ptr_null(option_by_name("metrics"));
	ck_assert_ptr_null(option_by_name("metrics."));
	ck_assert_ptr_null(option_by_name("por"));
	ck_assert_ptr_null(option_by_name("ports"));
	ck_assert_ptr_null(option_by_name(""));
	ck_assert_ptr_null(option_by_flag("por", 3));
	ck_assert_ptr_null(option_by_flag("ports", 5));
	ck_assert_ptr_nonnull(option_by_flag("ports", 4));
	ck_assert_ptr_null(option_by_letter('\0'));
	ck_assert_ptr_null(option_by_letter('z'));
}
END_TEST

START_TEST(option_group_is_the_part_before_the_dot)
{
	const struct option_row *row = option_by_name("metrics.address");

	ck_assert_uint_eq(option_group_len(row), strlen("metrics"));
	ck_assert_str_eq(option_leaf(row), "address");
	ck_assert_ptr_eq(option_group("metrics"), option_by_name("metrics.port"));
	ck_assert_uint_eq(option_group_len(option_by_name("port")), 0);
	ck_assert_str_eq(option_leaf(option_by_name("port")), "port");
	ck_assert_ptr_null(option_group("port"));
	ck_assert_ptr_null(option_group("metric"));
	ck_assert_ptr_null(option_group(""));
}
END_TEST

START_TEST(option_nearest_prefers_the_group_it_stands_in)
{
	ck_assert_str_eq(option_nearest_name("prot", NULL), "port");
	ck_assert_str_eq(option_nearest_name("prot", option_group("metrics")), "metrics.port");
	ck_assert_str_eq(option_nearest_name("prot", option_group("stun")), "stun.port");
	ck_assert_str_eq(option_nearest_name("worker", option_group("stun")), "workers");
	ck_assert_ptr_null(option_nearest_name("stun", option_group("metrics")));
}
END_TEST

START_TEST(option_nearest_names_what_was_meant)
{
	ck_assert_str_eq(option_nearest_name("wrokers", NULL), "workers");
	ck_assert_str_eq(option_nearest_name("max-connections", NULL), "max_connections");
	ck_assert_str_eq(option_nearest_name("metrics_port", NULL), "metrics.port");
	ck_assert_str_eq(option_nearest_name("psk_file", NULL), "mesh.psk_file");
	ck_assert_str_eq(option_nearest_flag("check_config"), "check-config");
	ck_assert_str_eq(option_nearest_flag("verbos"), "verbose");
	ck_assert_ptr_null(option_nearest_name("elephant", NULL));
	ck_assert_ptr_null(option_nearest_flag(""));
}
END_TEST

static const char *wants(const char *name)
{
	static char text[OPTION_WANTS_MAX];

	option_wants(option_by_name(name), text);
	return text;
}

START_TEST(option_wants_says_what_is_right)
{
	ck_assert_str_eq(wants("port"), "0..65535");
	ck_assert_str_eq(wants("sqpoll"), "true or false");
	ck_assert_str_eq(wants("ktls"), "auto, off or require");
	ck_assert_str_eq(wants("stun.enabled"), "auto, true or false");
	ck_assert_str_eq(wants("pin_cores"), "numbers 0..4095 or ranges like 0-3");
	ck_assert_str_eq(wants("buf_size"), "a power of two, 4096..65536");
	ck_assert_str_eq(wants("listen"), "a numeric IPv4 or IPv6 address");
	ck_assert_str_eq(wants("key_file"), "text");
}
END_TEST

START_TEST(option_commands_have_flags_of_their_own)
{
	for (unsigned i = 0; i < OPTION_COMMANDS; i++) {
		const struct option_command_row *c = option_command_at((enum option_command)i);

		ck_assert_ptr_nonnull(c->flag);
		ck_assert_ptr_nonnull(c->help);
		ck_assert_ptr_null(option_by_flag(c->flag, strlen(c->flag)));
		ck_assert_ptr_null(option_by_letter(c->letter));
	}
}
END_TEST

Suite *test_option_suite(void)
{
	Suite *s = suite_create("option");
	TCase *tc = tcase_create("lookup");

	tcase_add_test(tc, option_is_found_by_each_of_its_names);
	tcase_add_test(tc, option_is_not_found_by_part_of_a_name);
	tcase_add_test(tc, option_group_is_the_part_before_the_dot);
	tcase_add_test(tc, option_nearest_names_what_was_meant);
	tcase_add_test(tc, option_nearest_prefers_the_group_it_stands_in);
	tcase_add_test(tc, option_wants_says_what_is_right);
	tcase_add_test(tc, option_commands_have_flags_of_their_own);
	suite_add_tcase(s, tc);
	return s;
}
