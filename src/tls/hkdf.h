/* SPDX-License-Identifier: MIT
 * HKDF (RFC 5869) as TLS 1.3 uses it (RFC 8446, 7.1) by way of hash.h:
 * OpenSSL's own looks up by name what it needs for every call, which takes
 * several times as long as the hashing. Any thread. */
#ifndef HD_TLS_HKDF_H
#define HD_TLS_HKDF_H

#include <stddef.h>
#include <stdint.h>

#include "tls/suite.h"
#include "util/assert.h"

#define HKDF_LABEL_MAX 12   /* "c hs traffic", "c ap traffic", "res binder" and shorter ones */

struct hkdf_bytes {
	const void *data;
	size_t len;
};

/* The hash is that of the suite; `out`, keys and salts have its size, `salt`
 * may also be empty. ERROR_CRYPTO: OpenSSL has no memory. ERROR_RANGE: longer
 * than TLS 1.3 ever asks for. `out` is then untouched. */
HD_MUST_CHECK int hkdf_hash(uint8_t *out, enum suite suite, struct hkdf_bytes data);
HD_MUST_CHECK int hkdf_hmac(uint8_t *out, enum suite suite, struct hkdf_bytes key, struct hkdf_bytes data);
HD_MUST_CHECK int hkdf_extract(uint8_t *out, enum suite suite, struct hkdf_bytes salt, struct hkdf_bytes input);
/* HKDF-Expand-Label: at most one hash of output, a hash or nothing as context. */
HD_MUST_CHECK int hkdf_expand_label(uint8_t *out, size_t len, enum suite suite, const uint8_t *secret,
				    struct hkdf_bytes label, struct hkdf_bytes context);

#endif
