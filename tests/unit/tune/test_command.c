/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tools/hd-tune/command.h"
#include "tools/hd-tune/plan.h"
#include "tools/hd-tune/rule.h"
#include "util/error.h"

Suite *test_command_suite(void);

static struct command command;
static char message[COMMAND_MESSAGE_MAX];

#define PARSE(...) parse((const char *const[]){ "hd-tune", ##__VA_ARGS__, NULL })

static int parse(const char *const *words)
{
	int argc = 0;

	while (words[argc])
		argc++;
	message[0] = '\0';
	return command_parse(&command, argc, (char *const *)words, message);
}

START_TEST(command_without_words_is_plan)
{
	ck_assert_int_eq(PARSE(), 0);
	ck_assert_int_eq(command.verb, COMMAND_PLAN);
	ck_assert_int_eq(command.options.max_workers, 32);
	ck_assert_int_eq(PARSE("--json", "plan", "--nic-speed", "2.5", "--quota=1.5", "--mem", "2G"), 0);
	ck_assert_int_eq(command.format, COMMAND_JSON);
	ck_assert_int_eq(command.options.nic_speed_mbit, 2500);
	ck_assert_int_eq(command.options.quota_millicpus, 1500);
	ck_assert_int_eq(command.options.memory_bytes, INT64_C(2) << 30);
}
END_TEST

START_TEST(command_only_takes_names_of_files)
{
	ck_assert_int_eq(PARSE("apply", "--only", "conf,systemd"), 0);
	ck_assert_uint_eq(command.only, 1u << PLAN_FILE_CONF | 1u << PLAN_FILE_UNIT);
	ck_assert_int_eq(PARSE("apply", "--only", "conf,"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("apply", "--only", "con"), ERROR_USAGE);
}
END_TEST

START_TEST(command_refuses_what_makes_no_sense)
{
	ck_assert_int_eq(PARSE("fly"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("plan", "more"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("explain"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("--nonsense"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("--nic"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("--nic", "a/b"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("--cc", "bbr\nx"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("--workers", "0"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("--workers", "257"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("--quota", "0"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("--quota", "-1"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("--pin", "maybe"), ERROR_USAGE);
	ck_assert_ptr_nonnull(strstr(message, "auto, always or never"));
	ck_assert_int_eq(PARSE("--cpuset", "x"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("--facts", "a", "--sysroot", "b"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("apply", "--topology", "a.xml"), ERROR_USAGE);
	ck_assert_int_eq(PARSE("apply", "--topology", "a.xml", "--root", "/tmp/x"), 0);
}
END_TEST

START_TEST(command_fills_a_field_for_each_option)
{
	const struct options *o = &command.options;

	ck_assert_int_eq(PARSE("--nic", "eth0", "--cpuset=0-3", "--isolated-cpus", "2", "--peers", "0", "--hot",
			       "4", "--target-rate", "5", "--rtt", "6"), 0);
	ck_assert_str_eq(o->nic, "eth0");
	ck_assert(o->has_cpuset && o->has_isolated);
	ck_assert_int_eq(o->peers, 0);
	ck_assert_int_eq(o->hot, 4);
	ck_assert_int_eq(o->target_mbit, 5);
	ck_assert_int_eq(o->rtt_ms, 6);
	ck_assert_int_eq(PARSE("--workers", "256", "--max-workers", "7", "--reserve", "0", "--smt", "all",
			       "--cores=all", "--isolated=use", "--span", "--pin", "never", "--sockbuf=fixed",
			       "--sqpoll", "--cc", "bbr"), 0);
	ck_assert_int_eq(o->workers, 256);
	ck_assert_int_eq(o->max_workers, 7);
	ck_assert_int_eq(o->reserve, 0);
	ck_assert(o->smt_all && o->cores_all && o->isolated_use && o->span && o->sockbuf_fixed && o->sqpoll);
	ck_assert_int_eq(o->pin, OPTIONS_PIN_NEVER);
	ck_assert_str_eq(o->cc, "bbr");
	ck_assert_int_eq(PARSE("--smt=one", "--pin", "auto", "--shell", "--root", "", "--runtime", "--yes",
			       "--force", "--list", "--for", "60", "--keep", "--hd-bench", "b",
			       "--hyper-derp", "r"), 0);
	ck_assert(!o->smt_all);
	ck_assert_int_eq(o->pin, OPTIONS_PIN_AUTO);
	ck_assert_int_eq(command.format, COMMAND_SHELL);
	ck_assert_str_eq(command.root, "");
	ck_assert(command.runtime && command.yes && command.force && command.list && command.keep);
	ck_assert_int_eq(command.seconds, 60);
	ck_assert_str_eq(command.bench, "b");
	ck_assert_str_eq(command.relay, "r");
}
END_TEST

START_TEST(command_help_and_version_end_the_line)
{
	ck_assert_int_eq(PARSE("plan", "--help", "--nonsense"), 0);
	ck_assert_int_eq(command.verb, COMMAND_HELP);
	ck_assert_int_eq(PARSE("--facts", "a", "--sysroot", "b", "--version", "fly"), 0);
	ck_assert_int_eq(command.verb, COMMAND_VERSION);
}
END_TEST

START_TEST(command_says_what_is_wrong)
{
	static const struct {
		const char *words[4];
		const char *message;
	} cases[] = {
		{ { "hd-tune", "fly" }, "there is no command 'fly'" },
		{ { "hd-tune", "plan", "more" }, "plan takes no 'more'" },
		{ { "hd-tune", "--nic" }, "--nic needs a value" },
		{ { "hd-tune", "--mem", "2X" }, "--mem 2X: must be bytes, or 512M, 4G" },
		{ { "hd-tune", "--nic-speed", "0" }, "--nic-speed 0: must be a number above 0 such as 2.5" },
		{ { "hd-tune", "--workers", "257" }, "--workers 257: must be a whole number, 1..256" },
		{ { "hd-tune", "--smt", "two" }, "--smt two: must be one or all" },
		{ { "hd-tune", "--nic", "a/b" }, "--nic a/b: must be a plain name" },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++) {
		ck_assert_int_eq(parse(cases[i].words), ERROR_USAGE);
		ck_assert_str_eq(message, cases[i].message);
	}
}
END_TEST

START_TEST(rule_table_is_complete_and_has_no_knob_twice)
{
	for (unsigned id = 0; id < RULE_COUNT; id++) {
		const struct rule *r = rule_at(id);

		ck_assert(r->knob && r->rule && r->inputs && r->source);
		ck_assert_uint_eq(rule_by_knob(r->knob), id);
	}
	ck_assert_uint_eq(rule_by_knob("nonsense"), RULE_COUNT);
	ck_assert_uint_eq(rule_by_knob("somaxconn"), RULE_COUNT);
	ck_assert_uint_eq(rule_by_name("somaxconn"), RULE_SOMAXCONN);
	ck_assert_uint_eq(rule_by_name("workers"), RULE_WORKERS);
	ck_assert_uint_eq(rule_by_name("maxconn"), RULE_COUNT);
	ck_assert_uint_eq(rule_by_name(""), RULE_COUNT);
}
END_TEST

Suite *test_command_suite(void)
{
	Suite *s = suite_create("command");
	TCase *t = tcase_create("command");

	tcase_add_test(t, command_without_words_is_plan);
	tcase_add_test(t, command_only_takes_names_of_files);
	tcase_add_test(t, command_refuses_what_makes_no_sense);
	tcase_add_test(t, command_fills_a_field_for_each_option);
	tcase_add_test(t, command_help_and_version_end_the_line);
	tcase_add_test(t, command_says_what_is_wrong);
	tcase_add_test(t, rule_table_is_complete_and_has_no_knob_twice);
	suite_add_tcase(s, t);
	return s;
}
