/* SPDX-License-Identifier: MIT
 * Bounded write cursor with a sticky error: protocol code builds through it and
 * looks at the error once, at the end. No allocation, no system call. */
#ifndef HD_UTIL_WRITER_H
#define HD_UTIL_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool failed; /* sticky: it did not fit; nothing past `end` is ever written */
};

struct writer writer_over(void *data, size_t cap);
size_t writer_len(const struct writer *w);
void writer_u8(struct writer *w, uint8_t v);
void writer_be16(struct writer *w, uint16_t v);
void writer_be32(struct writer *w, uint32_t v);
void writer_be64(struct writer *w, uint64_t v);
void writer_bytes(struct writer *w, const void *data, size_t n);
void writer_text(struct writer *w, const char *text); /* without the NUL */
void writer_decimal(struct writer *w, int64_t v);

#endif
