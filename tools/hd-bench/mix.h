/* SPDX-License-Identifier: MIT
 * Sizes of packets: one, or several with weights. */
#ifndef HD_TOOLS_HD_BENCH_MIX_H
#define HD_TOOLS_HD_BENCH_MIX_H

#include <stdint.h>

#include "util/assert.h"

#define MIX_PARTS_MAX 16

struct mix {
	uint32_t count;
	uint32_t weight_total;
	uint32_t size_max; /* bytes */
	struct {
		uint32_t size;
		uint32_t weight_until; /* of this part and those before it */
	} parts[MIX_PARTS_MAX];
};

/* "1400", or "64:10,576:20,1400:70" (size:weight). Sizes within min..max.
 * ERROR_MALFORMED, ERROR_RANGE. */
HD_MUST_CHECK int mix_parse(struct mix *m, const char *text, uint32_t size_min, uint32_t size_max);
/* Mean size in thousandths of a byte. */
uint64_t mix_mean_milli(const struct mix *m);
/* The next size. `state`: any number but 0 at first, one per sender. */
uint32_t mix_pick(const struct mix *m, uint64_t *state);

#endif
