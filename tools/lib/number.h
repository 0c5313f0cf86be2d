/* SPDX-License-Identifier: MIT
 * Numbers of the command line, with a fraction and a suffix. Not dependent on
 * the locale. All return ERROR_MALFORMED or ERROR_RANGE; *out is then untouched. */
#ifndef HD_TOOLS_LIB_NUMBER_H
#define HD_TOOLS_LIB_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "util/assert.h"

/* Plain decimal digits. */
HD_MUST_CHECK int number_parse_count(uint64_t *out, const char *text, uint64_t min, uint64_t max);
/* "10", "10s", "1.5m", "250ms", "20us": nanoseconds. No suffix: seconds. */
HD_MUST_CHECK int number_parse_duration(uint64_t *out_ns, const char *text);
/* "500M", "0.5Gbit", "2.5G": bits per second; "20kpps": packets per second. */
HD_MUST_CHECK int number_parse_rate(uint64_t *out, bool *is_packets, const char *text);
/* "64K", "1M": bytes, suffixes are powers of 1024. */
HD_MUST_CHECK int number_parse_bytes(uint64_t *out, const char *text);
/* "0", "0.5", "2%": a percentage, in millionths of the whole. */
HD_MUST_CHECK int number_parse_percent(uint32_t *out_ppm, const char *text);

#endif
