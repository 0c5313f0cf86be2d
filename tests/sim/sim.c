/* SPDX-License-Identifier: MIT */
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct sim sim;

void sim_say(const char *fmt, ...)
{
	va_list ap;

	if (!sim.verbose)
		return;
	fprintf(stderr, "%8lu %10.3f ms  ", (unsigned long)sim.step, (double)sim.now_ns / 1e6);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void sim_fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "seed %lu, step %lu, %.3f ms: ", (unsigned long)sim.seed, (unsigned long)sim.step,
		(double)sim.now_ns / 1e6);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	fflush(NULL);
	_exit(1);
}

uint64_t sim_stat(enum stat_id which)
{
	return stats_registry_sum(sim.registry, which);
}

uint64_t sim_drops(enum drop_reason reason)
{
	uint64_t n = 0;

	for (uint16_t i = 0; i < sim.plan.shards; i++)
		for (int kind = 0; kind < DROP_KIND_COUNT; kind++)
			n += atomic_load(&sim.stats[i]->drops[reason][kind]);
	return n;
}
