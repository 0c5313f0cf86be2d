/* SPDX-License-Identifier: MIT
 * How many connections there are, in all and per address: taken by the accept
 * plane for each accepted socket, given back by whoever ends it (accept for
 * logins that fail, a shard for a hand-over that it turns away, control when a
 * shard reports a peer closed). A mutex inside; never on a packet's path. */
#ifndef HD_BUS_CONN_COUNT_H
#define HD_BUS_CONN_COUNT_H

#include <stdint.h>

#include "util/assert.h"

struct conn_count;

/* 0 means no limit. NULL: no memory. */
struct conn_count *conn_count_new(uint32_t max_total, uint32_t max_per_ip);
void conn_count_free(struct conn_count *c);
/* New limits for later connections (reload). */
void conn_count_set_limits(struct conn_count *c, uint32_t max_total, uint32_t max_per_ip);

enum conn_count_result { CONN_COUNT_OK, CONN_COUNT_TOTAL, CONN_COUNT_PER_IP, CONN_COUNT_NO_MEMORY };
/* ip: 16 bytes, IPv4 as v4-mapped. IPv6 counts per /64. */
HD_MUST_CHECK enum conn_count_result conn_count_take(struct conn_count *c, const uint8_t ip[16]);
void conn_count_give(struct conn_count *c, const uint8_t ip[16]);
uint32_t conn_count_total(struct conn_count *c);

#endif
