/* SPDX-License-Identifier: MIT
 * A growable byte buffer with a hard limit, and small helpers on bytes.
 * For cold paths (login, pages, files): it allocates. */
#ifndef HD_UTIL_BYTES_H
#define HD_UTIL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

struct bytes {
	uint8_t *data; /* owned; NULL while empty */
	size_t len;
	size_t cap;
	size_t max; /* len never exceeds this */
};

void bytes_init(struct bytes *b, size_t max);
void bytes_release(struct bytes *b); /* frees; the struct is empty and usable again */
/* Room for n more bytes at data + len. ERROR_TOO_BIG past max, ERROR_NO_MEMORY. */
HD_MUST_CHECK int bytes_reserve(struct bytes *b, size_t n);
HD_MUST_CHECK int bytes_append(struct bytes *b, const void *data, size_t n);
HD_MUST_CHECK int bytes_append_text(struct bytes *b, const char *text);
HD_MUST_CHECK int bytes_printf(struct bytes *b, const char *fmt, ...) HD_PRINTF(2, 3);
/* Drops the first n bytes (n <= len). */
void bytes_consume(struct bytes *b, size_t n);
/* Hands the allocation over: the caller frees it; the buffer is empty after. */
uint8_t *bytes_steal(struct bytes *b, size_t *len);

/* 0..15 of a hex digit of either case, else -1. */
int bytes_hex_value(int c);
/* Lower-case hex. `out` holds 2n + 1 bytes (NUL-terminated). */
void bytes_to_hex(char *out, const void *data, size_t n);
/* Exactly 2n hex digits of either case; false if one is not. Nothing past
 * text[2n - 1] is read. */
bool bytes_from_hex(void *out, size_t n, const char *text);
/* Time does not depend on the contents. */
bool bytes_equal_secret(const void *a, const void *b, size_t n);
/* Overwrites so that the compiler cannot leave it out. */
void bytes_wipe(void *p, size_t n);

#endif
