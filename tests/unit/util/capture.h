/* SPDX-License-Identifier: MIT
 * Reads what a piece of a test writes to stderr. One thread. */
#ifndef HD_TESTS_UNIT_UTIL_CAPTURE_H
#define HD_TESTS_UNIT_UTIL_CAPTURE_H

#include <stddef.h>

struct capture {
	int saved_fd;
	int file_fd; /* an unlinked temporary file stands in for stderr */
};

void capture_begin(struct capture *c);
/* Puts stderr back and returns what was written, NUL-terminated; to be freed. */
char *capture_end(struct capture *c);

#endif
