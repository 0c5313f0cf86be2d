/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "config/cli.h"
#include "tests/unit/config/config_load.h"
#include "util/error.h"
#include "util/log.h"

Suite *test_cli_suite(void);

START_TEST(cli_takes_values_in_each_form)
{
	static const char *const lines[] = { "--port 77", "--port=77", "-p 77", "-p77", "--port 1 -p 77" };

	for (size_t i = 0; i < HD_ARRAY_LEN(lines); i++) {
		struct settings s = config_load_good_line(lines[i]);

		ck_assert_msg(s.port == 77, "%s", lines[i]);
		settings_release(&s);
	}
}
END_TEST

START_TEST(cli_switches_take_no_word_of_their_own)
{
	struct settings s = config_load_good_line("--sqpoll --debug-endpoints=yes");

	ck_assert(s.sqpoll);
	ck_assert(s.metrics_debug_endpoints);
	settings_release(&s);
	s = config_load_good_line("--sqpoll --no-sqpoll --no-stun");
	ck_assert(!s.sqpoll);
	ck_assert_int_eq(s.stun_enabled, SETTINGS_STUN_OFF);
	settings_release(&s);
	config_load_expect_line_error("--sqpoll true", ERROR_USAGE, "unexpected argument 'true' (see --help)");
	config_load_expect_line_error("--no-sqpoll=true", ERROR_USAGE, "--no-sqpoll takes no value");
}
END_TEST

START_TEST(cli_negates_switches_only)
{
	config_load_expect_line_error("--no-port", ERROR_USAGE, "unknown flag '--no-port' (see --help)");
	config_load_expect_line_error("--no-", ERROR_USAGE, "unknown flag '--no-' (see --help)");
	config_load_expect_line_error("--no-help", ERROR_USAGE, "unknown flag '--no-help' (see --help)");
}
END_TEST

START_TEST(cli_value_of_some_flags_may_be_left_out)
{
	config_load_expect_line_error("--verify-clients", ERROR_UNSUPPORTED,
				      "--verify-clients: this build has no admission checks: leave the option at "
				      "its default");
	config_load_expect_line_error("--stun", ERROR_UNSUPPORTED,
				      "--stun: this build has no STUN: leave the option at its default");
	config_load_expect_line_error("--stun=maybe", ERROR_USAGE,
				      "--stun: 'maybe' is not known, wants auto, true or false");
}
END_TEST

START_TEST(cli_lists_grow_by_repeating)
{
	struct settings s = config_load_good_line("--listen ::1 --listen=::2,::3");

	ck_assert_uint_eq(s.listen.count, 3);
	ck_assert_str_eq(s.listen.items[2], "::3");
	settings_release(&s);
	s = config_load_good_line("--listen ::1 --listen= --pin-workers 4,6 --pin-workers 8");
	ck_assert_uint_eq(s.listen.count, 0);
	ck_assert_uint_eq(s.pin_cores.count, 3);
	settings_release(&s);
	config_load_expect_line_error("--listen ::1 --listen ::1", ERROR_USAGE, "--listen: '::1' is listed twice");
}
END_TEST

START_TEST(cli_verbose_is_log_level_debug)
{
	struct settings s = config_load_good_line("--verbose");

	ck_assert_int_eq(s.log_level, LOG_LEVEL_DEBUG);
	settings_release(&s);
	s = config_load_good_line("--verbose --log-level error");
	ck_assert_int_eq(s.log_level, LOG_LEVEL_ERROR);
	settings_release(&s);
}
END_TEST

START_TEST(cli_refuses_unknown_flags_by_name)
{
	config_load_expect_line_error("--prot 1", ERROR_USAGE, "unknown flag '--prot' (did you mean --port?)");
	config_load_expect_line_error("--Check_Config", ERROR_USAGE,
				      "unknown flag '--Check_Config' (did you mean --check-config?)");
	config_load_expect_line_error("--elephant=5", ERROR_USAGE, "unknown flag '--elephant' (see --help)");
	config_load_expect_line_error("-z", ERROR_USAGE, "unknown flag '-z' (see --help)");
	config_load_expect_line_error("--por 1", ERROR_USAGE, "unknown flag '--por' (did you mean --port?)");
	config_load_expect_line_error("--=5", ERROR_USAGE, "unknown flag '--' (see --help)");
}
END_TEST

START_TEST(cli_refuses_other_arguments)
{
	config_load_expect_line_error("relay.yaml", ERROR_USAGE, "unexpected argument 'relay.yaml' (see --help)");
	config_load_expect_line_error("-", ERROR_USAGE, "unexpected argument '-' (see --help)");
	config_load_expect_line_error("--", ERROR_USAGE, "unexpected argument '--' (see --help)");
	config_load_expect_line_error("''", ERROR_USAGE, "unexpected argument '' (see --help)");
}
END_TEST

START_TEST(cli_refuses_a_flag_without_its_value)
{
	config_load_expect_line_error("--port", ERROR_USAGE, "--port needs a value");
	config_load_expect_line_error("-w", ERROR_USAGE, "--workers needs a value");
	config_load_expect_line_error("--config", ERROR_USAGE, "--config needs a value");
	config_load_expect_line_error("--config=", ERROR_USAGE, "--config needs the name of a file");
	config_load_expect_line_error("--port=", ERROR_USAGE,
				      "--port: '' is not a whole decimal number, wants 0..65535");
	config_load_expect_line_error("--help=yes", ERROR_USAGE, "--help takes no value");
	config_load_expect_line_error("-hx", ERROR_USAGE, "--help takes no value");
}
END_TEST

static enum settings_action action_of(const char *line)
{
	char message[SETTINGS_MESSAGE_MAX] = "";
	struct settings_request request;
	struct settings s;

	ck_assert_msg(config_load_line(&s, &request, line, message) == 0, "%s", message);
	settings_request_release(&request);
	settings_release(&s);
	return request.action;
}

static enum settings_map map_of(const char *line)
{
	char message[SETTINGS_MESSAGE_MAX] = "";
	struct settings_request request;
	struct settings s;

	ck_assert_msg(config_load_line(&s, &request, line, message) == 0, "%s", message);
	ck_assert_int_eq(request.action, SETTINGS_PRINT_DERP_MAP);
	settings_request_release(&request);
	settings_release(&s);
	return request.map;
}

START_TEST(cli_value_of_a_command_may_be_left_out)
{
	ck_assert_int_eq(map_of("--print-derp-map"), SETTINGS_MAP_BOTH);
	ck_assert_int_eq(map_of("--print-derp-map --port 443"), SETTINGS_MAP_BOTH);
	ck_assert_int_eq(map_of("--print-derp-map=headscale"), SETTINGS_MAP_HEADSCALE);
	ck_assert_int_eq(map_of("--print-derp-map=tailscale"), SETTINGS_MAP_TAILSCALE);
	ck_assert_int_eq(map_of("--print-derp-map=both"), SETTINGS_MAP_BOTH);
	config_load_expect_line_error("--print-derp-map=go", ERROR_USAGE,
				      "--print-derp-map: 'go' is not known, wants headscale, tailscale or both");
	config_load_expect_line_error("--print-derp-map=", ERROR_USAGE,
				      "--print-derp-map: '' is not known, wants headscale, tailscale or both");
	config_load_expect_line_error("--print-derp-map headscale", ERROR_USAGE,
				      "unexpected argument 'headscale' (see --help)");
}
END_TEST

START_TEST(cli_scan_tells_what_is_asked_for)
{
	ck_assert_int_eq(action_of(""), SETTINGS_RUN);
	ck_assert_int_eq(action_of("--check-config -p 1"), SETTINGS_CHECK_CONFIG);
	ck_assert_int_eq(action_of("--dump-config"), SETTINGS_DUMP_CONFIG);
	ck_assert_int_eq(action_of("--version"), SETTINGS_VERSION);
	ck_assert_int_eq(action_of("-V"), SETTINGS_VERSION);
	ck_assert_int_eq(action_of("-h"), SETTINGS_HELP);
}
END_TEST

START_TEST(cli_scan_stops_at_help)
{
	ck_assert_int_eq(action_of("--port x --config /nowhere --help --nonsense"), SETTINGS_HELP);
	ck_assert_int_eq(action_of("--config /nowhere --version"), SETTINGS_VERSION);
	config_load_expect_line_error("--nonsense --help", ERROR_USAGE, "unknown flag '--nonsense' (see --help)");
}
END_TEST

START_TEST(cli_takes_a_line_without_even_a_name)
{
	char message[SETTINGS_MESSAGE_MAX];
	struct settings_request request;
	struct settings s;

	ck_assert_int_eq(settings_load(&s, &request, 0, NULL, message), 0);
	ck_assert_int_eq(s.port, 3340);
	settings_release(&s);
}
END_TEST

Suite *test_cli_suite(void)
{
	Suite *s = suite_create("cli");
	TCase *tc = tcase_create("line");

	tcase_add_test(tc, cli_takes_values_in_each_form);
	tcase_add_test(tc, cli_switches_take_no_word_of_their_own);
	tcase_add_test(tc, cli_negates_switches_only);
	tcase_add_test(tc, cli_value_of_some_flags_may_be_left_out);
	tcase_add_test(tc, cli_lists_grow_by_repeating);
	tcase_add_test(tc, cli_verbose_is_log_level_debug);
	tcase_add_test(tc, cli_refuses_unknown_flags_by_name);
	tcase_add_test(tc, cli_refuses_other_arguments);
	tcase_add_test(tc, cli_refuses_a_flag_without_its_value);
	tcase_add_test(tc, cli_value_of_a_command_may_be_left_out);
	tcase_add_test(tc, cli_scan_tells_what_is_asked_for);
	tcase_add_test(tc, cli_scan_stops_at_help);
	tcase_add_test(tc, cli_takes_a_line_without_even_a_name);
	suite_add_tcase(s, tc);
	return s;
}
