/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "util/bytes.h"
#include "util/error.h"

Suite *test_bytes_suite(void);

START_TEST(bytes_append_keeps_order_while_growing)
{
	struct bytes b;

	bytes_init(&b, 100000);
	for (unsigned i = 0; i < 100000; i++) {
		uint8_t byte = (uint8_t)(i * 7);

		ck_assert_int_eq(bytes_append(&b, &byte, 1), 0);
	}
	ck_assert_uint_eq(b.len, 100000);
	for (unsigned i = 0; i < 100000; i++)
		ck_assert_uint_eq(b.data[i], (uint8_t)(i * 7));
	bytes_release(&b);
}
END_TEST

START_TEST(bytes_append_past_max_changes_nothing)
{
	struct bytes b;

	bytes_init(&b, 5);
	ck_assert_int_eq(bytes_append(&b, "abc", 3), 0);
	ck_assert_int_eq(bytes_append(&b, "def", 3), ERROR_TOO_BIG);
	ck_assert_int_eq(bytes_append(&b, "d", SIZE_MAX), ERROR_TOO_BIG);
	ck_assert_uint_eq(b.len, 3);
	ck_assert_int_eq(bytes_append(&b, "de", 2), 0);
	ck_assert_mem_eq(b.data, "abcde", 5);
	ck_assert_int_eq(bytes_append(&b, "f", 1), ERROR_TOO_BIG);
	bytes_release(&b);
}
END_TEST

START_TEST(bytes_append_of_nothing_takes_no_memory)
{
	struct bytes b;

	bytes_init(&b, 0);
	ck_assert_int_eq(bytes_append(&b, NULL, 0), 0);
	ck_assert_int_eq(bytes_append_text(&b, ""), 0);
	ck_assert_ptr_null(b.data);
	ck_assert_int_eq(bytes_append_text(&b, "x"), ERROR_TOO_BIG);
}
END_TEST

START_TEST(bytes_reserve_gives_room_without_length)
{
	struct bytes b;

	bytes_init(&b, 1000);
	ck_assert_int_eq(bytes_reserve(&b, 1000), 0);
	ck_assert_uint_ge(b.cap, 1000);
	ck_assert_uint_eq(b.len, 0);
	memset(b.data, 'x', 1000);
	ck_assert_int_eq(bytes_reserve(&b, 1001), ERROR_TOO_BIG);
	bytes_release(&b);
}
END_TEST

START_TEST(bytes_printf_fills_up_to_max)
{
	struct bytes b;

	bytes_init(&b, 8);
	ck_assert_int_eq(bytes_printf(&b, "%d-%s", 12, "ab"), 0);
	ck_assert_uint_eq(b.len, 5);
	/* exactly full: the NUL that printf writes counts to no limit */
	ck_assert_int_eq(bytes_printf(&b, "%s", "cde"), 0);
	ck_assert_mem_eq(b.data, "12-abcde", 8);
	ck_assert_int_eq(bytes_printf(&b, "%c", 'f'), ERROR_TOO_BIG);
	ck_assert_uint_eq(b.len, 8);
	bytes_release(&b);
}
END_TEST

START_TEST(bytes_consume_keeps_the_rest)
{
	struct bytes b;

	bytes_init(&b, 100);
	ck_assert_int_eq(bytes_append_text(&b, "headtail"), 0);
	bytes_consume(&b, 4);
	ck_assert_uint_eq(b.len, 4);
	ck_assert_mem_eq(b.data, "tail", 4);
	bytes_consume(&b, 4);
	ck_assert_uint_eq(b.len, 0);
	bytes_consume(&b, 0);
	bytes_release(&b);
}
END_TEST

START_TEST(bytes_consume_more_than_there_is_aborts)
{
	struct bytes b;

	bytes_init(&b, 100);
	bytes_consume(&b, 1);
}
END_TEST

START_TEST(bytes_steal_hands_over_and_empties)
{
	struct bytes b;
	uint8_t *data;
	size_t len;

	bytes_init(&b, 100);
	ck_assert_int_eq(bytes_append_text(&b, "mine"), 0);
	data = bytes_steal(&b, &len);
	ck_assert_uint_eq(len, 4);
	ck_assert_mem_eq(data, "mine", 4);
	ck_assert_ptr_null(b.data);
	ck_assert_int_eq(bytes_append_text(&b, "again"), 0);
	ck_assert_mem_eq(data, "mine", 4);
	free(data);
	bytes_release(&b);
	ck_assert_ptr_null(bytes_steal(&b, &len));
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(bytes_release_leaves_a_usable_buffer)
{
	struct bytes b;

	bytes_init(&b, 10);
	ck_assert_int_eq(bytes_append_text(&b, "one"), 0);
	bytes_release(&b);
	bytes_release(&b);
	ck_assert_int_eq(bytes_append_text(&b, "0123456789"), 0);
	ck_assert_int_eq(bytes_append_text(&b, "a"), ERROR_TOO_BIG);
	bytes_release(&b);
}
END_TEST

START_TEST(bytes_hex_goes_both_ways)
{
	uint8_t in[256], out[256];
	char hex[513];

	for (int i = 0; i < 256; i++)
		in[i] = (uint8_t)i;
	bytes_to_hex(hex, in, sizeof(in));
	ck_assert_uint_eq(strlen(hex), 512);
	ck_assert_int_eq(strncmp(hex, "000102", 6), 0);
	ck_assert_str_eq(hex + 508, "feff");
	ck_assert(bytes_from_hex(out, sizeof(out), hex));
	ck_assert_mem_eq(in, out, sizeof(in));
	ck_assert(bytes_from_hex(out, 3, "aBCdEf"));
	ck_assert_mem_eq(out, "\xab\xcd\xef", 3);
}
END_TEST

START_TEST(bytes_from_hex_refuses_all_but_digits)
{
	char text[5] = "0000";
	uint8_t out[2];

	for (int c = 0; c < 256; c++) {
		bool digit = c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL;

		ck_assert_int_eq(bytes_hex_value(c) >= 0, digit);
		for (int at = 0; at < 4; at++) {
			memset(text, '0', 4);
			text[at] = (char)c;
			memset(out, 0xee, sizeof(out));
			ck_assert_int_eq(bytes_from_hex(out, 2, text), digit);
			if (!digit)
				ck_assert_mem_eq(out, "\xee\xee", 2);
		}
	}
}
END_TEST

START_TEST(bytes_from_hex_stops_at_the_end_of_a_short_text)
{
	char *text = strdup("abc");
	uint8_t out[2];

	/* the allocation ends behind the NUL: reading on is what ASan would see */
	ck_assert_ptr_nonnull(text);
	ck_assert(!bytes_from_hex(out, 2, text));
	free(text);
}
END_TEST

START_TEST(bytes_equal_secret_compares_every_byte)
{
	uint8_t a[32] = { 1 }, b[32] = { 1 };

	ck_assert(bytes_equal_secret(a, b, 32));
	ck_assert(bytes_equal_secret(a, b, 0));
	for (int i = 0; i < 32; i++) {
		for (int bit = 0; bit < 8; bit++) {
			b[i] ^= (uint8_t)(1 << bit);
			ck_assert(!bytes_equal_secret(a, b, 32));
			b[i] ^= (uint8_t)(1 << bit);
		}
	}
}
END_TEST

START_TEST(bytes_wipe_zeroes_only_what_it_is_given)
{
	uint8_t b[5] = { 1, 2, 3, 4, 5 };

	bytes_wipe(b + 1, 3);
	ck_assert_mem_eq(b, "\1\0\0\0\5", 5);
}
END_TEST

Suite *test_bytes_suite(void)
{
	Suite *s = suite_create("bytes");
	TCase *tc = tcase_create("bytes");

	tcase_add_test(tc, bytes_append_keeps_order_while_growing);
	tcase_add_test(tc, bytes_append_past_max_changes_nothing);
	tcase_add_test(tc, bytes_append_of_nothing_takes_no_memory);
	tcase_add_test(tc, bytes_reserve_gives_room_without_length);
	tcase_add_test(tc, bytes_printf_fills_up_to_max);
	tcase_add_test(tc, bytes_consume_keeps_the_rest);
	tcase_add_test_raise_signal(tc, bytes_consume_more_than_there_is_aborts, SIGABRT);
	tcase_add_test(tc, bytes_steal_hands_over_and_empties);
	tcase_add_test(tc, bytes_release_leaves_a_usable_buffer);
	tcase_add_test(tc, bytes_hex_goes_both_ways);
	tcase_add_test(tc, bytes_from_hex_refuses_all_but_digits);
	tcase_add_test(tc, bytes_from_hex_stops_at_the_end_of_a_short_text);
	tcase_add_test(tc, bytes_equal_secret_compares_every_byte);
	tcase_add_test(tc, bytes_wipe_zeroes_only_what_it_is_given);
	suite_add_tcase(s, tc);
	return s;
}
