/* SPDX-License-Identifier: MIT
 * HOST[:PORT] made into an address. */
#ifndef HD_TOOLS_HD_BENCH_TARGET_H
#define HD_TOOLS_HD_BENCH_TARGET_H

#include <stdint.h>

#include "util/assert.h"

#define TARGET_HOST_SIZE 256
#define TARGET_PORT_PLAIN 3340
#define TARGET_PORT_TLS 443

struct conn_target;

/* "relay.example", "192.0.2.1:443", "[2001:db8::1]:443", "2001:db8::1".
 * *port holds what it is unless given. ERROR_MALFORMED, ERROR_RANGE (the port). */
HD_MUST_CHECK int target_split(char host[TARGET_HOST_SIZE], uint16_t *port, const char *text);
/* The first address of the host. ERROR_NOT_FOUND. `host` must outlive it. */
HD_MUST_CHECK int target_resolve(struct conn_target *target, const char *host, uint16_t port);

#endif
