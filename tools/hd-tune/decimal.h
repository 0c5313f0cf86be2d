/* SPDX-License-Identifier: MIT
 * Decimal numbers with up to three digits after the point, as thousandths; no
 * floating point, no locale. */
#ifndef HD_TOOLS_TUNE_DECIMAL_H
#define HD_TOOLS_TUNE_DECIMAL_H

#include <stdint.h>

#include "util/assert.h"

#define DECIMAL_TEXT_MAX 32

/* "2.5" is 2500. ERROR_MALFORMED (no digits, a sign, more than three digits
 * after the point), ERROR_RANGE. */
HD_MUST_CHECK int decimal_parse(int64_t *thousandths, const char *text);
/* 2500 is "2.5", 16000 is "16". */
void decimal_print(int64_t thousandths, char out[DECIMAL_TEXT_MAX]);
/* Whole numbers >= 0, digits only. Errors as above. */
HD_MUST_CHECK int decimal_parse_whole(int64_t *number, const char *text);
/* The same with an optional K, M, G or T (powers of 1024). */
HD_MUST_CHECK int decimal_parse_size(int64_t *bytes, const char *text);

#endif
