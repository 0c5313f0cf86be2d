/* SPDX-License-Identifier: MIT
 * Folders of a test: made, filled, compared, removed. What goes wrong here is a
 * failed check. */
#ifndef HD_TESTS_UNIT_TUNE_FOLDER_H
#define HD_TESTS_UNIT_TUNE_FOLDER_H

#include <stdbool.h>

/* An empty one; valid until the next. */
const char *folder_make(void);
void folder_remove(const char *folder);
/* Writes a file and the folders above it; `path` begins with a slash. */
void folder_put(const char *folder, const char *path, const char *text);
void folder_link(const char *folder, const char *path, const char *target);
/* Whole file, or NULL if there is none; the caller frees it. */
char *folder_get(const char *folder, const char *path);
bool folder_has(const char *folder, const char *path);
/* Runs tar -xf. */
void folder_unpack(const char *folder, const char *archive);

#endif
