/* SPDX-License-Identifier: MIT
 * Small files that hold secrets: read whole, and created whole or not at all. */
#ifndef HD_CRYPTO_SECRET_FILE_H
#define HD_CRYPTO_SECRET_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/assert.h"

#define SECRET_FILE_MAX 16384 /* bytes */

struct secret_file {
	uint8_t data[SECRET_FILE_MAX];
	size_t len;
	mode_t mode; /* permission bits */
};

/* Symbolic links are followed. Wipe the result, also after an error.
 * ERROR_NOT_FOUND, ERROR_DENIED, ERROR_UNSUPPORTED (not a regular file),
 * ERROR_TOO_BIG, ERROR_IO (errno tells). */
HD_MUST_CHECK int secret_file_read(struct secret_file *f, const char *path);
void secret_file_wipe(struct secret_file *f);

/* Makes `path` with mode 0600, and missing directories above with 0700,
 * whatever the umask. The name appears only once the contents are on disk;
 * what has the name already is never replaced: ERROR_EXISTS. ERROR_DENIED,
 * ERROR_IO (errno tells). */
HD_MUST_CHECK int secret_file_create(const char *path, const void *data, size_t len);

#endif
