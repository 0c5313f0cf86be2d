/* SPDX-License-Identifier: MIT
 * One shard's loop. */
#ifndef HD_DATA_SHARD_H
#define HD_DATA_SHARD_H

#include "data/core.h"

/* On the shard's thread: makes its ring. Negative code with errno set. */
HD_MUST_CHECK int shard_start(struct shard *sh);
/* Serves until COMMAND_DRAIN is done. */
void shard_run(struct shard *sh);

#endif
