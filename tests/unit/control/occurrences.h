/* SPDX-License-Identifier: MIT
 * How often a word stands in a text, in one pass: under AddressSanitizer each
 * call of strstr(3) measures the whole rest of the text first. */
#ifndef HD_TESTS_UNIT_CONTROL_OCCURRENCES_H
#define HD_TESTS_UNIT_CONTROL_OCCURRENCES_H

#include <stddef.h>
#include <string.h>

#include "util/bytes.h"

static inline size_t occurrences(const struct bytes *text, const char *word)
{
	size_t len = strlen(word), n = 0;

	for (size_t i = 0; i + len <= text->len; i++)
		n += text->data[i] == (uint8_t)word[0] && memcmp(text->data + i, word, len) == 0;
	return n;
}

#endif
