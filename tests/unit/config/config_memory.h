/* SPDX-License-Identifier: MIT
 * Allocations of the code under test that fail when told to. The program is
 * linked with --wrap for malloc, calloc, realloc, strdup and strndup. */
#ifndef HD_TESTS_UNIT_CONFIG_CONFIG_MEMORY_H
#define HD_TESTS_UNIT_CONFIG_CONFIG_MEMORY_H

#include <stdbool.h>

/* Lets `good` more allocations pass; the one after them fails, once. */
void config_memory_fail_after(unsigned good);
/* Nothing fails from here on; did one fail since config_memory_fail_after? */
bool config_memory_failed(void);

#endif
