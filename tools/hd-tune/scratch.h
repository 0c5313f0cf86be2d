/* SPDX-License-Identifier: MIT
 * A folder that is needed for a while. */
#ifndef HD_TOOLS_TUNE_SCRATCH_H
#define HD_TOOLS_TUNE_SCRATCH_H

#include <limits.h>

#include "util/assert.h"

/* Below $TMPDIR or /tmp, for this user alone. ERROR_IO (errno). */
HD_MUST_CHECK int scratch_make(char path[PATH_MAX]);
/* With the files that are in it. */
void scratch_remove(const char *path);

#endif
