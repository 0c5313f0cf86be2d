/* SPDX-License-Identifier: MIT */
#include "util/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"

#define BYTES_CAP_MIN 256

void bytes_init(struct bytes *b, size_t max)
{
	hd_assert(max < SIZE_MAX / 2);
	*b = (struct bytes){ .max = max };
}

void bytes_release(struct bytes *b)
{
	free(b->data);
	bytes_init(b, b->max);
}

/* Grows so that `n` more bytes fit; `spare` bytes past them need not count to
 * the limit (the NUL that vsnprintf writes). */
static int grow(struct bytes *b, size_t n, size_t spare)
{
	size_t want, cap;
	uint8_t *data;

	if (n > b->max - b->len)
		return ERROR_TOO_BIG;
	want = b->len + n + spare;
	if (want <= b->cap)
		return 0;
	cap = b->cap < BYTES_CAP_MIN / 2 ? BYTES_CAP_MIN : b->cap * 2;
	if (cap > b->max)
		cap = b->max;
	if (cap < want)
		cap = want;
	data = realloc(b->data, cap);
	if (!data)
		return ERROR_NO_MEMORY;
	b->data = data;
	b->cap = cap;
	return 0;
}

int bytes_reserve(struct bytes *b, size_t n)
{
	return grow(b, n, 0);
}

int bytes_append(struct bytes *b, const void *data, size_t n)
{
	int rc = grow(b, n, 0);

	if (rc < 0 || n == 0)
		return rc;
	memcpy(b->data + b->len, data, n);
	b->len += n;
	return 0;
}

int bytes_append_text(struct bytes *b, const char *text)
{
	return bytes_append(b, text, strlen(text));
}

int bytes_printf(struct bytes *b, const char *fmt, ...)
{
	va_list ap;
	int n, rc;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return ERROR_TOO_BIG; /* longer than INT_MAX */
	rc = grow(b, (size_t)n, 1);
	if (rc < 0)
		return rc;
	va_start(ap, fmt);
	vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void bytes_consume(struct bytes *b, size_t n)
{
	hd_assert(n <= b->len);
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
}

uint8_t *bytes_steal(struct bytes *b, size_t *len)
{
	uint8_t *data = b->data;

	*len = b->len;
	bytes_init(b, b->max);
	return data;
}

void bytes_to_hex(char *out, const void *data, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

int bytes_hex_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool bytes_from_hex(void *out, size_t n, const char *text)
{
	uint8_t *p = out;

	for (size_t i = 0; i < 2 * n; i++) {
		if (bytes_hex_value(text[i]) < 0)
			return false;
	}
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(bytes_hex_value(text[2 * i]) << 4 | bytes_hex_value(text[2 * i + 1]));
	return true;
}

bool bytes_equal_secret(const void *a, const void *b, size_t n)
{
	/* volatile: the compiler may neither stop early nor call memcmp */
	const volatile uint8_t *p = a, *q = b;
	uint8_t differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= p[i] ^ q[i];
	return differ == 0;
}

void bytes_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}
