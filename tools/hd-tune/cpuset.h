/* SPDX-License-Identifier: MIT
 * A set of CPU numbers as the kernel writes it: "0-3,7". */
#ifndef HD_TOOLS_TUNE_CPUSET_H
#define HD_TOOLS_TUNE_CPUSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"
#include "util/bytes.h"

#define CPUSET_CPUS 8192 /* the most a kernel is built for */

struct cpuset {
	uint64_t word[CPUSET_CPUS / 64];
};

void cpuset_clear(struct cpuset *s);
bool cpuset_has(const struct cpuset *s, unsigned cpu);
void cpuset_add(struct cpuset *s, unsigned cpu); /* cpu < CPUSET_CPUS */
void cpuset_remove(struct cpuset *s, unsigned cpu); /* the same */
unsigned cpuset_count(const struct cpuset *s);
bool cpuset_empty(const struct cpuset *s);
bool cpuset_equal(const struct cpuset *a, const struct cpuset *b);
void cpuset_and(struct cpuset *s, const struct cpuset *other);
void cpuset_minus(struct cpuset *s, const struct cpuset *other);
/* Lowest CPU >= from, or -1. */
int cpuset_next(const struct cpuset *s, unsigned from);

/* Ranges, commas and blanks between them (systemd's form too); "" is the empty
 * set, and so is "(null)", which some kernels write for it. ERROR_MALFORMED,
 * ERROR_RANGE. */
HD_MUST_CHECK int cpuset_parse(struct cpuset *s, const char *text, size_t len);
/* Appends "0-3,7". Codes of bytes.h. */
HD_MUST_CHECK int cpuset_print(const struct cpuset *s, struct bytes *out);

#endif
