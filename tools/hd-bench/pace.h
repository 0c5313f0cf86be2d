/* SPDX-License-Identifier: MIT
 * When one sender's packets are to go out: at a fixed rate, whatever became of
 * those before (open loop). No rounding error accumulates. */
#ifndef HD_TOOLS_HD_BENCH_PACE_H
#define HD_TOOLS_HD_BENCH_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
	uint64_t next_ns; /* intended time of the next packet */
	uint64_t remainder; /* of the division that gave it */
	uint64_t rate; /* bits or packets in `unit_ns`; 0: as fast as it goes */
	uint64_t unit_ns;
	bool by_packets;
};

/* `share` senders together keep `rate` a second; the first packet of this one,
 * number `index`, goes out at its place in the first round. bits_mean: of a packet. */
void pace_start(struct pace *p, uint64_t start_ns, uint64_t rate, bool by_packets, uint32_t share, uint32_t index,
		uint64_t bits_mean);
/* A packet of that many bytes went out: sets the time of the one after it. */
void pace_advance(struct pace *p, uint32_t bytes);

#endif
