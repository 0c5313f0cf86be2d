/* SPDX-License-Identifier: MIT
 * Stands in for util/mono.c: time is what the simulation says. */
#include "tests/sim/sim.h"
#include "util/mono.h"

uint64_t mono_now_ns(void)
{
	return sim.now_ns;
}
