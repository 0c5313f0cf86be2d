/* SPDX-License-Identifier: MIT
 * What the relay's library context gives for a name. */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <string.h>

#include "tls/provider.h"

Suite *test_provider_suite(void);

#define OURS "hyper-derp"

static const char *keys_from(OSSL_LIB_CTX *library, const char *name, const char *query)
{
	EVP_KEYMGMT *found = EVP_KEYMGMT_fetch(library, name, query);
	const char *from = found ? OSSL_PROVIDER_get0_name(EVP_KEYMGMT_get0_provider(found)) : "nobody";

	EVP_KEYMGMT_free(found);
	return from;
}

START_TEST(provider_gives_x25519_and_key_derivation)
{
	OSSL_LIB_CTX *library = provider_library();
	EVP_KEYEXCH *exchange = EVP_KEYEXCH_fetch(library, "X25519", PROVIDER_QUERY);
	EVP_KDF *kdf = EVP_KDF_fetch(library, "TLS13-KDF", PROVIDER_QUERY);

	ck_assert_ptr_nonnull(library);
	ck_assert_str_eq(keys_from(library, "X25519", PROVIDER_QUERY), OURS);
	ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_KEYEXCH_get0_provider(exchange)), OURS);
	ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_KDF_get0_provider(kdf)), OURS);
	EVP_KEYEXCH_free(exchange);
	EVP_KDF_free(kdf);
}
END_TEST

START_TEST(provider_leaves_the_rest_to_openssl)
{
	static const char *const names[] = { "EC", "RSA", "ED25519" };
	EVP_SIGNATURE *ecdsa = EVP_SIGNATURE_fetch(provider_library(), "ECDSA", PROVIDER_QUERY);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_str_eq(keys_from(provider_library(), names[i], PROVIDER_QUERY), "default");
	ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_SIGNATURE_get0_provider(ecdsa)), "default");
	EVP_SIGNATURE_free(ecdsa);
}
END_TEST

START_TEST(provider_is_not_seen_outside)
{
	ck_assert_ptr_nonnull(provider_library());
	ck_assert_str_eq(keys_from(NULL, "X25519", PROVIDER_QUERY), "default");
	ck_assert_int_eq(OSSL_PROVIDER_available(NULL, OURS), 0);
}
END_TEST

static void *look(void *unused)
{
	(void)unused;
	return provider_library();
}

START_TEST(provider_library_is_one_for_all_threads)
{
	pthread_t threads[4];
	void *seen;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, look, NULL), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &seen), 0);
		ck_assert_ptr_eq(seen, provider_library());
	}
}
END_TEST

Suite *test_provider_suite(void)
{
	Suite *s = suite_create("provider");
	TCase *t = tcase_create("provider");

	tcase_add_test(t, provider_gives_x25519_and_key_derivation);
	tcase_add_test(t, provider_leaves_the_rest_to_openssl);
	tcase_add_test(t, provider_is_not_seen_outside);
	tcase_add_test(t, provider_library_is_one_for_all_threads);
	suite_add_tcase(s, t);
	return s;
}
