/* SPDX-License-Identifier: MIT
 * Several processes that loaded one relay at the same time, as one result. */
#ifndef HD_TOOLS_HD_BENCH_MERGE_H
#define HD_TOOLS_HD_BENCH_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "tools/hd-bench/raw.h"
#include "util/assert.h"

/* Adds `part` to `into`: counts, histograms and CPU times of the generators are
 * summed, exactly; the time is that from the first begin to the last end; what
 * the relay used is what the first of them saw that looked. ERROR_RANGE: their
 * measured windows have less than nine tenths in common; `into` is untouched. */
HD_MUST_CHECK int merge_add(struct raw_file *into, const struct raw_file *part);

/* All of these files. `why` says what is wrong, for people. */
HD_MUST_CHECK int merge_files(struct raw_file *into, char *const *files, uint32_t count, char *why,
			      size_t why_cap);

#endif
