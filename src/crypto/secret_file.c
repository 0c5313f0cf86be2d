/* SPDX-License-Identifier: MIT */
#include "crypto/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/bytes.h"
#include "util/error.h"

/* The code for what errno says. */
static int code_of_errno(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return ERROR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERROR_DENIED;
	case EEXIST:
		return ERROR_EXISTS;
	default:
		return ERROR_IO;
	}
}

static void close_keeping_errno(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

static int read_all(struct secret_file *f, int fd)
{
	ssize_t n = 1;

	while (n != 0 && f->len < sizeof(f->data)) {
		n = read(fd, f->data + f->len, sizeof(f->data) - f->len);
		if (n < 0 && errno != EINTR)
			return ERROR_IO;
		if (n > 0)
			f->len += (size_t)n;
	}
	/* a file that just fills the buffer counts as too big: it saves a read */
	return f->len < sizeof(f->data) ? 0 : ERROR_TOO_BIG;
}

int secret_file_read(struct secret_file *f, const char *path)
{
	/* O_NONBLOCK: a FIFO of that name shall not hold up the start */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st = { 0 };
	int rc;

	f->len = 0;
	if (fd < 0)
		return code_of_errno();
	if (fstat(fd, &st) < 0)
		rc = ERROR_IO;
	else if (!S_ISREG(st.st_mode))
		rc = ERROR_UNSUPPORTED;
	else
		rc = read_all(f, fd);
	f->mode = st.st_mode & 07777;
	close_keeping_errno(fd);
	return rc;
}

void secret_file_wipe(struct secret_file *f)
{
	bytes_wipe(f, sizeof(*f));
}

/* Makes the names in the directory that holds `path` durable. */
static int sync_directory_of(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) : 0;
	int fd, rc;

	snprintf(dir, sizeof(dir), "%.*s", len, path);
	fd = open(!slash ? "." : len == 0 ? "/" : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return code_of_errno();
	/* EINVAL: a file system that has nothing to sync */
	rc = fsync(fd) < 0 && errno != EINVAL ? ERROR_IO : 0;
	close_keeping_errno(fd);
	return rc;
}

static int make_directory(const char *path)
{
	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0 : code_of_errno();
	if (chmod(path, 0700) < 0) /* the umask may have taken bits away */
		return code_of_errno();
	return sync_directory_of(path);
}

static int make_parents(const char *path)
{
	char dir[PATH_MAX];
	int rc;

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *slash = strchr(dir + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		rc = make_directory(dir);
		*slash = '/';
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return ERROR_IO;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* Fills the temporary file and sees it on disk. */
static int fill(int fd, const void *data, size_t len)
{
	int rc = 0;

	if (fchmod(fd, 0600) < 0)
		rc = ERROR_IO;
	if (rc == 0)
		rc = write_all(fd, data, len);
	if (rc == 0 && fsync(fd) < 0)
		rc = ERROR_IO;
	if (rc < 0) {
		close_keeping_errno(fd);
		return rc;
	}
	return close(fd) < 0 ? ERROR_IO : 0;
}

/* Gives a file its name unless something has it. Of several that try at once
 * exactly one succeeds. */
static int rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return code_of_errno();
	/* a file system without that flag (NFS) */
	if (link(from, to) < 0)
		return code_of_errno();
	unlink(from);
	return 0;
}

static int open_temporary(char name[PATH_MAX], const char *path)
{
	/* sizes were checked: path and suffix fit */
	snprintf(name, PATH_MAX, "%s.XXXXXX", path);
	return mkostemp(name, O_CLOEXEC);
}

int secret_file_create(const char *path, const void *data, size_t len)
{
	char temporary[PATH_MAX];
	int fd, rc;

	if (strlen(path) + sizeof(".XXXXXX") > sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return ERROR_IO;
	}
	fd = open_temporary(temporary, path);
	if (fd < 0 && errno == ENOENT) {
		rc = make_parents(path);
		if (rc < 0)
			return rc == ERROR_DENIED ? rc : ERROR_IO;
		fd = open_temporary(temporary, path);
	}
	if (fd < 0)
		return code_of_errno() == ERROR_DENIED ? ERROR_DENIED : ERROR_IO;
	rc = fill(fd, data, len);
	if (rc == 0)
		rc = rename_new(temporary, path);
	if (rc < 0) {
		int saved = errno;

		unlink(temporary);
		errno = saved;
		return rc;
	}
	return sync_directory_of(path);
}
