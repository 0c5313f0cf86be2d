/* SPDX-License-Identifier: MIT
 * A result as the whole numbers it was made of, every bucket of its histograms
 * included, inside the JSON that report.h prints: what --merge reads back and
 * adds up, so that nothing is lost between processes. */
#ifndef HD_TOOLS_HD_BENCH_RAW_H
#define HD_TOOLS_HD_BENCH_RAW_H

#include <stddef.h>
#include <stdio.h>

#include "tools/hd-bench/run.h"
#include "util/assert.h"

#define RAW_TEXT_SIZE 300
#define RAW_MEMBER "raw"

/* A JSON object. */
void raw_print(FILE *to, const struct run_result *r);

struct raw_file {
	struct run_result result;
	char relay[RAW_TEXT_SIZE];
	char scenario[RAW_TEXT_SIZE];
};

/* What report_print made of a result. ERROR_MALFORMED: it is not; ERROR_RANGE: a
 * number does not fit; ERROR_UNSUPPORTED: of another version of this format.
 * *file is filled on success only. */
HD_MUST_CHECK int raw_parse(struct raw_file *file, const void *text, size_t len);

#endif
