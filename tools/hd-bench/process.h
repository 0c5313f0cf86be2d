/* SPDX-License-Identifier: MIT
 * What another process has used so far, all its threads, also those that ended. */
#ifndef HD_TOOLS_HD_BENCH_PROCESS_H
#define HD_TOOLS_HD_BENCH_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "util/assert.h"

struct process_usage {
	uint64_t cpu_ns;
	uint64_t user_ns; /* by the kernel's ticks: 10 ms */
	uint64_t system_ns; /* the same */
	uint64_t rss_bytes;
};

/* ERROR_NOT_FOUND: no such process; ERROR_IO, ERROR_MALFORMED: /proc does not say. */
HD_MUST_CHECK int process_read(struct process_usage *u, pid_t pid);

#endif
