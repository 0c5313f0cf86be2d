/* SPDX-License-Identifier: MIT */
#include "util/cursor.h"

#include <string.h>

#include "util/assert.h"
#include "util/be.h"

/* Where an empty cursor points, so that no arithmetic is ever done on NULL. */
static const uint8_t nothing[1];

struct cursor cursor_over(const void *data, size_t len)
{
	const uint8_t *at = data ? data : nothing;

	hd_assert(data || len == 0);
	return (struct cursor){ .at = at, .end = at + len };
}

size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->at;

	if (c->failed || n > cursor_left(c)) {
		c->failed = true;
		c->at = c->end;
		return NULL;
	}
	c->at += n;
	return p;
}

uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p ? p[0] : 0;
}

uint16_t cursor_be16(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);

	return p ? be_load16(p) : 0;
}

uint32_t cursor_be32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);

	return p ? be_load32(p) : 0;
}

uint64_t cursor_be64(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 8);

	return p ? be_load64(p) : 0;
}

void cursor_copy(struct cursor *c, void *to, size_t n)
{
	const uint8_t *p = cursor_take(c, n);

	if (n == 0)
		return;
	if (p)
		memcpy(to, p, n);
	else
		memset(to, 0, n);
}

bool cursor_done(const struct cursor *c)
{
	return !c->failed && c->at == c->end;
}
