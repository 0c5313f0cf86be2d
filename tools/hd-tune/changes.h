/* SPDX-License-Identifier: MIT
 * What an apply changes: each file before and after, each live value. Made from
 * a plan, or read back from a journal. */
#ifndef HD_TOOLS_TUNE_CHANGES_H
#define HD_TOOLS_TUNE_CHANGES_H

#include "tools/hd-tune/place.h"
#include "tools/hd-tune/plan.h"

#define CHANGES_WHY_MAX 512

struct changes_file {
	bool involved; /* the plan is about it, and --only does not leave it out */
	bool existed;
	bool wanted; /* false: to be removed */
	unsigned folders; /* above it that are not there and will be made */
	struct place_owner owner;
	struct bytes before;
	struct bytes after;
	struct bytes keys; /* of the configuration: the owned keys */
};

struct changes_live {
	char key[FACTS_NAME_MAX];
	char before[FACTS_TEXT_MAX];
	char after[FACTS_TEXT_MAX];
};

struct changes {
	struct changes_file files[PLAN_FILES];
	struct changes_live live[PLAN_SYSCTLS_MAX];
	size_t live_count;
};

bool changes_same_text(const struct bytes *a, const struct bytes *b);
void changes_init(struct changes *c);
void changes_release(struct changes *c);

/* Compares a plan with the files below `root`. `only`: bits of enum
 * plan_file_kind, 0: all. `live`: live values count, too; `files`: files do.
 * Errors of place.h, ERROR_MALFORMED if the configuration cannot be read or
 * edited; then `why` has one line. */
HD_MUST_CHECK int changes_of_plan(struct changes *c, const struct plan *p, const char *root, unsigned only,
				  bool files, bool live, char why[CHANGES_WHY_MAX]);
bool changes_file_differs(const struct changes_file *f);
bool changes_any(const struct changes *c);
/* Holds a configuration that was edited against the one it came from: it loads,
 * and only owned keys differ. Both are full paths; `old` NULL: there was none. */
HD_MUST_CHECK int changes_verify_conf(const char *old, const char *edited, char why[CHANGES_WHY_MAX]);
/* Unified diffs, then a table of live values. Codes of bytes.h. */
HD_MUST_CHECK int changes_print(const struct changes *c, const char *root, struct bytes *out);

#endif
