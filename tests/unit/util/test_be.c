/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "util/be.h"

Suite *test_be_suite(void);

static const uint8_t bytes[] = { 0xff, 0x81, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };

START_TEST(be_load_takes_the_first_byte_as_highest)
{
	/* from an odd address, and with the top bit set */
	ck_assert_uint_eq(be_load16(bytes + 1), 0x8123);
	ck_assert_uint_eq(be_load32(bytes + 1), 0x81234567);
	ck_assert(be_load64(bytes + 1) == UINT64_C(0x8123456789abcdef));
}
END_TEST

START_TEST(be_store_writes_its_bytes_and_no_more)
{
	uint8_t out[10];

	memset(out, 0xee, sizeof(out));
	be_store16(out + 1, 0x8123);
	ck_assert_mem_eq(out, "\xee\x81\x23\xee", 4);
	be_store32(out + 1, 0x81234567);
	ck_assert_mem_eq(out, "\xee\x81\x23\x45\x67\xee", 6);
	be_store64(out + 1, UINT64_C(0x8123456789abcdef));
	ck_assert_mem_eq(out + 1, bytes + 1, 8);
	ck_assert_uint_eq(out[0], 0xee);
	ck_assert_uint_eq(out[9], 0xee);
}
END_TEST

Suite *test_be_suite(void)
{
	Suite *s = suite_create("be");
	TCase *tc = tcase_create("be");

	tcase_add_test(tc, be_load_takes_the_first_byte_as_highest);
	tcase_add_test(tc, be_store_writes_its_bytes_and_no_more);
	suite_add_tcase(s, tc);
	return s;
}
