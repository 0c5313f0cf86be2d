/* SPDX-License-Identifier: MIT
 * One thread of a run: an epoll loop over its clients. It connects them, sends,
 * receives and checks until the run's stage is CLIENT_FINISH. */
#ifndef HD_TOOLS_HD_BENCH_ENGINE_H
#define HD_TOOLS_HD_BENCH_ENGINE_H

#include <stdint.h>

#include "tools/hd-bench/client.h"
#include "util/assert.h"

struct engine;

/* Its clients are those of the plan with this number; it makes and frees them.
 * ERROR_NO_MEMORY, ERROR_IO (errno). */
HD_MUST_CHECK int engine_new(struct engine **engine, struct client_run *run, uint32_t number);
/* Joins the thread, if it was started; the stage must be CLIENT_FINISH then. */
void engine_free(struct engine *e);
/* ERROR_IO (errno). */
HD_MUST_CHECK int engine_start(struct engine *e);
/* Counts may be read at any time, histograms after engine_join. */
const struct client_log *engine_log(const struct engine *e);
void engine_join(struct engine *e);
/* Why it stopped early, or the first login that failed; empty: nothing of the
 * kind. After engine_join. */
const char *engine_complaint(const struct engine *e);

#endif
