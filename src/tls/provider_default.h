/* SPDX-License-Identifier: MIT
 * What the relay's provider passes on of OpenSSL's default one: the algorithms
 * that a TLS server with RSA and ECDSA needs, by the default provider's own
 * functions, and no others. The functions are called with the state that belongs
 * to them, which our provider therefore gives out as its own. provider.c calls
 * these, once, in one thread. */
#ifndef HD_TLS_PROVIDER_DEFAULT_H
#define HD_TLS_PROVIDER_DEFAULT_H

#include <openssl/core.h>
#include <stdbool.h>

/* Loads OpenSSL's default provider into a library context of its own, which is
 * kept, and makes the tables; `own` gives for an operation what goes first in its
 * table, or NULL. False: no memory, or OpenSSL has it not. */
bool provider_default_load(const OSSL_ALGORITHM *(*own)(int operation));

/* That library context: what the functions use of others, and random bytes. */
OSSL_LIB_CTX *provider_default_library(void);

/* What the functions of the tables want to be called with. */
void *provider_default_state(void);

/* The table of an operation, ours first; NULL: there is none. */
const OSSL_ALGORITHM *provider_default_algorithms(int operation);

/* The default provider's own functions, by the first of an algorithm's names;
 * NULL: it has it not. */
const OSSL_DISPATCH *provider_default_functions(int operation, const char *name);

/* Tells of the groups P-256 and P-384 as libssl wants to be told of them. */
bool provider_default_groups(OSSL_CALLBACK *tell, void *arg);

#endif
