/* SPDX-License-Identifier: MIT
 * Vectors: RFC 8448, 3 (the key schedule of a simple 1-RTT handshake) and
 * RFC 4231 (HMAC with SHA-384). */
#include <check.h>
#include <string.h>

#include "tls/hkdf.h"
#include "util/bytes.h"
#include "util/error.h"

Suite *test_hkdf_suite(void);

#define SHA256_SUITE SUITE_AES_128_GCM
#define SHA384_SUITE SUITE_AES_256_GCM

static uint8_t got[SUITE_HASH_MAX];

static struct hkdf_bytes text(const char *t)
{
	return (struct hkdf_bytes){ t, strlen(t) };
}

static struct hkdf_bytes hex(uint8_t out[SUITE_HASH_MAX], const char *digits)
{
	size_t len = strlen(digits) / 2;

	ck_assert_uint_le(len, SUITE_HASH_MAX);
	ck_assert(bytes_from_hex(out, len, digits));
	return (struct hkdf_bytes){ out, len };
}

static void expect(const char *digits)
{
	uint8_t want[SUITE_HASH_MAX];
	struct hkdf_bytes b = hex(want, digits);

	ck_assert_mem_eq(got, b.data, b.len);
}

START_TEST(hkdf_steps_down_the_key_schedule_of_rfc_8448)
{
	static const uint8_t zeros[32];
	uint8_t secret[SUITE_HASH_MAX], salt[SUITE_HASH_MAX], shared[SUITE_HASH_MAX], empty[SUITE_HASH_MAX];

	ck_assert_int_eq(hkdf_hash(empty, SHA256_SUITE, text("")), 0);
	ck_assert_int_eq(hkdf_extract(got, SHA256_SUITE, text(""), (struct hkdf_bytes){ zeros, 32 }), 0);
	expect("33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a");
	memcpy(secret, got, 32);
	ck_assert_int_eq(hkdf_expand_label(got, 32, SHA256_SUITE, secret, text("derived"),
					   (struct hkdf_bytes){ empty, 32 }), 0);
	expect("6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba");
	memcpy(salt, got, 32);
	ck_assert_int_eq(hkdf_extract(got, SHA256_SUITE, (struct hkdf_bytes){ salt, 32 },
				      hex(shared, "8bd4054fb55b9d63fdfbacf9f04b9f0d"
						  "35e6d63f537563efd46272900f89492d")), 0);
	expect("1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac");
}
END_TEST

START_TEST(hkdf_expand_label_gives_the_traffic_secrets_of_rfc_8448)
{
	uint8_t master[SUITE_HASH_MAX], hash[SUITE_HASH_MAX];
	struct hkdf_bytes context;

	hex(master, "18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919");
	context = hex(hash, "9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13");
	ck_assert_int_eq(hkdf_expand_label(got, 32, SHA256_SUITE, master, text("c ap traffic"), context), 0);
	expect("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
	ck_assert_int_eq(hkdf_expand_label(got, 32, SHA256_SUITE, master, text("s ap traffic"), context), 0);
	expect("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
}
END_TEST

START_TEST(hkdf_hmac_uses_the_hash_of_the_suite)
{
	ck_assert_int_eq(hkdf_hmac(got, SHA384_SUITE, text("Jefe"), text("what do ya want for nothing?")), 0);
	expect("af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
	ck_assert_int_eq(hkdf_hmac(got, SHA256_SUITE, text("Jefe"), text("what do ya want for nothing?")), 0);
	expect("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
END_TEST

START_TEST(hkdf_refuses_what_tls_never_asks_for)
{
	static const uint8_t bytes[200];
	uint8_t before[SUITE_HASH_MAX];
	struct hkdf_bytes long_key = { bytes, 65 }, long_context = { bytes, SUITE_HASH_MAX + 1 };

	memset(got, 0x5a, sizeof(got));
	memcpy(before, got, sizeof(got));
	ck_assert_int_eq(hkdf_hmac(got, SHA256_SUITE, long_key, text("")), ERROR_RANGE);
	ck_assert_int_eq(hkdf_expand_label(got, 33, SHA256_SUITE, bytes, text("key"), text("")), ERROR_RANGE);
	ck_assert_int_eq(hkdf_expand_label(got, 16, SHA256_SUITE, bytes, text("thirteen long"), text("")),
			 ERROR_RANGE);
	ck_assert_int_eq(hkdf_expand_label(got, 16, SHA256_SUITE, bytes, text("key"), long_context), ERROR_RANGE);
	ck_assert_mem_eq(got, before, sizeof(got));
}
END_TEST

Suite *test_hkdf_suite(void)
{
	Suite *s = suite_create("hkdf");
	TCase *t = tcase_create("hkdf");

	tcase_add_test(t, hkdf_steps_down_the_key_schedule_of_rfc_8448);
	tcase_add_test(t, hkdf_expand_label_gives_the_traffic_secrets_of_rfc_8448);
	tcase_add_test(t, hkdf_hmac_uses_the_hash_of_the_suite);
	tcase_add_test(t, hkdf_refuses_what_tls_never_asks_for);
	suite_add_tcase(s, t);
	return s;
}
