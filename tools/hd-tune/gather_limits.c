/* SPDX-License-Identifier: MIT
 * Affinity, isolated CPUs, control groups, memory, container. The service's
 * view where there is a service, else this process's. */
#include "tools/hd-tune/gather_parts.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/quota.h"
#include "tools/hd-tune/sysroot.h"

#define LIST_MAX 4096
#define SERVICE_GROUP "/system.slice/" GATHER_UNIT

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

/* "0::/path" of this process. */
static void own_group(const char *root, char group[PATH_MAX])
{
	if (!sysroot_field(root, "/proc/self/cgroup", "0:", group, PATH_MAX) || group[0] != '/')
		group[0] = '\0';
}

static int64_t lower(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int64_t memory_limit(const char *root, const char *group)
{
	char path[PATH_MAX * 2], at[PATH_MAX];
	int64_t least = sysroot_number(root, "/sys/fs/cgroup/memory/memory.limit_in_bytes");

	snprintf(at, sizeof(at), "%s", strcmp(group, "/") == 0 ? "" : group);
	for (;;) {
		char *slash;

		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.max", at);
		least = lower(least, sysroot_number(root, path));
		slash = strrchr(at, '/');
		if (!slash)
			return least;
		*slash = '\0';
	}
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

static void gather_container(struct facts *f, const char *root)
{
	struct cpuset online;

	f->container = sysroot_exists(root, "/run/systemd/container") || sysroot_exists(root, "/.dockerenv") ||
		       sysroot_exists(root, "/run/.containerenv");
	cpuset_clear(&online);
	if (read_cpus(root, "/sys/devices/system/cpu/online", &online) && f->has_affinity)
		f->container_cpuset = f->container && cpuset_count(&f->affinity) < cpuset_count(&online);
}

void gather_limits(struct facts *f, const char *root)
{
	char group[PATH_MAX] = SERVICE_GROUP;
	uint64_t quota;

	if (f->unit.found != 1)
		own_group(root, group);
	quota = f->unit.found == 1 ? quota_millicpus_of(root, SERVICE_GROUP) : quota_millicpus(root);
	f->quota_millicpus = quota == QUOTA_NONE || quota > INT64_MAX ? FACTS_UNKNOWN : (int64_t)quota;
	f->memory_bytes = kilobytes(root, "MemTotal");
	f->memory_limit_bytes = memory_limit(root, group);
	gather_container(f, root);
	if (!root[0])
		f->irqbalance = irqbalance_runs();
}
