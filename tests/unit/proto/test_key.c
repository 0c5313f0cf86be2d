/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>

#include "proto/key.h"

#define HEX "00112233445566778899aabbccddeeff0102030405060708090a0b0c0d0e0fA0"
#define HEX_LOWER "00112233445566778899aabbccddeeff0102030405060708090a0b0c0d0e0fa0"

Suite *test_key_suite(void);

START_TEST(key_parse_takes_both_forms)
{
	struct key a, b;
	char text[KEY_NODE_TEXT_SIZE];

	ck_assert(key_parse(&a, HEX));
	ck_assert(key_parse(&b, "nodekey:" HEX));
	ck_assert(key_equal(&a, &b));
	ck_assert_uint_eq(a.bytes[1], 0x11);
	ck_assert_uint_eq(a.bytes[31], 0xa0);
	key_node_text(text, &a);
	ck_assert_str_eq(text, "nodekey:" HEX_LOWER);
}
END_TEST

static const char *const bad[] = {
	"", "nodekey:", HEX "0", "0" HEX, "nodekey:" HEX "0", " " HEX, HEX " ", "nodekey: " HEX, "NodeKey:" HEX,
	"nodekey:nodekey:" HEX, "privkey:" HEX, "g0112233445566778899aabbccddeeff0102030405060708090a0b0c0d0e0fA0",
	"0112233445566778899aabbccddeeff0102030405060708090a0b0c0d0e0fA0",
};

START_TEST(key_parse_refuses_all_else_and_leaves_the_key)
{
	struct key k, before;

	memset(&k, 0x5a, sizeof(k));
	before = k;
	ck_assert_msg(!key_parse(&k, bad[_i]), "%s", bad[_i]);
	ck_assert(key_equal(&k, &before));
}
END_TEST

START_TEST(key_is_zero_only_if_all_bytes_are)
{
	struct key k = { { 0 } };

	ck_assert(key_is_zero(&k));
	for (int i = 0; i < KEY_SIZE; i++) {
		k.bytes[i] = 1;
		ck_assert(!key_is_zero(&k));
		k.bytes[i] = 0;
	}
}
END_TEST

START_TEST(key_equal_compares_every_byte)
{
	struct key a = { { 0 } }, b = { { 0 } };

	ck_assert(key_equal(&a, &b));
	for (int i = 0; i < KEY_SIZE; i++) {
		b.bytes[i] = 0x80;
		ck_assert(!key_equal(&a, &b));
		b.bytes[i] = 0;
	}
}
END_TEST

Suite *test_key_suite(void)
{
	Suite *s = suite_create("key");
	TCase *tc = tcase_create("key");

	tcase_add_test(tc, key_parse_takes_both_forms);
	tcase_add_loop_test(tc, key_parse_refuses_all_else_and_leaves_the_key, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, key_is_zero_only_if_all_bytes_are);
	tcase_add_test(tc, key_equal_compares_every_byte);
	suite_add_tcase(s, tc);
	return s;
}
