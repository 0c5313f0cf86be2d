/* SPDX-License-Identifier: MIT
 * How long an engine sleeps, and what wakes it. For engine_loop.c; its thread. */
#ifndef HD_TOOLS_HD_BENCH_ENGINE_WAIT_H
#define HD_TOOLS_HD_BENCH_ENGINE_WAIT_H

#include <stdint.h>
#include <sys/epoll.h>

#include "tools/hd-bench/engine_loop.h"
#include "util/mono.h"

#define ENGINE_WAIT_MAX_NS (10 * MONO_NS_PER_MS) /* and how often it does what is not urgent */

/* Until there is something to do: events of epoll, their number, -1 with errno;
 * what came for carried sockets is to be had by engine_ring_next.
 *
 * What arrives for them does not wake the thread if it will wake by itself soon:
 * at the next intended time of a packet, if that is at most 0.1 ms away, or at
 * the end of a tick. So the arrivals of a load at a fixed rate are seen that
 * much later, in batches. A load without a rate is woken by each. */
int engine_wait(struct engine *e, struct epoll_event *events, int max, uint64_t now_ns);

#endif
