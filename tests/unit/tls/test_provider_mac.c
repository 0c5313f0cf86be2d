/* SPDX-License-Identifier: MIT
 * Our HMAC and OpenSSL's own, asked the same as libssl asks. */
#include <check.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "tls/provider.h"
#include "util/assert.h"

Suite *test_provider_mac_suite(void);

static uint8_t bytes[300];

static void setup(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 3);
}

static void teardown(void)
{
	ERR_clear_error();
}

static OSSL_PARAM octets(const char *name, const void *data, size_t len)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)data, len);
}

static OSSL_PARAM digest(const char *name)
{
	return OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)name, 0);
}

static const struct {
	const char *digest;
	size_t key_len, data_len, size;
} questions[] = {
	{ "SHA256", 32, 32, 32 }, { "SHA2-256", 32, 300, 32 }, { "SHA256", 64, 1, 32 },
	{ "SHA384", 48, 48, 48 }, { "SHA2-384", 128, 0, 48 },
};

/* In one call, as for Finished. */
START_TEST(provider_mac_is_that_of_openssl)
{
	uint8_t ours[64] = { 0 }, theirs[64] = { 0 };
	size_t our_len = 0, their_len = 0;

	ck_assert_ptr_nonnull(EVP_Q_mac(provider_library(), "HMAC", NULL, questions[_i].digest, NULL, bytes,
					questions[_i].key_len, bytes, questions[_i].data_len, ours, sizeof(ours),
					&our_len));
	ck_assert_ptr_nonnull(EVP_Q_mac(NULL, "HMAC", NULL, questions[_i].digest, NULL, bytes,
					questions[_i].key_len, bytes, questions[_i].data_len, theirs,
					sizeof(theirs), &their_len));
	ck_assert_uint_eq(our_len, questions[_i].size);
	ck_assert_uint_eq(their_len, our_len);
	ck_assert_mem_eq(ours, theirs, sizeof(ours));
}
END_TEST

/* Piece by piece, key and hash as parameters in this order, as for tickets. */
static void seal(uint8_t out[64], OSSL_LIB_CTX *library)
{
	OSSL_PARAM params[] = { octets(OSSL_MAC_PARAM_KEY, bytes, 32), digest("SHA256"),
				OSSL_PARAM_construct_end() };
	EVP_MAC *mac = EVP_MAC_fetch(library, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	size_t len;

	ck_assert_int_eq(EVP_MAC_CTX_set_params(ctx, params), 1);
	ck_assert_uint_eq(EVP_MAC_CTX_get_mac_size(ctx), 32);
	ck_assert_int_eq(EVP_MAC_update(ctx, bytes, 100), 1);
	ck_assert_int_eq(EVP_MAC_update(ctx, bytes + 100, 200), 1);
	ck_assert_int_eq(EVP_MAC_final(ctx, out, &len, 64), 1);
	ck_assert_uint_eq(len, 32);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
}

START_TEST(provider_mac_takes_pieces)
{
	uint8_t ours[64] = { 0 }, theirs[64] = { 0 };

	seal(ours, provider_library());
	seal(theirs, NULL);
	ck_assert_mem_eq(ours, theirs, sizeof(ours));
}
END_TEST

START_TEST(provider_mac_refuses_other_hashes_and_long_keys)
{
	uint8_t out[64];

	ck_assert_ptr_null(EVP_Q_mac(provider_library(), "HMAC", NULL, "SHA512", NULL, bytes, 32, bytes, 32, out,
				     sizeof(out), NULL));
	ck_assert_ptr_null(EVP_Q_mac(provider_library(), "HMAC", NULL, "SHA256", NULL, bytes, 65, bytes, 32, out,
				     sizeof(out), NULL));
	ck_assert_ptr_null(EVP_Q_mac(provider_library(), "HMAC", NULL, NULL, NULL, bytes, 32, bytes, 32, out,
				     sizeof(out), NULL));
	ck_assert_ptr_null(EVP_Q_mac(provider_library(), "HMAC", NULL, "SHA256", NULL, bytes, 32, bytes, 32, out,
				     31, NULL));
}
END_TEST

START_TEST(provider_mac_needs_a_key)
{
	OSSL_PARAM params[] = { digest("SHA256"), OSSL_PARAM_construct_end() };
	EVP_MAC *mac = EVP_MAC_fetch(provider_library(), "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	uint8_t out[64];
	size_t len;

	ck_assert_int_eq(EVP_MAC_CTX_set_params(ctx, params), 1);
	ck_assert_int_ne(EVP_MAC_update(ctx, bytes, 1), 1);
	ck_assert_int_ne(EVP_MAC_final(ctx, out, &len, sizeof(out)), 1);
	/* and the next time another */
	ck_assert_int_eq(EVP_MAC_init(ctx, bytes, 32, params), 1);
	ck_assert_int_eq(EVP_MAC_update(ctx, bytes, 1), 1);
	ck_assert_int_eq(EVP_MAC_final(ctx, out, &len, sizeof(out)), 1);
	ck_assert_int_ne(EVP_MAC_update(ctx, bytes, 1), 1);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
}
END_TEST

Suite *test_provider_mac_suite(void)
{
	Suite *s = suite_create("provider_mac");
	TCase *t = tcase_create("provider_mac");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, provider_mac_is_that_of_openssl, 0, HD_ARRAY_LEN(questions));
	tcase_add_test(t, provider_mac_takes_pieces);
	tcase_add_test(t, provider_mac_refuses_other_hashes_and_long_keys);
	tcase_add_test(t, provider_mac_needs_a_key);
	suite_add_tcase(s, t);
	return s;
}
