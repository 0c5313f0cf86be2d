/* SPDX-License-Identifier: MIT
 * Each library against published vectors, and both against one another. */
#include "config.h"

#include <check.h>
#include <string.h>

#include "tests/unit/data/prng.h"
#include "tests/unit/tls/ends.h"
#include "tls/aead.h"
#include "util/bytes.h"

Suite *test_aead_suite(void);

#define TEXT_MAX 20000
static uint8_t text[TEXT_MAX], work[TEXT_MAX + SUITE_TAG_SIZE], other[TEXT_MAX + SUITE_TAG_SIZE];

static size_t hex(uint8_t *out, const char *digits)
{
	ck_assert(bytes_from_hex(out, strlen(digits) / 2, digits));
	return strlen(digits) / 2;
}

/* ---- vectors ---- */

#define GCM_KEY "feffe9928665731c6d6a8f9467308308"
#define GCM_AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define GCM_TEXT                                                           \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define ZEROS_16 "00000000000000000000000000000000"

static const struct vector {
	enum suite suite;
	const char *key, *nonce, *aad, *text, *sealed;
} vectors[] = {
	/* McGrew and Viega, The Galois/Counter Mode of Operation: 1, 2, 4, 13, 14, 16 */
	{ SUITE_AES_128_GCM, ZEROS_16, "000000000000000000000000", "", "", "58e2fccefa7e3061367f1d57a4e7455a" },
	{ SUITE_AES_128_GCM, ZEROS_16, "000000000000000000000000", "", ZEROS_16,
	  "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf" },
	{ SUITE_AES_128_GCM, GCM_KEY, "cafebabefacedbaddecaf888", GCM_AAD, GCM_TEXT,
	  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
	  "1ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47" },
	{ SUITE_AES_256_GCM, ZEROS_16 ZEROS_16, "000000000000000000000000", "", "",
	  "530f8afbc74536b9a963b4f1c4cb738b" },
	{ SUITE_AES_256_GCM, ZEROS_16 ZEROS_16, "000000000000000000000000", "", ZEROS_16,
	  "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919" },
	{ SUITE_AES_256_GCM, GCM_KEY GCM_KEY, "cafebabefacedbaddecaf888", GCM_AAD, GCM_TEXT,
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
	  "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b" },
	/* RFC 8439, 2.8.2 */
	{ SUITE_CHACHA20_POLY1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
	  "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
	  "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a20496620492063"
	  "6f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
	  "637265656e20776f756c642062652069742e",
	  "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
	  "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
	  "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691" },
};

START_TEST(aead_seals_and_opens_what_is_published)
{
	const struct vector *v = &vectors[_i];
	uint8_t key[SUITE_KEY_MAX], aad[32], sealed[160];
	struct aead_label label = { .aad = aad, .aad_len = hex(aad, v->aad) };
	size_t len = hex(text, v->text), whole = hex(sealed, v->sealed);
	struct aead a;

	ck_assert_uint_eq(hex(key, v->key), suite_key_size(v->suite));
	ck_assert_uint_eq(hex(label.nonce, v->nonce), SUITE_IV_SIZE);
	ck_assert_uint_eq(whole, len + SUITE_TAG_SIZE);
	memcpy(work, text, len);
	ck_assert_int_eq(aead_init(&a, v->suite, AEAD_SEAL, key), 0);
	ck_assert(aead_seal(&a, &label, work, len));
	ck_assert_mem_eq(work, sealed, whole);
	aead_release(&a);
	ck_assert_int_eq(aead_init(&a, v->suite, AEAD_OPEN, key), 0);
	ck_assert(aead_open(&a, &label, work, len));
	ck_assert_mem_eq(work, text, len);
	aead_release(&a);
}
END_TEST

/* ---- damage ---- */

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

START_TEST(aead_open_gives_nothing_of_a_text_with_any_bit_changed)
{
	uint8_t key[SUITE_KEY_MAX] = { 7 }, aad[] = { 23, 3, 3, 0, 99 };
	struct aead_label label = { .nonce = { 9 }, .aad = aad, .aad_len = sizeof(aad) }, wrong;
	const size_t len = 67;
	enum suite suite = (enum suite)_i;
	struct aead seals, opens;

	ends_pattern(text, len);
	memcpy(other, text, len);
	ck_assert_int_eq(aead_init(&seals, suite, AEAD_SEAL, key), 0);
	ck_assert_int_eq(aead_init(&opens, suite, AEAD_OPEN, key), 0);
	ck_assert(aead_seal(&seals, &label, other, len));
	for (size_t bit = 0; bit < 8 * (len + SUITE_TAG_SIZE); bit++) {
		memcpy(work, other, len + SUITE_TAG_SIZE);
		work[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert(!aead_open(&opens, &label, work, len));
		ck_assert(all_zero(work, len));
	}
	for (size_t bit = 0; bit < 8 * sizeof(aad); bit++) {
		memcpy(work, other, len + SUITE_TAG_SIZE);
		aad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert(!aead_open(&opens, &label, work, len));
		ck_assert(all_zero(work, len));
		aad[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * SUITE_IV_SIZE; bit++) {
		memcpy(work, other, len + SUITE_TAG_SIZE);
		wrong = label;
		wrong.nonce[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert(!aead_open(&opens, &wrong, work, len));
		ck_assert(all_zero(work, len));
	}
	wrong = label;
	wrong.aad_len--;
	memcpy(work, other, len + SUITE_TAG_SIZE);
	ck_assert(!aead_open(&opens, &wrong, work, len));
	memcpy(work, other, len + SUITE_TAG_SIZE);
	ck_assert(aead_open(&opens, &label, work, len)); /* and unchanged it opens */
	ck_assert_mem_eq(work, text, len);
	aead_release(&seals);
	aead_release(&opens);
}
END_TEST

START_TEST(aead_open_rejects_a_wrong_tag_of_nothing)
{
	const uint8_t key[SUITE_KEY_MAX] = { 7 }, aad[] = { 1 };
	const struct aead_label label = { .aad = aad, .aad_len = sizeof(aad) };
	struct aead a;

	memset(work, 0, SUITE_TAG_SIZE);
	ck_assert_int_eq(aead_init(&a, (enum suite)_i, AEAD_OPEN, key), 0);
	ck_assert(!aead_open(&a, &label, work, 0));
	aead_release(&a);
}
END_TEST

START_TEST(aead_rekey_changes_the_key)
{
	const uint8_t old[SUITE_KEY_MAX] = { 1 }, new[SUITE_KEY_MAX] = { 2 }, aad[] = { 1 };
	const struct aead_label label = { .aad = aad, .aad_len = sizeof(aad) };
	struct aead a, b;

	ck_assert_int_eq(aead_init(&a, (enum suite)_i, AEAD_SEAL, old), 0);
	ck_assert_int_eq(aead_init(&b, (enum suite)_i, AEAD_OPEN, old), 0);
	ck_assert_int_eq(aead_rekey(&a, new), 0);
	memset(work, 'x', 100);
	ck_assert(aead_seal(&a, &label, work, 100));
	memcpy(other, work, 100 + SUITE_TAG_SIZE);
	ck_assert(!aead_open(&b, &label, work, 100));
	ck_assert_int_eq(aead_rekey(&b, new), 0);
	ck_assert(aead_open(&b, &label, other, 100));
	aead_release(&a);
	aead_release(&b);
}
END_TEST

START_TEST(aead_release_takes_none)
{
	struct aead a = { 0 };

	aead_release(&a);
	ck_assert_ptr_null(a.key);
}
END_TEST

/* ---- one library against the other ---- */

static struct aead by[AEAD_LIBRARIES][2]; /* by use */
static struct prng dice;

static void both_make(enum suite suite, const uint8_t *key)
{
	for (int library = 0; library < AEAD_LIBRARIES; library++) {
		ck_assert(aead_choose((enum aead_library)library));
		for (int use = AEAD_OPEN; use <= AEAD_SEAL; use++)
			ck_assert_int_eq(aead_init(&by[library][use], suite, (enum aead_use)use, key), 0);
	}
	ck_assert(by[AEAD_OPENSSL][0].ops != by[AEAD_IPSEC_MB][0].ops);
}

static void both_release(void)
{
	for (int library = 0; library < AEAD_LIBRARIES; library++)
		for (int use = AEAD_OPEN; use <= AEAD_SEAL; use++)
			aead_release(&by[library][use]);
}

static void random_bytes(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)prng_below(&dice, 256);
}

/* At another place in memory each time. */
static void same_both_ways(const struct aead_label *label, size_t len)
{
	static uint8_t a[TEXT_MAX + 128], b[TEXT_MAX + 128];
	uint8_t *at = a + prng_below(&dice, 64), *bt = b + prng_below(&dice, 64);

	memcpy(at, text, len);
	memcpy(bt, text, len);
	ck_assert(aead_seal(&by[AEAD_OPENSSL][AEAD_SEAL], label, at, len));
	ck_assert(aead_seal(&by[AEAD_IPSEC_MB][AEAD_SEAL], label, bt, len));
	ck_assert_mem_eq(at, bt, len + SUITE_TAG_SIZE);
	ck_assert(aead_open(&by[AEAD_IPSEC_MB][AEAD_OPEN], label, at, len));
	ck_assert(aead_open(&by[AEAD_OPENSSL][AEAD_OPEN], label, bt, len));
	ck_assert(memcmp(at, text, len) == 0 && memcmp(bt, text, len) == 0);
}

START_TEST(aead_libraries_agree_on_every_short_length_and_on_random_ones)
{
	uint8_t key[SUITE_KEY_MAX], aad[64];
	struct aead_label label = { .aad = aad };

	dice = prng_of(8446);
	for (int round = 0; round < 3; round++) {
		random_bytes(key, sizeof(key));
		both_make((enum suite)_i, key);
		for (int i = 0; i < 1500; i++) {
			size_t len = i < 1100 ? (size_t)i : prng_below(&dice, TEXT_MAX);

			random_bytes(text, len);
			random_bytes(aad, sizeof(aad));
			random_bytes(label.nonce, sizeof(label.nonce));
			label.aad_len = prng_range(&dice, 1, sizeof(aad) - 1);
			same_both_ways(&label, len);
		}
		both_release();
	}
}
END_TEST

/* The counter of the cipher begins at 2 and is of 32 bits, whatever the nonce ends in. */
START_TEST(aead_libraries_agree_on_nonces_of_ones)
{
	uint8_t key[SUITE_KEY_MAX];
	const uint8_t aad[] = { 23, 3, 3, 64, 17 };
	struct aead_label label = { .aad = aad, .aad_len = sizeof(aad) };

	dice = prng_of(8447);
	memset(key, 0xff, sizeof(key));
	memset(label.nonce, 0xff, sizeof(label.nonce));
	ends_pattern(text, TEXT_MAX);
	both_make((enum suite)_i, key);
	for (size_t len = 4000; len < 16600; len += 997)
		same_both_ways(&label, len);
	both_release();
}
END_TEST

/* ---- who does it ---- */

START_TEST(aead_text_names_the_library)
{
	ck_assert(aead_choose(AEAD_OPENSSL));
	ck_assert(strncmp(aead_text(SUITE_AES_128_GCM), "OpenSSL 3.", 10) == 0 ||
		  strncmp(aead_text(SUITE_AES_128_GCM), "3.", 2) == 0);
	if (aead_choose(AEAD_IPSEC_MB))
		ck_assert(strncmp(aead_text(SUITE_AES_256_GCM), "ipsec-mb ", 9) == 0);
	/* ChaCha20-Poly1305 is always OpenSSL's */
	ck_assert(strncmp(aead_text(SUITE_CHACHA20_POLY1305), "ipsec-mb", 8) != 0);
}
END_TEST

/* Where it is built in and the processor has what it takes, it is used unasked;
 * else OpenSSL is, and nothing else can be chosen. */
START_TEST(aead_uses_ipsec_mb_where_it_can)
{
	bool can = false;

#ifdef HAVE_IPSEC_MB
	can = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") &&
	      __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi2");
#endif
	ck_assert_int_eq(strncmp(aead_text(SUITE_AES_128_GCM), "ipsec-mb", 8) == 0, can);
	ck_assert_int_eq(aead_choose(AEAD_IPSEC_MB), can);
	ck_assert(aead_choose(AEAD_OPENSSL));
	ck_assert(strncmp(aead_text(SUITE_AES_128_GCM), "ipsec-mb", 8) != 0);
}
END_TEST

static void add_rules(TCase *c)
{
	tcase_add_loop_test(c, aead_seals_and_opens_what_is_published, 0, HD_ARRAY_LEN(vectors));
	tcase_add_loop_test(c, aead_open_gives_nothing_of_a_text_with_any_bit_changed, 0, SUITE_COUNT);
	tcase_add_loop_test(c, aead_open_rejects_a_wrong_tag_of_nothing, 0, SUITE_COUNT);
	tcase_add_loop_test(c, aead_rekey_changes_the_key, 0, SUITE_COUNT);
	tcase_add_test(c, aead_release_takes_none);
}

Suite *test_aead_suite(void)
{
	Suite *s = suite_create("aead");
	TCase *c = tcase_create("libraries");

	tcase_add_test(c, aead_uses_ipsec_mb_where_it_can);
	tcase_add_test(c, aead_text_names_the_library);
	ends_cases(s, add_rules);
	if (ends_has_ipsec_mb()) {
		tcase_add_loop_test(c, aead_libraries_agree_on_every_short_length_and_on_random_ones, 0,
				    SUITE_CHACHA20_POLY1305);
		tcase_add_loop_test(c, aead_libraries_agree_on_nonces_of_ones, 0, SUITE_CHACHA20_POLY1305);
	}
	suite_add_tcase(s, c);
	return s;
}
