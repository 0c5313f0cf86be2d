/* SPDX-License-Identifier: MIT
 * All runs of a measurement, within a time. */
#ifndef HD_TOOLS_TUNE_MEASURE_ALL_H
#define HD_TOOLS_TUNE_MEASURE_ALL_H

#include "tools/hd-tune/measure_run.h"

#define MEASURE_ALL_SECONDS_MIN 2
#define MEASURE_ALL_SECONDS_MAX 86400

/* How long one run may take, so that there are enough of them. */
unsigned measure_all_run_ms(size_t candidates, unsigned seconds);

/* Fills the runs of `m`, then `best` and `keep`. A progress line on stderr if
 * `progress`. A run that does not start for want of time is left out; what is
 * decided with too few is "not better". Errors of measure_run. */
HD_MUST_CHECK int measure_all(struct measure *m, const struct measure_tools *t, unsigned seconds, bool progress,
			      char why[MEASURE_RUN_WHY_MAX]);

#endif
