/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "util/writer.h"

Suite *test_writer_suite(void);

START_TEST(writer_writes_in_order)
{
	uint8_t out[32];
	struct writer w = writer_over(out, sizeof(out));

	writer_u8(&w, 0x81);
	writer_be16(&w, 0x8283);
	writer_be32(&w, 0x84858687);
	writer_be64(&w, UINT64_C(0x88898a8b8c8d8e8f));
	writer_bytes(&w, "ab", 2);
	writer_bytes(&w, NULL, 0);
	writer_text(&w, "cd");
	writer_decimal(&w, -70);
	ck_assert(!w.failed);
	ck_assert_uint_eq(writer_len(&w), 22);
	ck_assert_mem_eq(out, "\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f" "abcd-70", 22);
}
END_TEST

START_TEST(writer_decimal_writes_the_extremes)
{
	uint8_t out[64];
	struct writer w = writer_over(out, sizeof(out));

	writer_decimal(&w, INT64_MIN);
	writer_decimal(&w, INT64_MAX);
	writer_decimal(&w, 0);
	ck_assert_mem_eq(out, "-922337203685477580892233720368547758070", 40);
}
END_TEST

START_TEST(writer_never_writes_past_its_end)
{
	uint8_t out[8];

	for (size_t cap = 0; cap < 7; cap++) {
		struct writer w = writer_over(out, cap);

		memset(out, 0xee, sizeof(out));
		writer_bytes(&w, "abcdefg", 7);
		ck_assert(w.failed);
		ck_assert_uint_eq(writer_len(&w), 0);
		for (size_t i = 0; i < sizeof(out); i++)
			ck_assert_uint_eq(out[i], 0xee);
	}
}
END_TEST

START_TEST(writer_failure_is_sticky)
{
	uint8_t out[4] = { 0xee, 0xee, 0xee, 0xee };
	struct writer w = writer_over(out, 4);

	writer_be64(&w, 1);
	ck_assert(w.failed);
	writer_u8(&w, 1);
	writer_be16(&w, 1);
	writer_be32(&w, 1);
	writer_text(&w, "a");
	writer_decimal(&w, 1);
	ck_assert(w.failed);
	ck_assert_mem_eq(out, "\xee\xee\xee\xee", 4);
}
END_TEST

START_TEST(writer_over_nothing_takes_nothing)
{
	struct writer w = writer_over(NULL, 0);

	writer_text(&w, "");
	ck_assert(!w.failed);
	writer_u8(&w, 1);
	ck_assert(w.failed);
	ck_assert_uint_eq(writer_len(&w), 0);
}
END_TEST

START_TEST(writer_over_null_with_length_aborts)
{
	writer_over(NULL, 1);
}
END_TEST

Suite *test_writer_suite(void)
{
	Suite *s = suite_create("writer");
	TCase *tc = tcase_create("writer");

	tcase_add_test(tc, writer_writes_in_order);
	tcase_add_test(tc, writer_decimal_writes_the_extremes);
	tcase_add_test(tc, writer_never_writes_past_its_end);
	tcase_add_test(tc, writer_failure_is_sticky);
	tcase_add_test(tc, writer_over_nothing_takes_nothing);
	tcase_add_test_raise_signal(tc, writer_over_null_with_length_aborts, SIGABRT);
	suite_add_tcase(s, tc);
	return s;
}
