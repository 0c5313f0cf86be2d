/* SPDX-License-Identifier: MIT
 * One run: the relay with a setting, on loopback, under hd-bench. */
#ifndef HD_TOOLS_TUNE_MEASURE_RUN_H
#define HD_TOOLS_TUNE_MEASURE_RUN_H

#include "tools/hd-tune/measure.h"

#define MEASURE_RUN_WHY_MAX 320

struct measure_tools {
	const char *relay; /* hyper-derp */
	const char *bench; /* hd-bench */
	const char *scratch; /* folder for the relay's key */
	unsigned pairs;    /* of clients that send to one another */
	unsigned threads;  /* of the load */
};

/* Packets delivered per second in `ms` of load; the whole takes a little longer.
 * ERROR_TIMEOUT (also: a signal), ERROR_CLOSED (a program failed), ERROR_IO,
 * ERROR_NO_MEMORY, ERROR_MALFORMED; then `why` has one line. */
HD_MUST_CHECK int measure_run(const struct measure_tools *t, const struct measure_setting *s, unsigned ms,
			      uint64_t *rate, char why[MEASURE_RUN_WHY_MAX]);

#endif
