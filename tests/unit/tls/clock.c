/* SPDX-License-Identifier: MIT */
#include "tests/unit/tls/clock.h"

#include <time.h>

#include "util/mono.h"

uint64_t clock_ahead_ns;

uint64_t mono_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * MONO_NS_PER_S + (uint64_t)t.tv_nsec + clock_ahead_ns;
}
