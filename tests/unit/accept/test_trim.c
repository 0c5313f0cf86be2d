/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accept/trim.h"
#include "tests/unit/util/sanitizer.h"

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

/* glibc's allocator, and no sanitizer's in its place. */
#if defined(__GLIBC__) && !SANITIZER_ADDRESS && !SANITIZER_THREAD
#define TRIM_WORKS 1
#else
#define TRIM_WORKS 0
#endif

#if TRIM_WORKS

#define GUESTS 1000
#define GUEST_BYTES (32 * 1024) /* below what malloc gives mappings of their own */
#define CROWD_BYTES ((size_t)GUESTS * GUEST_BYTES)

static void *guests[GUESTS], *kept[GUESTS];

static size_t resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	char line[256], *second;

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	fclose(f);
	second = strchr(line, ' ');
	ck_assert_ptr_nonnull(second);
	return strtoul(second, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

/* Each guest leaves behind something small that is kept. */
static void crowd_comes(void)
{
	for (int i = 0; i < GUESTS; i++) {
		guests[i] = malloc(GUEST_BYTES);
		kept[i] = malloc(64);
		ck_assert(guests[i] && kept[i]);
		memset(guests[i], 1, GUEST_BYTES);
	}
}

static void crowd_goes(void)
{
	for (int i = 0; i < GUESTS; i++)
		free(guests[i]);
}

START_TEST(trim_now_gives_back_what_free_does_not)
{
	size_t before, freed;

	crowd_comes();
	before = resident_bytes();
	crowd_goes();
	freed = resident_bytes();
	ck_assert_uint_gt(freed, before - CROWD_BYTES / 4);
	trim_now();
	/* Whole pages go: of each guest's eight, one or two are shared. */
	ck_assert_uint_lt(resident_bytes(), freed - CROWD_BYTES / 2);
	for (int i = 0; i < GUESTS; i++)
		free(kept[i]);
}
END_TEST

START_TEST(trim_now_leaves_what_is_in_use)
{
	static char ones[GUEST_BYTES];
	size_t before;

	memset(ones, 1, sizeof(ones));
	crowd_comes();
	before = resident_bytes();
	trim_now();
	ck_assert_uint_gt(resident_bytes(), before - CROWD_BYTES / 4);
	for (int i = 0; i < GUESTS; i++) {
		ck_assert_int_eq(memcmp(guests[i], ones, GUEST_BYTES), 0);
		free(kept[i]);
	}
	crowd_goes();
}
END_TEST

#endif

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
#if TRIM_WORKS
	tcase_add_test(tc, trim_now_gives_back_what_free_does_not);
	tcase_add_test(tc, trim_now_leaves_what_is_in_use);
#endif
	suite_add_tcase(s, tc);
	return s;
}
