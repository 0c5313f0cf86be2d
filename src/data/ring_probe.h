/* SPDX-License-Identifier: MIT
 * Can this process use io_uring, and if not, why? */
#ifndef HD_DATA_RING_PROBE_H
#define HD_DATA_RING_PROBE_H

#include <stddef.h>

#include "util/assert.h"

/* 0, or ERROR_UNSUPPORTED with one line for people in `why`: kernel too old or
 * built without io_uring (ENOSYS), kernel.io_uring_disabled (1: privileged or
 * io_uring_group only, 2: off), seccomp (ENOSYS or EPERM with the sysctl at 0),
 * an operation that is missing; each with its remedy. */
HD_MUST_CHECK int ring_probe(char *why, size_t why_cap);

/* The line for an error of io_uring_setup(2) (an errno), given the value of
 * kernel.io_uring_disabled (-1: none) and the kernel's release. */
void ring_probe_explain(char *why, size_t why_cap, int error, int sysctl, const char *release);

#endif
