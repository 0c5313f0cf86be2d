/* SPDX-License-Identifier: MIT */
#include "tls/hkdf.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "util/bytes.h"
#include "util/error.h"
#include "util/writer.h"

#define BLOCK_MAX 128 /* of a hash: that of SHA-384 */
#define LABEL_PREFIX "tls13 "

static bool digest(EVP_MD_CTX *ctx, const EVP_MD *md, uint8_t *out, struct hkdf_bytes first,
		   struct hkdf_bytes second)
{
	return EVP_DigestInit_ex2(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, first.data, first.len) == 1 &&
	       EVP_DigestUpdate(ctx, second.data, second.len) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

int hkdf_hash(uint8_t *out, enum suite suite, struct hkdf_bytes data)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t made[SUITE_HASH_MAX];
	bool done = ctx && digest(ctx, suite_hash(suite), made, data, (struct hkdf_bytes){ "", 0 });

	if (done)
		memcpy(out, made, suite_hash_size(suite));
	EVP_MD_CTX_free(ctx);
	return done ? 0 : ERROR_CRYPTO;
}

/* RFC 2104, for keys that are no longer than a block. */
int hkdf_hmac(uint8_t *out, enum suite suite, struct hkdf_bytes key, struct hkdf_bytes data)
{
	const EVP_MD *md = suite_hash(suite);
	uint8_t pad[BLOCK_MAX] = { 0 }, made[SUITE_HASH_MAX];
	size_t size = suite_hash_size(suite), block = suite_block_size(suite);
	EVP_MD_CTX *ctx;
	bool done;

	if (key.len > block)
		return ERROR_RANGE;
	ctx = EVP_MD_CTX_new();
	if (key.len > 0)
		memcpy(pad, key.data, key.len);
	for (size_t i = 0; i < block; i++)
		pad[i] ^= 0x36;
	done = ctx && digest(ctx, md, made, (struct hkdf_bytes){ pad, block }, data);
	for (size_t i = 0; i < block; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	done = done && digest(ctx, md, made, (struct hkdf_bytes){ pad, block }, (struct hkdf_bytes){ made, size });
	if (done)
		memcpy(out, made, size);
	EVP_MD_CTX_free(ctx); /* wipes */
	bytes_wipe(pad, sizeof(pad));
	bytes_wipe(made, sizeof(made));
	return done ? 0 : ERROR_CRYPTO;
}

int hkdf_extract(uint8_t *out, enum suite suite, struct hkdf_bytes salt, struct hkdf_bytes input)
{
	return hkdf_hmac(out, suite, salt, input);
}

int hkdf_expand_label(uint8_t *out, size_t len, enum suite suite, const uint8_t *secret,
		      struct hkdf_bytes label, struct hkdf_bytes context)
{
	uint8_t info[2 + 1 + sizeof(LABEL_PREFIX) + HKDF_LABEL_MAX + 1 + SUITE_HASH_MAX + 1];
	uint8_t block[SUITE_HASH_MAX];
	struct writer w = writer_over(info, sizeof(info));
	size_t hash_size = suite_hash_size(suite);
	int rc;

	if (len > hash_size || label.len > HKDF_LABEL_MAX || context.len > SUITE_HASH_MAX)
		return ERROR_RANGE;
	writer_be16(&w, (uint16_t)len);
	writer_u8(&w, (uint8_t)(sizeof(LABEL_PREFIX) - 1 + label.len));
	writer_text(&w, LABEL_PREFIX);
	writer_bytes(&w, label.data, label.len);
	writer_u8(&w, (uint8_t)context.len);
	writer_bytes(&w, context.data, context.len);
	writer_u8(&w, 1); /* number of the block, of HKDF-Expand: there is only one */
	hd_assert(!w.failed);
	rc = hkdf_hmac(block, suite, (struct hkdf_bytes){ secret, hash_size },
		       (struct hkdf_bytes){ info, writer_len(&w) });
	if (rc == 0)
		memcpy(out, block, len);
	bytes_wipe(block, sizeof(block));
	return rc;
}
