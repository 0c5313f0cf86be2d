/* SPDX-License-Identifier: MIT
 * OpenSSL for the relay's handshakes only: library contexts in which there is one
 * provider, "hyper-derp". What it has of its own costs less than OpenSSL's: X25519
 * (provider_x25519.c), the derivation of keys (provider_kdf.c), through which the
 * traffic secrets can also be seen as they are made, HMAC (provider_mac.c).
 * Everything else, what uses the private key of the certificate above all, is
 * passed on from OpenSSL's default provider (provider_default.c): few names, so
 * few to search. Made once for the process, at first use, and kept; OpenSSL's
 * configuration file has no say in it. Any thread. crypto/box.h's box_start()
 * must have been called. */
#ifndef HD_TLS_PROVIDER_H
#define HD_TLS_PROVIDER_H

struct ossl_lib_ctx_st;

/* NULL: no memory. In that of TLS 1.2, X25519 is a key exchange as usual; in the
 * other, for TLS 1.3, libssl takes it for an encapsulation of keys. */
struct ossl_lib_ctx_st *provider_library(void);
struct ossl_lib_ctx_st *provider_library_1_2(void);

/* Of all its algorithms. */
#define PROVIDER_PROPERTIES "provider=hyper-derp"

#endif
