/* SPDX-License-Identifier: MIT */
#include "sys/topology.h"

#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/hwloc_open.h"
#include "util/error.h"

static void copy_name(char to[TOPOLOGY_NAME_MAX], const char *from)
{
	snprintf(to, TOPOLOGY_NAME_MAX, "%s", from ? from : "");
}

/* Digits only, else TOPOLOGY_UNKNOWN. */
static int64_t number(const char *text)
{
	int64_t n = 0;

	if (!text || !*text)
		return TOPOLOGY_UNKNOWN;
	for (; *text; text++)
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *text - '0', &n))
			return TOPOLOGY_UNKNOWN;
	return n;
}

static int logical(hwloc_obj_t obj)
{
	return obj ? (int)obj->logical_index : TOPOLOGY_UNKNOWN;
}

/* Of the nodes around a CPU the one that serves the fewest CPUs: an allowed
 * node further up is not local memory in any useful sense if there is a nearer. */
static int node_of(hwloc_topology_t topology, hwloc_obj_t pu)
{
	hwloc_obj_t node = NULL, best = NULL;

	while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node))) {
		if (!hwloc_bitmap_isset(node->cpuset, pu->os_index))
			continue;
		if (!best || hwloc_bitmap_weight(node->cpuset) < hwloc_bitmap_weight(best->cpuset))
			best = node;
	}
	return logical(best);
}

/* Kinds may cover a part of the CPUs only. */
static void read_kind(hwloc_topology_t topology, struct topology_pu *pu, hwloc_bitmap_t scratch)
{
	struct hwloc_info_s *infos = NULL;
	unsigned count = 0;
	int kind;

	pu->type[0] = '\0';
	pu->capacity = TOPOLOGY_UNKNOWN;
	pu->frequency_max_mhz = TOPOLOGY_UNKNOWN;
	hwloc_bitmap_only(scratch, pu->os_index);
	kind = hwloc_cpukinds_get_by_cpuset(topology, scratch, 0);
	if (kind < 0 || hwloc_cpukinds_get_info(topology, (unsigned)kind, NULL, NULL, &count, &infos, 0) < 0)
		return;
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(infos[i].name, "CoreType") == 0)
			copy_name(pu->type, infos[i].value);
		else if (strcmp(infos[i].name, "LinuxCapacity") == 0)
			pu->capacity = number(infos[i].value);
		else if (strcmp(infos[i].name, "FrequencyMaxMHz") == 0)
			pu->frequency_max_mhz = number(infos[i].value);
	}
}

static int compare_pus(const void *a, const void *b)
{
	const struct topology_pu *x = a, *y = b;

	return (x->os_index > y->os_index) - (x->os_index < y->os_index);
}

/* Cores are found by walking up from each PU: counting objects of type core
 * fails where they stand at two depths. Their numbers are given in the order of
 * the walk, for a PU without core has one of its own. */
static int read_pus(hwloc_topology_t topology, struct topology *t)
{
	int count = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU), cores = 0;
	hwloc_bitmap_t scratch = hwloc_bitmap_alloc();
	hwloc_obj_t pu = NULL, last = NULL;

	t->pus = count > 0 ? calloc((size_t)count, sizeof(*t->pus)) : NULL;
	if (!t->pus || !scratch) {
		hwloc_bitmap_free(scratch);
		return count > 0 ? ERROR_NO_MEMORY : ERROR_MALFORMED;
	}
	while ((pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu))) {
		struct topology_pu *to = &t->pus[t->pu_count++];
		hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);

		/* PUs of one core follow one another in hwloc's order. */
		if (!core || core != last)
			cores++;
		last = core;
		to->os_index = pu->os_index;
		to->core = cores - 1;
		to->core_threads = core ? (unsigned)hwloc_bitmap_weight(core->cpuset) : 1;
		to->package = logical(hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, pu));
		to->l3 = logical(hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_L3CACHE, pu));
		to->node = node_of(topology, pu);
		read_kind(topology, to, scratch);
	}
	hwloc_bitmap_free(scratch);
	qsort(t->pus, t->pu_count, sizeof(*t->pus), compare_pus);
	return 0;
}

static bool is_nic(hwloc_obj_t device)
{
	return device->attr && device->attr->osdev.type == HWLOC_OBJ_OSDEV_NETWORK && device->name;
}

static int read_nic(hwloc_topology_t topology, struct topology_nic *nic, hwloc_obj_t device)
{
	hwloc_obj_t above = hwloc_get_non_io_ancestor_obj(topology, device);
	int count = above && above->cpuset ? hwloc_bitmap_weight(above->cpuset) : 0;
	int cpu = -1;

	copy_name(nic->name, device->name);
	if (count <= 0)
		return 0;
	nic->local = calloc((size_t)count, sizeof(*nic->local));
	if (!nic->local)
		return ERROR_NO_MEMORY;
	while ((cpu = hwloc_bitmap_next(above->cpuset, cpu)) >= 0)
		nic->local[nic->local_count++] = (unsigned)cpu;
	return 0;
}

static int read_nics(hwloc_topology_t topology, struct topology *t)
{
	hwloc_obj_t device = NULL;
	size_t count = 0;

	while ((device = hwloc_get_next_osdev(topology, device)))
		count += is_nic(device);
	if (count == 0)
		return 0;
	t->nics = calloc(count, sizeof(*t->nics));
	if (!t->nics)
		return ERROR_NO_MEMORY;
	while ((device = hwloc_get_next_osdev(topology, device))) {
		int error = is_nic(device) ? read_nic(topology, &t->nics[t->nic_count++], device) : 0;

		if (error)
			return error;
	}
	return 0;
}

static int load(hwloc_topology_t topology, const struct topology_source *source)
{
	static const char fsroot[] = "HWLOC_FSROOT";
	int rc;

	if (hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_IMPORTANT) < 0)
		return ERROR_IO;
	if (source->hidden_too &&
	    hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) < 0)
		return ERROR_IO;
	/* "x86" binds this thread to one CPU after the other; sysfs knows as much. */
	hwloc_topology_set_components(topology, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
	if (source->xml && hwloc_topology_set_xml(topology, source->xml) < 0)
		return ERROR_IO;
	if (source->fsroot && setenv(fsroot, source->fsroot, 1) < 0)
		return ERROR_NO_MEMORY;
	rc = hwloc_topology_load(topology);
	if (source->fsroot)
		unsetenv(fsroot);
	return rc < 0 ? ERROR_IO : 0;
}

int topology_read(struct topology *t, const struct topology_source *source)
{
	struct topology read = { 0 };
	hwloc_topology_t topology;
	int error = hwloc_open_bare(&topology);

	if (error)
		return error;
	error = load(topology, source);
	if (!error)
		error = read_pus(topology, &read);
	if (!error)
		error = read_nics(topology, &read);
	if (error) {
		topology_release(&read);
	} else {
		unsigned version = hwloc_get_api_version();

		read.whole = hwloc_bitmap_isequal(hwloc_topology_get_complete_cpuset(topology),
						  hwloc_topology_get_allowed_cpuset(topology));
		snprintf(read.library, sizeof(read.library), "%u.%u.%u", version >> 16, version >> 8 & 0xff,
			 version & 0xff);
		*t = read;
	}
	hwloc_topology_destroy(topology);
	return error;
}

void topology_release(struct topology *t)
{
	for (size_t i = 0; i < t->nic_count; i++)
		free(t->nics[i].local);
	free(t->nics);
	free(t->pus);
	*t = (struct topology){ 0 };
}
