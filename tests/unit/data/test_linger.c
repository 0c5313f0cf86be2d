/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdint.h>

#include "data/linger.h"
#include "util/mono.h"

#define TIME_NS 100000

Suite *test_linger_suite(void);

static struct linger_state state;
static uint64_t now_ns;

static void begin(uint64_t time_ns)
{
	now_ns = 1000 * MONO_NS_PER_MS;
	linger_init(&state, time_ns, now_ns);
}

/* n passes, each with `arrivals` of so many packets in all that came over
 * pass_ns; what the last one was told. */
static uint32_t passes_of(uint32_t n, uint32_t arrivals, uint32_t packets, uint64_t pass_ns)
{
	uint32_t want = 0;

	while (n-- > 0) {
		now_ns += pass_ns;
		want = linger_next(&state, arrivals, packets, now_ns);
	}
	return want;
}

/* The same, one packet in each arrival. */
static uint32_t passes(uint32_t n, uint32_t arrivals, uint64_t pass_ns)
{
	return passes_of(n, arrivals, arrivals, pass_ns);
}

/* Arrivals one by one until it has looked: it knows the distance now. */
static uint32_t look(uint64_t gap_ns)
{
	return passes(LINGER_LOOK_PASSES, 1, gap_ns);
}

START_TEST(linger_waits_for_what_comes_within_the_time)
{
	begin(TIME_NS);
	ck_assert_uint_eq(passes(LINGER_LOOK_PASSES - 1, 1, TIME_NS / 5), 0);
	ck_assert_uint_eq(passes(1, 1, TIME_NS / 5), 5);
}
END_TEST

START_TEST(linger_waits_for_a_batch_at_most)
{
	begin(TIME_NS);
	ck_assert_uint_eq(look(TIME_NS / 1000), LINGER_MAX);
	begin(TIME_NS);
	ck_assert_uint_eq(look(0), LINGER_MAX);
}
END_TEST

START_TEST(linger_does_not_wait_when_little_comes)
{
	begin(TIME_NS);
	ck_assert_uint_eq(look(TIME_NS / LINGER_MIN + 1), 0);
	ck_assert_uint_eq(look(MONO_NS_PER_S), 0);
	ck_assert_uint_eq(look(TIME_NS / LINGER_MIN), LINGER_MIN);
}
END_TEST

START_TEST(linger_does_not_wait_when_passes_are_full_anyway)
{
	begin(TIME_NS);
	ck_assert_uint_eq(passes(10 * LINGER_LOOK_PASSES, LINGER_BUSY, 1000), 0);
	ck_assert_uint_gt(passes(LINGER_LOOK_PASSES, LINGER_BUSY - 1, 1000), 0);
}
END_TEST

START_TEST(linger_without_time_never_waits)
{
	begin(0);
	ck_assert_uint_eq(passes(10 * LINGER_LOOK_PASSES, 1, 10), 0);
}
END_TEST

START_TEST(linger_ends_with_the_first_wait_for_nothing)
{
	begin(TIME_NS);
	ck_assert_uint_gt(look(TIME_NS / 10), 0);
	ck_assert_uint_eq(passes(1, 0, TIME_NS), 0);
	/* It looks again, and may wait again at once. */
	ck_assert_uint_eq(look(TIME_NS / 10), 10);
}
END_TEST

/* Passes that had other things to do count neither for nor against it. */
START_TEST(linger_does_not_count_passes_without_arrivals)
{
	begin(TIME_NS);
	for (int i = 0; i < LINGER_LOOK_PASSES - 1; i++) {
		ck_assert_uint_eq(passes(1, 1, TIME_NS / 5), 0);
		ck_assert_uint_eq(passes(3, 0, 0), 0);
	}
	ck_assert_uint_eq(passes(1, 1, TIME_NS / 5), 5);
}
END_TEST

START_TEST(linger_goes_on_while_as_much_comes)
{
	begin(TIME_NS);
	ck_assert_uint_eq(look(TIME_NS / 5), 5);
	for (int i = 0; i < LINGER_TRIES * LINGER_TRY_PASSES - 1; i++)
		ck_assert_uint_eq(passes(1, 5, TIME_NS), 5);
}
END_TEST

/* What comes by itself changes, and may not be seen while it is kept waiting. */
START_TEST(linger_looks_again_from_time_to_time)
{
	begin(TIME_NS);
	look(TIME_NS / 5);
	ck_assert_uint_eq(passes(LINGER_TRIES * LINGER_TRY_PASSES, 5, TIME_NS), 0);
	ck_assert_uint_eq(look(TIME_NS / 5), 5);
}
END_TEST

START_TEST(linger_follows_a_rate_that_grows_when_it_looks)
{
	begin(TIME_NS);
	ck_assert_uint_eq(look(TIME_NS / 5), 5);
	ck_assert_uint_eq(passes(LINGER_TRIES * LINGER_TRY_PASSES, 9, TIME_NS), 0);
	ck_assert_uint_eq(look(TIME_NS / 9), 9);
}
END_TEST

/* One client: its packets of one wait are one arrival. */
START_TEST(linger_counts_packets_that_share_an_arrival)
{
	begin(TIME_NS);
	ck_assert_uint_eq(look(TIME_NS / 5), 5);
	ck_assert_uint_eq(passes_of(LINGER_TRY_PASSES, 1, 5, TIME_NS), 5);
	ck_assert_uint_eq(passes_of(LINGER_TRY_PASSES, 1, 3, TIME_NS), 0);
}
END_TEST

/* Pings, or beginnings of packets. */
START_TEST(linger_counts_an_arrival_without_packets_as_one)
{
	begin(TIME_NS);
	ck_assert_uint_eq(passes_of(LINGER_LOOK_PASSES, 1, 0, TIME_NS / 5), 5);
	ck_assert_uint_eq(passes_of(LINGER_TRY_PASSES, 5, 0, TIME_NS), 5);
}
END_TEST

START_TEST(linger_waits_no_longer_than_a_batch_takes)
{
	begin(TIME_NS);
	look(TIME_NS / LINGER_MAX);
	ck_assert_uint_eq(state.wait_ns, TIME_NS / LINGER_MAX * LINGER_MAX);
	begin(TIME_NS);
	look(TIME_NS / 50);
	ck_assert_uint_eq(state.wait_ns, TIME_NS / 50 * LINGER_MAX);
	begin(TIME_NS);
	look(TIME_NS / 5);
	ck_assert_uint_eq(state.wait_ns, TIME_NS);
}
END_TEST

/* Two clients that wait for their answers: each wait yields these two and no more. */
static uint32_t wait_for_two(void)
{
	return passes(LINGER_TRY_PASSES, 2, TIME_NS);
}

/* The first time may be chance; by themselves they come as before. */
static void wait_for_two_in_vain(void)
{
	ck_assert_uint_eq(wait_for_two(), 0);
	ck_assert_uint_eq(look(TIME_NS / 10), 10);
}

START_TEST(linger_ends_where_senders_wait_for_answers)
{
	begin(TIME_NS);
	ck_assert_uint_eq(look(TIME_NS / 10), 10);
	wait_for_two_in_vain();
	ck_assert_uint_eq(wait_for_two(), 0);
	/* It does not begin again soon. */
	ck_assert_uint_eq(look(TIME_NS / 10), 0);
	ck_assert_uint_eq(passes((LINGER_HOLD_MS_MIN - 1) * 100, 1, TIME_NS / 10), 0);
}
END_TEST

START_TEST(linger_goes_on_where_senders_became_slower_anyway)
{
	begin(TIME_NS);
	ck_assert_uint_eq(look(TIME_NS / 10), 10);
	ck_assert_uint_eq(passes(LINGER_TRY_PASSES, 4, TIME_NS), 0);
	ck_assert_uint_eq(look(TIME_NS / 4), 4);
}
END_TEST

/* Two looks: to judge the try that failed, and when the time is up. */
#define LOOKS_MS (2 * LINGER_LOOK_PASSES * (TIME_NS / 10) / MONO_NS_PER_MS + 1)

/* Until it lingers again; ms it took. */
static uint64_t held_ms(void)
{
	uint64_t since_ns = now_ns;

	while (passes(1, 1, TIME_NS / 10) == 0)
		ck_assert_uint_lt(now_ns - since_ns, 60 * MONO_NS_PER_S);
	return (now_ns - since_ns) / MONO_NS_PER_MS;
}

START_TEST(linger_tries_more_and_more_seldom_in_vain)
{
	begin(TIME_NS);
	look(TIME_NS / 10);
	wait_for_two_in_vain();
	for (uint64_t hold_ms = LINGER_HOLD_MS_MIN; hold_ms < 8 * LINGER_HOLD_MS_MAX; hold_ms *= 2) {
		uint64_t most_ms = hold_ms < LINGER_HOLD_MS_MAX ? hold_ms : LINGER_HOLD_MS_MAX;
		uint64_t ms;

		ck_assert_uint_eq(wait_for_two(), 0);
		ms = held_ms();
		ck_assert_uint_ge(ms, most_ms);
		ck_assert_uint_le(ms, most_ms + LOOKS_MS);
	}
	/* Once it pays, a failure is a first one again. */
	ck_assert_uint_gt(passes(LINGER_TRY_PASSES, 10, TIME_NS), 0);
	wait_for_two_in_vain();
	ck_assert_uint_eq(wait_for_two(), 0);
	ck_assert_uint_le(held_ms(), LINGER_HOLD_MS_MIN + LOOKS_MS);
}
END_TEST

Suite *test_linger_suite(void)
{
	Suite *s = suite_create("linger");
	TCase *tc = tcase_create("linger");

	tcase_add_test(tc, linger_waits_for_what_comes_within_the_time);
	tcase_add_test(tc, linger_waits_for_a_batch_at_most);
	tcase_add_test(tc, linger_does_not_wait_when_little_comes);
	tcase_add_test(tc, linger_does_not_wait_when_passes_are_full_anyway);
	tcase_add_test(tc, linger_without_time_never_waits);
	tcase_add_test(tc, linger_ends_with_the_first_wait_for_nothing);
	tcase_add_test(tc, linger_does_not_count_passes_without_arrivals);
	tcase_add_test(tc, linger_goes_on_while_as_much_comes);
	tcase_add_test(tc, linger_looks_again_from_time_to_time);
	tcase_add_test(tc, linger_follows_a_rate_that_grows_when_it_looks);
	tcase_add_test(tc, linger_counts_packets_that_share_an_arrival);
	tcase_add_test(tc, linger_counts_an_arrival_without_packets_as_one);
	tcase_add_test(tc, linger_waits_no_longer_than_a_batch_takes);
	tcase_add_test(tc, linger_goes_on_where_senders_became_slower_anyway);
	tcase_add_test(tc, linger_ends_where_senders_wait_for_answers);
	tcase_add_test(tc, linger_tries_more_and_more_seldom_in_vain);
	suite_add_tcase(s, tc);
	return s;
}
