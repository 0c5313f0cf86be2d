/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <openssl/evp.h>

#include "tls/suite.h"
#include "util/error.h"

Suite *test_suite_suite(void);

START_TEST(suite_find_knows_the_numbers_of_both_versions)
{
	static const struct {
		uint16_t wire_id;
		enum suite suite;
	} rows[] = {
		{ 0x1301, SUITE_AES_128_GCM },	     { 0x1302, SUITE_AES_256_GCM },
		{ 0x1303, SUITE_CHACHA20_POLY1305 }, { 0xc02b, SUITE_AES_128_GCM },
		{ 0xc02f, SUITE_AES_128_GCM },	     { 0xc02c, SUITE_AES_256_GCM },
		{ 0xc030, SUITE_AES_256_GCM },	     { 0xcca9, SUITE_CHACHA20_POLY1305 },
		{ 0xcca8, SUITE_CHACHA20_POLY1305 },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++) {
		enum suite s = SUITE_COUNT;

		ck_assert_int_eq(suite_find(&s, rows[i].wire_id), 0);
		ck_assert_int_eq(s, rows[i].suite);
	}
}
END_TEST

START_TEST(suite_find_rejects_other_suites)
{
	/* AES-CCM, CBC with SHA, and none */
	static const uint16_t others[] = { 0x1304, 0xc013, 0x009c, 0 };

	for (size_t i = 0; i < HD_ARRAY_LEN(others); i++) {
		enum suite s = SUITE_COUNT;

		ck_assert_int_eq(suite_find(&s, others[i]), ERROR_NOT_FOUND);
		ck_assert_int_eq(s, SUITE_COUNT);
	}
}
END_TEST

START_TEST(suite_sizes_are_those_of_the_algorithms)
{
	for (int i = 0; i < SUITE_COUNT; i++) {
		enum suite s = (enum suite)i;
		const EVP_MD *hash = EVP_get_digestbyname(suite_hash_name(s));

		ck_assert_ptr_nonnull(hash);
		ck_assert_ptr_nonnull(suite_cipher(s));
		ck_assert_int_eq(EVP_CIPHER_get_key_length(suite_cipher(s)), (int)suite_key_size(s));
		ck_assert_int_eq(EVP_CIPHER_get_iv_length(suite_cipher(s)), SUITE_IV_SIZE);
		ck_assert_int_eq(EVP_MD_get_size(hash), (int)suite_hash_size(s));
		ck_assert_uint_le(suite_key_size(s), SUITE_KEY_MAX);
		ck_assert_uint_le(suite_hash_size(s), SUITE_HASH_MAX);
		ck_assert(EVP_CIPHER_is_a(suite_cipher(s), suite_name(s)));
	}
}
END_TEST

START_TEST(suite_limit_of_aes_gcm_is_below_that_of_the_standard)
{
	/* 2^24.5 */
	ck_assert_uint_lt(suite_record_limit(SUITE_AES_128_GCM), 23726566);
	ck_assert_uint_lt(suite_record_limit(SUITE_AES_256_GCM), 23726566);
	ck_assert_uint_lt(suite_record_limit(SUITE_CHACHA20_POLY1305), UINT64_MAX / 2);
}
END_TEST

Suite *test_suite_suite(void)
{
	Suite *s = suite_create("suite");
	TCase *c = tcase_create("table");

	tcase_add_test(c, suite_find_knows_the_numbers_of_both_versions);
	tcase_add_test(c, suite_find_rejects_other_suites);
	tcase_add_test(c, suite_sizes_are_those_of_the_algorithms);
	tcase_add_test(c, suite_limit_of_aes_gcm_is_below_that_of_the_standard);
	suite_add_tcase(s, c);
	return s;
}
