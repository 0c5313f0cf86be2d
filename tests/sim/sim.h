/* SPDX-License-Identifier: MIT
 * One run of the simulation: the relay's shards, a kernel that checks what they
 * do with it, clients and a control plane. All that happens follows from the
 * seed. There is one run at a time, so its state is one object. */
#ifndef HD_TESTS_SIM_SIM_H
#define HD_TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/bus.h"
#include "data/core.h"
#include "stats/stats.h"
#include "tests/sim/plan.h"
#include "tests/sim/task.h"
#include "tests/unit/data/prng.h"

#define SIM_START_NS (UINT64_C(1000) * 1000000)
#define SIM_NEVER UINT64_MAX

struct conn; /* client.h */

struct sim {
	uint64_t seed;
	uint64_t step;
	bool verbose;
	struct prng prng;
	uint64_t now_ns; /* what mono_now_ns() says */
	struct plan plan;

	struct bus bus;
	struct stats_registry *registry;
	struct stats *stats[PLAN_SHARDS_MAX];
	struct data_plane *plane;
	struct task *task[PLAN_SHARDS_MAX];
	struct ring *ring[PLAN_SHARDS_MAX]; /* NULL before the shard has made it */
	int running;                        /* shard whose task runs, -1: none */
	bool started[PLAN_SHARDS_MAX];
	uint64_t refused;                   /* allocations */

	struct conn *conns; /* [plan.conns_max] */
	uint32_t conn_count;
	bool draining;
};

extern struct sim sim;

/* Ends the process with the seed, the step and a text. */
_Noreturn void sim_fail(const char *fmt, ...) HD_PRINTF(1, 2);
#define sim_check(expr, ...) ((expr) ? (void)0 : sim_fail(__VA_ARGS__))
/* With --verbose: a line to stderr. */
void sim_say(const char *fmt, ...) HD_PRINTF(1, 2);

/* Draws from the run's one source of chance. */
static inline uint32_t sim_below(uint32_t n)
{
	return prng_below(&sim.prng, n);
}

static inline uint32_t sim_range(uint32_t low, uint32_t high)
{
	return prng_range(&sim.prng, low, high);
}

static inline bool sim_one_in(uint32_t n)
{
	return prng_one_in(&sim.prng, n);
}

static inline struct shard *sim_shard(uint16_t i)
{
	return &sim.plane->shard[i];
}

uint64_t sim_stat(enum stat_id which);          /* sum over shards */
uint64_t sim_drops(enum drop_reason reason);

#endif
