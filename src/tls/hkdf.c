/* SPDX-License-Identifier: MIT */
#include "tls/hkdf.h"

#include <stdbool.h>
#include <string.h>

#include "tls/hash.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/writer.h"

#define LABEL_PREFIX "tls13 "

int hkdf_hash(uint8_t *out, enum suite suite, struct hkdf_bytes data)
{
	uint8_t made[SUITE_HASH_MAX];
	struct hash h;
	bool done;

	if (!hash_begin(&h, suite))
		return ERROR_CRYPTO;
	done = hash_add(&h, data.data, data.len) && hash_end(&h, made);
	if (done)
		memcpy(out, made, suite_hash_size(suite));
	hash_release(&h);
	return done ? 0 : ERROR_CRYPTO;
}

/* RFC 2104, for keys that are no longer than a block. */
int hkdf_hmac(uint8_t *out, enum suite suite, struct hkdf_bytes key, struct hkdf_bytes data)
{
	struct hash_mac m;
	bool done;
	int rc = hash_mac_begin(&m, suite, key.data, key.len);

	if (rc < 0)
		return rc;
	done = hash_mac_add(&m, data.data, data.len) && hash_mac_end(&m, out);
	hash_mac_release(&m);
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
