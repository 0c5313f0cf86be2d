/* SPDX-License-Identifier: MIT */
#include "config/nearest.h"

#include <stdbool.h>
#include <string.h>

#include "util/assert.h"

#define NAME_MAX_LEN 48

static char folded(char c)
{
	if (c == '-')
		return '_';
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: rows[i][j] is the distance of the first i letters
 * of a from the first j of b. */
static uint32_t alignment(const char *a, uint32_t a_len, const char *b, uint32_t b_len)
{
	uint32_t rows[NAME_MAX_LEN + 1][NAME_MAX_LEN + 1];

	hd_assert(a_len <= NAME_MAX_LEN && b_len <= NAME_MAX_LEN);
	for (uint32_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (uint32_t i = 1; i <= a_len; i++) {
		rows[i][0] = i;
		for (uint32_t j = 1; j <= b_len; j++) {
			bool same = folded(a[i - 1]) == folded(b[j - 1]);
			uint32_t d = least(rows[i - 1][j], rows[i][j - 1]) + 1;

			d = least(d, rows[i - 1][j - 1] + !same);
			if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
			    folded(a[i - 2]) == folded(b[j - 1]))
				d = least(d, rows[i - 2][j - 2] + 1);
			rows[i][j] = d;
		}
	}
	return rows[a_len][b_len];
}

uint32_t nearest_distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	size_t longer = a_len > b_len ? a_len : b_len;
	uint32_t d;

	if (a_len == 0 || b_len == 0 || longer > NAME_MAX_LEN)
		return NEAREST_FAR;
	d = alignment(a, (uint32_t)a_len, b, (uint32_t)b_len);
	return d <= 1 + longer / 4 && d < longer ? d : NEAREST_FAR;
}
