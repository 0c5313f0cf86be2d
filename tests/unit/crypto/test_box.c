/* SPDX-License-Identifier: MIT
 * Keys, nonce and texts are the test vector that NaCl was published with
 * (Bernstein, "Cryptography in NaCl", 2009). */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/box.h"
#include "util/bytes.h"
#include "util/error.h"

#define PLAIN_LEN 131

Suite *test_box_suite(void);

static uint8_t alice_private[32], alice_public[32], bob_private[32], bob_public[32], first_key[32], nonce[24];
static uint8_t plain[PLAIN_LEN], sealed[PLAIN_LEN + BOX_MAC_SIZE];

static void hex(void *out, size_t n, const char *text)
{
	ck_assert_uint_eq(strlen(text), 2 * n);
	ck_assert(bytes_from_hex(out, n, text));
}

static void setup(void)
{
	ck_assert_int_eq(box_start(), 0);
	hex(alice_private, 32, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
	hex(alice_public, 32, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
	hex(bob_private, 32, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
	hex(bob_public, 32, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
	hex(first_key, 32, "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
	hex(nonce, 24, "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
	hex(plain, PLAIN_LEN,
	    "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc"
	    "e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31"
	    "0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde"
	    "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864"
	    "5e0705");
	hex(sealed, sizeof(sealed),
	    "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce"
	    "48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972"
	    "71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae"
	    "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3"
	    "7973f622a43d14a6599b1f654cb45a74e355a5");
}

static struct box_shared shared_of(const uint8_t public_key[32], const uint8_t private_key[32])
{
	struct box_shared shared;

	ck_assert_int_eq(box_share(&shared, public_key, private_key), 0);
	return shared;
}

START_TEST(box_start_may_be_called_again)
{
	ck_assert_int_eq(box_start(), 0);
}
END_TEST

START_TEST(box_public_of_gives_nacls_keys)
{
	uint8_t public_key[32];

	box_public_of(public_key, alice_private);
	ck_assert_mem_eq(public_key, alice_public, 32);
	box_public_of(public_key, bob_private);
	ck_assert_mem_eq(public_key, bob_public, 32);
}
END_TEST

START_TEST(box_share_is_the_same_for_both_sides)
{
	struct box_shared a = shared_of(bob_public, alice_private), b = shared_of(alice_public, bob_private);

	ck_assert_mem_eq(a.bytes, first_key, 32);
	ck_assert_mem_eq(b.bytes, first_key, 32);
}
END_TEST

START_TEST(box_share_refuses_weak_keys)
{
	struct box_shared shared = { { 0x5a } };
	uint8_t weak[32] = { 0 };

	ck_assert_int_eq(box_share(&shared, weak, alice_private), ERROR_CRYPTO);
	weak[0] = 1;
	ck_assert_int_eq(box_share(&shared, weak, alice_private), ERROR_CRYPTO);
	ck_assert_uint_eq(shared.bytes[0], 0x5a);
}
END_TEST

START_TEST(box_open_opens_nacls_box)
{
	struct box_shared shared = shared_of(alice_public, bob_private);
	uint8_t out[PLAIN_LEN];

	ck_assert_int_eq(box_open(out, sealed, sizeof(sealed), nonce, &shared), 0);
	ck_assert_mem_eq(out, plain, PLAIN_LEN);
}
END_TEST

START_TEST(box_open_works_in_place)
{
	struct box_shared shared = shared_of(alice_public, bob_private);

	ck_assert_int_eq(box_open(sealed, sealed, sizeof(sealed), nonce, &shared), 0);
	ck_assert_mem_eq(sealed, plain, PLAIN_LEN);
}
END_TEST

START_TEST(box_open_refuses_every_flipped_bit)
{
	struct box_shared shared = shared_of(alice_public, bob_private);
	uint8_t out[PLAIN_LEN];

	memset(out, 0x5a, sizeof(out));
	for (size_t i = 0; i < sizeof(sealed); i++) {
		sealed[i] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_eq(box_open(out, sealed, sizeof(sealed), nonce, &shared), ERROR_CRYPTO);
		sealed[i] ^= (uint8_t)(1 << i % 8);
	}
	nonce[23] ^= 1;
	ck_assert_int_eq(box_open(out, sealed, sizeof(sealed), nonce, &shared), ERROR_CRYPTO);
	nonce[23] ^= 1;
	shared.bytes[0] ^= 1;
	ck_assert_int_eq(box_open(out, sealed, sizeof(sealed), nonce, &shared), ERROR_CRYPTO);
	for (size_t i = 0; i < sizeof(out); i++)
		ck_assert_uint_eq(out[i], 0x5a);
}
END_TEST

START_TEST(box_open_refuses_every_truncation)
{
	struct box_shared shared = shared_of(alice_public, bob_private);
	uint8_t out[PLAIN_LEN];

	for (size_t len = 0; len < sizeof(sealed); len++)
		ck_assert_int_eq(box_open(out, sealed, len, nonce, &shared), ERROR_CRYPTO);
}
END_TEST

START_TEST(box_seal_opens_on_the_other_side)
{
	struct box_shared a = shared_of(bob_public, alice_private), b = shared_of(alice_public, bob_private);
	uint8_t out[PLAIN_LEN], box[PLAIN_LEN + BOX_MAC_SIZE];

	for (size_t len = 0; len <= PLAIN_LEN; len++) {
		box_seal(box, nonce, plain, len, &a);
		ck_assert_int_eq(box_open(out, box, len + BOX_MAC_SIZE, nonce, &b), 0);
		ck_assert_mem_eq(out, plain, len);
	}
}
END_TEST

START_TEST(box_seal_takes_a_new_nonce_each_time)
{
	struct box_shared shared = shared_of(bob_public, alice_private);
	uint8_t first[24], second[24], box[PLAIN_LEN + BOX_MAC_SIZE];

	box_seal(box, first, plain, PLAIN_LEN, &shared);
	box_seal(box, second, plain, PLAIN_LEN, &shared);
	ck_assert_mem_ne(first, second, 24);
}
END_TEST

START_TEST(box_new_private_is_clamped_and_new)
{
	uint8_t first[32], second[32];

	for (int i = 0; i < 100; i++) {
		box_new_private(first);
		box_new_private(second);
		ck_assert_uint_eq(first[0] & 7, 0);
		ck_assert_uint_eq(first[31] & 0xc0, 0x40);
		ck_assert_mem_ne(first, second, 32);
	}
}
END_TEST

START_TEST(box_shared_wipe_leaves_zeroes)
{
	static const struct box_shared zero;
	struct box_shared shared = shared_of(bob_public, alice_private);

	box_shared_wipe(&shared);
	ck_assert_mem_eq(&shared, &zero, sizeof(zero));
}
END_TEST

Suite *test_box_suite(void)
{
	Suite *s = suite_create("box");
	TCase *tc = tcase_create("box");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, box_start_may_be_called_again);
	tcase_add_test(tc, box_public_of_gives_nacls_keys);
	tcase_add_test(tc, box_share_is_the_same_for_both_sides);
	tcase_add_test(tc, box_share_refuses_weak_keys);
	tcase_add_test(tc, box_open_opens_nacls_box);
	tcase_add_test(tc, box_open_works_in_place);
	tcase_add_test(tc, box_open_refuses_every_flipped_bit);
	tcase_add_test(tc, box_open_refuses_every_truncation);
	tcase_add_test(tc, box_seal_opens_on_the_other_side);
	tcase_add_test(tc, box_seal_takes_a_new_nonce_each_time);
	tcase_add_test(tc, box_new_private_is_clamped_and_new);
	tcase_add_test(tc, box_shared_wipe_leaves_zeroes);
	suite_add_tcase(s, tc);
	return s;
}
