/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/hd-tune/read_all.h"
#include "util/error.h"

#define NEW_FILE_MODE 0644
#define FOLDER_MODE 0755

void (*place_before_step)(void);

void place_step(void)
{
	if (place_before_step)
		place_before_step();
}

static int from_errno(void)
{
	switch (errno) {
	case EACCES:
	case EPERM:
	case ELOOP:
		return ERROR_DENIED;
	case ENOMEM:
		return ERROR_NO_MEMORY;
	default:
		return ERROR_IO;
	}
}

static int join(const char *root, const char *path, char out[PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s%s", root, path);

	hd_assert(path[0] == '/');
	if (n > 0 && n < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return ERROR_IO;
}

/* No part of the path below the root may be a symbolic link: who can plant one
 * would have us write elsewhere. */
static int refuse_links(const char *root, const char *full)
{
	char part[PATH_MAX];
	struct stat st;

	for (const char *at = full + strlen(root) + 1;; at++) {
		size_t len = strcspn(at, "/");

		at += len;
		memcpy(part, full, (size_t)(at - full));
		part[at - full] = '\0';
		if (lstat(part, &st) < 0)
			return errno == ENOENT ? 0 : from_errno();
		if (S_ISLNK(st.st_mode)) {
			errno = ELOOP;
			return ERROR_DENIED;
		}
		if (!*at)
			return 0;
	}
}

static int target(const char *root, const char *path, char full[PATH_MAX])
{
	int error = join(root, path, full);

	return error ? error : refuse_links(root, full);
}

bool place_staged_path(const char *root, const char *path, char *out, size_t cap)
{
	const char *name = strrchr(path, '/') + 1;
	int n = snprintf(out, cap, "%s%.*s.%s.hd-tune-new", root, (int)(name - path), path, name);

	return n > 0 && (size_t)n < cap;
}

static int staged(const char *root, const char *path, char full[PATH_MAX])
{
	if (place_staged_path(root, path, full, PATH_MAX))
		return 0;
	errno = ENAMETOOLONG;
	return ERROR_IO;
}

static int read_file(const char *full, struct bytes *text, struct place_owner *owner)
{
	int fd = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int error = 0;

	if (fd < 0)
		return from_errno();
	if (fstat(fd, &st) < 0) {
		error = from_errno();
	} else if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		error = ERROR_IO;
	} else {
		*owner = (struct place_owner){ st.st_mode & 07777, st.st_uid, st.st_gid };
		error = read_all(fd, text);
	}
	close(fd);
	return error;
}

int place_read(const char *root, const char *path, struct bytes *text, bool *existed, struct place_owner *owner)
{
	char full[PATH_MAX];
	int error = target(root, path, full);
	struct stat st;

	if (error)
		return error;
	*owner = (struct place_owner){ NEW_FILE_MODE, geteuid(), getegid() };
	*existed = lstat(full, &st) == 0;
	if (!*existed)
		return errno == ENOENT ? 0 : from_errno();
	return read_file(full, text, owner);
}

int place_make_folder(const char *root, const char *path)
{
	char full[PATH_MAX];
	int error = target(root, path, full);

	if (error)
		return error;
	for (char *slash = full + strlen(root);; ) {
		char kept;

		slash += 1 + strcspn(slash + 1, "/");
		kept = *slash;
		*slash = '\0';
		if (access(full, F_OK) < 0) {
			place_step();
			if (mkdir(full, FOLDER_MODE) < 0 && errno != EEXIST)
				return from_errno();
		}
		*slash = kept;
		if (!kept)
			return 0;
	}
}

static int sync_folder_of(const char *full)
{
	char folder[PATH_MAX];
	size_t len = (size_t)(strrchr(full, '/') - full);
	int fd, error = 0;

	memcpy(folder, full, len);
	folder[len] = '\0';
	fd = open(len ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return from_errno();
	if (fsync(fd) < 0 && errno != EINVAL)
		error = from_errno();
	close(fd);
	return error;
}

static int write_all(int fd, const struct bytes *text)
{
	for (size_t done = 0; done < text->len;) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return from_errno();
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

/* Owner before mode: a change of owner takes set-id bits away. */
static int fill(int fd, const struct bytes *text, const struct place_owner *owner)
{
	int error = write_all(fd, text);

	if (error)
		return error;
	if (fchown(fd, owner->uid, owner->gid) < 0 || fchmod(fd, owner->mode) < 0 || fsync(fd) < 0)
		return from_errno();
	return 0;
}

int place_stage(const char *root, const char *path, const struct bytes *text, const struct place_owner *owner)
{
	char full[PATH_MAX], folder[PATH_MAX];
	int fd, error;

	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	error = place_make_folder(root, folder);
	if (!error)
		error = staged(root, path, full);
	if (error)
		return error;
	place_step();
	unlink(full);
	fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return from_errno();
	place_step();
	error = fill(fd, text, owner);
	if (close(fd) < 0 && !error)
		error = from_errno();
	if (error) {
		int kept = errno;

		unlink(full);
		errno = kept;
	}
	return error;
}

int place_commit(const char *root, const char *path)
{
	char from[PATH_MAX], to[PATH_MAX];
	int error = target(root, path, to);

	if (!error)
		error = staged(root, path, from);
	if (error)
		return error;
	place_step();
	if (rename(from, to) < 0)
		return from_errno();
	place_step();
	return sync_folder_of(to);
}

int place_remove(const char *root, const char *path)
{
	char full[PATH_MAX];
	int error = target(root, path, full);

	if (error)
		return error;
	place_step();
	if (unlink(full) < 0)
		return errno == ENOENT ? 0 : from_errno();
	place_step();
	return sync_folder_of(full);
}

/* Cuts the last part off; false at the root. */
static bool go_up(const char *root, char full[PATH_MAX])
{
	char *slash = strrchr(full, '/');

	if (!slash || (size_t)(slash - full) <= strlen(root))
		return false;
	*slash = '\0';
	return true;
}

unsigned place_missing_folders(const char *root, const char *path)
{
	char full[PATH_MAX];
	unsigned missing = 0;

	if (join(root, path, full))
		return 0;
	while (go_up(root, full) && access(full, F_OK) < 0 && errno == ENOENT)
		missing++;
	return missing;
}

void place_remove_folders(const char *root, const char *path, unsigned count)
{
	char full[PATH_MAX];

	if (target(root, path, full))
		return;
	for (; count > 0 && go_up(root, full); count--) {
		place_step();
		if (rmdir(full) < 0 && errno != ENOENT)
			return;
	}
}

void place_discard(const char *root, const char *path)
{
	char full[PATH_MAX];

	if (staged(root, path, full) == 0)
		unlink(full);
}
