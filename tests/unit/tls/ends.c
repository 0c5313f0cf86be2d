/* SPDX-License-Identifier: MIT */
#include "tests/unit/tls/ends.h"

#include <openssl/evp.h>
#include <string.h>

#include "tls/aead.h"
#include "util/be.h"

static const struct {
	enum tls_version version;
	enum suite suite;
} kinds[] = {
	{ TLS_VERSION_1_3, SUITE_AES_128_GCM }, { TLS_VERSION_1_3, SUITE_AES_256_GCM },
	{ TLS_VERSION_1_3, SUITE_CHACHA20_POLY1305 }, { TLS_VERSION_1_2, SUITE_AES_128_GCM },
	{ TLS_VERSION_1_2, SUITE_AES_256_GCM }, { TLS_VERSION_1_2, SUITE_CHACHA20_POLY1305 },
};
_Static_assert(HD_ARRAY_LEN(kinds) == ENDS_ALL, "as the header says");

struct tls_record_keys *ends_left, *ends_right;
uint8_t ends_wire[4 * RECORD_MAX];
static struct tls_secrets secrets; /* the left one's */

enum suite ends_suite(int kind)
{
	return kinds[kind].suite;
}

void ends_openssl(void)
{
	ck_assert(aead_choose(AEAD_OPENSSL));
}

void ends_ipsec_mb(void)
{
	ck_assert(aead_choose(AEAD_IPSEC_MB));
}

/* Unasked: what is used is not touched before the tests begin. */
bool ends_has_ipsec_mb(void)
{
	return strncmp(aead_text(SUITE_AES_128_GCM), "ipsec-mb", 8) == 0;
}

void ends_cases(Suite *s, void (*add)(TCase *c))
{
	TCase *c = tcase_create("openssl");

	tcase_add_checked_fixture(c, ends_openssl, NULL);
	add(c);
	suite_add_tcase(s, c);
	if (!ends_has_ipsec_mb())
		return;
	c = tcase_create("ipsec_mb");
	tcase_add_checked_fixture(c, ends_ipsec_mb, NULL);
	add(c);
	suite_add_tcase(s, c);
}

void ends_make(int kind, uint64_t left_tx_seq)
{
	struct tls_secrets other;

	memset(&secrets, 0, sizeof(secrets));
	secrets.version = (uint16_t)kinds[kind].version;
	secrets.suite = (uint8_t)kinds[kind].suite;
	memset(secrets.rx.secret, 0x11, sizeof(secrets.rx.secret));
	memset(secrets.tx.secret, 0x22, sizeof(secrets.tx.secret));
	if (secrets.version == TLS_VERSION_1_3) {
		ck_assert_int_eq(secrets_derive(&secrets.rx, secrets.suite), 0);
		ck_assert_int_eq(secrets_derive(&secrets.tx, secrets.suite), 0);
	} else {
		ck_assert_int_eq(secrets_from_master(&secrets, secrets.rx.secret, secrets.tx.secret,
						     secrets.rx.secret), 0);
	}
	secrets.tx.seq = left_tx_seq;
	other = secrets;
	other.rx = secrets.tx;
	other.tx = secrets.rx;
	ck_assert_int_eq(record_keys_new(&ends_left, &secrets), 0);
	ck_assert_int_eq(record_keys_new(&ends_right, &other), 0);
}

void ends_free(void)
{
	record_keys_free(ends_left);
	record_keys_free(ends_right);
	ends_left = ends_right = NULL;
}

void ends_pattern(uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + (i >> 8));
}

ssize_t ends_seal(struct tls_record_keys *keys, const void *data, size_t len)
{
	struct iovec slice = { (void *)(uintptr_t)data, len };

	return record_seal(keys, &slice, 1, ends_wire, sizeof(ends_wire));
}

int ends_open(struct tls_record_keys *keys, uint8_t *at, size_t len_here, struct record_opened *o)
{
	int len = record_peek(at, len_here);

	ck_assert_int_gt(len, 0);
	ck_assert_uint_le((size_t)len, len_here);
	return record_open(keys, at, (size_t)len, o);
}

size_t ends_craft(uint64_t seq, const uint8_t *inner, size_t len)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t nonce[SUITE_IV_SIZE];
	int n;

	memcpy(nonce, secrets.tx.iv, sizeof(nonce));
	be_store64(nonce + 4, be_load64(nonce + 4) ^ seq);
	ends_wire[0] = 23;
	be_store16(ends_wire + 1, 0x0303);
	be_store16(ends_wire + 3, (uint16_t)(len + 16));
	ck_assert(EVP_EncryptInit_ex(c, suite_cipher(secrets.suite), NULL, secrets.tx.key, nonce) == 1 &&
		  EVP_EncryptUpdate(c, NULL, &n, ends_wire, 5) == 1 &&
		  EVP_EncryptUpdate(c, ends_wire + 5, &n, inner, (int)len) == 1 &&
		  EVP_EncryptFinal_ex(c, ends_wire + 5 + len, &n) == 1 &&
		  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, ends_wire + 5 + len) == 1);
	EVP_CIPHER_CTX_free(c);
	return 5 + len + 16;
}
