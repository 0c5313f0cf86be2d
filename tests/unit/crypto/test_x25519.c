/* SPDX-License-Identifier: MIT
 * Vectors: RFC 7748, 5.2 and 6.1. Built twice: with our ladder, which is used
 * where the processor can, and without. */
#include <check.h>
#include <sodium.h>
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

/* RFC 7748, 5.2: the secret becomes the key, the key the point. */
START_TEST(x25519_agree_gives_the_secret_of_rfc_7748_after_1000_rounds)
{
	uint8_t key[X25519_SIZE] = { 9 }, point[X25519_SIZE] = { 9 }, secret[X25519_SIZE], want[X25519_SIZE];

	for (int i = 1; i <= 1000; i++) {
		ck_assert_int_eq(x25519_agree(secret, key, point), 0);
		memcpy(point, key, sizeof(point));
		memcpy(key, secret, sizeof(key));
		if (i == 1) {
			hex(want, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
			ck_assert_mem_eq(secret, want, sizeof(want));
		}
	}
	hex(want, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
	ck_assert_mem_eq(secret, want, sizeof(want));
}
END_TEST

/* Computed with whole numbers by the formulas of RFC 7748, 5. */
static const struct {
	const char *private_key, *their, *secret;
} extremes[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	  "0200000000000000000000000000000000000000000000000000000000000000",
	  "1bfd8c01d2fe9fca58ae61ab792b0a68feebfc17a2e95068d12fa5007a519541" }, /* 2 */
	{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	  "5c2cc57e180aabc35b96586f294dff95ddab59a0f10cba62afcfe99d847e5b2a" }, /* p - 2 */
	{ "5555555555555555555555555555555555555555555555555555555555555555",
	  "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	  "a9b99e847cc458c6576e47c095f8d5e64a72aaf9be4949b7a6d24e64da8a6c6b" }, /* p + 2 */
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	  "b794db1d99e15e6b2e325c28b596af3b7dd2a734b360a3af238768d370b9ff10" }, /* 2^255 - 1 */
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  "b32d1362c248d62fe62619cff04dd43db73ffc1b6308ede30b78d87380f1e834" }, /* and the top bit */
	{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  "000000000000f8ffffffffff3f000000000000feffffffffff0f000000000000",
	  "522e70bbf799d2f9b59e924f25e1769a29ad5c5463eb15a0ae64f9c568f46970" }, /* limbs: 0, all ones, 0, ... */
	{ "5555555555555555555555555555555555555555555555555555555555555555",
	  "ffffffffffff070000000000c0ffffffffffff010000000000f0ffffffffff7f",
	  "6909e7bffe77f1d4226bc1d7b733750f665e2b0dfc95f8311bbbd74408a9e176" }, /* all ones, 0, all ones, ... */
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "00000000000000000000000000000000000000000000000000f0ffffffffff7f",
	  "8391eccb1beacf700da228c3282b6d926dee4449bf918c4094096b754a9b7d14" }, /* the top limb alone */
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	  "0000000000000800000000000000000000000000000000000000000000000000",
	  "34c0ed03b535d3a4d054d77405937d72373b8803d79b13600502eb5e9f59863e" }, /* 2^51 */
	{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  "0000000000000000000000000000000000000000000000000010000000000000",
	  "3216f733c64c74b142374333e0b2a66db045dbd3dfc5095963d07917fcb0d554" }, /* 2^204 */
	{ "5555555555555555555555555555555555555555555555555555555555555555",
	  "ffffffffffff0700000000000000000000000000000000000000000000000000",
	  "e2d6160409be8c1295d7c5a2c58d8944dba9c1a10588da96e598d82f9190f069" }, /* the lowest limb alone */
};

START_TEST(x25519_agree_takes_extreme_points_and_keys)
{
	uint8_t private_key[X25519_SIZE], their[X25519_SIZE], secret[X25519_SIZE], want[X25519_SIZE];

	hex(private_key, extremes[_i].private_key);
	hex(their, extremes[_i].their);
	hex(want, extremes[_i].secret);
	ck_assert_int_eq(x25519_agree(secret, private_key, their), 0);
	ck_assert_mem_eq(secret, want, sizeof(want));
}
END_TEST

START_TEST(x25519_agree_gives_both_the_same)
{
	uint8_t ours[X25519_SIZE], theirs[X25519_SIZE], our_public[X25519_SIZE], their_public[X25519_SIZE];
	uint8_t one[X25519_SIZE], other[X25519_SIZE];

	for (int i = 0; i < 500; i++) {
		box_random(ours, sizeof(ours));
		box_random(theirs, sizeof(theirs));
		x25519_public_of(our_public, ours);
		x25519_public_of(their_public, theirs);
		ck_assert_int_eq(x25519_agree(one, ours, their_public), 0);
		ck_assert_int_eq(x25519_agree(other, theirs, our_public), 0);
		ck_assert_mem_eq(one, other, sizeof(one));
		our_public[0] ^= 1;
		ck_assert_int_eq(x25519_agree(other, theirs, our_public), 0);
		ck_assert_mem_ne(one, other, sizeof(one));
	}
}
END_TEST

/* Points of small order: 0, 1, p - 1, the two of order 8, and p and p + 1, which are 0 and 1. */
static const char *const weak[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

START_TEST(x25519_refuses_a_key_that_gives_zero)
{
	uint8_t private_key[X25519_SIZE], their[X25519_SIZE], before[X25519_SIZE];
	uint8_t public_key[X25519_SIZE], secret[X25519_SIZE];

	memset(before, 0x5a, sizeof(before));
	memcpy(public_key, before, sizeof(before));
	memcpy(secret, before, sizeof(before));
	hex(private_key, pairs[0].private_key);
	hex(their, weak[_i]);
	ck_assert_int_eq(x25519_agree(secret, private_key, their), ERROR_CRYPTO);
	ck_assert_int_eq(x25519_encapsulate(public_key, secret, private_key, their), ERROR_CRYPTO);
	ck_assert_mem_eq(secret, before, sizeof(before));
	ck_assert_mem_eq(public_key, before, sizeof(before));
}
END_TEST

START_TEST(x25519_encapsulate_gives_the_keys_and_secret_of_rfc_7748)
{
	uint8_t private_key[X25519_SIZE], their[X25519_SIZE], want_public[X25519_SIZE], want[X25519_SIZE];
	uint8_t public_key[X25519_SIZE], secret[X25519_SIZE];

	hex(private_key, pairs[_i].private_key);
	hex(want_public, pairs[_i].public_key);
	hex(their, pairs[1 - _i].public_key);
	hex(want, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
	ck_assert_int_eq(x25519_encapsulate(public_key, secret, private_key, their), 0);
	ck_assert_mem_eq(public_key, want_public, sizeof(want_public));
	ck_assert_mem_eq(secret, want, sizeof(want));
}
END_TEST

START_TEST(x25519_encapsulate_takes_extreme_points_and_keys)
{
	uint8_t private_key[X25519_SIZE], their[X25519_SIZE], want_public[X25519_SIZE], want[X25519_SIZE];
	uint8_t public_key[X25519_SIZE], secret[X25519_SIZE];

	hex(private_key, extremes[_i].private_key);
	hex(their, extremes[_i].their);
	hex(want, extremes[_i].secret);
	box_public_of(want_public, private_key);
	ck_assert_int_eq(x25519_encapsulate(public_key, secret, private_key, their), 0);
	ck_assert_mem_eq(public_key, want_public, sizeof(want_public));
	ck_assert_mem_eq(secret, want, sizeof(want));
}
END_TEST

/* Any 32 bytes for both; half of the points are on the curve, half on its twist. */
START_TEST(x25519_gives_what_libsodium_gives)
{
	uint8_t private_key[X25519_SIZE], their[X25519_SIZE], want_public[X25519_SIZE], want[X25519_SIZE];
	uint8_t public_key[X25519_SIZE], secret[X25519_SIZE], agreed[X25519_SIZE];

	for (int i = 0; i < 3000; i++) {
		box_random(private_key, sizeof(private_key));
		box_random(their, sizeof(their));
		ck_assert_int_eq(crypto_scalarmult_curve25519_base(want_public, private_key), 0);
		ck_assert_int_eq(crypto_scalarmult_curve25519(want, private_key, their), 0);
		ck_assert_int_eq(x25519_agree(agreed, private_key, their), 0);
		ck_assert_mem_eq(agreed, want, sizeof(want));
		ck_assert_int_eq(x25519_encapsulate(public_key, secret, private_key, their), 0);
		ck_assert_mem_eq(public_key, want_public, sizeof(want_public));
		ck_assert_mem_eq(secret, want, sizeof(want));
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
	tcase_add_test(t, x25519_agree_gives_the_secret_of_rfc_7748_after_1000_rounds);
	tcase_add_loop_test(t, x25519_agree_takes_extreme_points_and_keys, 0, HD_ARRAY_LEN(extremes));
	tcase_add_test(t, x25519_agree_gives_both_the_same);
	tcase_add_loop_test(t, x25519_refuses_a_key_that_gives_zero, 0, HD_ARRAY_LEN(weak));
	tcase_add_loop_test(t, x25519_encapsulate_gives_the_keys_and_secret_of_rfc_7748, 0, HD_ARRAY_LEN(pairs));
	tcase_add_loop_test(t, x25519_encapsulate_takes_extreme_points_and_keys, 0, HD_ARRAY_LEN(extremes));
	tcase_add_test(t, x25519_gives_what_libsodium_gives);
	suite_add_tcase(s, t);
	return s;
}
