/* SPDX-License-Identifier: MIT
 * All steps of a probe, from the name to the packets. */
#ifndef HD_TOOLS_HD_PROBE_PROBE_H
#define HD_TOOLS_HD_PROBE_PROBE_H

#include "tools/hd-probe/options.h"
#include "tools/hd-probe/result.h"
#include "util/assert.h"

/* Whatever the relay does ends up in *r, a failure too. ERROR_USAGE: the command
 * line cannot be followed, `why` says how; ERROR_NO_MEMORY. box_start() must
 * have been called. *r is large: not for the stack. */
HD_MUST_CHECK int probe_run(struct result *r, const struct options *o, char *why, size_t why_cap);

#endif
