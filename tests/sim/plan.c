/* SPDX-License-Identifier: MIT */
#include "tests/sim/plan.h"

#include "util/assert.h"

/* One of n values. */
static uint32_t pick(struct prng *prng, const uint32_t *of, uint32_t n)
{
	return of[prng_below(prng, n)];
}

#define PICK(prng, ...)                                                             \
	pick(prng, (const uint32_t[]){ __VA_ARGS__ },                               \
	     (uint32_t)HD_ARRAY_LEN(((const uint32_t[]){ __VA_ARGS__ })))

static struct shard_settings plan_settings(struct prng *prng, bool tight)
{
	struct shard_settings s = {
		.buf_size = PICK(prng, 256, 1024, 4096, 16384, 65536),
		.buf_count = PICK(prng, 4, 8, 16, 64, 128),
		.send_queue_bytes = PICK(prng, 2048, 16384, 65536, 262144, 4194304),
		.send_queue_ms = PICK(prng, 0, 30, 1000),
		.held_bytes_max = tight ? PICK(prng, 65536, 262144, 600000) : 512 * 1024 * 1024,
		.reserve_bytes_max = tight ? PICK(prng, 0, 65536, 600000) : 512 * 1024 * 1024,
		.write_timeout_ms = PICK(prng, 100, 500, 2000),
		.mesh_write_timeout_ms = PICK(prng, 200, 30000),
		.keepalive_ms = PICK(prng, 1000, 20000, 60000),
	};

	if (prng_one_in(prng, 6)) {
		s.client_rate = PICK(prng, 20000, 1000000, 50000000);
		s.client_burst = PICK(prng, 65573, 200000);
	}
	s.linger_us = PICK(prng, 0, 100, 2000);
	s.shrink_ms = PICK(prng, 1, 20, 1000);
	s.sqpoll = false;
	s.parts = prng_one_in(prng, 2);
	return s;
}

static void plan_kernel(struct plan *p, struct prng *prng)
{
	p->async = prng_one_in(prng, 3);
	p->short_send = PICK(prng, 0, 2, 5, 50);
	p->segment = PICK(prng, 0, 1, 2, 10);
	p->spurious = PICK(prng, 0, 30, 300);
	p->late_cancel = PICK(prng, 0, 2, 4);
	p->preempt = PICK(prng, 0, 20, 100);
	p->socket_min = PICK(prng, 1, 300, 4096);
	p->socket_max = p->socket_min + PICK(prng, 10, 2000, 20000, 300000);
}

static void plan_clients(struct plan *p, struct prng *prng)
{
	p->keys = PICK(prng, 2, 4, 10, 20);
	p->conns_start = prng_range(prng, 2, 2 * p->keys);
	p->churn = prng_one_in(prng, 2);
	p->conns_max = p->churn ? 200 : p->conns_start;
	p->packet_max = PICK(prng, 100, 1400, 1400, 9000, 65536);
	p->backlog_max = PICK(prng, 2000, 20000, 200000);
	p->hostile = p->churn && prng_one_in(prng, 2);
	p->mesh = prng_one_in(prng, 2);
	p->tls = PICK(prng, 0, 1, 2, 4);
	p->slow = PICK(prng, 0, 2, 5);
	p->stuck = PICK(prng, 0, 0, 6);
}

struct plan plan_of(struct prng *prng, uint16_t shards)
{
	struct plan p = { .shards = shards };

	if (p.shards == 0)
		p.shards = (uint16_t)PICK(prng, 1, 2, 2, 4);
	p.tight = prng_one_in(prng, 5);
	p.settings = plan_settings(prng, p.tight);
	p.xfer_entries = PICK(prng, 2, 4, 16, 128, 1024);
	p.event_entries = PICK(prng, 2, 8, 4096);
	p.command_entries = PICK(prng, 4, 1024);
	p.handover_entries = PICK(prng, 2, 256);
	plan_kernel(&p, prng);
	plan_clients(&p, prng);
	p.commands = PICK(prng, 0, 50, 500);
	p.freeze = PICK(prng, 0, 200, 1000);
	p.no_memory = PICK(prng, 0, 0, 0, 2, 10, 100);
	p.abrupt = prng_one_in(prng, 3);
	return p;
}
