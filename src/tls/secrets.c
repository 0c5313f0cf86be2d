/* SPDX-License-Identifier: MIT */
#include "tls/secrets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "tls/hkdf.h"
#include "util/bytes.h"
#include "util/error.h"

#define SALT_SIZE 4 /* of the IV, in TLS 1.2 with AES-GCM */

static int expand(uint8_t *out, size_t len, const uint8_t *secret, enum suite suite, const char *label)
{
	return hkdf_expand_label(out, len, suite, secret, (struct hkdf_bytes){ label, strlen(label) },
				 (struct hkdf_bytes){ "", 0 });
}

int secrets_derive(struct tls_secrets_half *half, enum suite suite)
{
	int rc = expand(half->key, suite_key_size(suite), half->secret, suite, "key");

	return rc < 0 ? rc : expand(half->iv, SUITE_IV_SIZE, half->secret, suite, "iv");
}

int secrets_next(struct tls_secrets_half *half, enum suite suite)
{
	struct tls_secrets_half next = { 0 };
	int rc;

	rc = expand(next.secret, suite_hash_size(suite), half->secret, suite, "traffic upd");
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
						 (char *)(uintptr_t)suite_hash_name(suite), 0),
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
