/* SPDX-License-Identifier: MIT
 * Who is to act next: a heap of times. */
#ifndef HD_TOOLS_HD_BENCH_DUE_H
#define HD_TOOLS_HD_BENCH_DUE_H

#include <stdint.h>

#include "util/assert.h"

struct due_entry {
	uint64_t at_ns;
	void *who;
};

struct due {
	struct due_entry *entries; /* owned */
	uint32_t count;
	uint32_t cap;
};

/* ERROR_NO_MEMORY. */
HD_MUST_CHECK int due_init(struct due *d, uint32_t cap);
void due_release(struct due *d);
/* At most `cap` at once (asserted). */
void due_push(struct due *d, uint64_t at_ns, void *who);
/* The earliest, or NULL if that is after now_ns. */
void *due_pop(struct due *d, uint64_t now_ns);
/* Time of the earliest, UINT64_MAX if there is none. */
uint64_t due_next(const struct due *d);

#endif
