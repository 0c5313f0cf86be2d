/* SPDX-License-Identifier: MIT
 * CPUs of this machine as the process may use them. hwloc only in this room.
 * Any thread; what asks for affinity asks for that of the calling thread. */
#ifndef HD_SYS_CPU_H
#define HD_SYS_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "util/assert.h"

/* Physical cores with at least one CPU this thread may run on (hwloc's allowed
 * set and sched_getaffinity(2)), bounded by a cgroup CPU quota rounded down; at
 * least 1. Slow (reads sysfs), and for use while there is one thread (it changes
 * the environment for a moment). */
unsigned cpu_usable_cores(void);
/* The bound alone: `millicpus` as quota_millicpus() gives it. */
unsigned cpu_bounded_cores(unsigned cores, uint64_t millicpus);
/* Is this OS CPU number in the affinity mask? */
bool cpu_usable(unsigned cpu);
/* Pins the calling thread to one OS CPU number. ERROR_IO (errno). */
HD_MUST_CHECK int cpu_pin_self(unsigned cpu);
/* Name of the calling thread, cut at 15 bytes (prctl(2)). */
void cpu_name_self(const char *name);

#endif
