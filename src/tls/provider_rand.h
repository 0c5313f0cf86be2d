/* SPDX-License-Identifier: MIT
 * Random bytes for libssl, from blocks of the kernel's (random.h). What libssl asks
 * for is shown to everybody; private keys are made with bytes of the private
 * generator of OpenSSL's default provider (provider_x25519.c, OpenSSL's ECDSA). */
#ifndef HD_TLS_PROVIDER_RAND_H
#define HD_TLS_PROVIDER_RAND_H

struct ossl_algorithm_st;

/* For provider.c; ends with an empty row. */
const struct ossl_algorithm_st *provider_rand_algorithms(void);

#endif
