/* SPDX-License-Identifier: MIT */
#include "tests/unit/crypto/folder.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

char folder_path[32];

void folder_make(void)
{
	memcpy(folder_path, "/tmp/hd-crypto-XXXXXX", sizeof("/tmp/hd-crypto-XXXXXX"));
	ck_assert_ptr_nonnull(mkdtemp(folder_path));
}

/* Empties and removes the directory `name` of the directory `parent`. */
static void remove_directory(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	ck_assert_ptr_nonnull(dir);
	ck_assert_int_eq(fchmod(fd, 0700), 0);
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, e->d_name, 0) < 0)
			remove_directory(fd, e->d_name);
	}
	closedir(dir);
	ck_assert_int_eq(unlinkat(parent, name, AT_REMOVEDIR), 0);
}

void folder_remove(void)
{
	/* a test may have taken its own permissions away */
	ck_assert_int_eq(chmod(folder_path, 0700), 0);
	/* and only root may unlink from /tmp what was given to another user */
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	remove_directory(AT_FDCWD, folder_path);
}

const char *folder_file(const char *name)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder_path, name);
	return path;
}

void folder_write(const char *name, const char *text)
{
	int fd = open(folder_file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

const char *folder_read(const char *name)
{
	static char text[1001];
	int fd = open(folder_file(name), O_RDONLY | O_CLOEXEC);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	n = read(fd, text, sizeof(text) - 1);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

int folder_count(void)
{
	DIR *dir = opendir(folder_path);
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir))
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(dir);
	return n;
}

void folder_drop_root(void)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(folder_path, NOBODY, (gid_t)-1), 0);
	ck_assert_int_eq(seteuid(NOBODY), 0);
}
