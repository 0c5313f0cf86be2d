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
	tcase_add_test(t, rule_table_is_complete_and_has_no_knob_twice);
	suite_add_tcase(s, t);
	return s;
}
