/* SPDX-License-Identifier: MIT
 * A few measured times, for their smallest, middle and largest. */
#ifndef HD_TOOLS_HD_PROBE_LATENCY_H
#define HD_TOOLS_HD_PROBE_LATENCY_H

#include <stdint.h>

#define LATENCY_SAMPLES_MAX 1000

struct latency { /* zero: none yet */
	uint32_t sent;  /* how often it was tried */
	uint32_t count; /* how often it came to a time */
	uint64_t ns[LATENCY_SAMPLES_MAX]; /* in order of size */
};

/* At most LATENCY_SAMPLES_MAX times. */
void latency_add(struct latency *l, uint64_t ns);
/* 0 if there is none. */
uint64_t latency_min(const struct latency *l);
uint64_t latency_median(const struct latency *l); /* of an even number, the smaller of the middle two */
uint64_t latency_max(const struct latency *l);

#endif
