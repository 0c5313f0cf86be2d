/* SPDX-License-Identifier: MIT
 * What a certificate file says about itself, for a DERP map. Reads it only; the
 * date is not looked at. Blocks. */
#ifndef HD_TLS_CERT_FILE_H
#define HD_TLS_CERT_FILE_H

#include <stdbool.h>

#include "tls/fault.h"
#include "util/assert.h"

#define CERT_FILE_NAME_SIZE 256

struct cert_file {
	char name[CERT_FILE_NAME_SIZE]; /* first DNS name that is no wildcard, else first address; "": none */
	bool self_signed;
	char pin[sizeof("sha256-raw:") + 64]; /* CertName in a DERP map, of the first certificate */
};

/* Errors of pem_read_chain(), ERROR_CRYPTO; the fault says more. */
HD_MUST_CHECK int cert_file_read(struct cert_file *cert, const char *path, struct tls_fault *fault);

#endif
