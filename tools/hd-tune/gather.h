/* SPDX-License-Identifier: MIT
 * Collects the facts of a machine. What cannot be read stays unknown. */
#ifndef HD_TOOLS_TUNE_GATHER_H
#define HD_TOOLS_TUNE_GATHER_H

#include "tools/hd-tune/facts.h"
#include "util/assert.h"

/* One thread only (topology.h). On an error `why` has one line and `f` what was
 * collected; release it. ERROR_IO, ERROR_NO_MEMORY, ERROR_MALFORMED, ERROR_RANGE. */

/* This machine (`root` "") or a copy of its /proc, /sys and /etc below a folder.
 * `own_root` is put before the paths of files that we write: keys that our own
 * drop-in sets there are facts, too. */
HD_MUST_CHECK int gather_machine(struct facts *f, const char *root, const char *own_root,
				 char why[FACTS_TEXT_MAX]);
/* A recorded topology, and nothing else. */
HD_MUST_CHECK int gather_topology(struct facts *f, const char *xml, char why[FACTS_TEXT_MAX]);
/* A document of `hd-tune probe`. */
HD_MUST_CHECK int gather_document(struct facts *f, const char *path, char why[FACTS_TEXT_MAX]);

#endif
