/* SPDX-License-Identifier: MIT
 * The inside of an engine, for engine.c (its life) and engine_loop.c (its work). */
#ifndef HD_TOOLS_HD_BENCH_ENGINE_LOOP_H
#define HD_TOOLS_HD_BENCH_ENGINE_LOOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/hd-bench/client.h"
#include "tools/hd-bench/due.h"
#include "util/list.h"

#define ENGINE_LOOP_READ_SIZE (256 * 1024)
#define ENGINE_LOOP_BUFFER_SIZE (CONN_FRAME_MAX + ENGINE_LOOP_READ_SIZE)
#define ENGINE_LOOP_COMPLAINT_SIZE 160

struct ring;

struct engine {
	struct client_run *run;
	struct client_log log;
	struct client **mine; /* owned array of our clients */
	uint32_t count;
	uint32_t login_at; /* the next of `mine` to connect */
	uint32_t logins_open; /* under way */
	uint32_t parallel;
	struct list rx; /* clients with something to read */
	struct list tx; /* senders that can go on at once */
	struct due due; /* senders that wait for their time */
	uint32_t churn_first, churn_count, churn_at; /* in `mine` */
	uint64_t churn_next_ns;
	bool by_ring; /* the load's sockets, if it can be had */
	uint64_t pause_ns; /* --tick; 0 for the probes, which are never held up */
	uint64_t woke_ns;
	uint64_t tick_ns;
	bool started; /* senders are under way */
	int epoll;
	uint8_t *buffer;
	struct ring *ring; /* moves the bytes of `carried` of our clients; NULL: none */
	uint32_t carried;
	/* By rx_node, those whose receive found no buffer: there is more at once. */
	struct list starved; /* and had none in this round, */
	struct list fed;     /* or had some */
	uint32_t round;
	pthread_t thread;
	bool threaded;
	char complaint[ENGINE_LOOP_COMPLAINT_SIZE];
};

/* The thread: until the run's stage is CLIENT_FINISH. arg: the engine. */
void *engine_loop_run(void *arg);

#endif
