/* SPDX-License-Identifier: MIT */
#include "config/quote.h"

#include <string.h>

#define ESCAPE_MAX 4                           /* \xNN */
#define TAIL (sizeof("...'") - 1 + ESCAPE_MAX) /* always left free */

struct quote quote_of(const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	struct quote q;
	size_t used = 0;
	size_t i;

	q.text[used++] = '\'';
	for (i = 0; i < len && used < sizeof(q.text) - 1 - TAIL; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= ' ' && c <= '~') {
			q.text[used++] = (char)c;
			continue;
		}
		q.text[used++] = '\\';
		q.text[used++] = 'x';
		q.text[used++] = digits[c >> 4];
		q.text[used++] = digits[c & 15];
	}
	if (i < len) {
		memcpy(q.text + used, "...", 3);
		used += 3;
	}
	q.text[used++] = '\'';
	q.text[used] = '\0';
	return q;
}
