/* SPDX-License-Identifier: MIT
 * What arrived of one flow, by sequence numbers that count from 0. */
#ifndef HD_TOOLS_HD_BENCH_TRACK_H
#define HD_TOOLS_HD_BENCH_TRACK_H

#include <stdint.h>

#define TRACK_WINDOW 1024 /* how far back a late packet is told from one that came twice */

enum track_verdict {
	TRACK_IN_ORDER, /* the next, or one after a gap */
	TRACK_REORDERED, /* came behind a later one */
	TRACK_DUPLICATE,
	TRACK_STALE, /* behind by more than the window: one of the two above */
};

struct track {
	uint64_t next; /* one above the highest seen */
	uint64_t seen[TRACK_WINDOW / 64]; /* bit seq % TRACK_WINDOW, of the last TRACK_WINDOW below `next` */
};

enum track_verdict track_arrived(struct track *t, uint64_t seq);
/* The next `count` have arrived, in order. */
void track_run(struct track *t, uint32_t count);

#endif
