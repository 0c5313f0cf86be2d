/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/live.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/hd-tune/place.h"
#include "tools/hd-tune/sysroot.h"
#include "util/error.h"

#define VALUE_MAX 512

static bool path_of(const char *root, const char *key, char out[PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s/proc/sys/%s", root, key);

	if (n < 0 || n >= PATH_MAX)
		return false;
	for (char *c = out + n - strlen(key); *c; c++)
		if (*c == '.')
			*c = '/';
	return true;
}

int live_write(const char *root, const char *key, const char *value)
{
	char path[PATH_MAX];
	size_t len = strlen(value);
	ssize_t n;
	int fd;

	if (!path_of(root, key, path)) {
		errno = ENAMETOOLONG;
		return ERROR_IO;
	}
	place_step();
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == EACCES || errno == EPERM ? ERROR_DENIED : ERROR_IO;
	n = write(fd, value, len); /* the kernel takes a value in one piece */
	if (close(fd) < 0 || n < 0)
		return ERROR_IO;
	if ((size_t)n == len)
		return 0;
	errno = EIO;
	return ERROR_IO;
}

static bool next_word(const char **at, const char **word, size_t *len)
{
	*at += strspn(*at, " \t\n");
	*word = *at;
	*len = strcspn(*at, " \t\n");
	*at += *len;
	return *len > 0;
}

bool live_is(const char *root, const char *key, const char *value)
{
	char path[PATH_MAX], now[VALUE_MAX];
	const char *at = now, *a, *b;
	size_t a_len, b_len;

	if (!path_of("", key, path) || !sysroot_line(root, path, now, sizeof(now)))
		return false;
	for (;;) {
		bool more = next_word(&at, &a, &a_len);

		if (more != next_word(&value, &b, &b_len))
			return false;
		if (!more)
			return true;
		if (a_len != b_len || memcmp(a, b, a_len) != 0)
			return false;
	}
}
