/* SPDX-License-Identifier: MIT
 * Private keys of the clients from a file, so that they are the same in every
 * run: for relays that admit only some, and for choosing who meets whom. */
#ifndef HD_TOOLS_HD_BENCH_KEYS_H
#define HD_TOOLS_HD_BENCH_KEYS_H

#include <stdint.h>
#include <stdio.h>

#include "tools/hd-bench/conn.h"
#include "util/assert.h"

/* One key for each of the clients, in the order of the lines: "privkey:" and 64
 * hexadecimal digits, and whatever follows a space. ERROR_IO (errno),
 * ERROR_MALFORMED (*line then), ERROR_NOT_FOUND: fewer than `count`; *line then
 * tells how many. */
HD_MUST_CHECK int keys_load(struct conn_identity *identities, uint32_t count, const char *path, uint32_t *line);
/* `count` lines of new ones, the public key behind each. ERROR_IO. */
HD_MUST_CHECK int keys_print(FILE *to, uint32_t count);

#endif
