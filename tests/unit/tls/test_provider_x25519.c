/* SPDX-License-Identifier: MIT
 * Our keys against OpenSSL's own, by the functions that libssl uses. */
#include <check.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <string.h>

#include "crypto/box.h"
#include "tls/provider.h"

Suite *test_provider_x25519_suite(void);

#define SIZE 32

static EVP_PKEY *ours, *theirs;

/* As libssl makes a key, or an empty one for the client's key share. */
static EVP_PKEY *make(OSSL_LIB_CTX *library, const char *query, bool empty)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(library, "X25519", query);
	EVP_PKEY *key = NULL;

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(empty ? EVP_PKEY_paramgen_init(ctx) : EVP_PKEY_keygen_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_group_name(ctx, "x25519"), 1);
	ck_assert_int_eq(EVP_PKEY_generate(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void setup(void)
{
	ck_assert_int_eq(box_start(), 0);
	ours = make(provider_library(), NULL, false);
	theirs = make(NULL, NULL, false);
}

static void teardown(void)
{
	EVP_PKEY_free(ours);
	EVP_PKEY_free(theirs);
	ERR_clear_error();
}

static void encode(uint8_t out[SIZE], EVP_PKEY *key)
{
	unsigned char *encoded = NULL;

	ck_assert_uint_eq(EVP_PKEY_get1_encoded_public_key(key, &encoded), SIZE);
	memcpy(out, encoded, SIZE);
	OPENSSL_free(encoded);
}

/* The public part of a key, decoded anew for this library context. */
static EVP_PKEY *peer_of(OSSL_LIB_CTX *library, const char *query, const uint8_t encoded[SIZE])
{
	EVP_PKEY *peer = make(library, query, true);

	ck_assert_int_eq(EVP_PKEY_set1_encoded_public_key(peer, encoded, SIZE), 1);
	return peer;
}

static int derive(uint8_t secret[SIZE], EVP_PKEY *key, EVP_PKEY *peer, OSSL_LIB_CTX *library, const char *query,
		  size_t room)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(library, key, query);
	size_t len = 0;
	int rc;

	ck_assert_int_eq(EVP_PKEY_derive_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_derive_set_peer(ctx, peer), 1);
	ck_assert_int_eq(EVP_PKEY_derive(ctx, NULL, &len), 1);
	ck_assert_uint_eq(len, SIZE);
	rc = EVP_PKEY_derive(ctx, secret, &room);
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

START_TEST(provider_x25519_agrees_with_openssl_s)
{
	uint8_t our_public[SIZE], their_public[SIZE], here[SIZE], there[SIZE];
	EVP_PKEY *client, *server;

	encode(our_public, ours);
	encode(their_public, theirs);
	client = peer_of(provider_library(), NULL, their_public);
	server = peer_of(NULL, NULL, our_public);
	ck_assert_int_eq(derive(here, ours, client, provider_library(), NULL, SIZE), 1);
	ck_assert_int_eq(derive(there, theirs, server, NULL, NULL, SIZE), 1);
	ck_assert_mem_eq(here, there, SIZE);
	EVP_PKEY_free(client);
	EVP_PKEY_free(server);
}
END_TEST

START_TEST(provider_x25519_makes_another_key_each_time)
{
	EVP_PKEY *other = make(provider_library(), NULL, false);
	uint8_t a[SIZE], b[SIZE];

	encode(a, ours);
	encode(b, other);
	ck_assert_mem_ne(a, b, SIZE);
	EVP_PKEY_free(other);
}
END_TEST

START_TEST(provider_x25519_tells_what_libssl_asks)
{
	ck_assert_int_eq(EVP_PKEY_get_bits(ours), EVP_PKEY_get_bits(theirs));
	ck_assert_int_eq(EVP_PKEY_get_security_bits(ours), EVP_PKEY_get_security_bits(theirs));
	ck_assert_int_eq(EVP_PKEY_get_size(ours), EVP_PKEY_get_size(theirs));
	ck_assert_int_eq(EVP_PKEY_is_a(ours, "X25519"), 1);
}
END_TEST

START_TEST(provider_x25519_refuses_a_share_without_a_secret)
{
	uint8_t zero[SIZE] = { 0 }, secret[SIZE];
	EVP_PKEY *weak = peer_of(provider_library(), NULL, zero);

	ck_assert_int_ne(derive(secret, ours, weak, provider_library(), NULL, SIZE), 1);
	ck_assert_uint_ne(ERR_peek_error(), 0);
	EVP_PKEY_free(weak);
}
END_TEST

START_TEST(provider_x25519_refuses_a_share_of_another_size)
{
	uint8_t bytes[SIZE + 1] = { 9 };
	EVP_PKEY *peer = make(provider_library(), NULL, true);

	ck_assert_int_ne(EVP_PKEY_set1_encoded_public_key(peer, bytes, SIZE + 1), 1);
	ck_assert_int_ne(EVP_PKEY_set1_encoded_public_key(peer, bytes, SIZE - 1), 1);
	ck_assert_int_ne(EVP_PKEY_set1_encoded_public_key(peer, bytes, 0), 1);
	EVP_PKEY_free(peer);
}
END_TEST

START_TEST(provider_x25519_refuses_too_little_room)
{
	uint8_t encoded[SIZE], secret[SIZE];
	EVP_PKEY *peer;

	encode(encoded, theirs);
	peer = peer_of(provider_library(), NULL, encoded);
	ck_assert_int_ne(derive(secret, ours, peer, provider_library(), NULL, SIZE - 1), 1);
	EVP_PKEY_free(peer);
}
END_TEST

START_TEST(provider_x25519_needs_both_keys)
{
	EVP_PKEY *empty = make(provider_library(), NULL, true);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(provider_library(), empty, NULL);
	unsigned char *encoded = NULL;

	ck_assert_uint_eq(EVP_PKEY_get1_encoded_public_key(empty, &encoded), 0);
	ck_assert_int_ne(EVP_PKEY_derive_init(ctx), 1);
	EVP_PKEY_CTX_free(ctx);
	ctx = EVP_PKEY_CTX_new_from_pkey(provider_library(), ours, NULL);
	ck_assert_int_eq(EVP_PKEY_derive_init(ctx), 1);
	ck_assert_int_ne(EVP_PKEY_derive_set_peer(ctx, empty), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(empty);
}
END_TEST

START_TEST(provider_x25519_is_no_other_group)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(provider_library(), "X25519", NULL);

	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	ck_assert_int_ne(EVP_PKEY_CTX_set_group_name(ctx, "x448"), 1);
	EVP_PKEY_CTX_free(ctx);
}
END_TEST

START_TEST(provider_x25519_keys_are_compared_and_copied)
{
	EVP_PKEY *copy = EVP_PKEY_dup(ours), *other = make(provider_library(), NULL, false);

	ck_assert_ptr_nonnull(copy);
	ck_assert_int_eq(EVP_PKEY_eq(ours, copy), 1);
	ck_assert_int_ne(EVP_PKEY_eq(ours, other), 1);
	EVP_PKEY_free(copy);
	EVP_PKEY_free(other);
}
END_TEST

/* As libssl asks in TLS 1.3: the public key that is made is what is "encapsulated". */
static int encapsulate(uint8_t out[SIZE], size_t out_room, uint8_t secret[SIZE], size_t secret_room,
		       EVP_PKEY *peer)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(provider_library(), peer, NULL);
	size_t out_len = 0, secret_len = 0;
	int rc;

	ck_assert_int_eq(EVP_PKEY_encapsulate_init(ctx, NULL), 1);
	ck_assert_int_eq(EVP_PKEY_encapsulate(ctx, NULL, &out_len, NULL, &secret_len), 1);
	ck_assert_uint_eq(out_len, SIZE);
	ck_assert_uint_eq(secret_len, SIZE);
	rc = EVP_PKEY_encapsulate(ctx, out, &out_room, secret, &secret_room);
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

START_TEST(provider_x25519_encapsulates_what_openssl_agrees_on)
{
	uint8_t their_public[SIZE], first[SIZE], second[SIZE], here[SIZE], there[SIZE];
	EVP_PKEY *client, *server;

	encode(their_public, theirs);
	client = peer_of(provider_library(), NULL, their_public);
	ck_assert_int_eq(encapsulate(first, SIZE, here, SIZE, client), 1);
	ck_assert_int_eq(encapsulate(second, SIZE, here, SIZE, client), 1);
	ck_assert_mem_ne(first, second, SIZE);
	server = peer_of(NULL, NULL, second);
	ck_assert_int_eq(derive(there, theirs, server, NULL, NULL, SIZE), 1);
	ck_assert_mem_eq(here, there, SIZE);
	EVP_PKEY_free(client);
	EVP_PKEY_free(server);
}
END_TEST

START_TEST(provider_x25519_decapsulates_what_it_encapsulated)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(provider_library(), ours, NULL);
	uint8_t our_public[SIZE], out[SIZE], here[SIZE], there[SIZE];
	EVP_PKEY *peer;
	size_t len = SIZE;

	encode(our_public, ours);
	peer = peer_of(provider_library(), NULL, our_public);
	ck_assert_int_eq(encapsulate(out, SIZE, here, SIZE, peer), 1);
	ck_assert_int_eq(EVP_PKEY_decapsulate_init(ctx, NULL), 1);
	ck_assert_int_eq(EVP_PKEY_decapsulate(ctx, there, &len, out, SIZE), 1);
	ck_assert_uint_eq(len, SIZE);
	ck_assert_mem_eq(here, there, SIZE);
	ck_assert_int_ne(EVP_PKEY_decapsulate(ctx, there, &len, out, SIZE - 1), 1);
	len = SIZE - 1;
	ck_assert_int_ne(EVP_PKEY_decapsulate(ctx, there, &len, out, SIZE), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
}
END_TEST

START_TEST(provider_x25519_encapsulates_nothing_for_a_bad_share)
{
	uint8_t zero[SIZE] = { 0 }, out[SIZE], secret[SIZE], before[SIZE];
	EVP_PKEY *weak = peer_of(provider_library(), NULL, zero);

	memset(secret, 0x5a, SIZE);
	memcpy(out, secret, SIZE);
	memcpy(before, secret, SIZE);
	ck_assert_int_ne(encapsulate(out, SIZE, secret, SIZE, weak), 1);
	ck_assert_int_ne(encapsulate(out, SIZE - 1, secret, SIZE, ours), 1);
	ck_assert_int_ne(encapsulate(out, SIZE, secret, SIZE - 1, ours), 1);
	ck_assert_mem_eq(out, before, SIZE);
	ck_assert_mem_eq(secret, before, SIZE);
	EVP_PKEY_free(weak);
}
END_TEST

START_TEST(provider_x25519_encapsulates_nothing_without_a_share)
{
	EVP_PKEY *empty = make(provider_library(), NULL, true);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(provider_library(), empty, NULL);

	ck_assert_int_ne(EVP_PKEY_encapsulate_init(ctx, NULL), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(empty);
}
END_TEST

Suite *test_provider_x25519_suite(void)
{
	Suite *s = suite_create("provider_x25519");
	TCase *t = tcase_create("provider_x25519");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, provider_x25519_agrees_with_openssl_s);
	tcase_add_test(t, provider_x25519_makes_another_key_each_time);
	tcase_add_test(t, provider_x25519_tells_what_libssl_asks);
	tcase_add_test(t, provider_x25519_refuses_a_share_without_a_secret);
	tcase_add_test(t, provider_x25519_refuses_a_share_of_another_size);
	tcase_add_test(t, provider_x25519_refuses_too_little_room);
	tcase_add_test(t, provider_x25519_needs_both_keys);
	tcase_add_test(t, provider_x25519_is_no_other_group);
	tcase_add_test(t, provider_x25519_keys_are_compared_and_copied);
	tcase_add_test(t, provider_x25519_encapsulates_what_openssl_agrees_on);
	tcase_add_test(t, provider_x25519_decapsulates_what_it_encapsulated);
	tcase_add_test(t, provider_x25519_encapsulates_nothing_for_a_bad_share);
	tcase_add_test(t, provider_x25519_encapsulates_nothing_without_a_share);
	suite_add_tcase(s, t);
	return s;
}
