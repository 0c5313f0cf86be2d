/* SPDX-License-Identifier: MIT */
#include "tools/hd-probe/cert.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "tools/lib/tls_stream.h"
#include "util/bytes.h"
#include "util/error.h"

#define PIN_PREFIX "sha256-raw:"
#define SECONDS_PER_DAY 86400

int cert_read(struct cert *cert, struct tls_stream *s)
{
	struct cert c = { .pin = PIN_PREFIX };
	X509 *x = SSL_get0_peer_certificate(tls_stream_object(s));
	uint8_t hash[32];
	struct tm tm;

	if (!x)
		return ERROR_NOT_FOUND;
	if (X509_digest(x, EVP_sha256(), hash, NULL) != 1 || ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) != 1)
		return ERROR_CRYPTO;
	c.not_after = (int64_t)timegm(&tm);
	bytes_to_hex(c.pin + strlen(PIN_PREFIX), hash, sizeof(hash));
	c.has_meta = tls_stream_relay_key(s, &c.meta_key);
	*cert = c;
	return 0;
}

int64_t cert_days_left(const struct cert *cert, int64_t now_s)
{
	int64_t left = cert->not_after - now_s;

	return left >= 0 ? left / SECONDS_PER_DAY : -((SECONDS_PER_DAY - 1 - left) / SECONDS_PER_DAY);
}
