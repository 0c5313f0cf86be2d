/* SPDX-License-Identifier: MIT
 * Self-signed certificate for a relay without a name of its own, and the pin by
 * which a DERP map trusts it. Runs before anything else; blocks. */
#ifndef HD_TLS_MAKE_CERT_H
#define HD_TLS_MAKE_CERT_H

#include <limits.h>
#include <stdint.h>

#include "tls/fault.h"
#include "util/assert.h"

/* Valid from yesterday until so many days from now: with that day the longest
 * that Apple's clients take from a server. */
#define MAKE_CERT_DAYS 824

struct make_cert {
	char cert_path[PATH_MAX];
	char key_path[PATH_MAX];
	char pin[sizeof("sha256-raw:") + 64]; /* CertName in a DERP map: SHA-256 of the certificate's DER */
	int64_t not_after;                    /* seconds since 1970 */
};

/* Writes DIR/HOST.crt (0644) and DIR/HOST.key (0600); of HOST only letters,
 * digits, "-" and "." go into the names. HOST is an IP address or a DNS name.
 * Nothing is ever overwritten; each name appears with its whole contents or
 * not at all. ERROR_USAGE (no such host name can be), ERROR_EXISTS,
 * ERROR_DENIED, ERROR_IO, ERROR_CRYPTO; the fault says more. */
HD_MUST_CHECK int make_cert(struct make_cert *made, const char *dir, const char *host, struct tls_fault *fault);

#endif
