/* SPDX-License-Identifier: MIT
 * Whether the kernel really does TLS: for each version and suite a connection
 * to oneself on loopback, both ends with keys in the kernel, a few bytes both
 * ways. Once, at start; blocks, for a second at most where nothing comes. */
#ifndef HD_TLS_KTLS_PROBE_H
#define HD_TLS_KTLS_PROBE_H

#include <stdbool.h>

#include "tls/secrets.h"

#define KTLS_PROBE_PARTS (2 * SUITE_COUNT) /* TLS 1.3 and 1.2 */

struct ktls_probe {
	unsigned working;  /* of KTLS_PROBE_PARTS */
	char missing[320]; /* the others: "AES-128-GCM of TLS 1.3 (Protocol not supported), ..."; "" if none */
	int error;         /* errno of the first that does not work */
};

/* The upper layer "tls" must be there. */
void ktls_probe(struct ktls_probe *p);

#endif
