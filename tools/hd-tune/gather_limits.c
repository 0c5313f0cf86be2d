/* SPDX-License-Identifier: MIT
 * Affinity, isolated CPUs, memory, container. The service's
 * view where there is a service, else this process's. */
#include "tools/hd-tune/gather_parts.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hd-tune/sysroot.h"

#define LIST_MAX 32768 /* each second one of all CPUs there can be */
#define FIRST_PID_SPACE "4026531836" /* PROC_PID_INIT_INO */

static bool read_cpus(const char *root, const char *path, struct cpuset *to)
{
	char line[LIST_MAX];

	return sysroot_line(root, path, line, sizeof(line)) && cpuset_parse(to, line, strlen(line)) == 0;
}

void gather_cpus(struct facts *f, const char *root)
{
	/* a service inherits the affinity of PID 1, not that of a shell */
	const char *status = f->unit.found == 1 && sysroot_exists(root, "/proc/1/status") ? "/proc/1/status" :
											    "/proc/self/status";
	char line[LIST_MAX];

	if (sysroot_field(root, status, "Cpus_allowed_list", line, sizeof(line)))
		f->has_affinity = cpuset_parse(&f->affinity, line, strlen(line)) == 0;
	read_cpus(root, "/sys/devices/system/cpu/isolated", &f->isolated);
	read_cpus(root, "/sys/devices/system/cpu/nohz_full", &f->nohz_full);
}

static int64_t kilobytes(const char *root, const char *name)
{
	char line[64];
	int64_t n = 0;
	size_t i;

	if (!sysroot_field(root, "/proc/meminfo", name, line, sizeof(line)))
		return FACTS_UNKNOWN;
	for (i = 0; line[i] >= '0' && line[i] <= '9' && i < 15; i++)
		n = n * 10 + line[i] - '0';
	return i > 0 && strcmp(line + i, " kB") == 0 ? n * 1024 : FACTS_UNKNOWN;
}

static bool irqbalance_runs(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	bool runs = false;

	while (proc && !runs && (e = readdir(proc))) {
		char path[PATH_MAX], name[32];

		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		runs = sysroot_line("", path, name, sizeof(name)) && strcmp(name, "irqbalance") == 0;
	}
	if (proc)
		closedir(proc);
	return runs;
}

/* What container programs leave for their guests to see; and, where they leave
 * nothing: process 1 of this machine is not the kernel's own first. */
static bool in_container(const char *root)
{
	static const char *const marks[] = { "/run/systemd/container", "/.dockerenv", "/run/.containerenv" };
	char space[64];

	for (size_t i = 0; i < HD_ARRAY_LEN(marks); i++)
		if (sysroot_exists(root, marks[i]))
			return true;
	return sysroot_link_name(root, "/proc/self/ns/pid", space, sizeof(space)) &&
	       strcmp(space, "pid:[" FIRST_PID_SPACE "]") != 0;
}

static void gather_container(struct facts *f, const char *root)
{
	struct cpuset online;

	f->container = in_container(root);
	cpuset_clear(&online);
	if (read_cpus(root, "/sys/devices/system/cpu/online", &online) && f->has_affinity)
		f->container_cpuset = f->container && cpuset_count(&f->affinity) < cpuset_count(&online);
}

void gather_limits(struct facts *f, const char *root)
{
	f->memory_bytes = kilobytes(root, "MemTotal");
	gather_container(f, root);
	if (!root[0])
		f->irqbalance = irqbalance_runs();
}
