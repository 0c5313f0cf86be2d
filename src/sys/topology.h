/* SPDX-License-Identifier: MIT
 * What hwloc knows of a machine that matters for placing threads: CPUs with
 * their cores, packages, memory and kind, and where network interfaces hang.
 * hwloc only in topology.c. */
#ifndef HD_SYS_TOPOLOGY_H
#define HD_SYS_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

#define TOPOLOGY_NAME_MAX 64
#define TOPOLOGY_UNKNOWN (-1)

/* Numbers of core, package, node and l3 count from 0 in hwloc's order; the same
 * number means the same object. TOPOLOGY_UNKNOWN: there is none. */
struct topology_pu { /* a logical CPU that this process may use */
	unsigned os_index;
	int core;              /* a CPU without core is its own */
	unsigned core_threads; /* CPUs of that core */
	int package;
	int node; /* memory next to it that may be used */
	int l3;
	char type[TOPOLOGY_NAME_MAX]; /* hwloc's CoreType, or "" */
	int64_t capacity;             /* LinuxCapacity */
	int64_t frequency_max_mhz;
};

struct topology_nic {
	char name[TOPOLOGY_NAME_MAX];
	unsigned *local; /* owned: CPUs of what it hangs from, OS numbers, ascending */
	size_t local_count;
};

struct topology {
	struct topology_pu *pus; /* owned, by os_index */
	size_t pu_count;
	struct topology_nic *nics; /* owned */
	size_t nic_count;
	bool whole; /* no CPU is offline or hidden by a cpuset */
	char library[TOPOLOGY_NAME_MAX];
};

struct topology_source {
	const char *xml;    /* file of lstopo(1), or */
	const char *fsroot; /* folder with the /proc and /sys of a machine; both NULL: this one */
	bool hidden_too;    /* CPUs, too, that a cpuset hides from this process */
};

/* ERROR_IO (hwloc cannot tell; errno), ERROR_NO_MEMORY, ERROR_MALFORMED (no CPU
 * in it). Changes the environment for a moment: one thread only. */
HD_MUST_CHECK int topology_read(struct topology *t, const struct topology_source *source);
void topology_release(struct topology *t);

#endif
