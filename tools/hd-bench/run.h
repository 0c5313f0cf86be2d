/* SPDX-License-Identifier: MIT
 * One run from the first login to the last packet, and what was measured. */
#ifndef HD_TOOLS_HD_BENCH_RUN_H
#define HD_TOOLS_HD_BENCH_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "tools/hd-bench/client.h"
#include "tools/hd-bench/process.h"
#include "util/assert.h"

enum run_moment { RUN_BEFORE_LOGIN, RUN_AFTER_LOGIN, RUN_BEGIN, RUN_END, RUN_MOMENTS };

struct run_snapshot {
	uint64_t at_ns; /* monotonic */
	uint64_t unix_ns; /* the same moment by the clock of the wall */
	uint64_t own_cpu_ns;
	struct process_usage relay; /* zeroes unless relay_known */
	struct count_sum count;
};

struct run_result {
	struct run_snapshot at[RUN_MOMENTS];
	struct count_sum total; /* at the very end */
	struct hist latency[PLAN_FLOW_ROLES];
	struct hist lag[PLAN_FLOW_ROLES];
	struct hist login;
	uint64_t clients;
	uint64_t senders;
	uint64_t relay_known; /* 1: what the relay used was read, --relay-pid */
	uint64_t merged; /* 1: of several processes, whose logins were not at one time */
	uint64_t interrupted; /* 1: before its time was over */
};

/* ERROR_*: it could not run, and `why` says it for people. SIGINT and SIGTERM
 * end the measured window early. A connection lost on the way is not an error
 * here, it is counted; `why` then tells the first, else it is empty. */
HD_MUST_CHECK int run_execute(struct run_result *result, const struct options *o, char *why, size_t why_cap);

#endif
