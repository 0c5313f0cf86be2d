/* SPDX-License-Identifier: MIT
 * Makes the packets of a client that are due, and pushes them out. */
#ifndef HD_TOOLS_HD_BENCH_SENDER_H
#define HD_TOOLS_HD_BENCH_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/hd-bench/client.h"
#include "util/assert.h"

/* Sets the pace; the run's times are known. */
void sender_start(struct client *c);
/* Errors of conn_push. One outbox at most, so that all get their turn. */
HD_MUST_CHECK int sender_run(struct client *c, uint64_t now_ns, enum client_verdict *verdict);
/* For senders with a window, called now and then: true if their receiver has
 * seen nothing new for long; what is in flight is then no longer waited for. */
bool sender_stuck(struct client *c, uint64_t now_ns);
/* At the very end: what the socket did not take is not counted as sent. */
void sender_settle(struct client *c);

#endif
