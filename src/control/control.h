/* SPDX-License-Identifier: MIT
 * The control plane: one thread that knows who is connected, tells watchers,
 * and serves metrics. It meets the shards only through the bus. */
#ifndef HD_CONTROL_CONTROL_H
#define HD_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "bus/conn_count.h"
#include "proto/key.h"
#include "stats/stats.h"
#include "util/assert.h"

struct control_settings {
	struct key public_key;      /* the relay's: a watcher with this key is the relay itself */
	int metrics_fd;             /* listening socket, or -1; stays the caller's */
	bool debug_endpoints;
	const char *version;        /* for build_info and /health; not copied */
	uint16_t workers;
};

struct control_plane;

/* One link to each shard of the bus (settings->workers says the same number).
 * All pointers must outlive the plane. ERROR_NO_MEMORY, ERROR_IO. */
HD_MUST_CHECK int control_plane_new(struct control_plane **plane, const struct control_settings *settings,
				    struct bus *bus, struct conn_count *count, struct stats_registry *registry,
				    struct stats *stats);
/* Body of the control thread; returns after control_plane_stop once every shard
 * has drained and all messages are taken, or their time is over. */
void control_plane_run(struct control_plane *plane);

/* Any thread; asks for the stop and returns, control_plane_run does it. A second
 * call changes nothing. Sends Restarting to every client (reconnect after a random time
 * up to reconnect_ms, try for try_ms), then drains all shards within drain_ms.
 * A shard that has not drained a second after that is named in the log and not
 * waited for. */
void control_plane_stop(struct control_plane *plane, uint32_t reconnect_ms, uint32_t try_ms, uint32_t drain_ms);
/* Any thread: loop_beat() of the control thread. */
uint64_t control_plane_beat(struct control_plane *plane);
void control_plane_free(struct control_plane *plane);

#endif
