/* SPDX-License-Identifier: MIT
 * X25519 for libssl (crypto/x25519.h); tables for provider.c that end with an
 * empty row. */
#ifndef HD_TLS_PROVIDER_X25519_H
#define HD_TLS_PROVIDER_X25519_H

struct ossl_algorithm_st;

const struct ossl_algorithm_st *provider_x25519_keys(void);
const struct ossl_algorithm_st *provider_x25519_exchange(void);
const struct ossl_algorithm_st *provider_x25519_encapsulation(void);

#endif
