/* SPDX-License-Identifier: MIT
 * Takes apart what a relay sends to a client, and checks every packet. */
#ifndef HD_TOOLS_HD_BENCH_RECEIVER_H
#define HD_TOOLS_HD_BENCH_RECEIVER_H

#include <stddef.h>
#include <stdint.h>

#include "tools/hd-bench/client.h"
#include "util/assert.h"

/* Whole frames at the start of `data`, which came at now_ns: bytes taken.
 * ERROR_MALFORMED: a frame too large for any relay. */
HD_MUST_CHECK ssize_t receiver_take(struct client *c, const uint8_t *data, size_t len, uint64_t now_ns);
/* Of a carried connection: bytes as they came from its socket, which are
 * overwritten. Errors of conn.h. */
HD_MUST_CHECK int receiver_take_carried(struct client *c, uint8_t *data, size_t len, uint64_t now_ns);

#endif
