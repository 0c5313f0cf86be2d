/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdint.h>

#include "data/policy.h"
#include "proto/frame.h"

Suite *test_policy_suite(void);

START_TEST(policy_lane_limit_gives_disco_an_eighth)
{
	ck_assert_uint_eq(policy_lane_limit(65536, false), 65536);
	ck_assert_uint_eq(policy_lane_limit(65536, true), 8192);
	ck_assert_uint_eq(policy_lane_limit(UINT32_MAX, false), UINT32_MAX);
	ck_assert_uint_eq(policy_lane_limit(7, true), 0);
}
END_TEST

START_TEST(policy_lane_packets_are_those_of_derper_while_half_is_free)
{
	ck_assert_uint_eq(POLICY_LANE_PACKETS, 32);
	ck_assert_uint_eq(policy_lane_packets(0, 1000), 32);
	ck_assert_uint_eq(policy_lane_packets(500, 1000), 32);
	ck_assert_uint_eq(policy_lane_packets(501, 1000), 1);
	ck_assert_uint_eq(policy_lane_packets(UINT64_MAX, UINT64_MAX), 1);
}
END_TEST

START_TEST(policy_lane_packets_is_one_without_any_memory)
{
	ck_assert_uint_eq(policy_lane_packets(1, 0), 1);
	ck_assert_uint_eq(policy_lane_packets(1, 1), 1);
}
END_TEST

START_TEST(policy_send_max_leaves_half_of_a_blocked_queue_droppable)
{
	ck_assert_uint_eq(policy_send_max(true, 262144), 131072);
	ck_assert_uint_eq(policy_send_max(true, 8194), 4097);
}
END_TEST

START_TEST(policy_send_max_of_a_small_queue_still_sends_a_page)
{
	ck_assert_uint_eq(policy_send_max(true, 0), 4096);
	ck_assert_uint_eq(policy_send_max(true, 8190), 4096);
}
END_TEST

START_TEST(policy_send_max_of_a_direct_peer_does_not_depend_on_its_queue)
{
	ck_assert_uint_eq(policy_send_max(false, 0), policy_send_max(false, UINT32_MAX));
	/* The largest frame always fits. */
	ck_assert_uint_ge(policy_send_max(false, 0), 65573);
}
END_TEST

START_TEST(policy_receive_again_takes_what_is_free_when_that_is_a_quarter)
{
	ck_assert_uint_eq(policy_receive_again(0, 128), 128);
	ck_assert_uint_eq(policy_receive_again(96, 128), 32);
	ck_assert_uint_eq(policy_receive_again(97, 128), 1);
	ck_assert_uint_eq(policy_receive_again(127, 128), 1);
	ck_assert_uint_eq(policy_receive_again(128, 128), 0);
}
END_TEST

START_TEST(policy_receive_again_of_few_buffers_is_never_none_but_when_none_is_free)
{
	for (uint32_t bufs = 1; bufs <= 4; bufs *= 2) {
		for (uint32_t out = 0; out < bufs; out++)
			ck_assert_uint_gt(policy_receive_again(out, bufs), 0);
		ck_assert_uint_eq(policy_receive_again(bufs, bufs), 0);
	}
}
END_TEST

START_TEST(policy_xfer_resume_is_far_from_full)
{
	ck_assert(policy_xfer_resume(512, 1024));
	ck_assert(!policy_xfer_resume(513, 1024));
	ck_assert(policy_xfer_resume(0, 1024));
	ck_assert(!policy_xfer_resume(1024, 1024));
}
END_TEST

static uint32_t notices_at(uint8_t *tokens, uint32_t *since_ms, uint32_t now_ms)
{
	uint32_t n = 0;

	while (policy_not_here(tokens, since_ms, now_ms))
		n++;
	return n;
}

START_TEST(policy_not_here_allows_three_at_once_then_one_a_second)
{
	uint8_t tokens = POLICY_NOT_HERE_BURST;
	uint32_t since_ms = 1000;

	ck_assert_uint_eq(notices_at(&tokens, &since_ms, 1000), 3);
	ck_assert_uint_eq(notices_at(&tokens, &since_ms, 1999), 0);
	ck_assert_uint_eq(notices_at(&tokens, &since_ms, 2000), 1);
	ck_assert_uint_eq(notices_at(&tokens, &since_ms, 2999), 0);
	ck_assert_uint_eq(notices_at(&tokens, &since_ms, 3000), 1);
}
END_TEST

START_TEST(policy_not_here_saves_no_more_than_the_burst)
{
	uint8_t tokens = 0;
	uint32_t since_ms = 0;

	ck_assert_uint_eq(notices_at(&tokens, &since_ms, 4000000), 3);
	ck_assert_uint_eq(notices_at(&tokens, &since_ms, 4000999), 0);
}
END_TEST

START_TEST(policy_not_here_keeps_parts_of_a_second)
{
	uint8_t tokens = 0;
	uint32_t since_ms = 0, told = 0;

	for (uint32_t now = 0; now <= 100000; now += 700)
		told += policy_not_here(&tokens, &since_ms, now);
	ck_assert_uint_ge(told, 99);
	ck_assert_uint_le(told, 100);
}
END_TEST

START_TEST(policy_not_here_survives_the_wrap_of_the_clock)
{
	uint8_t tokens = 0;
	uint32_t since_ms = UINT32_MAX - 500;

	ck_assert_uint_eq(notices_at(&tokens, &since_ms, UINT32_MAX), 0);
	ck_assert_uint_eq(notices_at(&tokens, &since_ms, 498), 0);
	ck_assert_uint_eq(notices_at(&tokens, &since_ms, 499), 1);
}
END_TEST

START_TEST(policy_rate_earn_adds_what_the_time_is_worth)
{
	ck_assert_int_eq(policy_rate_earn(0, 1000, 100, 1000), 100);
	ck_assert_int_eq(policy_rate_earn(-500, 1000, 100, 2000), -300);
	ck_assert_int_eq(policy_rate_earn(7, 1000, 100, 0), 7);
	ck_assert_int_eq(policy_rate_earn(0, 1000, 100, 9), 0);
	ck_assert_int_eq(policy_rate_earn(0, 1000, 100, 10), 1);
}
END_TEST

START_TEST(policy_rate_earn_stops_at_the_burst)
{
	ck_assert_int_eq(policy_rate_earn(990, 1000, 100, 100), 1000);
	ck_assert_int_eq(policy_rate_earn(990, 1000, 100, 101), 1000);
	ck_assert_int_eq(policy_rate_earn(1000, 1000, 100, 5000), 1000);
}
END_TEST

START_TEST(policy_rate_earn_does_not_overflow)
{
	const uint64_t rate = UINT64_C(1000000000000);
	const int64_t full = INT64_C(1000000000000);

	ck_assert_int_eq(policy_rate_earn(-70000, full, rate, UINT64_MAX), full);
	ck_assert_int_eq(policy_rate_earn(-full, full, 1, UINT64_MAX), full);
	ck_assert_int_eq(policy_rate_earn(-full, full, rate, 1999), 999000000000);
	ck_assert_int_eq(policy_rate_earn(-full, full, rate, 2000), full);
}
END_TEST

START_TEST(policy_notice_bytes_are_many_for_who_reads)
{
	ck_assert_uint_eq(policy_notice_bytes(true), POLICY_CONTROL_BYTES);
	ck_assert_uint_ge(policy_notice_bytes(false), 10000 * FRAME_PEER_GONE_SIZE);
}
END_TEST

START_TEST(policy_same_age_is_an_eighth_of_the_limit)
{
	ck_assert_uint_eq(policy_same_age_ms(1000), 125);
	ck_assert_uint_eq(policy_same_age_ms(7), 0);
	ck_assert_uint_eq(policy_same_age_ms(0), UINT32_MAX);
}
END_TEST

START_TEST(policy_too_old_counts_beyond_the_limit)
{
	ck_assert(!policy_too_old(1000, 2000, 1000));
	ck_assert(policy_too_old(1000, 2001, 1000));
	ck_assert(!policy_too_old(1000, 1000, 1));
}
END_TEST

START_TEST(policy_too_old_without_limit_is_never)
{
	ck_assert(!policy_too_old(0, UINT32_MAX, 0));
}
END_TEST

START_TEST(policy_too_old_survives_the_wrap_of_the_clock)
{
	ck_assert(!policy_too_old(UINT32_MAX - 10, 989, 1000));
	ck_assert(policy_too_old(UINT32_MAX - 10, 990, 1000));
}
END_TEST

Suite *test_policy_suite(void)
{
	Suite *s = suite_create("policy");
	TCase *tc = tcase_create("policy");

	tcase_add_test(tc, policy_lane_limit_gives_disco_an_eighth);
	tcase_add_test(tc, policy_lane_packets_are_those_of_derper_while_half_is_free);
	tcase_add_test(tc, policy_lane_packets_is_one_without_any_memory);
	tcase_add_test(tc, policy_send_max_leaves_half_of_a_blocked_queue_droppable);
	tcase_add_test(tc, policy_send_max_of_a_small_queue_still_sends_a_page);
	tcase_add_test(tc, policy_send_max_of_a_direct_peer_does_not_depend_on_its_queue);
	tcase_add_test(tc, policy_receive_again_takes_what_is_free_when_that_is_a_quarter);
	tcase_add_test(tc, policy_receive_again_of_few_buffers_is_never_none_but_when_none_is_free);
	tcase_add_test(tc, policy_xfer_resume_is_far_from_full);
	tcase_add_test(tc, policy_not_here_allows_three_at_once_then_one_a_second);
	tcase_add_test(tc, policy_not_here_saves_no_more_than_the_burst);
	tcase_add_test(tc, policy_not_here_keeps_parts_of_a_second);
	tcase_add_test(tc, policy_not_here_survives_the_wrap_of_the_clock);
	tcase_add_test(tc, policy_rate_earn_adds_what_the_time_is_worth);
	tcase_add_test(tc, policy_rate_earn_stops_at_the_burst);
	tcase_add_test(tc, policy_rate_earn_does_not_overflow);
	tcase_add_test(tc, policy_notice_bytes_are_many_for_who_reads);
	tcase_add_test(tc, policy_same_age_is_an_eighth_of_the_limit);
	tcase_add_test(tc, policy_too_old_counts_beyond_the_limit);
	tcase_add_test(tc, policy_too_old_without_limit_is_never);
	tcase_add_test(tc, policy_too_old_survives_the_wrap_of_the_clock);
	suite_add_tcase(s, tc);
	return s;
}
