/* SPDX-License-Identifier: MIT */
#include "daemon/plane_settings.h"

#include "proto/frame.h"
#include "sys/cpu.h"

#define WORKERS_MAX 256
/* Mesh peers carry many clients' packets and are slower to catch up. */
#define MESH_WRITE_TIMEOUT_MS 30000

/* Held for all slow destinations of one shard. 64 MiB are 256 destinations
 * that each hold the 256 KiB of a usual send queue; more slow ones at once share
 * them. A send queue that is set larger keeps room for at least four. Of one half
 * some may have more than their bytes, 32 packets (policy_lane_packets): 2 MiB each
 * if these are the largest. */
#define HELD_BYTES_MAX (UINT64_C(64) * 1024 * 1024)
#define HELD_QUEUES_MIN 4

uint16_t plane_settings_workers(const struct settings *s)
{
	unsigned cores;

	if (s->workers > 0)
		return (uint16_t)s->workers;
	cores = cpu_usable_cores();
	return (uint16_t)(cores < WORKERS_MAX ? cores : WORKERS_MAX);
}

/* A bucket that cannot hold one whole frame would never let it through. */
static uint64_t client_burst(const struct settings *s)
{
	uint64_t burst = (uint64_t)(s->client_burst > 0 ? s->client_burst : s->client_rate);
	uint64_t frame = FRAME_HEADER_SIZE + FRAME_SEND_BODY_MAX;

	if (s->client_rate == 0)
		return 0;
	return burst > frame ? burst : frame;
}

/* For frames that have begun to arrive: some 12,000 of a usual packet's size at
 * once, or 500 of the largest. As much for what is sealed to leave. */
#define RESERVE_BYTES_MAX (UINT64_C(32) * 1024 * 1024)

static uint64_t held_bytes_max(const struct settings *s)
{
	uint64_t few = HELD_QUEUES_MIN * (uint64_t)s->send_queue_bytes;

	return few > HELD_BYTES_MAX ? few : HELD_BYTES_MAX;
}

struct shard_settings plane_settings_shard(const struct settings *s)
{
	return (struct shard_settings){
		.buf_size = (uint32_t)s->buf_size,
		.buf_count = (uint32_t)s->buf_ring_size,
		.send_queue_bytes = (uint32_t)s->send_queue_bytes,
		.send_queue_ms = (uint32_t)s->send_queue_ms,
		.held_bytes_max = held_bytes_max(s),
		.reserve_bytes_max = RESERVE_BYTES_MAX,
		.write_timeout_ms = (uint32_t)s->write_timeout_ms,
		.mesh_write_timeout_ms = MESH_WRITE_TIMEOUT_MS,
		.keepalive_ms = (uint32_t)s->keepalive_s * 1000,
		.client_rate = (uint64_t)s->client_rate,
		.client_burst = client_burst(s),
		.linger_us = (uint32_t)s->linger_us,
		.shrink_ms = SHARD_SHRINK_MS,
		.parts = s->buf_parts,
		.sqpoll = s->sqpoll,
	};
}

uint32_t plane_settings_accept_burst(const struct settings *s)
{
	return (uint32_t)(s->accept_burst > 0 ? s->accept_burst : s->max_accept_rate);
}

struct accept_settings plane_settings_accept(const struct settings *s)
{
	return (struct accept_settings){
		.threads = (uint16_t)s->accept_threads,
		.handshake_timeout_ms = (uint32_t)s->handshake_timeout_ms,
		.handshake_memory = (size_t)s->handshake_memory,
		.accept_rate = (double)s->max_accept_rate,
		.accept_burst = plane_settings_accept_burst(s),
		.sockbuf = (uint32_t)s->sockbuf,
		.tcp_user_timeout_ms = (uint32_t)s->tcp_user_timeout_ms,
		.tcp_keepalive_s = (uint32_t)s->tcp_keepalive_s,
		.client_rate = (uint64_t)s->client_rate,
		.client_burst = client_burst(s),
		.home = s->home,
		.hostname = s->hostname,
	};
}

void plane_settings_take_reloadable(struct settings *now, const struct settings *next)
{
	char names[64];

	now->log_level = next->log_level;
	now->max_accept_rate = next->max_accept_rate;
	now->accept_burst = next->accept_burst;
	now->max_connections = next->max_connections;
	now->max_connections_per_ip = next->max_connections_per_ip;
	/* The option table says which these are; this function must not lag behind it. */
	hd_assert(settings_diff(now, next, true, names, sizeof(names)) == 0);
}
