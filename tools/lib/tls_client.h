/* SPDX-License-Identifier: MIT
 * What TLS connections of one kind of client have in common: whom they trust,
 * what they offer, and the session that the next one resumes. Must outlive its
 * connections (tls_stream.h). Any number of threads. */
#ifndef HD_TOOLS_LIB_TLS_CLIENT_H
#define HD_TOOLS_LIB_TLS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/assert.h"

#define TLS_CLIENT_TLS_1_1 0x0302
#define TLS_CLIENT_TLS_1_2 0x0303
#define TLS_CLIENT_TLS_1_3 0x0304

struct tls_client;
struct ssl_st;

/* Of ca_file, pin and insecure one at most; none: the system's roots. */
struct tls_client_options {
	const char *ca_file;  /* PEM: trusts what these signed, for the server's name */
	const char *pin;      /* CertName of a DERP map, "sha256-raw:" and 64 hex: this certificate only */
	bool insecure;        /* trusts everybody */
	bool read_ahead;      /* receives several records at once; for those who read to the end */
	bool parts;           /* its streams may part with their secrets: tls_stream_part */
	bool resume;          /* keeps the latest session; the next connection resumes it */
	uint16_t version_min; /* 0: TLS 1.2 */
	uint16_t version_max; /* 0: TLS 1.3 */
	const char *suites;   /* of TLS 1.3, as OpenSSL names them, ":" between; NULL: all */
	const char *ciphers;  /* of TLS 1.2 and older; NULL: OpenSSL's choice */
	const char *sigalgs;  /* signature algorithms; NULL: OpenSSL's choice */
};

/* ERROR_NO_MEMORY, ERROR_NOT_FOUND (ca_file cannot be read), ERROR_MALFORMED
 * (any other option; *option then names it). */
HD_MUST_CHECK int tls_client_new(struct tls_client **client, const struct tls_client_options *options,
				 const char **option);
void tls_client_free(struct tls_client *c); /* NULL is fine */

/* Is it what `pin` takes? */
bool tls_client_pin_ok(const char *pin);

/* For tls_stream.c. */
bool tls_client_parts(const struct tls_client *c);

/* For tls_stream.c: an object of OpenSSL's for one connection to the server of
 * this name (DNS or numeric), ready for its handshake. NULL: no memory. */
struct ssl_st *tls_client_object(struct tls_client *c, const char *server_name);

#endif
