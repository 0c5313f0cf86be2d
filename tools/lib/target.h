/* SPDX-License-Identifier: MIT
 * HOST[:PORT] made into an address. */
#ifndef HD_TOOLS_LIB_TARGET_H
#define HD_TOOLS_LIB_TARGET_H

#include <stdint.h>
#include <sys/socket.h>

#include "util/assert.h"

#define TARGET_HOST_SIZE 256
#define TARGET_PORT_PLAIN 3340
#define TARGET_PORT_TLS 443

/* "relay.example", "192.0.2.1:443", "[2001:db8::1]:443", "2001:db8::1".
 * *port holds what it is unless given. ERROR_MALFORMED, ERROR_RANGE (the port). */
HD_MUST_CHECK int target_split(char host[TARGET_HOST_SIZE], uint16_t *port, const char *text);
/* The first address of the host. ERROR_NOT_FOUND. */
HD_MUST_CHECK int target_resolve(struct sockaddr_storage *address, socklen_t *address_len, const char *host,
				 uint16_t port);

#endif
