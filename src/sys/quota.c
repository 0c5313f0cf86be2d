/* SPDX-License-Identifier: MIT */
#include "sys/quota.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/assert.h"

#define WORD_SIZE 32

struct hierarchy {
	bool v2;
	char group[PATH_MAX];       /* of this process, from /proc/self/cgroup */
	char mount_root[PATH_MAX];  /* group that is mounted ... */
	char mount_point[PATH_MAX]; /* ... here */
};

static FILE *open_under(const char *root, const char *path)
{
	char full[PATH_MAX];
	int n = snprintf(full, sizeof(full), "%s%s", root, path);

	return n > 0 && n < (int)sizeof(full) ? fopen(full, "re") : NULL;
}

/* Is `word` one of the comma-separated words of `list`? */
static bool lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, word, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

static bool copy(char to[PATH_MAX], const char *from)
{
	int n = snprintf(to, PATH_MAX, "%s", from);

	return n >= 0 && n < PATH_MAX;
}

/* Lines of /proc/self/cgroup: "0::/path", "4:cpu,cpuacct:/path". */
static bool find_group(const char *root, struct hierarchy *h)
{
	FILE *f = open_under(root, "/proc/self/cgroup");
	bool found = false;
	char *line = NULL;
	size_t cap = 0;

	while (f && !found && getline(&line, &cap, f) > 0) {
		char *controllers = strchr(line, ':');
		char *path = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		found = h->v2 ? controllers[1] == '\0' : lists(controllers + 1, "cpu");
		if (found)
			found = copy(h->group, path);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

/* mountinfo writes blanks and backslashes in paths as \ooo. */
static void unescape(char *path)
{
	char *to = path;

	for (; *path; path++) {
		if (path[0] == '\\' && path[1] >= '0' && path[1] <= '3' && path[2] >= '0' && path[2] <= '7' &&
		    path[3] >= '0' && path[3] <= '7') {
			*to++ = (char)((path[1] - '0') << 6 | (path[2] - '0') << 3 | (path[3] - '0'));
			path += 3;
		} else {
			*to++ = *path;
		}
	}
	*to = '\0';
}

/* Cuts the next word off at a blank; NULL when there is none. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " ");
	size_t len = strcspn(word, " ");

	*at = word + len;
	if (len == 0)
		return NULL;
	if (**at)
		*(*at)++ = '\0';
	return word;
}

/* One line of /proc/self/mountinfo: "ID PARENT MAJ:MIN ROOT POINT OPTIONS
 * [TAG...] - TYPE SOURCE SUPER_OPTIONS". */
static bool parse_mount(char *line, struct hierarchy *h)
{
	char *words[6], *tail[3];
	char *dash = strstr(line, " - ");

	if (!dash)
		return false;
	line[strcspn(line, "\n")] = '\0';
	*dash = '\0';
	dash += 3;
	for (unsigned i = 0; i < HD_ARRAY_LEN(words); i++)
		if (!(words[i] = next_word(&line)))
			return false;
	for (unsigned i = 0; i < HD_ARRAY_LEN(tail); i++)
		if (!(tail[i] = next_word(&dash)))
			return false;
	if (h->v2 ? strcmp(tail[0], "cgroup2") != 0 : strcmp(tail[0], "cgroup") != 0 || !lists(tail[2], "cpu"))
		return false;
	unescape(words[3]);
	unescape(words[4]);
	return copy(h->mount_root, words[3]) && copy(h->mount_point, words[4]);
}

/* Where systemd and everyone else mounts them, for recorded machines. */
static bool usual_mount(const char *root, struct hierarchy *h)
{
	FILE *f = h->v2 ? NULL : open_under(root, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us");
	const char *point = h->v2 ? "/sys/fs/cgroup" : f ? "/sys/fs/cgroup/cpu,cpuacct" : "/sys/fs/cgroup/cpu";

	if (f)
		fclose(f);
	return copy(h->mount_root, "/") && copy(h->mount_point, point);
}

static bool find_mount(const char *root, struct hierarchy *h)
{
	FILE *f = open_under(root, "/proc/self/mountinfo");
	bool found = false;
	char *line = NULL;
	size_t cap = 0;

	if (!f)
		return usual_mount(root, h);
	while (!found && getline(&line, &cap, f) > 0)
		found = parse_mount(line, h);
	free(line);
	fclose(f);
	return found;
}

static bool copy_word(char **at, char to[WORD_SIZE])
{
	const char *word = next_word(at);

	return word && snprintf(to, WORD_SIZE, "%s", word) < WORD_SIZE;
}

/* First two words of a file into `first` and `second`; how many there are. */
static int read_words(const char *root, const char *dir, const char *name, char first[WORD_SIZE],
		      char second[WORD_SIZE])
{
	char path[PATH_MAX], line[128], *at = line;
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = n < (int)sizeof(path) ? open_under(root, path) : NULL;

	if (!f)
		return 0;
	n = 0;
	if (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		n = copy_word(&at, first) ? 1 + copy_word(&at, second) : 0;
	}
	fclose(f);
	return n;
}

/* Positive decimal number, else 0. */
static uint64_t positive(const char *text)
{
	uint64_t n = 0;

	for (; *text; text++)
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(n, 10u, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return 0;
	return n;
}

static uint64_t share(const char *quota, const char *period)
{
	uint64_t q = positive(quota), p = positive(period);

	/* "max" and -1 mean no limit; past this it is none either. */
	if (q == 0 || p == 0 || q > UINT64_MAX / 1000)
		return QUOTA_NONE;
	return q * 1000 / p;
}

static uint64_t quota_of(const char *root, const char *dir, bool v2)
{
	char quota[WORD_SIZE], period[WORD_SIZE], rest[WORD_SIZE];

	if (v2)
		return read_words(root, dir, "cpu.max", quota, period) == 2 ? share(quota, period) : QUOTA_NONE;
	if (read_words(root, dir, "cpu.cfs_quota_us", quota, rest) == 0 ||
	    read_words(root, dir, "cpu.cfs_period_us", period, rest) == 0)
		return QUOTA_NONE;
	return share(quota, period);
}

/* The group's directory: what of its path lies below the mounted group stands
 * below the mount point. */
static bool group_dir(const struct hierarchy *h, char dir[PATH_MAX])
{
	size_t len = strcmp(h->mount_root, "/") == 0 ? 0 : strlen(h->mount_root);
	bool below = strncmp(h->group, h->mount_root, len) == 0 && (h->group[len] == '/' || h->group[len] == '\0');
	const char *rest = below ? h->group + len : "";
	int n = snprintf(dir, PATH_MAX, "%s%s", h->mount_point, strcmp(rest, "/") == 0 ? "" : rest);

	return n >= 0 && n < PATH_MAX;
}

static uint64_t tightest(const char *root, const char *group, bool v2)
{
	struct hierarchy *h = calloc(1, sizeof(*h));
	uint64_t least = QUOTA_NONE;
	char dir[PATH_MAX];
	size_t top;

	if (h)
		h->v2 = v2;
	if (!h || !(group ? copy(h->group, group) : find_group(root, h)) || !find_mount(root, h) ||
	    !group_dir(h, dir)) {
		free(h);
		return QUOTA_NONE;
	}
	top = strlen(h->mount_point);
	free(h);
	for (;;) {
		uint64_t q = quota_of(root, dir, v2);

		if (q < least)
			least = q;
		if (strlen(dir) <= top)
			return least;
		*strrchr(dir, '/') = '\0';
	}
}

uint64_t quota_millicpus_of(const char *root, const char *group)
{
	uint64_t v2 = tightest(root, group, true), v1 = tightest(root, group, false);

	return v1 < v2 ? v1 : v2;
}

uint64_t quota_millicpus(const char *root)
{
	return quota_millicpus_of(root, NULL);
}
