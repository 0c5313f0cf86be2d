/* SPDX-License-Identifier: MIT
 * May the service use io_uring? Root may do what the service's user may not, and
 * the service's user what a person at a shell may not, so who asks matters. */
#include "tools/hd-tune/gather_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/ring_probe.h"
#include "tools/hd-tune/decimal.h"
#include "tools/hd-tune/sysroot.h"

#define LINE_FIELDS 7
#define FILE_MAX (4 * 1024 * 1024)
#define DISABLED "kernel.io_uring_disabled"
#define GROUP "kernel.io_uring_group"

/* Cuts a line of passwd(5) or group(5) at its colons; how many fields. */
static size_t split(char *line, char *fields[LINE_FIELDS])
{
	size_t n = 0;

	while (n < LINE_FIELDS && line) {
		fields[n++] = line;
		line = strchr(line, ':');
		if (line)
			*line++ = '\0';
	}
	return n;
}

typedef bool row_fn(char *const fields[LINE_FIELDS], size_t count, void *arg);

/* True if one of the file's rows is what `is` looks for. */
static bool any_row(const char *root, const char *path, row_fn *is, void *arg)
{
	char *rest = NULL, *fields[LINE_FIELDS];
	struct bytes file;
	bool found = false;

	bytes_init(&file, FILE_MAX);
	if (sysroot_file(root, path, &file) == 0 && bytes_append(&file, "", 1) == 0)
		for (char *line = strtok_r((char *)file.data, "\n", &rest); line && !found;
		     line = strtok_r(NULL, "\n", &rest)) {
			size_t count = split(line, fields);

			found = is(fields, count, arg);
		}
	bytes_release(&file);
	return found;
}

struct search {
	const char *user;
	const char *gid; /* as the kernel prints it */
	char *name;      /* FACTS_NAME_MAX */
};

static bool names_group(char *const fields[LINE_FIELDS], size_t count, void *arg)
{
	struct search *s = arg;

	if (count < 3 || strcmp(fields[2], s->gid) != 0)
		return false;
	snprintf(s->name, FACTS_NAME_MAX, "%.63s", fields[0]);
	return true;
}

/* "a,b,c" */
static bool lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL)
		if (len > 0 && strncmp(list, word, len) == 0 && (list[len] == ',' || list[len] == '\0'))
			return true;
	return false;
}

static bool group_has_user(char *const fields[LINE_FIELDS], size_t count, void *arg)
{
	const struct search *s = arg;

	return count >= 4 && strcmp(fields[2], s->gid) == 0 && lists(fields[3], s->user);
}

static bool is_primary_of_user(char *const fields[LINE_FIELDS], size_t count, void *arg)
{
	const struct search *s = arg;

	return count >= 4 && strcmp(fields[0], s->user) == 0 && strcmp(fields[3], s->gid) == 0;
}

/* Group= and SupplementaryGroups= have names or numbers. */
static bool unit_has_group(const char *groups, const struct search *s)
{
	const char *at = groups;

	while (*(at += strspn(at, " \t"))) {
		size_t len = strcspn(at, " \t");

		if ((strlen(s->gid) == len && strncmp(at, s->gid, len) == 0) ||
		    (strlen(s->name) == len && strncmp(at, s->name, len) == 0))
			return true;
		at += len;
	}
	return false;
}

static bool service_is_in_group(struct facts *f, const char *root, const char *gid)
{
	struct search s = { f->unit.user, gid, f->io_uring_group };

	any_row(root, "/etc/group", names_group, &s);
	return unit_has_group(f->unit.groups, &s) || any_row(root, "/etc/group", group_has_user, &s) ||
	       any_row(root, "/etc/passwd", is_primary_of_user, &s);
}

static bool is_root(const char *user)
{
	return user[0] == '\0' || strcmp(user, "root") == 0 || strcmp(user, "0") == 0;
}

/* The sysctl is 1: privileged, or of the group. */
static bool service_may(struct facts *f, const char *root)
{
	const struct facts_sysctl *group = facts_sysctl(f, GROUP);
	const char *gid = group && strcmp(group->value, "-1") != 0 ? group->value : NULL;

	if (is_root(f->unit.user))
		return true;
	if (gid && service_is_in_group(f, root, gid))
		return true;
	if (gid)
		snprintf(f->io_uring_why, FACTS_TEXT_MAX,
			 DISABLED " is 1: only group %.40s may use it, and user %.40s of the service is not in it",
			 f->io_uring_group[0] ? f->io_uring_group : gid, f->unit.user);
	else
		snprintf(f->io_uring_why, FACTS_TEXT_MAX,
			 DISABLED " is 1: user %.64s of the service may not use it", f->unit.user);
	return false;
}

static void try_ring(struct facts *f, int64_t disabled)
{
	bool works = ring_probe(f->io_uring_why, FACTS_TEXT_MAX) == 0;

	/* A person's shell says nothing of a service that may. */
	if (!works && disabled == 1 && f->unit.found == 1 && geteuid() != 0) {
		snprintf(f->io_uring_why, FACTS_TEXT_MAX,
			 DISABLED " is 1: the service may use it, this user may not try it");
		return;
	}
	f->io_uring = works;
	if (works)
		f->io_uring_why[0] = '\0';
}

void gather_io_uring(struct facts *f, const char *root, bool live)
{
	int64_t disabled = facts_sysctl_number(f, DISABLED, 0);

	if (disabled == 2) {
		f->io_uring = 0;
		ring_probe_explain(f->io_uring_why, FACTS_TEXT_MAX, EPERM, 2, f->kernel);
	} else if (disabled == 1 && f->unit.found == 1 && !service_may(f, root)) {
		f->io_uring = 0;
	} else if (live) {
		try_ring(f, disabled);
	}
}
