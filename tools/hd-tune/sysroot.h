/* SPDX-License-Identifier: MIT
 * Small files of /proc and /sys, of this machine or below a folder that holds
 * a copy of them. */
#ifndef HD_TOOLS_TUNE_SYSROOT_H
#define HD_TOOLS_TUNE_SYSROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util/assert.h"
#include "util/bytes.h"

/* `root` is "" for this machine. Paths begin with a slash. */

/* For reading; NULL (errno) if that cannot be. The caller closes it. */
FILE *sysroot_open(const char *root, const char *path);
/* First line without its end; false if there is none, or it does not fit. */
bool sysroot_line(const char *root, const char *path, char *out, size_t cap);
/* A whole number >= 0 that is the first line, else -1. */
int64_t sysroot_number(const char *root, const char *path);
/* Whole file. ERROR_IO (errno), ERROR_TOO_BIG, ERROR_NO_MEMORY. */
HD_MUST_CHECK int sysroot_file(const char *root, const char *path, struct bytes *out);
bool sysroot_exists(const char *root, const char *path);
/* What a link points to; the last part of it only. */
bool sysroot_link_name(const char *root, const char *path, char *out, size_t cap);
/* Is this text in what a link points to? */
bool sysroot_link_has(const char *root, const char *path, const char *text);
/* Value after "NAME:" at the start of a line of a file. */
bool sysroot_field(const char *root, const char *path, const char *name, char *out, size_t cap);

#endif
