/* SPDX-License-Identifier: MIT
 * Bounded read cursor with a sticky error: protocol code parses through it and
 * looks at the error once, at the end. No allocation, no system call. A read
 * past the end yields zeroes and NULL. */
#ifndef HD_UTIL_CURSOR_H
#define HD_UTIL_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool failed; /* sticky */
};

/* The bytes belong to the caller and must outlive the cursor. */
struct cursor cursor_over(const void *data, size_t len);
size_t cursor_left(const struct cursor *c);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_be16(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);
uint64_t cursor_be64(struct cursor *c);
/* The next n bytes in place, or NULL (and failed) if there are fewer. */
const uint8_t *cursor_take(struct cursor *c, size_t n);
void cursor_copy(struct cursor *c, void *to, size_t n);
/* True when nothing failed and every byte was consumed. */
bool cursor_done(const struct cursor *c);

#endif
