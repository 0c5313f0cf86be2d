/* SPDX-License-Identifier: MIT
 * Waits until a number of threads have said how their start went. */
#ifndef HD_DAEMON_GATE_H
#define HD_DAEMON_GATE_H

#include <pthread.h>

#include "util/assert.h"

struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t all_passed;
	unsigned awaited;
	int error; /* the first that was told; 0: none */
};

void gate_init(struct gate *g, unsigned awaited);
void gate_release(struct gate *g); /* all have passed */
/* Any thread, once for each that is awaited. error: 0 or a code of util/error.h. */
void gate_pass(struct gate *g, int error);
/* Returns the first error when all have passed, or 0. */
HD_MUST_CHECK int gate_wait(struct gate *g);

#endif
