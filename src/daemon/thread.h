/* SPDX-License-Identifier: MIT
 * Threads of the daemon: small stacks, no signals, a name each. */
#ifndef HD_DAEMON_THREAD_H
#define HD_DAEMON_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

struct thread {
	pthread_t id;
	bool running; /* started and not joined yet */
	char name[16];
};

typedef void *thread_fn(void *arg);

/* `t` is zeroed; fmt makes its name. Logs and returns ERROR_IO if the system has none to give. */
HD_MUST_CHECK int thread_start(struct thread *t, thread_fn *fn, void *arg, const char *fmt, ...) HD_PRINTF(4, 5);
/* Harmless if it was never started. False if it still runs after that time. */
HD_MUST_CHECK bool thread_join_within(struct thread *t, uint32_t limit_ms);

#endif
