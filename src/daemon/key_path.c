/* SPDX-License-Identifier: MIT */
#include "daemon/key_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"

#define KEY_NAME "derper.key"
#define SYSTEM_STATE_DIR "/var/lib/hyper-derp"

static int join(char path[PATH_MAX], const char *dir, size_t dir_len, const char *rest)
{
	char joined[PATH_MAX];
	int n = snprintf(joined, sizeof(joined), "%.*s%s", (int)dir_len, dir, rest);

	if (n < 0 || (size_t)n >= sizeof(joined))
		return ERROR_TOO_BIG;
	memcpy(path, joined, (size_t)n + 1);
	return 0;
}

/* Relative paths in these are to be ignored (XDG base directory specification). */
static const char *absolute_dir(const char *variable)
{
	const char *dir = getenv(variable);

	return dir && dir[0] == '/' ? dir : NULL;
}

int key_path_find(char path[PATH_MAX], const char *configured, bool root)
{
	const char *dir;

	if (configured)
		return join(path, configured, strlen(configured), "");
	dir = absolute_dir("STATE_DIRECTORY");
	if (dir)
		return join(path, dir, strcspn(dir, ":"), "/" KEY_NAME);
	if (root)
		return join(path, SYSTEM_STATE_DIR, strlen(SYSTEM_STATE_DIR), "/" KEY_NAME);
	dir = absolute_dir("XDG_STATE_HOME");
	if (dir)
		return join(path, dir, strlen(dir), "/hyper-derp/" KEY_NAME);
	dir = absolute_dir("HOME");
	if (dir)
		return join(path, dir, strlen(dir), "/.local/state/hyper-derp/" KEY_NAME);
	return ERROR_NOT_FOUND;
}
