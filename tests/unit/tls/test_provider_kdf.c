/* SPDX-License-Identifier: MIT
 * Our TLS13-KDF and OpenSSL's own, asked the same as libssl asks. */
#include <check.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <string.h>

#include "tls/provider.h"
#include "tls/provider_kdf.h"
#include "tls/secrets.h"

Suite *test_provider_kdf_suite(void);

struct question {
	int mode;
	const char *digest;
	const char *prefix;
	const char *label;
	size_t key_len;
	size_t salt_len;
	size_t data_len;
	size_t out_len;
};

#define EXPAND EVP_KDF_HKDF_MODE_EXPAND_ONLY
#define EXTRACT EVP_KDF_HKDF_MODE_EXTRACT_ONLY

static uint8_t bytes[64];

static OSSL_PARAM octets(const char *name, const void *data, size_t len)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)data, len);
}

static int ask(uint8_t *out, OSSL_LIB_CTX *library, const char *query, struct question q)
{
	EVP_KDF *kdf = EVP_KDF_fetch(library, "TLS13-KDF", query);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[8], *p = params;
	int rc;

	*p++ = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &q.mode);
	if (q.digest)
		*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)q.digest, 0);
	if (q.key_len)
		*p++ = octets(OSSL_KDF_PARAM_KEY, bytes, q.key_len);
	if (q.salt_len)
		*p++ = octets(OSSL_KDF_PARAM_SALT, bytes + 1, q.salt_len);
	*p++ = octets(OSSL_KDF_PARAM_PREFIX, q.prefix ? q.prefix : "tls13 ", 6);
	*p++ = octets(OSSL_KDF_PARAM_LABEL, q.label, strlen(q.label));
	if (q.data_len)
		*p++ = octets(OSSL_KDF_PARAM_DATA, bytes + 2, q.data_len);
	*p = OSSL_PARAM_construct_end();
	rc = EVP_KDF_derive(ctx, out, q.out_len, params);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return rc;
}

static void setup(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 3);
}

static void teardown(void)
{
	provider_kdf_look_on(NULL);
	ERR_clear_error();
}

static const struct question questions[] = {
	{ EXTRACT, "SHA256", NULL, "derived", 0, 0, 0, 32 },    /* the top */
	{ EXTRACT, "SHA256", NULL, "derived", 32, 0, 0, 32 },   /* the top, with a key both had before */
	{ EXTRACT, "SHA2-256", NULL, "derived", 32, 32, 0, 32 },
	{ EXTRACT, "SHA256", NULL, "derived", 0, 32, 0, 32 },   /* the bottom */
	{ EXTRACT, "SHA2-384", NULL, "derived", 32, 48, 0, 48 },
	{ EXTRACT, "SHA384", NULL, "derived", 48, 48, 0, 48 },
	{ EXPAND, "SHA256", NULL, "c hs traffic", 32, 0, 32, 32 },
	{ EXPAND, "SHA256", NULL, "key", 32, 0, 0, 16 },
	{ EXPAND, "SHA2-256", NULL, "iv", 32, 0, 0, 12 },
	{ EXPAND, "SHA384", NULL, "s ap traffic", 48, 0, 48, 48 },
	{ EXPAND, "SHA2-384", NULL, "key", 48, 0, 0, 32 },
	{ EXPAND, "SHA256", NULL, "resumption", 32, 0, 8, 32 },
};

START_TEST(provider_kdf_derives_what_openssl_derives)
{
	uint8_t ours[64] = { 0 }, theirs[64] = { 0 };

	ck_assert_int_eq(ask(ours, provider_library(), NULL, questions[_i]), 1);
	ck_assert_int_eq(ask(theirs, NULL, NULL, questions[_i]), 1);
	ck_assert_mem_eq(ours, theirs, sizeof(ours));
}
END_TEST

START_TEST(provider_kdf_refuses_what_libssl_never_asks)
{
	static const struct question wrong[] = {
		{ EXPAND, NULL, NULL, "key", 32, 0, 0, 16 },
		{ EXPAND, "MD5", NULL, "key", 16, 0, 0, 16 },
		{ EXPAND, "SHA256", "dtls13", "key", 32, 0, 0, 16 },
		{ EXPAND, "SHA256", NULL, "key", 31, 0, 0, 16 },
		{ EXPAND, "SHA256", NULL, "key", 0, 0, 0, 16 },
		{ EXPAND, "SHA256", NULL, "key", 32, 0, 0, 33 },
		{ EXPAND, "SHA256", NULL, "a label too long", 32, 0, 0, 16 },
		{ EXPAND, "SHA256", NULL, "key", 32, 0, 49, 16 },
		{ EXTRACT, "SHA256", NULL, "derived", 32, 32, 0, 16 },
		{ EXTRACT, "SHA256", NULL, "derived", 32, 31, 0, 32 },
		{ EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND, "SHA256", NULL, "key", 32, 32, 0, 32 },
	};
	uint8_t out[64], before[64];

	memset(out, 0x5a, sizeof(out));
	memcpy(before, out, sizeof(out));
	for (size_t i = 0; i < HD_ARRAY_LEN(wrong); i++)
		ck_assert_int_ne(ask(out, provider_library(), NULL, wrong[i]), 1);
	ck_assert_mem_eq(out, before, sizeof(out));
}
END_TEST

static uint8_t resumption[SUITE_HASH_MAX];

static void derive_traffic(uint8_t client[32], uint8_t server[32])
{
	struct question q = { EXPAND, "SHA256", NULL, "c ap traffic", 32, 0, 32, 32 };

	ck_assert_int_eq(ask(client, provider_library(), NULL, q), 1);
	q.label = "s ap traffic";
	ck_assert_int_eq(ask(server, provider_library(), NULL, q), 1);
}

START_TEST(provider_kdf_shows_the_traffic_secrets)
{
	struct tls_secrets secrets = { 0 };
	struct provider_kdf_watch watch = { .secrets = &secrets, .resumption = resumption };
	uint8_t client[32], server[32];

	provider_kdf_look_on(&watch);
	derive_traffic(client, server);
	ck_assert(watch.client_seen && watch.server_seen);
	ck_assert_mem_eq(secrets.rx.secret, client, 32);
	ck_assert_mem_eq(secrets.tx.secret, server, 32);
}
END_TEST

START_TEST(provider_kdf_shows_the_secret_of_tickets)
{
	struct tls_secrets secrets = { 0 }, none = { 0 };
	struct provider_kdf_watch watch = { .secrets = &secrets, .resumption = resumption };
	struct question q = { EXPAND, "SHA384", NULL, "res master", 48, 0, 48, 48 };
	uint8_t out[48];

	provider_kdf_look_on(&watch);
	ck_assert_int_eq(ask(out, provider_library(), NULL, q), 1);
	ck_assert(watch.resumption_seen && !watch.client_seen && !watch.server_seen);
	ck_assert_uint_eq(watch.suite, SUITE_AES_256_GCM);
	ck_assert_mem_eq(resumption, out, 48);
	ck_assert_mem_eq(&secrets, &none, sizeof(none));
}
END_TEST

START_TEST(provider_kdf_shows_nothing_else)
{
	static const char *const labels[] = { "c hs traffic", "s hs traffic", "exp master", "res maste", "key" };
	struct tls_secrets secrets = { 0 }, none = { 0 };
	struct provider_kdf_watch watch = { .secrets = &secrets, .resumption = resumption };
	struct question q = { EXPAND, "SHA256", NULL, NULL, 32, 0, 32, 32 };
	uint8_t out[64], server[32];

	provider_kdf_look_on(&watch);
	for (size_t i = 0; i < HD_ARRAY_LEN(labels); i++) {
		q.label = labels[i];
		ck_assert_int_eq(ask(out, provider_library(), NULL, q), 1);
	}
	provider_kdf_look_on(NULL);
	derive_traffic(out, server);
	ck_assert(!watch.client_seen && !watch.server_seen && !watch.resumption_seen);
	ck_assert_mem_eq(&secrets, &none, sizeof(none));
}
END_TEST

static void *derive_elsewhere(void *unused)
{
	uint8_t client[32], server[32];

	derive_traffic(client, server);
	return unused;
}

START_TEST(provider_kdf_shows_nothing_of_another_thread)
{
	struct tls_secrets secrets = { 0 };
	struct provider_kdf_watch watch = { .secrets = &secrets, .resumption = resumption };
	pthread_t thread;

	provider_kdf_look_on(&watch);
	ck_assert_int_eq(pthread_create(&thread, NULL, derive_elsewhere, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(!watch.client_seen && !watch.server_seen && !watch.resumption_seen);
}
END_TEST

Suite *test_provider_kdf_suite(void)
{
	Suite *s = suite_create("provider_kdf");
	TCase *t = tcase_create("provider_kdf");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, provider_kdf_derives_what_openssl_derives, 0, HD_ARRAY_LEN(questions));
	tcase_add_test(t, provider_kdf_refuses_what_libssl_never_asks);
	tcase_add_test(t, provider_kdf_shows_the_traffic_secrets);
	tcase_add_test(t, provider_kdf_shows_the_secret_of_tickets);
	tcase_add_test(t, provider_kdf_shows_nothing_else);
	tcase_add_test(t, provider_kdf_shows_nothing_of_another_thread);
	suite_add_tcase(s, t);
	return s;
}
