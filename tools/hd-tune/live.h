/* SPDX-License-Identifier: MIT
 * Live values of kernel parameters, below `root` ("": this machine). */
#ifndef HD_TOOLS_TUNE_LIVE_H
#define HD_TOOLS_TUNE_LIVE_H

#include <stdbool.h>

#include "util/assert.h"

/* ERROR_DENIED, ERROR_IO (errno). */
HD_MUST_CHECK int live_write(const char *root, const char *key, const char *value);
/* Blanks of any width count as one. */
bool live_is(const char *root, const char *key, const char *value);

#endif
