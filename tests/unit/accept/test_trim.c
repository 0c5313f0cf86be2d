/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "accept/trim.h"

Suite *test_trim_suite(void);

static struct trim trim;
static uint64_t again;

static void setup(void)
{
	trim = (struct trim){ .next_ms = 0 };
	again = 0;
}

/* So many handshakes end; returns what the last of them asked for. */
static uint64_t note(unsigned count)
{
	uint64_t after = 0;

	for (unsigned i = 0; i < count; i++)
		after = trim_note(&trim);
	return after;
}

START_TEST(trim_lets_a_few_wait)
{
	ck_assert_uint_eq(note(1), TRIM_PAUSE_MS);
	for (unsigned i = 2; i < TRIM_CROWD; i++)
		ck_assert_uint_eq(note(1), 0);
	ck_assert(trim_look(&trim, TRIM_PAUSE_MS, &again));
}
END_TEST

/* A crowd that never was one within a second: each looks after what is left. */
START_TEST(trim_forgets_none_that_come_slowly)
{
	for (int i = 0; i < 5; i++) {
		ck_assert_uint_eq(note(1), TRIM_PAUSE_MS);
		ck_assert_uint_eq(note(TRIM_CROWD - 2), 0);
		ck_assert(trim_look(&trim, (uint64_t)(i + 1) * TRIM_PAUSE_MS, &again));
	}
}
END_TEST

START_TEST(trim_comes_when_a_crowd_has_come)
{
	ck_assert_uint_eq(note(TRIM_CROWD), TRIM_QUIET_MS);
	ck_assert_uint_eq(note(TRIM_CROWD - 1), 0); /* it is looked at already */
	ck_assert(trim_look(&trim, 5000, &again));
}
END_TEST

START_TEST(trim_waits_while_the_crowd_is_coming)
{
	note(TRIM_CROWD);
	for (int i = 0; i < 5; i++) {
		note(TRIM_CROWD);
		ck_assert(!trim_look(&trim, 5000, &again));
		ck_assert_uint_eq(again, TRIM_QUIET_MS);
	}
	ck_assert(trim_look(&trim, 6000, &again));
}
END_TEST

START_TEST(trim_pauses_between_two_crowds)
{
	note(TRIM_CROWD);
	ck_assert(trim_look(&trim, 5000, &again));
	ck_assert_uint_eq(note(TRIM_CROWD), TRIM_QUIET_MS);
	ck_assert(!trim_look(&trim, 6000, &again));
	ck_assert_uint_eq(again, TRIM_PAUSE_MS - 1000);
	ck_assert(trim_look(&trim, 6000 + again, &again));
}
END_TEST

START_TEST(trim_counts_anew_after_it_was_done)
{
	note(TRIM_CROWD);
	ck_assert(trim_look(&trim, 5000, &again));
	ck_assert_uint_eq(note(1), TRIM_PAUSE_MS);
	ck_assert_uint_eq(note(TRIM_CROWD - 2), 0);
	ck_assert_uint_eq(note(1), TRIM_QUIET_MS);
}
END_TEST

Suite *test_trim_suite(void)
{
	Suite *s = suite_create("trim");
	TCase *tc = tcase_create("trim");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, trim_lets_a_few_wait);
	tcase_add_test(tc, trim_forgets_none_that_come_slowly);
	tcase_add_test(tc, trim_comes_when_a_crowd_has_come);
	tcase_add_test(tc, trim_waits_while_the_crowd_is_coming);
	tcase_add_test(tc, trim_pauses_between_two_crowds);
	tcase_add_test(tc, trim_counts_anew_after_it_was_done);
	suite_add_tcase(s, tc);
	return s;
}
