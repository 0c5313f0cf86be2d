/* SPDX-License-Identifier: MIT
 * Reading to the end. */
#ifndef HD_TOOLS_TUNE_READ_ALL_H
#define HD_TOOLS_TUNE_READ_ALL_H

#include "util/assert.h"
#include "util/bytes.h"

/* Appends all that comes from a blocking descriptor until its end. ERROR_IO
 * (errno), ERROR_TOO_BIG (more than there is room for), ERROR_NO_MEMORY; what
 * came until then is in `out`. */
HD_MUST_CHECK int read_all(int fd, struct bytes *out);

#endif
