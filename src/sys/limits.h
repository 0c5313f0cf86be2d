/* SPDX-License-Identifier: MIT
 * Resource limits of the process. */
#ifndef HD_SYS_LIMITS_H
#define HD_SYS_LIMITS_H

#include <stdint.h>

/* Raises RLIMIT_NOFILE's soft limit to its hard limit; returns the limit now in force. */
uint64_t limits_raise_nofile(void);

#endif
