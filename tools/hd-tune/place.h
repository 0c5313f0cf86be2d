/* SPDX-License-Identifier: MIT
 * Files, whole or not at all. A new text is staged beside its target (written,
 * synced), then renamed onto it. Symbolic links are refused, in the path too.
 * `root` is put before each path ("": none) and may be anything.
 * Errors: ERROR_IO (errno), ERROR_DENIED (permission, or a symbolic link: then
 * errno is ELOOP), ERROR_NO_MEMORY, ERROR_TOO_BIG. */
#ifndef HD_TOOLS_TUNE_PLACE_H
#define HD_TOOLS_TUNE_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/assert.h"
#include "util/bytes.h"

#define PLACE_FILE_MAX (1024 * 1024) /* bytes */

struct place_owner {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* `existed` false: there is none, `text` stays empty, `owner` is that of a new
 * file. What is there must be a regular file. */
HD_MUST_CHECK int place_read(const char *root, const char *path, struct bytes *text, bool *existed,
			     struct place_owner *owner);
/* Makes the folders above it, too. */
HD_MUST_CHECK int place_stage(const char *root, const char *path, const struct bytes *text,
			      const struct place_owner *owner);
/* Full path of what is staged; false if it does not fit. */
bool place_staged_path(const char *root, const char *path, char *out, size_t cap);
/* Puts what is staged in its place. */
HD_MUST_CHECK int place_commit(const char *root, const char *path);
/* Takes a file away; it is fine if there is none. */
HD_MUST_CHECK int place_remove(const char *root, const char *path);
/* Takes away what is staged and never was committed. */
void place_discard(const char *root, const char *path);
/* Folders down to this path, mode 0755. */
HD_MUST_CHECK int place_make_folder(const char *root, const char *path);

/* How many of the folders above a file are not there. */
unsigned place_missing_folders(const char *root, const char *path);
/* Takes away up to so many folders above a file, from the lowest up, as long as
 * they are empty. */
void place_remove_folders(const char *root, const char *path, unsigned count);

/* Called before each step that changes something; for tests that stop there. */
extern void (*place_before_step)(void);
void place_step(void);

#endif
