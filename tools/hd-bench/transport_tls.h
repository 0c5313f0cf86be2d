/* SPDX-License-Identifier: MIT
 * TLS over TCP by OpenSSL. */
#ifndef HD_TOOLS_HD_BENCH_TRANSPORT_TLS_H
#define HD_TOOLS_HD_BENCH_TRANSPORT_TLS_H

#include <stdbool.h>

#include "tools/hd-bench/transport.h"
#include "util/assert.h"

/* Once, before any connection. The relay's certificate must be for `host` (kept
 * by reference) and by somebody that the system trusts, unless `insecure`.
 * ERROR_CRYPTO, ERROR_NO_MEMORY. */
HD_MUST_CHECK int transport_tls_start(const char *host, bool insecure);
/* When all connections are closed. Does nothing if it was not started. */
void transport_tls_stop(void);

extern const struct transport_ops transport_tls;

#endif
