/* SPDX-License-Identifier: MIT
 * A real accept plane on loopback for tests, with the test in the place of the
 * shards: it takes what is handed over. Failures are failed checks. */
#ifndef HD_TESTS_UNIT_ACCEPT_RELAY_H
#define HD_TESTS_UNIT_ACCEPT_RELAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "accept/accept.h"
#include "bus/bus.h"
#include "bus/conn_count.h"
#include "stats/stats.h"

#define RELAY_THREADS_MAX 4

struct relay_thread {
	struct relay *relay;
	uint16_t index;
	pthread_t id;
};

struct relay {
	struct accept_settings settings; /* to be changed between init and start */
	uint32_t max_total;
	uint32_t max_per_ip;
	uint16_t shards;

	struct bus bus;
	struct conn_count *count;
	struct stats_registry *registry;
	struct stats *stats[RELAY_THREADS_MAX];
	struct accept_plane *plane;
	struct relay_thread threads[RELAY_THREADS_MAX];
	int listen_fd;
	uint16_t port;
	bool running;
};

/* A fresh key, a listener on a free port, one thread, one shard, 10 s per login. */
void relay_init(struct relay *r);
void relay_start(struct relay *r);
/* Stops the threads; numbers stay readable. */
void relay_stop(struct relay *r);
void relay_release(struct relay *r);

/* Blocks until a shard is handed a connection. */
struct handover relay_take(struct relay *r, uint16_t shard);
/* Has a shard been handed nothing (more)? For a stopped relay, or when the
 * connection in question is known to have ended. */
bool relay_took_all(struct relay *r, uint16_t shard);
/* Closes and frees what was handed over, and gives its place back. */
void relay_drop(struct relay *r, struct handover *h);

/* Sums over threads. */
uint64_t relay_logins(const struct relay *r, enum login_result result);
uint64_t relay_logins_all(const struct relay *r);
uint64_t relay_refusals(const struct relay *r, enum refuse_reason reason);
uint64_t relay_stat(const struct relay *r, enum stat_id which);

#endif
