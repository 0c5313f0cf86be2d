/* SPDX-License-Identifier: MIT
 * Files of the golden tests, and their lines. What goes wrong here ends the
 * program: the tests cannot go on without their files. */
#ifndef HD_TESTS_GOLDEN_GOLDEN_TEXT_H
#define HD_TESTS_GOLDEN_GOLDEN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Exits with `what` unless ok. */
void golden_must(bool ok, const char *what);

/* Path below tests/golden/config. Valid until the next call. */
const char *golden_path(const char *name);

/* Whole file of tests/golden/config with a NUL behind it; the caller frees it. */
char *golden_read(const char *name, size_t *len);
/* The same for a file named from the top of the source tree. */
char *golden_read_top(const char *name, size_t *len);
/* NULL if it is not there. */
char *golden_read_optional(const char *name);
void golden_write(const char *name, const char *text);
char *golden_copy(const char *text);

/* Lines of a dump that differ from the same line of another, each with its full
 * name ("metrics.port: 1"), or "(defaults)" if none does; the caller frees it.
 * Both have the same options. */
char *golden_difference(const char *dump, const char *other);

#endif
