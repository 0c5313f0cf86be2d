/* SPDX-License-Identifier: MIT
 * What a plan depends on besides facts. */
#ifndef HD_TOOLS_TUNE_OPTIONS_H
#define HD_TOOLS_TUNE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/hd-tune/cpuset.h"

#define OPTIONS_UNSET (-1)
#define OPTIONS_WORKERS_MAX 256

enum options_pin { OPTIONS_PIN_AUTO, OPTIONS_PIN_ALWAYS, OPTIONS_PIN_NEVER };

struct options {
	/* in place of a fact */
	const char *nic; /* NULL: that of the default route */
	int64_t nic_speed_mbit;
	bool has_cpuset;
	struct cpuset cpuset;
	bool has_isolated;
	struct cpuset isolated;
	int64_t quota_millicpus;
	int64_t memory_bytes;

	/* what the relay is for */
	int64_t peers;
	int64_t hot; /* connections that send at full rate at a time */
	int64_t target_mbit;
	int64_t rtt_ms;

	/* in place of a rule */
	int64_t workers;
	int64_t max_workers;
	int64_t reserve;
	bool smt_all;      /* a worker for each hardware thread */
	bool cores_all;    /* slower cores too */
	bool isolated_use; /* only isolated CPUs, instead of all others */
	bool span;         /* across sockets */
	enum options_pin pin;
	bool sqpoll;
	bool sockbuf_fixed;
	const char *cc; /* congestion control; NULL: leave it */
};

void options_init(struct options *o);

#endif
