/* SPDX-License-Identifier: MIT
 * Random bytes as libssl asks for them. */
#include <check.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

#include "tls/provider.h"

Suite *test_provider_rand_suite(void);

static void teardown(void)
{
	ERR_clear_error();
}

START_TEST(provider_rand_gives_other_bytes_each_time)
{
	uint8_t first[32] = { 0 }, second[32] = { 0 }, third[32] = { 0 };

	ck_assert_int_eq(RAND_priv_bytes_ex(provider_library(), first, sizeof(first), 0), 1);
	ck_assert_int_eq(RAND_bytes_ex(provider_library(), second, sizeof(second), 0), 1);
	ck_assert_int_eq(RAND_bytes_ex(provider_library(), third, sizeof(third), 256), 1);
	ck_assert_mem_ne(first, second, sizeof(first));
	ck_assert_mem_ne(second, third, sizeof(first));
}
END_TEST

START_TEST(provider_rand_fills_large_blocks)
{
	static uint8_t block[200000];
	size_t zeros = 0;

	ck_assert_int_eq(RAND_bytes_ex(provider_library(), block, sizeof(block), 0), 1);
	for (size_t i = 0; i < sizeof(block); i++)
		zeros += block[i] == 0;
	ck_assert_uint_lt(zeros, sizeof(block) / 64); /* one in 256 is expected */
}
END_TEST

START_TEST(provider_rand_refuses_more_strength_than_there_is)
{
	uint8_t bytes[32];

	ck_assert_int_ne(RAND_bytes_ex(provider_library(), bytes, sizeof(bytes), 257), 1);
}
END_TEST

Suite *test_provider_rand_suite(void)
{
	Suite *s = suite_create("provider_rand");
	TCase *t = tcase_create("provider_rand");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, provider_rand_gives_other_bytes_each_time);
	tcase_add_test(t, provider_rand_fills_large_blocks);
	tcase_add_test(t, provider_rand_refuses_more_strength_than_there_is);
	suite_add_tcase(s, t);
	return s;
}
