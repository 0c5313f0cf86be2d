/* SPDX-License-Identifier: MIT
 * Certificates and private keys from PEM files. Faults name the file. */
#ifndef HD_TLS_PEM_H
#define HD_TLS_PEM_H

#include "tls/fault.h"
#include "util/assert.h"

struct x509_st;
struct stack_st_X509;
struct evp_pkey_st;

struct pem_chain {
	struct x509_st *leaf;        /* first of the file */
	struct stack_st_X509 *above; /* the rest, may be empty */
};

/* ERROR_NOT_FOUND, ERROR_DENIED, ERROR_IO (the file), ERROR_MALFORMED (holds no
 * certificate, or a broken one), ERROR_NO_MEMORY. */
HD_MUST_CHECK int pem_read_chain(struct pem_chain *chain, const char *path, struct tls_fault *fault);
void pem_chain_release(struct pem_chain *chain);

/* Errors as above, and ERROR_UNSUPPORTED (encrypted). Free with EVP_PKEY_free. */
HD_MUST_CHECK int pem_read_key(struct evp_pkey_st **key, const char *path, struct tls_fault *fault);

#endif
