/* SPDX-License-Identifier: MIT
 * CPUs of this machine as the process may use them. hwloc only in this room. */
#ifndef HD_SYS_CPU_H
#define HD_SYS_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "util/assert.h"

/* Physical cores with at least one CPU this process may run on (hwloc's
 * allowed set and sched_getaffinity(2)), bounded by a cgroup CPU quota rounded
 * down; at least 1. */
unsigned cpu_usable_cores(void);
/* Is this OS CPU number in the process's affinity mask? */
bool cpu_usable(unsigned cpu);
/* Pins the calling thread to one OS CPU number. ERROR_IO. */
HD_MUST_CHECK int cpu_pin_self(unsigned cpu);
/* Name of the calling thread, cut at 15 bytes (prctl(2)). */
void cpu_name_self(const char *name);

#endif
