/* SPDX-License-Identifier: MIT */
#include "tls/secrets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <string.h>

#include "util/bytes.h"
#include "util/error.h"
#include "util/writer.h"

#define BLOCK_MAX 128 /* of a hash: that of SHA-384 */
#define SALT_SIZE 4 /* of the IV, in TLS 1.2 with AES-GCM */

/* RFC 2104, for keys that are no longer than a block. OpenSSL's HMAC() looks its
 * algorithms up by name each time, which takes four times as long as the rest. */
static bool hmac(uint8_t out[EVP_MAX_MD_SIZE], const EVP_MD *md, const uint8_t *key, size_t key_len,
		 const uint8_t *data, size_t len)
{
	uint8_t pad[BLOCK_MAX] = { 0 };
	size_t block = (size_t)EVP_MD_get_block_size(md), size = (size_t)EVP_MD_get_size(md);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done;

	hd_assert(key_len <= block && block <= sizeof(pad));
	memcpy(pad, key, key_len);
	for (size_t i = 0; i < block; i++)
		pad[i] ^= 0x36;
	done = ctx && EVP_DigestInit_ex2(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, pad, block) == 1 &&
	       EVP_DigestUpdate(ctx, data, len) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	for (size_t i = 0; i < block; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	done = done && EVP_DigestInit_ex2(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, pad, block) == 1 &&
	       EVP_DigestUpdate(ctx, out, size) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx); /* wipes */
	bytes_wipe(pad, sizeof(pad));
	return done;
}

/* HKDF-Expand-Label of RFC 8446, 7.1, with an empty context. All that is ever
 * wanted fits into one block of the hash: one HMAC. */
static int expand_label(uint8_t *out, size_t len, const uint8_t *secret, enum suite suite, const char *label)
{
	uint8_t info[32], block[EVP_MAX_MD_SIZE];
	struct writer w = writer_over(info, sizeof(info));
	size_t hash_size = suite_hash_size(suite);
	bool done;

	writer_be16(&w, (uint16_t)len);
	writer_u8(&w, (uint8_t)(sizeof("tls13 ") - 1 + strlen(label)));
	writer_text(&w, "tls13 ");
	writer_text(&w, label);
	writer_u8(&w, 0); /* context */
	writer_u8(&w, 1); /* number of the block, of HKDF-Expand */
	hd_assert(!w.failed && len <= hash_size);
	done = hmac(block, suite_hash(suite), secret, hash_size, info, writer_len(&w));
	if (done)
		memcpy(out, block, len);
	bytes_wipe(block, sizeof(block));
	return done ? 0 : ERROR_CRYPTO;
}

int secrets_derive(struct tls_secrets_half *half, enum suite suite)
{
	int rc = expand_label(half->key, suite_key_size(suite), half->secret, suite, "key");

	return rc < 0 ? rc : expand_label(half->iv, SUITE_IV_SIZE, half->secret, suite, "iv");
}

int secrets_next(struct tls_secrets_half *half, enum suite suite)
{
	struct tls_secrets_half next = { 0 };
	int rc;

	rc = expand_label(next.secret, suite_hash_size(suite), half->secret, suite, "traffic upd");
	if (rc == 0)
		rc = secrets_derive(&next, suite);
	if (rc == 0)
		*half = next;
	bytes_wipe(&next, sizeof(next));
	return rc;
}

/* PRF of RFC 5246 with the label "key expansion". */
static int expand_keys(uint8_t *out, size_t len, enum suite suite, const uint8_t *master,
		       const uint8_t *client_random, const uint8_t *server_random)
{
	/* EVP_KDF takes parameters it may write to, but does not write to these. */
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
						 (char *)(uintptr_t)EVP_MD_get0_name(suite_hash(suite)), 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)(uintptr_t)master,
						  SECRETS_MASTER_SIZE),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)"key expansion", 13),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)server_random,
						  SECRETS_RANDOM_SIZE),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)client_random,
						  SECRETS_RANDOM_SIZE),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	int done = ctx && EVP_KDF_derive(ctx, out, len, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return done ? 0 : ERROR_CRYPTO;
}

static size_t fixed_iv_size(enum suite suite)
{
	return suite == SUITE_CHACHA20_POLY1305 ? SUITE_IV_SIZE : SALT_SIZE;
}

int secrets_from_master(struct tls_secrets *s, const uint8_t master[SECRETS_MASTER_SIZE],
			const uint8_t client_random[SECRETS_RANDOM_SIZE],
			const uint8_t server_random[SECRETS_RANDOM_SIZE])
{
	uint8_t block[2 * (SUITE_KEY_MAX + SUITE_IV_SIZE)];
	size_t key_size = suite_key_size(s->suite);
	size_t iv_size = fixed_iv_size(s->suite);
	const uint8_t *at = block;
	int rc;

	hd_assert(s->version == TLS_VERSION_1_2);
	rc = expand_keys(block, 2 * (key_size + iv_size), s->suite, master, client_random, server_random);
	if (rc == 0) {
		/* the client's come first, and what it writes we read */
		memcpy(s->rx.key, at, key_size);
		memcpy(s->tx.key, at + key_size, key_size);
		memcpy(s->rx.iv, at + 2 * key_size, iv_size);
		memcpy(s->tx.iv, at + 2 * key_size + iv_size, iv_size);
	}
	bytes_wipe(block, sizeof(block));
	return rc;
}

bool secrets_nonce_is_explicit(const struct tls_secrets *s)
{
	return s->version == TLS_VERSION_1_2 && s->suite != SUITE_CHACHA20_POLY1305;
}

void secrets_wipe(struct tls_secrets *s)
{
	bytes_wipe(s, sizeof(*s));
}
