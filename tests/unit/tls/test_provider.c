/* SPDX-License-Identifier: MIT
 * What the relay's library context gives for a name. */
#include <check.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tls/provider.h"

Suite *test_provider_suite(void);

#define OURS "hyper-derp"
#define SEEN_MAX 200

static const char *keys_from(OSSL_LIB_CTX *library, const char *name)
{
	EVP_KEYMGMT *found = EVP_KEYMGMT_fetch(library, name, NULL);
	const char *from = found ? OSSL_PROVIDER_get0_name(EVP_KEYMGMT_get0_provider(found)) : "nobody";

	EVP_KEYMGMT_free(found);
	return from;
}

static const struct {
	OSSL_LIB_CTX *(*library)(void);
	int encapsulates;
} libraries[] = { { provider_library, 1 }, { provider_library_1_2, 0 } };
#define LIBRARIES ((int)(sizeof(libraries) / sizeof(libraries[0])))

START_TEST(provider_has_all_that_libssl_wants)
{
	static const char *const keys[] = { "X25519", "EC", "RSA", "HMAC" };
	OSSL_LIB_CTX *library = libraries[_i].library();
	EVP_KEYEXCH *exchange = EVP_KEYEXCH_fetch(library, "X25519", NULL);
	EVP_SIGNATURE *ecdsa = EVP_SIGNATURE_fetch(library, "ECDSA", NULL);
	EVP_KDF *kdf = EVP_KDF_fetch(library, "TLS13-KDF", NULL);
	EVP_MAC *mac = EVP_MAC_fetch(library, "HMAC", NULL);

	ck_assert_ptr_nonnull(library);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		ck_assert_str_eq(keys_from(library, keys[i]), OURS);
	ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_KEYEXCH_get0_provider(exchange)), OURS);
	ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_SIGNATURE_get0_provider(ecdsa)), OURS);
	ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_KDF_get0_provider(kdf)), OURS);
	ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_MAC_get0_provider(mac)), OURS);
	EVP_KEYEXCH_free(exchange);
	EVP_SIGNATURE_free(ecdsa);
	EVP_KDF_free(kdf);
	EVP_MAC_free(mac);
}
END_TEST

static int on_group(const OSSL_PARAM params[], void *seen)
{
	const OSSL_PARAM *name = OSSL_PARAM_locate_const(params, OSSL_CAPABILITY_TLS_GROUP_NAME);
	const OSSL_PARAM *kem = OSSL_PARAM_locate_const(params, OSSL_CAPABILITY_TLS_GROUP_IS_KEM);
	unsigned int is_kem = 0;
	char *text = seen;
	size_t len = strlen(text);

	ck_assert(!kem || OSSL_PARAM_get_uint(kem, &is_kem) == 1);
	snprintf(text + len, SEEN_MAX - len, "%s%s ", (const char *)name->data, is_kem ? "!" : "");
	return 1;
}

static int on_provider(OSSL_PROVIDER *provider, void *seen)
{
	return OSSL_PROVIDER_get_capabilities(provider, "TLS-GROUP", on_group, seen);
}

START_TEST(provider_groups_are_those_of_keys_and_certificates)
{
	char seen[SEEN_MAX] = "";

	ck_assert_int_eq(OSSL_PROVIDER_do_all(libraries[_i].library(), on_provider, seen), 1);
	ck_assert_str_eq(seen, libraries[_i].encapsulates ? "x25519! secp256r1 secp384r1 secp521r1 " :
							    "x25519 secp256r1 secp384r1 secp521r1 ");
}
END_TEST

START_TEST(provider_is_not_seen_outside)
{
	ck_assert_ptr_nonnull(provider_library());
	ck_assert_str_eq(keys_from(NULL, "X25519"), "default");
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

	tcase_add_loop_test(t, provider_has_all_that_libssl_wants, 0, LIBRARIES);
	tcase_add_loop_test(t, provider_groups_are_those_of_keys_and_certificates, 0, LIBRARIES);
	tcase_add_test(t, provider_is_not_seen_outside);
	tcase_add_test(t, provider_library_is_one_for_all_threads);
	suite_add_tcase(s, t);
	return s;
}
