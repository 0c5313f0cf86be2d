/* SPDX-License-Identifier: MIT
 * Vectors: RFC 8448, 3 (simple 1-RTT handshake); those it has not (next
 * secrets, SHA-384, TLS 1.2) were computed from the definitions with another
 * implementation of HMAC. */
#include <check.h>
#include <string.h>

#include "tls/secrets.h"
#include "util/bytes.h"
#include "util/error.h"

Suite *test_secrets_suite(void);

static void hex(uint8_t *out, const char *text)
{
	ck_assert(bytes_from_hex(out, strlen(text) / 2, text));
}

static void expect(const uint8_t *got, const char *text)
{
	char have[129];
	size_t n = strlen(text) / 2;

	bytes_to_hex(have, got, n);
	ck_assert_str_eq(have, text);
}

#define CLIENT_SECRET "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"
#define SERVER_SECRET "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"

START_TEST(secrets_derive_gives_the_keys_of_rfc_8448)
{
	struct tls_secrets_half h = { .seq = 5 };

	hex(h.secret, CLIENT_SECRET);
	ck_assert_int_eq(secrets_derive(&h, SUITE_AES_128_GCM), 0);
	expect(h.key, "17422dda596ed5d9acd890e3c63f5051");
	expect(h.iv, "5b78923dee08579033e523d9");
	hex(h.secret, SERVER_SECRET);
	ck_assert_int_eq(secrets_derive(&h, SUITE_AES_128_GCM), 0);
	expect(h.key, "9f02283b6c9c07efc26bb9f2ac92e356");
	expect(h.iv, "cf782b88dd83549aadf1e984");
	ck_assert_uint_eq(h.seq, 5);
}
END_TEST

START_TEST(secrets_derive_uses_the_hash_and_key_size_of_the_suite)
{
	struct tls_secrets_half h = { .seq = 0 };

	for (uint8_t i = 0; i < sizeof(h.secret); i++)
		h.secret[i] = i;
	ck_assert_int_eq(secrets_derive(&h, SUITE_AES_256_GCM), 0);
	expect(h.key, "6877d022f1c61d24ebb7487c16752d9a4798e40431c75b39320e537c90e23225");
	expect(h.iv, "42822531a0fe88648fc09e9f");
	hex(h.secret, CLIENT_SECRET);
	ck_assert_int_eq(secrets_derive(&h, SUITE_CHACHA20_POLY1305), 0);
	expect(h.key, "c8afd24f48952725381a54085e8d8e3856d8d89e3019243b30a9db54809a3732");
}
END_TEST

START_TEST(secrets_next_is_the_traffic_update_and_begins_at_0)
{
	struct tls_secrets_half h = { .seq = 77 };

	hex(h.secret, CLIENT_SECRET);
	ck_assert_int_eq(secrets_next(&h, SUITE_AES_128_GCM), 0);
	expect(h.secret, "fcdfcc72725aaee48bf64e4fd8b749cdbdbab39d90da0b26e2245ca6ea167207");
	expect(h.key, "3879d82f5f14056e623f2ce5bfc66fce");
	expect(h.iv, "5dfb2c5938c3379b6cc5d1f2");
	ck_assert_uint_eq(h.seq, 0);
	for (uint8_t i = 0; i < sizeof(h.secret); i++)
		h.secret[i] = i;
	ck_assert_int_eq(secrets_next(&h, SUITE_AES_256_GCM), 0);
	expect(h.secret, "401331b63e9d59f202e8f041042d9516f4cd7fa2e2ee14631d3b49fc340d7af3"
			 "7fc2c0c9f252d8036f81ec5b85cbe5db");
}
END_TEST

static struct tls_secrets from_master(enum suite suite)
{
	struct tls_secrets s = { .version = TLS_VERSION_1_2, .suite = (uint8_t)suite, .rx.seq = 1, .tx.seq = 2 };
	uint8_t master[SECRETS_MASTER_SIZE], client[SECRETS_RANDOM_SIZE], server[SECRETS_RANDOM_SIZE];

	for (uint8_t i = 0; i < sizeof(master); i++)
		master[i] = i;
	for (uint8_t i = 0; i < sizeof(client); i++) {
		client[i] = (uint8_t)(0x40 + i);
		server[i] = (uint8_t)(0x80 + i);
	}
	ck_assert_int_eq(secrets_from_master(&s, master, client, server), 0);
	ck_assert_uint_eq(s.rx.seq, 1);
	ck_assert_uint_eq(s.tx.seq, 2);
	return s;
}

START_TEST(secrets_from_master_reads_with_the_client_s_keys)
{
	struct tls_secrets s = from_master(SUITE_AES_128_GCM);

	expect(s.rx.key, "a1c8bdbce8830007e5719b5f9764ae0c");
	expect(s.tx.key, "42c3a103d08d01b711b292bfd1f33247");
	expect(s.rx.iv, "3e5667ef0000000000000000");
	expect(s.tx.iv, "1f21ed640000000000000000");
}
END_TEST

START_TEST(secrets_from_master_uses_the_hash_of_the_suite)
{
	struct tls_secrets s = from_master(SUITE_AES_256_GCM);

	expect(s.rx.key, "c01fa61789f58022d722461abcb5df04cf985a08f0d461ab4d544db598b85319");
	expect(s.tx.key, "03c0472368c11f6751efc2d81d6b896d8db6be95536abb42a66b015259cf7264");
	expect(s.rx.iv, "092ed6c5");
	expect(s.tx.iv, "2036945c");
}
END_TEST

START_TEST(secrets_from_master_gives_chacha20_a_whole_iv)
{
	struct tls_secrets s = from_master(SUITE_CHACHA20_POLY1305);

	expect(s.tx.key, "3e5667ef1f21ed64b616b533929f8e737406938bbae4d1387dbb67a32bbfd03f");
	expect(s.rx.iv, "e3f3a5e61a434e9c07de3b04");
	expect(s.tx.iv, "218aeb811ebeced2da38d56b");
}
END_TEST

START_TEST(secrets_nonce_is_explicit_in_tls_1_2_with_aes_only)
{
	struct tls_secrets s = { .version = TLS_VERSION_1_2, .suite = SUITE_AES_256_GCM };

	ck_assert(secrets_nonce_is_explicit(&s));
	s.suite = SUITE_CHACHA20_POLY1305;
	ck_assert(!secrets_nonce_is_explicit(&s));
	s.version = TLS_VERSION_1_3;
	s.suite = SUITE_AES_128_GCM;
	ck_assert(!secrets_nonce_is_explicit(&s));
}
END_TEST

START_TEST(secrets_wipe_leaves_nothing)
{
	struct tls_secrets s = from_master(SUITE_AES_128_GCM), zero;

	memset(&zero, 0, sizeof(zero));
	secrets_wipe(&s);
	ck_assert_mem_eq(&s, &zero, sizeof(s));
}
END_TEST

Suite *test_secrets_suite(void)
{
	Suite *s = suite_create("secrets");
	TCase *c = tcase_create("vectors");

	tcase_add_test(c, secrets_derive_gives_the_keys_of_rfc_8448);
	tcase_add_test(c, secrets_derive_uses_the_hash_and_key_size_of_the_suite);
	tcase_add_test(c, secrets_next_is_the_traffic_update_and_begins_at_0);
	tcase_add_test(c, secrets_from_master_reads_with_the_client_s_keys);
	tcase_add_test(c, secrets_from_master_uses_the_hash_of_the_suite);
	tcase_add_test(c, secrets_from_master_gives_chacha20_a_whole_iv);
	tcase_add_test(c, secrets_nonce_is_explicit_in_tls_1_2_with_aes_only);
	tcase_add_test(c, secrets_wipe_leaves_nothing);
	suite_add_tcase(s, c);
	return s;
}
