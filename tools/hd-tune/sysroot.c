/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/hd-tune/decimal.h"
#include "tools/hd-tune/read_all.h"
#include "util/error.h"

static bool full_path(const char *root, const char *path, char out[PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s%s", root, path);

	hd_assert(path[0] == '/');
	return n > 0 && n < PATH_MAX;
}

FILE *sysroot_open(const char *root, const char *path)
{
	char full[PATH_MAX];

	return full_path(root, path, full) ? fopen(full, "re") : NULL;
}

/* Copies a text without blanks around it. */
static bool copy_trimmed(const char *text, char *out, size_t cap)
{
	size_t len;

	text += strspn(text, " \t");
	len = strcspn(text, "\n");
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t' || text[len - 1] == '\r'))
		len--;
	if (len >= cap)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

bool sysroot_line(const char *root, const char *path, char *out, size_t cap)
{
	FILE *f = sysroot_open(root, path);
	char *line = NULL;
	size_t size = 0;
	bool read = f && getline(&line, &size, f) > 0 && copy_trimmed(line, out, cap);

	free(line);
	if (f)
		fclose(f);
	return read;
}

int64_t sysroot_number(const char *root, const char *path)
{
	char line[64];
	int64_t n;

	if (!sysroot_line(root, path, line, sizeof(line)) || decimal_parse_whole(&n, line) < 0)
		return -1;
	return n;
}

int sysroot_file(const char *root, const char *path, struct bytes *out)
{
	FILE *f = sysroot_open(root, path);
	int error, kept;

	if (!f)
		return ERROR_IO;
	error = read_all(fileno(f), out);
	kept = errno;
	fclose(f);
	errno = kept;
	return error;
}

bool sysroot_exists(const char *root, const char *path)
{
	char full[PATH_MAX];

	return full_path(root, path, full) && access(full, F_OK) == 0;
}

static bool read_link(const char *root, const char *path, char target[PATH_MAX])
{
	char full[PATH_MAX];
	ssize_t n;

	if (!full_path(root, path, full))
		return false;
	n = readlink(full, target, PATH_MAX - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	return true;
}

bool sysroot_link_name(const char *root, const char *path, char *out, size_t cap)
{
	char target[PATH_MAX];
	const char *name;

	if (!read_link(root, path, target))
		return false;
	name = strrchr(target, '/');
	return copy_trimmed(name ? name + 1 : target, out, cap);
}

bool sysroot_link_has(const char *root, const char *path, const char *text)
{
	char target[PATH_MAX];

	return read_link(root, path, target) && strstr(target, text);
}

bool sysroot_field(const char *root, const char *path, const char *name, char *out, size_t cap)
{
	FILE *f = sysroot_open(root, path);
	size_t len = strlen(name), size = 0;
	char *line = NULL;
	bool found = false;

	while (f && !found && getline(&line, &size, f) > 0)
		if (strncmp(line, name, len) == 0 && line[len] == ':')
			found = copy_trimmed(line + len + 1, out, cap);
	free(line);
	if (f)
		fclose(f);
	return found;
}
