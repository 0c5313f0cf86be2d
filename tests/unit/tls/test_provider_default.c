/* SPDX-License-Identifier: MIT
 * What is passed on of OpenSSL's default provider, and that it works. */
#include <check.h>
#include <openssl/core_dispatch.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tls/provider.h"
#include "tls/provider_default.h"
#include "util/assert.h"

Suite *test_provider_default_suite(void);

static void teardown(void)
{
	ERR_clear_error();
}

/* As libssl signs and checks: a key of another library context is taken over. */
START_TEST(provider_default_signs_with_a_key_from_outside)
{
	static const char text[] = "to be signed";
	EVP_PKEY *key = _i ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	EVP_MD_CTX *here = EVP_MD_CTX_new(), *there = EVP_MD_CTX_new();
	uint8_t signature[512];
	size_t len = sizeof(signature);

	ck_assert_int_eq(EVP_DigestSignInit_ex(here, NULL, "SHA256", provider_library(), NULL, key, NULL), 1);
	ck_assert_int_eq(EVP_DigestSign(here, signature, &len, (const uint8_t *)text, sizeof(text)), 1);
	ck_assert_int_eq(EVP_DigestVerifyInit_ex(there, NULL, "SHA256", NULL, NULL, key, NULL), 1);
	ck_assert_int_eq(EVP_DigestVerify(there, signature, len, (const uint8_t *)text, sizeof(text)), 1);
	EVP_MD_CTX_free(here);
	EVP_MD_CTX_free(there);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(provider_default_passes_no_other_algorithms)
{
	EVP_MD *sha3 = EVP_MD_fetch(provider_library(), "SHA3-256", NULL);
	EVP_CIPHER *des = EVP_CIPHER_fetch(provider_library(), "DES-EDE3-CBC", NULL);
	EVP_KEYMGMT *dsa = EVP_KEYMGMT_fetch(provider_library(), "DSA", NULL);

	ck_assert_ptr_null(sha3);
	ck_assert_ptr_null(des);
	ck_assert_ptr_null(dsa);
	ck_assert_ptr_null(provider_default_algorithms(OSSL_OP_STORE));
}
END_TEST

START_TEST(provider_default_functions_are_found_by_the_first_name)
{
	ck_assert_ptr_nonnull(provider_library());
	ck_assert_ptr_nonnull(provider_default_functions(OSSL_OP_DIGEST, "SHA2-256"));
	ck_assert_ptr_nonnull(provider_default_functions(OSSL_OP_KEYEXCH, "X25519"));
	ck_assert_ptr_null(provider_default_functions(OSSL_OP_DIGEST, "SHA2"));
	ck_assert_ptr_null(provider_default_functions(OSSL_OP_DIGEST, "SHA2-2567"));
}
END_TEST

Suite *test_provider_default_suite(void)
{
	Suite *s = suite_create("provider_default");
	TCase *t = tcase_create("provider_default");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_loop_test(t, provider_default_signs_with_a_key_from_outside, 0, 2);
	tcase_add_test(t, provider_default_passes_no_other_algorithms);
	tcase_add_test(t, provider_default_functions_are_found_by_the_first_name);
	suite_add_tcase(s, t);
	return s;
}
