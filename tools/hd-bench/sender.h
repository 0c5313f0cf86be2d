/* SPDX-License-Identifier: MIT
 * Makes the packets of a client that are due, and pushes them out. */
#ifndef HD_TOOLS_HD_BENCH_SENDER_H
#define HD_TOOLS_HD_BENCH_SENDER_H

#include <stdint.h>

#include "tools/hd-bench/client.h"
#include "util/assert.h"

/* Sets the pace; the run's times are known. */
void sender_start(struct client *c);
/* Errors of conn_push. One outbox at most, so that all get their turn. */
HD_MUST_CHECK int sender_run(struct client *c, uint64_t now_ns, enum client_verdict *verdict);
/* Nothing has arrived for long: what is in flight is no longer waited for. */
void sender_forgive(struct client *c);
/* At the very end: what the socket did not take is not counted as sent. */
void sender_settle(struct client *c);

#endif
