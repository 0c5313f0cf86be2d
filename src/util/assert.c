/* SPDX-License-Identifier: MIT */
#include "util/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn void assert_fail(const char *expr, const char *file, int line, const char *func)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "assertion failed: %s (%s:%d, %s)\n", expr, file, line, func);

	/* stdio's locks may be held by whoever failed: write(2) alone is safe here. */
	if (n > 0) {
		size_t len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;

		if (write(STDERR_FILENO, text, len) < 0)
			abort();
	}
	abort();
}
