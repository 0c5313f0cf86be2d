/* SPDX-License-Identifier: MIT
 * The service as its unit files say, found as systemd.unit(5) finds them. Our
 * own drop-in is left out: what we set is no reason to set it. */
#include "tools/hd-tune/gather_parts.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hd-tune/decimal.h"
#include "tools/hd-tune/plan.h"
#include "tools/hd-tune/sysroot.h"
#include "util/error.h"

#define UNIT_FILE_MAX (256 * 1024)
#define DROP_INS_MAX 256

/* Highest first. */
static const char *const folders[] = {
	"/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient",
	"/etc/systemd/system",	       "/run/systemd/system",	      "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",     "/lib/systemd/system",
};

/* "65536", "1024:65536" (the hard limit counts), "infinity". */
static int64_t limit(const char *value)
{
	const char *hard = strchr(value, ':');
	int64_t n;

	value = hard ? hard + 1 : value;
	if (strcmp(value, "infinity") == 0)
		return INT64_MAX;
	return decimal_parse_size(&n, value) == 0 ? n : FACTS_UNKNOWN;
}

/* "150%" is 1.5 CPUs. */
static int64_t quota(const char *value)
{
	char number[32];
	size_t len = strlen(value);
	int64_t thousandths;

	if (len < 2 || len >= sizeof(number) || value[len - 1] != '%')
		return FACTS_UNKNOWN;
	memcpy(number, value, len - 1);
	number[len - 1] = '\0';
	return decimal_parse(&thousandths, number) == 0 ? thousandths / 100 : FACTS_UNKNOWN;
}

/* Lists add up; an empty one takes back what was before. */
static void add_cpus(struct cpuset *to, const char *value)
{
	struct cpuset more;

	if (!*value)
		cpuset_clear(to);
	else if (cpuset_parse(&more, value, strlen(value)) == 0)
		for (size_t i = 0; i < HD_ARRAY_LEN(more.word); i++)
			to->word[i] |= more.word[i];
}

/* Words of several lines, kept with blanks between them. */
static void add_words(char to[FACTS_TEXT_MAX], const char *value)
{
	size_t len = strlen(to);

	if (!*value)
		to[0] = '\0';
	else if (len + strlen(value) + 2 <= FACTS_TEXT_MAX)
		snprintf(to + len, FACTS_TEXT_MAX - len, "%s%s", len ? " " : "", value);
}

/* "512M"; a part of the machine's memory or "infinity" bounds nothing here. */
static int64_t memory(const char *value)
{
	int64_t n;

	return decimal_parse_size(&n, value) == 0 ? n : FACTS_UNKNOWN;
}

static bool is_true(const char *value)
{
	return strcmp(value, "yes") == 0 || strcmp(value, "true") == 0 || strcmp(value, "on") == 0 ||
	       strcmp(value, "1") == 0;
}

static void assign(struct facts_unit *u, const char *key, const char *value)
{
	if (strcmp(key, "User") == 0)
		snprintf(u->user, sizeof(u->user), "%.63s", value);
	else if (strcmp(key, "DynamicUser") == 0 && !u->user[0] && is_true(value))
		snprintf(u->user, sizeof(u->user), "hyper-derp");
	else if (strcmp(key, "Group") == 0 || strcmp(key, "SupplementaryGroups") == 0)
		add_words(u->groups, value);
	else if (strcmp(key, "Slice") == 0)
		snprintf(u->slice, sizeof(u->slice), "%.63s", value);
	else if (strcmp(key, "MemoryMax") == 0 || strcmp(key, "MemoryLimit") == 0)
		u->memory_bytes = memory(value);
	else if (strcmp(key, "CPUAffinity") == 0)
		add_cpus(&u->affinity, value);
	else if (strcmp(key, "AllowedCPUs") == 0)
		add_cpus(&u->allowed, value);
	else if (strcmp(key, "CPUQuota") == 0)
		u->quota_millicpus = quota(value);
	else if (strcmp(key, "LimitNOFILE") == 0)
		u->limit_nofile = limit(value);
	else if (strcmp(key, "LimitMEMLOCK") == 0)
		u->limit_memlock = limit(value);
}

/* A line ends at its last byte that is not a blank. */
static void trim_end(char *line)
{
	size_t len = strlen(line);

	while (len > 0 && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
}

static void take_line(struct facts_unit *u, char *line, bool *in_service)
{
	char *equals;

	line += strspn(line, " \t");
	trim_end(line);
	if (line[0] == '[')
		*in_service = strcmp(line, "[Service]") == 0;
	equals = strchr(line, '=');
	if (!*in_service || !equals || line[0] == '#' || line[0] == ';')
		return;
	*equals++ = '\0';
	trim_end(line);
	assign(u, line, equals + strspn(equals, " \t"));
}

static bool take_file(struct facts_unit *u, const char *root, const char *path)
{
	bool in_service = false, read;
	struct bytes text;
	char *rest = NULL;

	bytes_init(&text, UNIT_FILE_MAX);
	read = sysroot_file(root, path, &text) == 0 && bytes_append(&text, "", 1) == 0;
	if (read)
		for (char *line = strtok_r((char *)text.data, "\n", &rest); line; line = strtok_r(NULL, "\n",
												  &rest))
			take_line(u, line, &in_service);
	bytes_release(&text);
	return read;
}

struct drop_in {
	char name[NAME_MAX + 1];
	size_t folder; /* the first that has it */
};

static int compare_drop_ins(const void *a, const void *b)
{
	return strcmp(((const struct drop_in *)a)->name, ((const struct drop_in *)b)->name);
}

static bool is_drop_in(const char *name)
{
	size_t len = strlen(name);
	const char *own = strrchr(PLAN_UNIT_PATH, '/') + 1;

	return len > 5 && name[0] != '.' && strcmp(name + len - 5, ".conf") == 0 && strcmp(name, own) != 0;
}

static void list_drop_ins(const char *root, size_t folder, struct drop_in *found, size_t *count)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "%s%s/" GATHER_UNIT ".d", root, folders[folder]);
	dir = opendir(path);
	while (dir && *count < DROP_INS_MAX && (e = readdir(dir))) {
		size_t i = 0;

		if (!is_drop_in(e->d_name))
			continue;
		while (i < *count && strcmp(found[i].name, e->d_name) != 0)
			i++;
		if (i < *count) /* hidden by a folder that comes first */
			continue;
		snprintf(found[i].name, sizeof(found[i].name), "%s", e->d_name);
		found[i].folder = folder;
		(*count)++;
	}
	if (dir)
		closedir(dir);
}

int gather_unit(struct facts *f, const char *root)
{
	struct drop_in *found = calloc(DROP_INS_MAX, sizeof(*found));
	char path[PATH_MAX];
	size_t count = 0;

	if (!found)
		return ERROR_NO_MEMORY;
	f->unit.found = 0;
	for (size_t i = 0; i < HD_ARRAY_LEN(folders) && !f->unit.found; i++) {
		snprintf(path, sizeof(path), "%s/" GATHER_UNIT, folders[i]);
		f->unit.found = take_file(&f->unit, root, path);
	}
	for (size_t i = 0; i < HD_ARRAY_LEN(folders); i++)
		list_drop_ins(root, i, found, &count);
	qsort(found, count, sizeof(*found), compare_drop_ins);
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/" GATHER_UNIT ".d/%s", folders[found[i].folder], found[i].name);
		take_file(&f->unit, root, path);
	}
	free(found);
	return 0;
}
