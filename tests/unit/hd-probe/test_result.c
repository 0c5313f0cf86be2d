/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tools/hd-probe/result.h"

Suite *test_result_suite(void);

static struct result r;

static void setup(void)
{
	r = (struct result){ 0 };
}

START_TEST(result_of_nothing_is_skipped)
{
	ck_assert_int_eq(result_worst(&r), RESULT_STEPS);
	ck_assert_int_eq(result_state(&r), RESULT_SKIPPED);
}
END_TEST

START_TEST(result_is_as_bad_as_its_worst_step)
{
	result_note(&r, RESULT_RESOLVE, RESULT_OK, "fine");
	ck_assert_int_eq(result_state(&r), RESULT_OK);
	result_note(&r, RESULT_TLS, RESULT_WARNING, "so so");
	ck_assert_int_eq(result_state(&r), RESULT_WARNING);
	result_note(&r, RESULT_PING, RESULT_CRITICAL, "first");
	result_note(&r, RESULT_PACKETS, RESULT_CRITICAL, "second");
	ck_assert_int_eq(result_state(&r), RESULT_CRITICAL);
	ck_assert_int_eq(result_worst(&r), RESULT_PING);
}
END_TEST

START_TEST(result_note_keeps_what_is_worse)
{
	result_note(&r, RESULT_LOGIN, RESULT_WARNING, "the relay reports: %s", "x");
	result_note(&r, RESULT_LOGIN, RESULT_OK, "fine");
	ck_assert_str_eq(r.findings[RESULT_LOGIN].text, "the relay reports: x");
	result_note(&r, RESULT_LOGIN, RESULT_CRITICAL, "gone");
	ck_assert_str_eq(r.findings[RESULT_LOGIN].text, "gone");
}
END_TEST

START_TEST(result_note_cuts_what_is_too_long)
{
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	result_note(&r, RESULT_LOGIN, RESULT_OK, "%s", text);
	ck_assert_uint_eq(strlen(r.findings[RESULT_LOGIN].text), sizeof(r.findings[RESULT_LOGIN].text) - 1);
}
END_TEST

START_TEST(result_words_are_all_there)
{
	for (unsigned i = 0; i < RESULT_STEPS; i++)
		ck_assert_uint_gt(strlen(result_step_word((enum result_step)i)), 0);
	ck_assert_str_eq(result_state_word(RESULT_SKIPPED), "skipped");
	ck_assert_str_eq(result_state_word(RESULT_CRITICAL), "critical");
}
END_TEST

Suite *test_result_suite(void)
{
	Suite *s = suite_create("result");
	TCase *tc = tcase_create("findings");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, result_of_nothing_is_skipped);
	tcase_add_test(tc, result_is_as_bad_as_its_worst_step);
	tcase_add_test(tc, result_note_keeps_what_is_worse);
	tcase_add_test(tc, result_note_cuts_what_is_too_long);
	tcase_add_test(tc, result_words_are_all_there);
	suite_add_tcase(s, tc);
	return s;
}
