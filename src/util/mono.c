/* SPDX-License-Identifier: MIT */
#include "util/mono.h"

#include <time.h>

#include "util/assert.h"

uint64_t mono_now_ns(void)
{
	struct timespec ts;
	uint64_t ns;
	int rc = clock_gettime(CLOCK_MONOTONIC, &ts);

	hd_assert(rc == 0);
	ns = (uint64_t)ts.tv_sec * MONO_NS_PER_S + (uint64_t)ts.tv_nsec;
	return ns ? ns : 1;
}
