/* SPDX-License-Identifier: MIT */
#include "daemon/gate.h"

void gate_init(struct gate *g, unsigned awaited)
{
	pthread_mutex_init(&g->mutex, NULL);
	pthread_cond_init(&g->all_passed, NULL);
	g->awaited = awaited;
	g->error = 0;
}

void gate_release(struct gate *g)
{
	pthread_cond_destroy(&g->all_passed);
	pthread_mutex_destroy(&g->mutex);
}

void gate_pass(struct gate *g, int error)
{
	pthread_mutex_lock(&g->mutex);
	hd_assert(g->awaited > 0);
	if (error && !g->error)
		g->error = error;
	if (--g->awaited == 0)
		pthread_cond_signal(&g->all_passed);
	pthread_mutex_unlock(&g->mutex);
}

int gate_wait(struct gate *g)
{
	int error;

	pthread_mutex_lock(&g->mutex);
	while (g->awaited > 0)
		pthread_cond_wait(&g->all_passed, &g->mutex);
	error = g->error;
	pthread_mutex_unlock(&g->mutex);
	return error;
}
