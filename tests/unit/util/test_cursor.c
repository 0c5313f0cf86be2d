/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "util/cursor.h"

Suite *test_cursor_suite(void);

static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xf0, 'a', 'b', 'c' };

START_TEST(cursor_reads_in_order)
{
	struct cursor c = cursor_over(data, sizeof(data));
	char text[2];

	ck_assert_uint_eq(cursor_u8(&c), 1);
	ck_assert_uint_eq(cursor_be16(&c), 0x0203);
	ck_assert_uint_eq(cursor_be32(&c), 0x04050607);
	ck_assert(cursor_be64(&c) == UINT64_C(0x08090a0b0c0d0e0f));
	ck_assert_uint_eq(cursor_left(&c), 4);
	ck_assert_ptr_eq(cursor_take(&c, 2), data + 15);
	ck_assert(!cursor_done(&c));
	cursor_copy(&c, text, 2);
	ck_assert_mem_eq(text, "bc", 2);
	ck_assert(cursor_done(&c));
}
END_TEST

START_TEST(cursor_read_past_the_end_gives_zero_and_fails)
{
	for (size_t width = 1; width <= 8; width *= 2) {
		struct cursor c = cursor_over(data, width - 1);

		ck_assert(width != 1 || cursor_u8(&c) == 0);
		ck_assert(width != 2 || cursor_be16(&c) == 0);
		ck_assert(width != 4 || cursor_be32(&c) == 0);
		ck_assert(width != 8 || cursor_be64(&c) == 0);
		ck_assert(c.failed);
		ck_assert(!cursor_done(&c));
	}
}
END_TEST

START_TEST(cursor_failure_is_sticky)
{
	struct cursor c = cursor_over(data, sizeof(data));
	char text[3] = "xyz";

	ck_assert_ptr_null(cursor_take(&c, sizeof(data) + 1));
	ck_assert_uint_eq(cursor_left(&c), 0);
	ck_assert_uint_eq(cursor_u8(&c), 0);
	ck_assert_ptr_null(cursor_take(&c, 0));
	cursor_copy(&c, text, 3);
	ck_assert_mem_eq(text, "\0\0\0", 3);
	ck_assert(c.failed);
}
END_TEST

START_TEST(cursor_take_of_huge_length_fails)
{
	struct cursor c = cursor_over(data, sizeof(data));

	ck_assert_ptr_null(cursor_take(&c, SIZE_MAX));
	ck_assert(c.failed);
}
END_TEST

START_TEST(cursor_over_nothing_is_done_at_once)
{
	struct cursor c = cursor_over(NULL, 0);

	ck_assert(cursor_done(&c));
	ck_assert_ptr_nonnull(cursor_take(&c, 0));
	ck_assert(cursor_done(&c));
	ck_assert_uint_eq(cursor_u8(&c), 0);
	ck_assert(!cursor_done(&c));
}
END_TEST

START_TEST(cursor_over_null_with_length_aborts)
{
	cursor_over(NULL, 1);
}
END_TEST

Suite *test_cursor_suite(void)
{
	Suite *s = suite_create("cursor");
	TCase *tc = tcase_create("cursor");

	tcase_add_test(tc, cursor_reads_in_order);
	tcase_add_test(tc, cursor_read_past_the_end_gives_zero_and_fails);
	tcase_add_test(tc, cursor_failure_is_sticky);
	tcase_add_test(tc, cursor_take_of_huge_length_fails);
	tcase_add_test(tc, cursor_over_nothing_is_done_at_once);
	tcase_add_test_raise_signal(tc, cursor_over_null_with_length_aborts, SIGABRT);
	suite_add_tcase(s, tc);
	return s;
}
