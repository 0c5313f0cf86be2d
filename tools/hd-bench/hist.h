/* SPDX-License-Identifier: MIT
 * Log-linear histogram of durations: buckets are at most 1/64 of their value
 * wide, from 1 ns to beyond a day. One writer. */
#ifndef HD_TOOLS_HD_BENCH_HIST_H
#define HD_TOOLS_HD_BENCH_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS 6
#define HIST_SUB (1u << HIST_SUB_BITS)
#define HIST_BUCKETS ((48 - HIST_SUB_BITS + 1) * HIST_SUB)

struct hist {
	uint64_t count;
	uint64_t max_ns;
	uint64_t buckets[HIST_BUCKETS];
};

void hist_init(struct hist *h);
void hist_add(struct hist *h, uint64_t ns);
void hist_add_many(struct hist *h, uint64_t ns, uint64_t count);
void hist_merge(struct hist *into, const struct hist *from);
/* Value that ppm millionths of all are not above: the upper end of the bucket
 * it lies in, at most max_ns. 0 if there is none. */
uint64_t hist_quantile(const struct hist *h, uint32_t ppm);

#endif
