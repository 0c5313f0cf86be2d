/* SPDX-License-Identifier: MIT
 * Memory. What the shards ask for may be refused, as the plan says; the
 * simulation's own comes from here and is always granted. */
#ifndef HD_TESTS_SIM_ALLOC_H
#define HD_TESTS_SIM_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Before anything else in the process: OpenSSL's allocations are then among
 * those that may be refused. */
void alloc_init(void);
/* From now on, or no longer. */
void alloc_may_fail(bool yes);

/* Zeroed. */
void *sim_alloc(size_t size);
void *sim_realloc(void *p, size_t size);

/* Around work of the simulation's own on a shard's stack that uses libraries. */
void alloc_enter_own(void);
void alloc_leave_own(void);

#endif
