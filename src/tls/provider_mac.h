/* SPDX-License-Identifier: MIT
 * "HMAC" with SHA-256 and SHA-384, for libssl: Finished and tickets. OpenSSL's
 * own looks up its hash by name for each. */
#ifndef HD_TLS_PROVIDER_MAC_H
#define HD_TLS_PROVIDER_MAC_H

struct ossl_algorithm_st;

/* For provider.c; ends with an empty row. */
const struct ossl_algorithm_st *provider_mac_algorithms(void);

#endif
