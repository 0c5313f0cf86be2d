/* SPDX-License-Identifier: MIT
 * What a relay's certificate says, after the handshake. */
#ifndef HD_TOOLS_HD_PROBE_CERT_H
#define HD_TOOLS_HD_PROBE_CERT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/key.h"
#include "util/assert.h"

struct tls_stream;

struct cert {
	int64_t not_after; /* seconds since 1970 */
	char pin[sizeof("sha256-raw:") + 64]; /* CertName of a DERP map */
	bool has_meta; /* the meta certificate of fast start is there ... */
	struct key meta_key; /* ... and names this key */
};

/* ERROR_NOT_FOUND: there is no certificate; ERROR_CRYPTO: it cannot be read. */
HD_MUST_CHECK int cert_read(struct cert *cert, struct tls_stream *s);
/* Whole days until it expires, rounded down; negative once it has. */
int64_t cert_days_left(const struct cert *cert, int64_t now_s);

#endif
