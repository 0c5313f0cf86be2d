/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/error.h"

int scratch_make(char path[PATH_MAX])
{
	const char *above = getenv("TMPDIR");
	int n = snprintf(path, PATH_MAX, "%s/hd-tune.XXXXXX", above && *above ? above : "/tmp");

	if (n < 0 || n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return ERROR_IO;
	}
	return mkdtemp(path) ? 0 : ERROR_IO;
}

void scratch_remove(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}
