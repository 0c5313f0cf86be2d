/* SPDX-License-Identifier: MIT
 * The derivation of TLS 1.3's keys, and who looks on: the record layer that
 * takes over after the handshake needs the application traffic secrets, which
 * libssl gives to nobody but a log, in hex. */
#ifndef HD_TLS_PROVIDER_KDF_H
#define HD_TLS_PROVIDER_KDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/suite.h"

struct tls_secrets;
struct ossl_algorithm_st;

struct provider_kdf_watch {
	struct tls_secrets *secrets; /* rx.secret and tx.secret are written as they are derived */
	uint8_t *resumption; /* [SUITE_HASH_MAX]: likewise the one that tickets are derived from */
	enum suite suite;    /* one with their hash */
	bool client_seen;
	bool server_seen;
	bool resumption_seen;
};

/* What this thread derives from now on is that handshake's; NULL: nobody's. */
void provider_kdf_look_on(struct provider_kdf_watch *watch);

/* "TLS13-KDF", for provider.c; ends with an empty row. */
const struct ossl_algorithm_st *provider_kdf_algorithms(void);

#endif
