/* SPDX-License-Identifier: MIT
 * Socket addresses as text and as the 16 bytes the other rooms count with. */
#ifndef HD_NET_ADDR_H
#define HD_NET_ADDR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "util/assert.h"

#define ADDR_TEXT_SIZE 64

/* ip: IPv6 bytes, or IPv4 as v4-mapped (::ffff:a.b.c.d); port in host order.
 * Other families give zeroes. */
void addr_split(const struct sockaddr *sa, uint8_t ip[16], uint16_t *port);
/* "192.0.2.1:3340", "[2001:db8::1]:3340". */
void addr_text(char out[ADDR_TEXT_SIZE], const uint8_t ip[16], uint16_t port);
/* Numeric IPv4 or IPv6 address (with or without brackets), no names.
 * ERROR_MALFORMED. *len gets the size of what was filled. */
HD_MUST_CHECK int addr_parse(struct sockaddr_storage *ss, socklen_t *len, const char *text, uint16_t port);

#endif
