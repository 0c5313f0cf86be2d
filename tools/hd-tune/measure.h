/* SPDX-License-Identifier: MIT
 * Which of several settings is the fastest, told from runs of each: candidates
 * and the decision, both pure functions. measure_run.h makes the runs.
 *
 * Settings take turns, so that what changes on the machine meanwhile meets all
 * of them. The best of a first part is held against the present setting in a
 * second part, with new runs: by chance alone one of many is always the best. */
#ifndef HD_TOOLS_TUNE_MEASURE_H
#define HD_TOOLS_TUNE_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/hd-tune/facts.h"
#include "tools/hd-tune/options.h"
#include "util/assert.h"

#define MEASURE_CANDIDATES_MAX 8
#define MEASURE_RUNS_MAX 15
#define MEASURE_RUNS_MIN 5      /* of each, or nothing is decided */
#define MEASURE_LEAST_PERCENT 3 /* less is not worth a change */

struct measure_setting {
	unsigned workers; /* 0: as the relay chooses */
	unsigned pins[OPTIONS_WORKERS_MAX];
	size_t pin_count; /* 0: not pinned */
};

struct measure_runs {
	uint64_t rate[MEASURE_RUNS_MAX]; /* packets per second */
	size_t count;
};

struct measure_candidate {
	struct measure_setting setting;
	struct measure_runs first, second; /* of the two parts */
};

struct measure {
	struct measure_candidate candidates[MEASURE_CANDIDATES_MAX]; /* [0]: the present setting */
	size_t count;
	size_t best; /* after the first part */
	bool keep;   /* the best is better than noise: after the second part */
};

/* The present setting first, then the plan's, then fewer and more workers, with
 * pins and without; no two alike. ERROR_NO_MEMORY. */
HD_MUST_CHECK int measure_candidates(struct measure *m, const struct measure_setting *present,
				     const struct facts *f, const struct options *o);

/* Further runs than there is room for are not kept. */
void measure_add(struct measure_runs *r, uint64_t rate);
/* 0 where there is none. */
uint64_t measure_median(const struct measure_runs *r);
/* From the lower to the upper quartile: half of the runs lie within. */
uint64_t measure_spread(const struct measure_runs *r);
/* Is `b` better than `a` by more than the wider of both spreads and by more than
 * MEASURE_LEAST_PERCENT, with MEASURE_RUNS_MIN runs of each? */
bool measure_is_better(const struct measure_runs *a, const struct measure_runs *b);

/* Sets `best`: that with the highest median; 0 if none is above the present's. */
void measure_choose(struct measure *m);
/* Sets `keep`. */
void measure_decide(struct measure *m);

#endif
