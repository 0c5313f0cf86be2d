/* SPDX-License-Identifier: MIT
 * OpenSSL with two algorithms of our own, for the relay's handshakes only: a
 * library context in which a provider "hyper-derp" stands beside OpenSSL's
 * default one. Everything else, the private key of the certificate above all,
 * is OpenSSL's. Why: making an X25519 key (provider_x25519.c) costs half of what
 * it costs in OpenSSL 3, deriving keys (provider_kdf.c) a third, and the traffic
 * secrets can be seen as they are made. One for the process, made at first use
 * and kept; OpenSSL's configuration file has no say in it. Any thread.
 * crypto/box.h's box_start() must have been called. */
#ifndef HD_TLS_PROVIDER_H
#define HD_TLS_PROVIDER_H

struct ossl_lib_ctx_st;

/* NULL: no memory. */
struct ossl_lib_ctx_st *provider_library(void);

/* The property query that prefers ours. */
#define PROVIDER_QUERY "?provider=hyper-derp"
#define PROVIDER_PROPERTIES "provider=hyper-derp"

#endif
