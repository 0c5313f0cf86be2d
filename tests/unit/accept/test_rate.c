/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <pthread.h>

#include "accept/rate.h"
#include "util/mono.h"

Suite *test_rate_suite(void);

#define NOW (1000 * MONO_NS_PER_S)

START_TEST(rate_zero_means_no_limit)
{
	struct rate r;

	rate_init(&r, 0, 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(rate_take(&r, NOW), 0);
}
END_TEST

START_TEST(rate_burst_then_one_per_interval)
{
	struct rate r;

	rate_init(&r, 10, 3);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(rate_take(&r, NOW), 0);
	ck_assert_uint_eq(rate_take(&r, NOW), MONO_NS_PER_S / 10);
	ck_assert_uint_eq(rate_take(&r, NOW + MONO_NS_PER_S / 10 - 1), 1);
	ck_assert_uint_eq(rate_take(&r, NOW + MONO_NS_PER_S / 10), 0);
	ck_assert_uint_ne(rate_take(&r, NOW + MONO_NS_PER_S / 10), 0);
}
END_TEST

START_TEST(rate_idle_time_saves_no_more_than_a_burst)
{
	struct rate r;

	rate_init(&r, 10, 3);
	ck_assert_uint_eq(rate_take(&r, NOW), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(rate_take(&r, 2 * NOW), 0);
	ck_assert_uint_ne(rate_take(&r, 2 * NOW), 0);
}
END_TEST

START_TEST(rate_burst_zero_is_one_second)
{
	struct rate r;

	rate_init(&r, 5, 0);
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(rate_take(&r, NOW), 0);
	ck_assert_uint_ne(rate_take(&r, NOW), 0);
	rate_init(&r, 0.5, 0);
	ck_assert_uint_eq(rate_take(&r, NOW), 0);
	ck_assert_uint_eq(rate_take(&r, NOW), 2 * MONO_NS_PER_S);
}
END_TEST

START_TEST(rate_given_token_can_be_taken_again)
{
	struct rate r;

	rate_init(&r, 1, 1);
	rate_give(&r); /* nothing taken yet: no second token comes of it */
	ck_assert_uint_eq(rate_take(&r, NOW), 0);
	ck_assert_uint_ne(rate_take(&r, NOW), 0);
	rate_give(&r);
	ck_assert_uint_eq(rate_take(&r, NOW), 0);
	ck_assert_uint_ne(rate_take(&r, NOW), 0);
}
END_TEST

START_TEST(rate_set_holds_for_later_tokens)
{
	struct rate r;

	rate_init(&r, 0.001, 1);
	ck_assert_uint_eq(rate_take(&r, NOW), 0);
	ck_assert_uint_ne(rate_take(&r, NOW), 0);
	rate_set(&r, 0, 0);
	ck_assert_uint_eq(rate_take(&r, NOW), 0);
	rate_set(&r, 1e12, 1);
	ck_assert_uint_eq(rate_take(&r, 10 * NOW), 0);
	ck_assert_uint_eq(rate_take(&r, 10 * NOW), 1);
}
END_TEST

#define TAKERS 4
#define TRIES 5000
#define BURST 7777

static void *taker(void *ctx)
{
	uintptr_t got = 0;

	for (int i = 0; i < TRIES; i++)
		got += rate_take(ctx, NOW) == 0;
	return (void *)got;
}

START_TEST(rate_threads_share_one_bucket)
{
	pthread_t threads[TAKERS];
	uintptr_t sum = 0;
	struct rate r;

	rate_init(&r, 1, BURST);
	for (int i = 0; i < TAKERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, taker, &r), 0);
	for (int i = 0; i < TAKERS; i++) {
		void *got;

		pthread_join(threads[i], &got);
		sum += (uintptr_t)got;
	}
	ck_assert_uint_eq(sum, BURST);
}
END_TEST

Suite *test_rate_suite(void)
{
	Suite *s = suite_create("rate");
	TCase *tc = tcase_create("rate");

	tcase_add_test(tc, rate_zero_means_no_limit);
	tcase_add_test(tc, rate_burst_then_one_per_interval);
	tcase_add_test(tc, rate_idle_time_saves_no_more_than_a_burst);
	tcase_add_test(tc, rate_burst_zero_is_one_second);
	tcase_add_test(tc, rate_given_token_can_be_taken_again);
	tcase_add_test(tc, rate_set_holds_for_later_tokens);
	tcase_add_test(tc, rate_threads_share_one_bucket);
	suite_add_tcase(s, tc);
	return s;
}
