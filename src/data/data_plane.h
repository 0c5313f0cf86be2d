/* SPDX-License-Identifier: MIT
 * The data plane: `workers` shards, one thread and one io_uring each. A key
 * always lands on the shard that its keyed hash names, so routing needs no
 * shared map. */
#ifndef HD_DATA_DATA_PLANE_H
#define HD_DATA_DATA_PLANE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "proto/key.h"
#include "stats/stats.h"
#include "util/assert.h"
#include "util/hash.h"

/* What is good for shrink_ms: longer than bursts are apart, shorter than somebody waits
 * to see the memory of a flood again. */
#define SHARD_SHRINK_MS 1000

/* Everything the data plane wants to know; fixed while it runs. */
struct shard_settings {
	uint32_t buf_size;           /* bytes of one receive buffer */
	uint32_t buf_count;          /* receive buffers per shard, a power of two */
	uint32_t send_queue_bytes;   /* held for one slow destination, at most; but see policy_lane_packets */
	uint32_t send_queue_ms;      /* age of what is held, at most; 0: no bound */
	uint64_t held_bytes_max;     /* held for all slow destinations of one shard */
	uint64_t reserve_bytes_max;  /* for what has begun to arrive; as much for what is to leave */
	uint32_t write_timeout_ms;   /* a client that takes nothing for this long is closed */
	uint32_t mesh_write_timeout_ms;
	uint32_t keepalive_ms;       /* between KeepAlive frames; plus 0..5 s of jitter */
	uint64_t client_rate;        /* bytes per second a client may send, 0: no limit */
	uint64_t client_burst;       /* bytes */
	uint32_t linger_us;          /* most that waiting for company adds to a packet's delay; 0: none */
	uint32_t shrink_ms;          /* memory nobody needed for so long goes back to the system, half at a time */
	bool parts;                  /* receive buffers filled by parts; not with TLS in the kernel */
	bool sqpoll;
};

struct data_plane;

/* Builds shards and the rings between them; no thread yet. `bus` and `stats`
 * (one block per shard) must outlive the plane. ERROR_NO_MEMORY. */
HD_MUST_CHECK int data_plane_new(struct data_plane **plane, uint16_t shards,
				 const struct shard_settings *settings, struct bus *bus, struct stats **stats);
/* All threads must have ended. */
void data_plane_free(struct data_plane *plane);

/* Shard that serves a key. Any thread. */
uint16_t data_plane_shard_of(const struct data_plane *plane, const struct key *key);

/* Body of a shard's thread: makes its ring, serves until COMMAND_DRAIN is done.
 * `started` is called on the thread once the ring stands (error 0) or could
 * not be made (negative code, errno set); in that case it returns at once. */
typedef void data_plane_started_fn(void *ctx, uint16_t shard, int error);
void data_plane_run(struct data_plane *plane, uint16_t shard, data_plane_started_fn *started, void *ctx);

#endif
