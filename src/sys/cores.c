/* SPDX-License-Identifier: MIT */
#include "sys/cores.h"

#include <hwloc.h>

#include "sys/hwloc_open.h"
#include "util/error.h"

/* PUs and cores are all that is asked: no I/O, no caches, nothing that costs
 * memory or asks each CPU in turn. */
static int keep_little(hwloc_topology_t topology)
{
	unsigned long flags = 0;

#if HWLOC_API_VERSION >= 0x00020800
	flags |= HWLOC_TOPOLOGY_FLAG_NO_DISTANCES | HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS |
		 HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS;
#endif
	if (hwloc_topology_set_flags(topology, flags) < 0 ||
	    hwloc_topology_set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE) < 0 ||
	    hwloc_topology_set_type_filter(topology, HWLOC_OBJ_CORE, HWLOC_TYPE_FILTER_KEEP_ALL) < 0)
		return ERROR_IO;
	/* "x86" binds this thread to one CPU after the other; sysfs knows as much. */
	hwloc_topology_set_components(topology, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
	return 0;
}

static int take_source(hwloc_topology_t topology, const struct cores_source *source)
{
	if (source->xml)
		return hwloc_topology_set_xml(topology, source->xml) < 0 ? ERROR_IO : 0;
	if (source->synthetic)
		return hwloc_topology_set_synthetic(topology, source->synthetic) < 0 ? ERROR_IO : 0;
	return 0;
}

/* Walks up from each PU: counting objects of type core fails where cores stand
 * at two depths (a core with some of its CPUs offline). */
static unsigned count_cores(hwloc_topology_t topology, const struct affinity *within)
{
	static char seen; /* its address marks a core in its userdata */
	hwloc_obj_t pu = NULL;
	unsigned count = 0;

	while ((pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu))) {
		hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);

		if (within && !affinity_has(within, pu->os_index))
			continue;
		if (core && core->userdata == &seen)
			continue;
		if (core)
			core->userdata = &seen;
		count++;
	}
	return count;
}

int cores_count(const struct cores_source *source, unsigned *count)
{
	hwloc_topology_t topology;
	int error = hwloc_open_bare(&topology);

	if (error)
		return error;
	error = keep_little(topology);
	if (!error)
		error = take_source(topology, source);
	if (!error && hwloc_topology_load(topology) < 0)
		error = ERROR_IO;
	if (!error)
		*count = count_cores(topology, source->within);
	hwloc_topology_destroy(topology);
	return error;
}
