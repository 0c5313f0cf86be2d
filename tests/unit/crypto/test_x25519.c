/* SPDX-License-Identifier: MIT
 * Vectors: RFC 7748, 5.2 and 6.1. */
#include <check.h>
#include <string.h>

#include "crypto/box.h"
#include "crypto/x25519.h"
#include "util/bytes.h"
#include "util/error.h"

Suite *test_x25519_suite(void);

static void hex(uint8_t out[X25519_SIZE], const char *text)
{
	ck_assert(bytes_from_hex(out, X25519_SIZE, text));
}

static void setup(void)
{
	ck_assert_int_eq(box_start(), 0);
}

static const struct {
	const char *private_key, *public_key;
} pairs[] = {
	{ "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
	  "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a" },
	{ "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	  "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f" },
};

START_TEST(x25519_public_of_gives_the_keys_of_rfc_7748)
{
	uint8_t private_key[X25519_SIZE], made[X25519_SIZE], want[X25519_SIZE];

	hex(private_key, pairs[_i].private_key);
	hex(want, pairs[_i].public_key);
	x25519_public_of(made, private_key);
	ck_assert_mem_eq(made, want, sizeof(want));
}
END_TEST

/* By two ways: ours over the Edwards curve, libsodium's ladder. */
START_TEST(x25519_public_of_is_nine_times_the_key)
{
	uint8_t private_key[X25519_SIZE] = { 0 }, made[X25519_SIZE], want[X25519_SIZE];

	for (int i = 0; i < 2000; i++) {
		x25519_public_of(made, private_key);
		box_public_of(want, private_key);
		ck_assert_mem_eq(made, want, sizeof(want));
		if (i < 256) /* all bytes alike, then any */
			memset(private_key, i, sizeof(private_key));
		else
			box_random(private_key, sizeof(private_key));
	}
}
END_TEST

START_TEST(x25519_agree_gives_the_secrets_of_rfc_7748)
{
	uint8_t private_key[X25519_SIZE], their[X25519_SIZE], secret[X25519_SIZE], want[X25519_SIZE];

	hex(private_key, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
	hex(their, "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
	hex(want, "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
	ck_assert_int_eq(x25519_agree(secret, private_key, their), 0);
	ck_assert_mem_eq(secret, want, sizeof(want));

	hex(want, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
	for (int i = 0; i < 2; i++) {
		hex(private_key, pairs[i].private_key);
		hex(their, pairs[1 - i].public_key);
		ck_assert_int_eq(x25519_agree(secret, private_key, their), 0);
		ck_assert_mem_eq(secret, want, sizeof(want));
	}
}
END_TEST

/* Points of small order: 0, 1, p - 1, the two of order 8, and p, which is 0. */
START_TEST(x25519_agree_refuses_a_key_that_gives_zero)
{
	static const char *const weak[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	uint8_t private_key[X25519_SIZE], their[X25519_SIZE], secret[X25519_SIZE], before[X25519_SIZE];

	memset(secret, 0x5a, sizeof(secret));
	memset(before, 0x5a, sizeof(before));
	hex(private_key, pairs[0].private_key);
	for (size_t i = 0; i < HD_ARRAY_LEN(weak); i++) {
		hex(their, weak[i]);
		ck_assert_int_eq(x25519_agree(secret, private_key, their), ERROR_CRYPTO);
		ck_assert_mem_eq(secret, before, sizeof(before));
	}
}
END_TEST

Suite *test_x25519_suite(void)
{
	Suite *s = suite_create("x25519");
	TCase *t = tcase_create("x25519");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, x25519_public_of_gives_the_keys_of_rfc_7748, 0, HD_ARRAY_LEN(pairs));
	tcase_add_test(t, x25519_public_of_is_nine_times_the_key);
	tcase_add_test(t, x25519_agree_gives_the_secrets_of_rfc_7748);
	tcase_add_test(t, x25519_agree_refuses_a_key_that_gives_zero);
	suite_add_tcase(s, t);
	return s;
}
