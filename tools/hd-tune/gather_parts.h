/* SPDX-License-Identifier: MIT
 * The parts of gather_machine. For gather*.c. */
#ifndef HD_TOOLS_TUNE_GATHER_PARTS_H
#define HD_TOOLS_TUNE_GATHER_PARTS_H

#include "tools/hd-tune/facts.h"

#define GATHER_UNIT "hyper-derp.service"

/* ERROR_NO_MEMORY; what is not there is no error. */
HD_MUST_CHECK int gather_network(struct facts *f, const char *root);
HD_MUST_CHECK int gather_unit(struct facts *f, const char *root);
HD_MUST_CHECK int gather_sysctls(struct facts *f, const char *root, const char *own_root);
void gather_cpus(struct facts *f, const char *root);
void gather_group(struct facts *f, const char *root);
void gather_module(struct facts *f, const char *root);
/* By kernel.io_uring_disabled and io_uring_group, for the service's user; and by
 * a ring, if `live`. */
void gather_io_uring(struct facts *f, const char *root, bool live);
/* What the driver of each interface offers. */
void gather_ethtool(struct facts *f);
void gather_openssl(struct facts *f);
void gather_limits(struct facts *f, const char *root);
/* Asks the running kernel. */
void gather_ktls(struct facts *f);

#endif
