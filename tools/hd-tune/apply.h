/* SPDX-License-Identifier: MIT
 * Puts changes in place, and takes them back. Errors: ERROR_DENIED, ERROR_IO,
 * ERROR_BUSY (another hd-tune), ERROR_NO_MEMORY; ERROR_MALFORMED before anything
 * is changed; ERROR_CLOSED: something was not as it should be afterwards, and
 * all was rolled back. `why` has one line for each. */
#ifndef HD_TOOLS_TUNE_APPLY_H
#define HD_TOOLS_TUNE_APPLY_H

#include "tools/hd-tune/changes.h"

struct apply_place {
	const char *root;      /* before the paths of files and of the journal */
	const char *live_root; /* before /proc/sys; NULL: live values are left alone */
	struct bytes *said;    /* a line for each value that undo leaves alone; NULL: not wanted */
};

/* `id` is the journal's; 0 if there was nothing to do. */
HD_MUST_CHECK int apply_changes(const struct apply_place *at, const struct changes *c, unsigned *id,
				char why[CHANGES_WHY_MAX]);
/* Undoes one journal, id 0: the last. Files that were edited since are refused
 * (ERROR_EXISTS) unless `force`; live values that another program changed are
 * skipped. `id` becomes what was undone; ERROR_NOT_FOUND: nothing to undo. */
HD_MUST_CHECK int apply_undo(const struct apply_place *at, unsigned *id, bool force, char why[CHANGES_WHY_MAX]);
/* Compares what was applied last with what is there: lines into `out`, none if
 * nothing drifted. ERROR_NOT_FOUND: nothing was applied. */
HD_MUST_CHECK int apply_check(const struct apply_place *at, struct bytes *out, char why[CHANGES_WHY_MAX]);

#endif
