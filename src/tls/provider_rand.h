/* SPDX-License-Identifier: MIT
 * Random bytes for libssl, from the generators of the library context that
 * OpenSSL's default provider is loaded in; there is no state here. They are of
 * its public generator: what libssl asks for is shown to everybody. Private keys
 * are made with bytes of the private one (provider_x25519.c, OpenSSL's ECDSA). */
#ifndef HD_TLS_PROVIDER_RAND_H
#define HD_TLS_PROVIDER_RAND_H

struct ossl_algorithm_st;

/* For provider.c; ends with an empty row. */
const struct ossl_algorithm_st *provider_rand_algorithms(void);

#endif
