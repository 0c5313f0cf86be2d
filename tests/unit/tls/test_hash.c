/* SPDX-License-Identifier: MIT
 * Our hashes against OpenSSL's own, as EVP gives them; HMAC: RFC 4231. */
#include <check.h>
#include <openssl/evp.h>
#include <string.h>

#include "tls/hash.h"
#include "util/bytes.h"
#include "util/error.h"

Suite *test_hash_suite(void);

static const struct {
	enum suite suite;
	const char *name;
	const char *hmac; /* RFC 4231, case 2 */
} kinds[] = {
	{ SUITE_AES_128_GCM, "SHA256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ SUITE_CHACHA20_POLY1305, "SHA256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ SUITE_AES_256_GCM, "SHA384",
	  "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649" },
};
#define KINDS ((int)HD_ARRAY_LEN(kinds))

static const char jefe[] = "Jefe", question[] = "what do ya want for nothing?";

static uint8_t data[500];

static void setup(void)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 11 + 5);
}

START_TEST(hash_is_that_of_openssl)
{
	static const size_t lens[] = { 0, 1, 55, 56, 64, 111, 112, 128, 500 };
	uint8_t ours[SUITE_HASH_MAX], theirs[SUITE_HASH_MAX];
	struct hash h;

	ck_assert(hash_begin(&h, kinds[_i].suite));
	for (size_t i = 0; i < HD_ARRAY_LEN(lens); i++) {
		size_t len;

		ck_assert(hash_again(&h) && hash_add(&h, data, lens[i] / 3));
		ck_assert(hash_add(&h, data + lens[i] / 3, lens[i] - lens[i] / 3) && hash_end(&h, ours));
		ck_assert_int_eq(EVP_Q_digest(NULL, kinds[_i].name, NULL, data, lens[i], theirs, &len), 1);
		ck_assert_uint_eq(len, suite_hash_size(kinds[_i].suite));
		ck_assert_mem_eq(ours, theirs, len);
	}
	hash_release(&h);
}
END_TEST

START_TEST(hash_again_forgets_what_was_added)
{
	uint8_t first[SUITE_HASH_MAX], second[SUITE_HASH_MAX];
	struct hash h;

	ck_assert(hash_begin(&h, kinds[_i].suite) && hash_end(&h, first));
	ck_assert(hash_again(&h) && hash_add(&h, data, 100) && hash_again(&h) && hash_end(&h, second));
	ck_assert_mem_eq(first, second, suite_hash_size(kinds[_i].suite));
	ck_assert(hash_again(&h) && hash_add(&h, data, 100) && hash_end(&h, second));
	ck_assert_mem_ne(first, second, suite_hash_size(kinds[_i].suite));
	hash_release(&h);
}
END_TEST

START_TEST(hash_release_takes_one_never_begun)
{
	struct hash h = { NULL, NULL };
	struct hash_mac m = { .hash = { NULL, NULL } };

	hash_release(&h);
	hash_mac_release(&m);
	ck_assert_ptr_null(h.functions);
}
END_TEST

START_TEST(hash_mac_is_that_of_rfc_4231)
{
	uint8_t made[SUITE_HASH_MAX], want[SUITE_HASH_MAX];
	size_t size = suite_hash_size(kinds[_i].suite);
	struct hash_mac m;

	ck_assert(bytes_from_hex(want, size, kinds[_i].hmac));
	ck_assert_int_eq(hash_mac_begin(&m, kinds[_i].suite, jefe, strlen(jefe)), 0);
	ck_assert(hash_mac_add(&m, question, 9) && hash_mac_add(&m, question + 9, strlen(question) - 9));
	ck_assert(hash_mac_end(&m, made));
	ck_assert_mem_eq(made, want, size);
	hash_mac_release(&m);
	for (size_t i = 0; i < sizeof(m.pad); i++)
		ck_assert_uint_eq(m.pad[i], 0);
}
END_TEST

START_TEST(hash_mac_begin_rejects_a_key_longer_than_a_block)
{
	size_t block = suite_block_size(kinds[_i].suite);
	struct hash_mac m;

	ck_assert_int_eq(hash_mac_begin(&m, kinds[_i].suite, data, block + 1), ERROR_RANGE);
	ck_assert_int_eq(hash_mac_begin(&m, kinds[_i].suite, data, block), 0);
	hash_mac_release(&m);
}
END_TEST

Suite *test_hash_suite(void)
{
	Suite *s = suite_create("hash");
	TCase *t = tcase_create("hash");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, hash_is_that_of_openssl, 0, KINDS);
	tcase_add_loop_test(t, hash_again_forgets_what_was_added, 0, KINDS);
	tcase_add_test(t, hash_release_takes_one_never_begun);
	tcase_add_loop_test(t, hash_mac_is_that_of_rfc_4231, 0, KINDS);
	tcase_add_loop_test(t, hash_mac_begin_rejects_a_key_longer_than_a_block, 0, KINDS);
	suite_add_tcase(s, t);
	return s;
}
