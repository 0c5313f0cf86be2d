/* SPDX-License-Identifier: MIT
 * What one run is like: drawn from its seed before anything happens. */
#ifndef HD_TESTS_SIM_PLAN_H
#define HD_TESTS_SIM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "data/data_plane.h"
#include "tests/unit/data/prng.h"

#define PLAN_SHARDS_MAX 4
#define PLAN_KEYS_MAX 48

struct plan {
	uint16_t shards;
	struct shard_settings settings;
	/* Entries of the rings, small ones to see them full; powers of two. */
	uint32_t xfer_entries;
	uint32_t event_entries;
	uint32_t command_entries;
	uint32_t handover_entries;

	/* the kernel: 1 in n, 0: never */
	bool async;            /* completions and submissions at any time (submission thread) */
	uint32_t short_send;
	uint32_t segment;      /* received bytes are cut */
	uint32_t spurious;     /* odd ends of receives, needless EAGAIN, needless wake-ups */
	uint32_t late_cancel;
	uint32_t preempt;      /* a shard is interrupted at a call of the ring */
	uint32_t socket_min, socket_max; /* bytes a client's socket takes unread */

	/* the clients */
	uint32_t conns_max;    /* ever */
	uint32_t conns_start;
	uint32_t keys;         /* that connect; as many more never do */
	uint32_t packet_max;
	uint32_t backlog_max;  /* bytes a client writes ahead */
	bool churn;            /* they come and go */
	bool hostile;          /* bad frames, resets */
	bool mesh;
	bool tight;            /* memory runs out: closing for that is no fault */
	uint32_t tls;          /* 1 in n clients has TLS, 0: none */
	uint32_t slow;         /* 1 in n clients reads slowly, 0: none */
	uint32_t stuck;        /* 1 in n never reads, 0: none */

	/* the rest */
	uint32_t no_memory;    /* 1 in n allocations of the shards is refused, 0: none */
	uint32_t commands;     /* 1 in n steps: a command from control */
	uint32_t freeze;       /* 1 in n steps: a shard or control stands still for a while */
	bool abrupt;           /* ends in the middle of the traffic */
};

/* Shards 0: drawn, too. */
struct plan plan_of(struct prng *prng, uint16_t shards);

#endif
