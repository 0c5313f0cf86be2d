/* SPDX-License-Identifier: MIT
 * What the threads of a run count. Each block has one writer; anyone may read. */
#ifndef HD_TOOLS_HD_BENCH_COUNT_H
#define HD_TOOLS_HD_BENCH_COUNT_H

#include <stdatomic.h>
#include <stdint.h>

#include "tools/hd-bench/plan.h"

/* For each role that sends, by the role of who receives. */
enum count_flow {
	COUNT_SENT, /* packets handed to the socket to their last byte */
	COUNT_SENT_MEASURED, /* those intended within the measured window */
	COUNT_UNSENT, /* intended within the window but not sent: the socket took no more */
	COUNT_RECEIVED, /* packets, each once */
	COUNT_RECEIVED_MEASURED, /* those intended within the measured window */
	COUNT_RECEIVED_BYTES, /* of packets, without frame headers */
	COUNT_REORDERED,
	COUNT_DUPLICATE,
	COUNT_STALE,
	COUNT_CORRUPT, /* not what was sent, or from or to somebody else */
	COUNT_FLOW_COUNT
};

enum count_other {
	COUNT_LOGINS,
	COUNT_LOGINS_FAILED,
	COUNT_LOGINS_PENDING, /* wanted but not in yet, at the start */
	COUNT_CLOSED, /* connections that the relay ended */
	COUNT_PROTOCOL, /* frames that no relay may send */
	COUNT_GONE, /* PeerGone frames */
	COUNT_CARRIED, /* connections whose bytes io_uring moved */
	COUNT_OTHER_COUNT
};

struct count {
	_Atomic uint64_t flow[PLAN_FLOW_ROLES][COUNT_FLOW_COUNT];
	_Atomic uint64_t other[COUNT_OTHER_COUNT];
};

/* The same as plain numbers. */
struct count_sum {
	uint64_t flow[PLAN_FLOW_ROLES][COUNT_FLOW_COUNT];
	uint64_t other[COUNT_OTHER_COUNT];
};

static inline void count_add(_Atomic uint64_t *c, uint64_t n)
{
	/* One writer: no need for a locked instruction. */
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n, memory_order_relaxed);
}

void count_gather(struct count_sum *sum, const struct count *c);

#endif
