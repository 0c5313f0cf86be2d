/* SPDX-License-Identifier: MIT
 * The meta certificate of fast start: one more certificate behind the chain, in
 * TLS 1.3 only, that tells a Tailscale client the relay's public key, so that
 * it need not wait for the HTTP response. Nobody verifies it. */
#ifndef HD_TLS_META_CERT_H
#define HD_TLS_META_CERT_H

#include <stdint.h>

#include "util/assert.h"

#define META_CERT_KEY_SIZE 32
#define META_CERT_DAYS 30       /* valid from so long ago until so long from now */
#define META_CERT_RENEW_DAYS 10 /* renewed so long before its end */

struct x509_st;

/* Self-signed with a fresh ed25519 key; CommonName "derpkey" and the public key
 * in hex, serial number 2. The caller frees it with X509_free. ERROR_CRYPTO. */
HD_MUST_CHECK int meta_cert_new(struct x509_st **cert, const uint8_t public_key[META_CERT_KEY_SIZE],
				int64_t now_s);

#endif
