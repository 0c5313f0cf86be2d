/* SPDX-License-Identifier: MIT
 * The result of a run for people and for programs: rows of a name and a value.
 * Rows that do not apply to a run are left out of the table for people and are
 * empty in CSV and null in JSON, so that all runs have the same names. */
#ifndef HD_TOOLS_HD_BENCH_REPORT_H
#define HD_TOOLS_HD_BENCH_REPORT_H

#include <stdio.h>

#include "tools/hd-bench/options.h"
#include "tools/hd-bench/run.h"
#include "util/assert.h"

/* ERROR_IO if it could not be written. In JSON the numbers it was made of come
 * with it, see raw.h. */
HD_MUST_CHECK int report_print(FILE *to, enum options_form form, const char *relay, const char *scenario,
			       const struct run_result *r);
/* Packets lost of those sent within the measured window, in millionths. */
uint32_t report_loss_ppm(const struct run_result *r);
/* Did the relay do what no relay may? */
bool report_faulty(const struct run_result *r);

#endif
