/* SPDX-License-Identifier: MIT
 * Monotonic time. */
#ifndef HD_UTIL_MONO_H
#define HD_UTIL_MONO_H

#include <stdint.h>

#define MONO_NS_PER_MS UINT64_C(1000000)
#define MONO_NS_PER_S UINT64_C(1000000000)

/* CLOCK_MONOTONIC in nanoseconds; never 0. */
uint64_t mono_now_ns(void);

#endif
