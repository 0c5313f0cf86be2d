/* SPDX-License-Identifier: MIT
 * How alike two names are, for "did you mean". */
#ifndef HD_CONFIG_NEAREST_H
#define HD_CONFIG_NEAREST_H

#include <stdint.h>

#define NEAREST_FAR UINT32_MAX

/* Letters to insert, remove, replace or swap to make `b` of `a`; '-' and '_'
 * count as the same letter. NEAREST_FAR where that is too much for a slip of
 * the hand (or a name is longer than any option's). */
uint32_t nearest_distance(const char *a, const char *b);

#endif
