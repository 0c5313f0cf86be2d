/* SPDX-License-Identifier: MIT */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "tls/aead_ops.h"

/* Of OpenSSL 3.0's 250 ns for a short record nearly all is spent around the
 * cipher. It is no less by EVP_Cipher or with controls in place of parameters. */

static bool openssl_has(enum suite suite)
{
	return suite_cipher(suite) != NULL;
}

static const char *openssl_text(void)
{
	return OpenSSL_version(OPENSSL_FULL_VERSION_STRING);
}

static void openssl_key_free(void *key)
{
	EVP_CIPHER_CTX_free(key);
}

/* The key stays in the context; only the nonce changes from record to record. */
static void *openssl_key_new(enum suite suite, enum aead_use use, const uint8_t *key)
{
	const EVP_CIPHER *cipher = suite_cipher(suite);
	EVP_CIPHER_CTX *c = cipher ? EVP_CIPHER_CTX_new() : NULL;

	if (c && EVP_CipherInit_ex2(c, cipher, key, NULL, use == AEAD_SEAL, NULL) != 1) {
		openssl_key_free(c);
		c = NULL;
	}
	return c;
}

/* The cipher is not given again: looking at it would make new contexts inside. */
static bool openssl_key_set(void *key, const uint8_t *bytes)
{
	return EVP_CipherInit_ex2(key, NULL, bytes, NULL, -1, NULL) == 1;
}

static bool openssl_seal(void *key, const struct aead_label *label, uint8_t *data, size_t len)
{
	OSSL_PARAM tag[2] = {
		OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, data + len, SUITE_TAG_SIZE),
		OSSL_PARAM_construct_end(),
	};
	EVP_CIPHER_CTX *c = key;
	int n;

	return EVP_CipherInit_ex2(c, NULL, NULL, label->nonce, -1, NULL) == 1 &&
	       EVP_EncryptUpdate(c, NULL, &n, label->aad, (int)label->aad_len) == 1 &&
	       (len == 0 || EVP_EncryptUpdate(c, data, &n, data, (int)len) == 1) &&
	       EVP_EncryptFinal_ex(c, data + len, &n) == 1 &&
	       EVP_CIPHER_CTX_get_params(c, tag) == 1;
}

static bool openssl_open(void *key, const struct aead_label *label, uint8_t *data, size_t len)
{
	OSSL_PARAM tag[2] = {
		OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, data + len, SUITE_TAG_SIZE),
		OSSL_PARAM_construct_end(),
	};
	EVP_CIPHER_CTX *c = key;
	int n;

	return EVP_CipherInit_ex2(c, NULL, NULL, label->nonce, -1, tag) == 1 &&
	       EVP_DecryptUpdate(c, NULL, &n, label->aad, (int)label->aad_len) == 1 &&
	       (len == 0 || EVP_DecryptUpdate(c, data, &n, data, (int)len) == 1) &&
	       EVP_DecryptFinal_ex(c, data + len, &n) == 1;
}

const struct aead_ops aead_openssl = {
	.has = openssl_has,
	.text = openssl_text,
	.key_new = openssl_key_new,
	.key_set = openssl_key_set,
	.key_free = openssl_key_free,
	.seal = openssl_seal,
	.open = openssl_open,
};
