/* SPDX-License-Identifier: MIT */
#include "sys/hwloc_open.h"

#include <hwloc.h>
#include <stdbool.h>
#include <stdlib.h>

#include "util/error.h"

int hwloc_open_bare(hwloc_topology_t *topology)
{
	static const char path[] = "HWLOC_PLUGINS_PATH";
	bool set_already = getenv(path) != NULL;
	int rc;

	/* It finds none where there are none. */
	if (!set_already && setenv(path, "", 1) < 0)
		return ERROR_NO_MEMORY;
	rc = hwloc_topology_init(topology);
	if (!set_already)
		unsetenv(path);
	return rc < 0 ? ERROR_NO_MEMORY : 0;
}
