/* SPDX-License-Identifier: MIT
 * Set of OS CPU numbers, as wide as the kernel's. For cpu.c and cores.c. */
#ifndef HD_SYS_AFFINITY_H
#define HD_SYS_AFFINITY_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/assert.h"

struct affinity {
	cpu_set_t *set; /* owned */
	size_t size;    /* bytes */
};

/* CPUs that the calling thread may run on. ERROR_NO_MEMORY, ERROR_IO. */
HD_MUST_CHECK int affinity_of_self(struct affinity *a);
void affinity_release(struct affinity *a);
bool affinity_has(const struct affinity *a, unsigned cpu);

#endif
