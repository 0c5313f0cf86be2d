/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/options.h"

#define MAX_WORKERS 32
#define HOT 64
#define TARGET_MBIT 500
#define RTT_MS 50

void options_init(struct options *o)
{
	*o = (struct options){
		.nic_speed_mbit = OPTIONS_UNSET,
		.quota_millicpus = OPTIONS_UNSET,
		.memory_bytes = OPTIONS_UNSET,
		.hot = HOT,
		.target_mbit = TARGET_MBIT,
		.rtt_ms = RTT_MS,
		.workers = OPTIONS_UNSET,
		.max_workers = MAX_WORKERS,
		.reserve = OPTIONS_UNSET,
	};
}
