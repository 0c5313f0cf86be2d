/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tools/hd-bench/engine_loop.h"
#include "util/error.h"

static int take_clients(struct engine *e, uint32_t number)
{
	const struct plan *plan = &e->run->plan;

	e->mine = calloc(plan->count ? plan->count : 1, sizeof(struct client *));
	if (!e->mine)
		return ERROR_NO_MEMORY;
	for (uint32_t i = 0; i < plan->count; i++) {
		struct client *c = &e->run->clients[i];
		int err;

		if (plan->clients[i].engine != number)
			continue;
		e->mine[e->count++] = c;
		err = client_init(c, e->run, &e->log, i);
		if (err)
			return err;
		if (c->plan->role == PLAN_CHURN && e->churn_count++ == 0)
			e->churn_first = e->count - 1;
		else if (c->plan->role != PLAN_CHURN)
			count_add(&e->log.count.other[COUNT_LOGINS_PENDING], 1);
	}
	return 0;
}

int engine_new(struct engine **engine, struct client_run *run, uint32_t number)
{
	struct engine *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return ERROR_NO_MEMORY;
	e->run = run;
	e->parallel = run->options->parallel / run->options->threads;
	e->parallel = e->parallel ? e->parallel : 1;
	e->pause_ns = number < run->options->threads ? run->options->tick_ns : 0;
	e->by_ring = run->uring && number < run->options->threads;
	list_init(&e->rx);
	list_init(&e->tx);
	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	e->buffer = malloc(ENGINE_LOOP_BUFFER_SIZE);
	err = e->epoll < 0 ? ERROR_IO : e->buffer ? take_clients(e, number) : ERROR_NO_MEMORY;
	if (!err)
		err = due_init(&e->due, e->count);
	if (err) {
		engine_free(e);
		return err;
	}
	*engine = e;
	return 0;
}

void engine_join(struct engine *e)
{
	if (e->threaded)
		pthread_join(e->thread, NULL);
	e->threaded = false;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	engine_join(e);
	for (uint32_t i = 0; i < e->count; i++)
		client_release(e->mine[i]);
	if (e->epoll >= 0)
		close(e->epoll);
	due_release(&e->due);
	free(e->mine);
	free(e->buffer);
	free(e);
}

int engine_start(struct engine *e)
{
	int err = pthread_create(&e->thread, NULL, engine_loop_run, e);

	if (err) {
		errno = err;
		return ERROR_IO;
	}
	e->threaded = true;
	return 0;
}

const struct client_log *engine_log(const struct engine *e)
{
	return &e->log;
}

const char *engine_complaint(const struct engine *e)
{
	return e->complaint;
}
