/* SPDX-License-Identifier: MIT
 * Random bytes of the kernel's, drawn a block at a time for each thread: for
 * nonces, which a handshake wants several of, few bytes each. What was given out
 * is wiped here; a process that forks does not share what is left. Any thread. */
#ifndef HD_TLS_RANDOM_H
#define HD_TLS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

#include "util/assert.h"

/* False: the kernel gives none; `out` is then of no use. */
HD_MUST_CHECK bool random_bytes(void *out, size_t len);

#endif
