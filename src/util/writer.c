/* SPDX-License-Identifier: MIT */
#include "util/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/assert.h"
#include "util/be.h"

/* Where a writer over nothing points, so that no arithmetic is ever done on NULL. */
static uint8_t nothing[1];

struct writer writer_over(void *data, size_t cap)
{
	uint8_t *at = data ? data : nothing;

	hd_assert(data || cap == 0);
	return (struct writer){ .start = at, .at = at, .end = at + cap };
}

size_t writer_len(const struct writer *w)
{
	return (size_t)(w->at - w->start);
}

/* Room for n bytes, or NULL and failed from now on. */
static uint8_t *writer_room(struct writer *w, size_t n)
{
	uint8_t *p = w->at;

	if (w->failed || n > (size_t)(w->end - w->at)) {
		w->failed = true;
		return NULL;
	}
	w->at += n;
	return p;
}

void writer_u8(struct writer *w, uint8_t v)
{
	uint8_t *p = writer_room(w, 1);

	if (p)
		p[0] = v;
}

void writer_be16(struct writer *w, uint16_t v)
{
	uint8_t *p = writer_room(w, 2);

	if (p)
		be_store16(p, v);
}

void writer_be32(struct writer *w, uint32_t v)
{
	uint8_t *p = writer_room(w, 4);

	if (p)
		be_store32(p, v);
}

void writer_be64(struct writer *w, uint64_t v)
{
	uint8_t *p = writer_room(w, 8);

	if (p)
		be_store64(p, v);
}

void writer_bytes(struct writer *w, const void *data, size_t n)
{
	uint8_t *p = writer_room(w, n);

	if (p && n > 0)
		memcpy(p, data, n);
}

void writer_decimal(struct writer *w, int64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRId64, v);

	writer_bytes(w, text, (size_t)n);
}

void writer_text(struct writer *w, const char *text)
{
	writer_bytes(w, text, strlen(text));
}
