/* SPDX-License-Identifier: MIT
 * What a probe found, for people or for programs. */
#ifndef HD_TOOLS_HD_PROBE_REPORT_H
#define HD_TOOLS_HD_PROBE_REPORT_H

#include "tools/hd-probe/result.h"
#include "util/assert.h"
#include "util/bytes.h"

/* A line with the verdict, as monitors show it, then a line for each step.
 * Codes of bytes.h. */
HD_MUST_CHECK int report_text(const struct result *r, struct bytes *out);
/* One JSON object, as hd-probe(1) has it. now_s: seconds since 1970. Codes of bytes.h. */
HD_MUST_CHECK int report_json(const struct result *r, int64_t now_s, struct bytes *out);

#endif
