/* SPDX-License-Identifier: MIT
 * A whole run: from the seed's plan to the end of the data plane. */
#ifndef HD_TESTS_SIM_WORLD_H
#define HD_TESTS_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

struct world_options {
	uint64_t steps;
	uint16_t shards; /* 0: by the seed */
	bool verbose;
};

/* Fails by sim_fail, or returns. */
void world_run(uint64_t seed, const struct world_options *options);

#endif
