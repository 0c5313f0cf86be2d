/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tools/hd-bench/pace.h"

#define SECOND UINT64_C(1000000000)
#define START UINT64_C(5000000000)

Suite *test_pace_suite(void);

/* Packets of one sender intended within [START, START + ns). */
static uint64_t packets_within(struct pace *p, uint64_t ns, uint32_t bytes)
{
	uint64_t n = 0;

	for (; p->next_ns < START + ns; n++)
		pace_advance(p, bytes);
	return n;
}

START_TEST(pace_keeps_packets_per_second_without_rounding)
{
	struct pace p;

	pace_start(&p, START, 3, true, 1, 0, 0);
	ck_assert_uint_eq(packets_within(&p, 1000 * SECOND, 1400), 3000);
	ck_assert_uint_eq(p.next_ns, START + 1000 * SECOND);
}
END_TEST

START_TEST(pace_keeps_bits_per_second_with_any_sizes)
{
	uint64_t bits = 0;
	struct pace p;

	pace_start(&p, START, 12345678, false, 1, 0, 8000);
	for (uint32_t i = 0; p.next_ns < START + 10 * SECOND; i++) {
		uint32_t size = 48 + i * 7919 % 65000;

		bits += size * UINT64_C(8);
		pace_advance(&p, size);
	}
	ck_assert_uint_ge(bits, 123456780);
	ck_assert_uint_lt(bits, 123456780 + 65048 * 8);
}
END_TEST

START_TEST(pace_shares_the_rate_among_senders)
{
	uint64_t sum = 0;
	struct pace p;

	for (uint32_t i = 0; i < 7; i++) {
		pace_start(&p, START, 1000, true, 7, i, 0);
		ck_assert_uint_eq(p.next_ns, START + i * SECOND / 1000);
		sum += packets_within(&p, 7 * SECOND, 100);
	}
	ck_assert_uint_eq(sum, 7000);
}
END_TEST

START_TEST(pace_does_not_depend_on_when_it_is_asked)
{
	struct pace p;

	/* However late the caller is, the intended times stay where they were. */
	pace_start(&p, START, 1000, true, 1, 0, 0);
	for (int i = 0; i < 5; i++)
		pace_advance(&p, 1400);
	ck_assert_uint_eq(p.next_ns, START + 5 * SECOND / 1000);
}
END_TEST

START_TEST(pace_without_a_rate_stays)
{
	struct pace p;

	pace_start(&p, START, 0, false, 4, 3, 8000);
	pace_advance(&p, 1400);
	ck_assert_uint_eq(p.next_ns, START);
}
END_TEST

Suite *test_pace_suite(void)
{
	Suite *s = suite_create("pace");
	TCase *t = tcase_create("pace");

	tcase_add_test(t, pace_keeps_packets_per_second_without_rounding);
	tcase_add_test(t, pace_keeps_bits_per_second_with_any_sizes);
	tcase_add_test(t, pace_shares_the_rate_among_senders);
	tcase_add_test(t, pace_does_not_depend_on_when_it_is_asked);
	tcase_add_test(t, pace_without_a_rate_stays);
	suite_add_tcase(s, t);
	return s;
}
