/* SPDX-License-Identifier: MIT */
#include "tests/unit/tune/folder.h"

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char full[PATH_MAX];

static const char *join(const char *folder, const char *path)
{
	ck_assert_int_lt(snprintf(full, sizeof(full), "%s%s", folder, path), (int)sizeof(full));
	return full;
}

const char *folder_make(void)
{
	static char path[64];
	const char *tmp = getenv("TMPDIR");

	ck_assert_int_lt(snprintf(path, sizeof(path), "%.40s/hd-tune-XXXXXX", tmp ? tmp : "/tmp"),
			 (int)sizeof(path));
	ck_assert_ptr_nonnull(mkdtemp(path));
	return path;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void folder_remove(const char *folder)
{
	ck_assert_int_eq(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void make_above(void)
{
	for (char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ck_assert(mkdir(full, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

void folder_put(const char *folder, const char *path, const char *text)
{
	FILE *f;

	join(folder, path);
	make_above();
	f = fopen(full, "w");
	ck_assert_msg(f, "%s: %s", full, strerror(errno));
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

void folder_link(const char *folder, const char *path, const char *target)
{
	join(folder, path);
	make_above();
	ck_assert_int_eq(symlink(target, full), 0);
}

char *folder_get(const char *folder, const char *path)
{
	FILE *f = fopen(join(folder, path), "r");
	char *text = NULL;
	size_t size = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(f);
	ck_assert_ptr_nonnull(text);
	return text;
}

bool folder_has(const char *folder, const char *path)
{
	struct stat st;

	return lstat(join(folder, path), &st) == 0;
}

void folder_unpack(const char *folder, const char *archive)
{
	char *argv[] = { (char *)"tar", (char *)"-C", (char *)folder, (char *)"-xf", (char *)archive, NULL };
	int status = 0;
	pid_t pid;

	ck_assert_int_eq(posix_spawnp(&pid, "tar", NULL, NULL, argv, environ), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "tar -xf %s: is xz there?", archive);
}
