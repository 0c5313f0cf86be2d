/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tools/hd-bench/mix.h"
#include "util/error.h"

#define PICKS 100000

Suite *test_mix_suite(void);

START_TEST(mix_parse_takes_one_size)
{
	struct mix m;
	uint64_t state = 1;

	ck_assert_int_eq(mix_parse(&m, "1400", 48, 65536), 0);
	ck_assert_uint_eq(mix_pick(&m, &state), 1400);
	ck_assert_uint_eq(m.size_max, 1400);
	ck_assert_uint_eq(mix_mean_milli(&m), 1400000);
}
END_TEST

START_TEST(mix_pick_keeps_the_weights)
{
	uint32_t small = 0, middle = 0, large = 0;
	struct mix m;
	uint64_t state = 7;

	ck_assert_int_eq(mix_parse(&m, "64:10,576:20,1400:70", 48, 65536), 0);
	ck_assert_uint_eq(mix_mean_milli(&m), 1101600);
	for (int i = 0; i < PICKS; i++) {
		uint32_t size = mix_pick(&m, &state);

		small += size == 64;
		middle += size == 576;
		large += size == 1400;
	}
	ck_assert_uint_eq(small + middle + large, PICKS);
	/* The picks are the same in every run: no chance here. */
	ck_assert(small > PICKS / 100 * 9 && small < PICKS / 100 * 11);
	ck_assert(middle > PICKS / 100 * 19 && middle < PICKS / 100 * 21);
}
END_TEST

START_TEST(mix_parse_refuses_bad_text)
{
	static const char *const malformed[] = { "", ",", "64,", "64:", ":5", "64:x", "64;5", "64:1:2" };
	static const char *const range[] = { "47", "65537", "64:0", "64:1000001" };
	struct mix m = { .size_max = 77 };

	for (size_t i = 0; i < HD_ARRAY_LEN(malformed); i++)
		ck_assert_int_eq(mix_parse(&m, malformed[i], 48, 65536), ERROR_MALFORMED);
	for (size_t i = 0; i < HD_ARRAY_LEN(range); i++)
		ck_assert_int_eq(mix_parse(&m, range[i], 48, 65536), ERROR_RANGE);
	ck_assert_int_eq(mix_parse(&m, "50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50,50", 48, 65536),
			 ERROR_RANGE);
	ck_assert_uint_eq(m.size_max, 77);
}
END_TEST

Suite *test_mix_suite(void)
{
	Suite *s = suite_create("mix");
	TCase *t = tcase_create("mix");

	tcase_add_test(t, mix_parse_takes_one_size);
	tcase_add_test(t, mix_pick_keeps_the_weights);
	tcase_add_test(t, mix_parse_refuses_bad_text);
	suite_add_tcase(s, t);
	return s;
}
