/* SPDX-License-Identifier: MIT */
#include "sys/affinity.h"

#include <errno.h>

#include "util/error.h"

#define CPUS_FIRST 1024
#define CPUS_MAX (1 << 20)

/* The kernel says EINVAL while the set is narrower than its own. */
int affinity_of_self(struct affinity *a)
{
	int error = EINVAL;

	for (unsigned cpus = CPUS_FIRST; cpus <= CPUS_MAX && error == EINVAL; cpus *= 2) {
		struct affinity tried = { CPU_ALLOC(cpus), CPU_ALLOC_SIZE(cpus) };

		if (!tried.set)
			return ERROR_NO_MEMORY;
		CPU_ZERO_S(tried.size, tried.set);
		if (sched_getaffinity(0, tried.size, tried.set) == 0) {
			*a = tried;
			return 0;
		}
		error = errno;
		affinity_release(&tried);
	}
	errno = error;
	return ERROR_IO;
}

void affinity_release(struct affinity *a)
{
	CPU_FREE(a->set);
	*a = (struct affinity){ NULL, 0 };
}

bool affinity_has(const struct affinity *a, unsigned cpu)
{
	return CPU_ISSET_S(cpu, a->size, a->set);
}
