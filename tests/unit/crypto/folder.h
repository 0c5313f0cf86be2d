/* SPDX-License-Identifier: MIT
 * A folder of its own for one test. */
#ifndef HD_TESTS_UNIT_CRYPTO_FOLDER_H
#define HD_TESTS_UNIT_CRYPTO_FOLDER_H

#include <stddef.h>

extern char folder_path[];

/* Fixture functions: make it; remove it with all that is in it. */
void folder_make(void);
void folder_remove(void);

/* folder_path/name, valid until the next call but three. */
const char *folder_file(const char *name);
void folder_write(const char *name, const char *text);
/* Reads a file of up to 1,000 bytes; NUL-terminated, valid until the next call. */
const char *folder_read(const char *name);
/* Names in the folder, "." and ".." left out. */
int folder_count(void);

/* Goes on as a user who may not override permissions (if the test runs as
 * root), with the folder his. */
void folder_drop_root(void);

#endif
