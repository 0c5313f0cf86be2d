/* SPDX-License-Identifier: MIT
 * How this project starts hwloc. For cores.c and topology.c. */
#ifndef HD_SYS_HWLOC_OPEN_H
#define HD_SYS_HWLOC_OPEN_H

#include "util/assert.h"

struct hwloc_topology;

/* A topology to fill, of a library that looks for no plugins: those load OpenCL,
 * X11 and more into the process, for nothing that is asked here. The caller
 * destroys it. Changes the environment for a moment: one thread only.
 * ERROR_NO_MEMORY. */
HD_MUST_CHECK int hwloc_open_bare(struct hwloc_topology **topology);

#endif
