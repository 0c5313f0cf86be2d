/* SPDX-License-Identifier: MIT
 * Physical cores of a machine. hwloc only in cores.c. */
#ifndef HD_SYS_CORES_H
#define HD_SYS_CORES_H

#include "sys/affinity.h"
#include "util/assert.h"

struct cores_source {
	const char *xml;               /* file of lstopo(1), or */
	const char *synthetic;         /* hwloc's description in words; both NULL: this machine */
	const struct affinity *within; /* counts only cores with a CPU in it; NULL: all */
};

/* Cores with at least one allowed CPU; a CPU that belongs to no core counts as
 * one. ERROR_IO (hwloc cannot tell; errno), ERROR_NO_MEMORY. Changes the
 * environment for a moment: call it while there is one thread. */
HD_MUST_CHECK int cores_count(const struct cores_source *source, unsigned *count);

#endif
