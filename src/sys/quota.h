/* SPDX-License-Identifier: MIT
 * CPU time that the control groups of this process leave it: the tightest of
 * cpu.max (version 2) and cpu.cfs_quota_us (version 1) over its group and all
 * groups above it. */
#ifndef HD_SYS_QUOTA_H
#define HD_SYS_QUOTA_H

#include <stdint.h>

#define QUOTA_NONE UINT64_MAX

/* In thousandths of a CPU; QUOTA_NONE where no group sets any (or none can be
 * read). `root` is put before every path ("": the running system). */
uint64_t quota_millicpus(const char *root);
/* The same for the group of this path ("/system.slice/x.service") and those
 * above it, whether or not it exists by now. */
uint64_t quota_millicpus_of(const char *root, const char *group);

#endif
