/* SPDX-License-Identifier: MIT */
#include "sys/cpu.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "sys/affinity.h"
#include "sys/cores.h"
#include "sys/quota.h"
#include "util/error.h"

#define THREAD_NAME_SIZE 16
#define CPU_NUMBER_MAX 65536

unsigned cpu_bounded_cores(unsigned cores, uint64_t millicpus)
{
	uint64_t whole = millicpus / 1000;

	if (whole < cores)
		cores = (unsigned)whole;
	return cores > 0 ? cores : 1;
}

unsigned cpu_usable_cores(void)
{
	struct affinity self = { NULL, 0 };
	struct cores_source here = { NULL, NULL, NULL };
	unsigned cores = 1;

	if (affinity_of_self(&self) == 0)
		here.within = &self;
	if (cores_count(&here, &cores))
		cores = self.set ? (unsigned)CPU_COUNT_S(self.size, self.set) : 1;
	affinity_release(&self);
	return cpu_bounded_cores(cores, quota_millicpus(""));
}

bool cpu_usable(unsigned cpu)
{
	struct affinity self;
	bool usable;

	if (affinity_of_self(&self))
		return false;
	usable = affinity_has(&self, cpu);
	affinity_release(&self);
	return usable;
}

int cpu_pin_self(unsigned cpu)
{
	cpu_set_t *set = cpu < CPU_NUMBER_MAX ? CPU_ALLOC(cpu + 1) : NULL;
	size_t size = CPU_ALLOC_SIZE(cpu + 1);
	int rc;

	if (!set)
		return ERROR_IO;
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	rc = sched_setaffinity(0, size, set);
	CPU_FREE(set);
	return rc == 0 ? 0 : ERROR_IO;
}

void cpu_name_self(const char *name)
{
	char cut[THREAD_NAME_SIZE] = "";

	memcpy(cut, name, strnlen(name, sizeof(cut) - 1));
	prctl(PR_SET_NAME, cut);
}
