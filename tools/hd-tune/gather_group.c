/* SPDX-License-Identifier: MIT
 * What the control groups leave to the service: CPU time, CPUs, memory. They are
 * those of its slice where there is a unit, whether or not it runs by now, else
 * those of this process. */
#include "tools/hd-tune/gather_parts.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "sys/quota.h"
#include "tools/hd-tune/sysroot.h"

#define LIST_MAX 32768 /* each second one of all CPUs there can be */
#define GROUPS_FILE_MAX 65536
#define DEFAULT_SLICE "system.slice"

/* "a-b.slice" lies in "a.slice". */
static bool put_slice(const char *slice, char out[PATH_MAX])
{
	size_t stem = strlen(slice), len = 0;

	if (stem <= 6 || strcmp(slice + stem - 6, ".slice") != 0 || strchr(slice, '/'))
		return false;
	stem -= 6;
	out[0] = '\0';
	for (size_t i = 1; i <= stem; i++)
		if ((slice[i] == '-' || i == stem) && strcmp(slice, "-.slice") != 0)
			len += (size_t)snprintf(out + len, PATH_MAX - len, "/%.*s.slice", (int)i, slice);
	return true;
}

static bool is_listed(const char *names, const char *wanted)
{
	size_t len = strlen(wanted);

	for (; names; names = strchr(names, ',') ? strchr(names, ',') + 1 : NULL)
		if (strncmp(names, wanted, len) == 0 && (names[len] == ',' || names[len] == '\0'))
			return true;
	return false;
}

static void service_group(const struct facts *f, char group[PATH_MAX])
{
	size_t len;

	if (!f->unit.slice[0] || !put_slice(f->unit.slice, group))
		snprintf(group, PATH_MAX, "/" DEFAULT_SLICE);
	len = strlen(group);
	snprintf(group + len, PATH_MAX - len, "/" GATHER_UNIT);
}

/* One group above; false at the top. */
static bool go_up(char *group)
{
	char *slash = strrchr(group, '/');

	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

static bool path_in(const char *mount, const char *group, const char *file, char out[PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s%s/%s", mount, group, file);

	return n > 0 && n < PATH_MAX;
}

/* The kernel lists there what is left by all groups above. A group that is not
 * made yet will have what the one above it has. */
static bool effective_cpus(const char *root, const char *mount, const char *file, const char *group,
			   struct cpuset *to)
{
	char at[PATH_MAX], path[PATH_MAX], line[LIST_MAX];

	snprintf(at, sizeof(at), "%s", group);
	do {
		if (path_in(mount, at, file, path) && sysroot_line(root, path, line, sizeof(line)) &&
		    cpuset_parse(to, line, strlen(line)) == 0 && !cpuset_empty(to))
			return true;
	} while (go_up(at));
	return false;
}

static int64_t lower(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* Version 1 has no word for "none": it is the largest number of whole pages. */
#define NO_LIMIT (INT64_C(1) << 62)

static int64_t limit_in(const char *root, const char *path)
{
	int64_t limit = sysroot_number(root, path);

	return limit < NO_LIMIT ? limit : FACTS_UNKNOWN;
}

static int64_t memory_limit(const char *root, const char *mount, const char *file, const char *group)
{
	char at[PATH_MAX], path[PATH_MAX];
	int64_t least = FACTS_UNKNOWN;

	snprintf(at, sizeof(at), "%s", group);
	do {
		if (path_in(mount, at, file, path))
			least = lower(least, limit_in(root, path));
	} while (go_up(at));
	return least;
}

/* Group of this process: of "4:cpu,memory:/path" if a controller is named, else
 * of "0::/path". "" : the top, or none. */
static void own_group(const char *root, const char *controller, char group[PATH_MAX])
{
	struct bytes text;
	char *rest = NULL;

	group[0] = '\0';
	bytes_init(&text, GROUPS_FILE_MAX);
	if (sysroot_file(root, "/proc/self/cgroup", &text) || bytes_append(&text, "", 1)) {
		bytes_release(&text);
		return;
	}
	for (char *line = strtok_r((char *)text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;

		if (!path || path[1] != '/' || path[2] == '\0')
			continue;
		*path++ = '\0';
		if (controller ? is_listed(names + 1, controller) : strcmp(names, ":") == 0)
			snprintf(group, PATH_MAX, "%s", path);
	}
	bytes_release(&text);
}

void gather_group(struct facts *f, const char *root)
{
	bool service = f->unit.found == 1;
	char group[PATH_MAX], old_group[PATH_MAX];
	uint64_t quota;

	own_group(root, NULL, group);
	own_group(root, "memory", old_group);
	if (service) {
		service_group(f, group);
		memcpy(old_group, group, sizeof(group));
	}
	quota = service ? quota_millicpus_of(root, group) : quota_millicpus(root);
	f->quota_millicpus = quota == QUOTA_NONE || quota > INT64_MAX ? FACTS_UNKNOWN : (int64_t)quota;
	f->memory_limit_bytes = lower(memory_limit(root, "/sys/fs/cgroup", "memory.max", group),
				      memory_limit(root, "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
						   old_group));
	/* of this process hwloc knows it */
	if (service && !effective_cpus(root, "/sys/fs/cgroup/cpuset", "cpuset.effective_cpus", group, &f->group))
		effective_cpus(root, "/sys/fs/cgroup", "cpuset.cpus.effective", group, &f->group);
}
