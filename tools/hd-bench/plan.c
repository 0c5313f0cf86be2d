/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/plan.h"

#include <stdlib.h>

#include "util/error.h"

static uint32_t traffic_clients(const struct options *o)
{
	switch (o->scenario) {
	case OPTIONS_PAIRS:
		return 2 * o->width;
	case OPTIONS_FAN_IN:
	case OPTIONS_FAN_OUT:
		return o->width + 1;
	case OPTIONS_ALL_TO_ALL:
		return o->width;
	case OPTIONS_NO_TRAFFIC:
		break;
	}
	return 0;
}

static struct plan_client *add(struct plan *p, enum plan_role role, uint32_t engine)
{
	struct plan_client *c = &p->clients[p->count++];

	c->role = role;
	c->engine = engine;
	return c;
}

static void send_to(struct plan *p, struct plan_client *c, uint32_t first, uint32_t count)
{
	c->dest_first = first;
	c->dest_count = count;
	c->sender_index = p->senders[c->role]++;
}

static void hear_from(struct plan_client *c, uint32_t first, uint32_t count)
{
	c->source_first = first;
	c->source_count = count;
}

static void add_pair(struct plan *p, enum plan_role role, uint32_t engine, bool both)
{
	uint32_t first = p->count;
	struct plan_client *a = add(p, role, engine), *b = add(p, role, engine);

	send_to(p, a, first + 1, 1);
	hear_from(b, first, 1);
	if (both) {
		send_to(p, b, first, 1);
		hear_from(a, first + 1, 1);
	}
}

static void add_traffic(struct plan *p, const struct options *o)
{
	uint32_t n = o->width;

	if (o->scenario == OPTIONS_PAIRS) {
		for (uint32_t i = 0; i < n; i++)
			add_pair(p, PLAN_TRAFFIC, i % o->threads, o->both);
		return;
	}
	for (uint32_t i = 0; i < traffic_clients(o); i++) {
		struct plan_client *c = add(p, PLAN_TRAFFIC, i % o->threads);

		if (o->scenario == OPTIONS_ALL_TO_ALL) {
			send_to(p, c, 0, n);
			hear_from(c, 0, n);
		} else if ((o->scenario == OPTIONS_FAN_OUT) == (i == 0)) {
			/* Client 0 is the one, 1 to n are the many. */
			send_to(p, c, i == 0, i == 0 ? n : 1);
		} else {
			hear_from(c, i == 0, i == 0 ? n : 1);
		}
	}
}

int plan_make(struct plan *p, const struct options *o)
{
	size_t count = (size_t)traffic_clients(o) + 2 + 2 * (size_t)o->slow_readers + o->idle + o->churn;
	struct plan made = { .engines = o->threads + (o->probe_rate != 0) };

	made.clients = calloc(count, sizeof(*made.clients));
	if (!made.clients)
		return ERROR_NO_MEMORY;
	add_traffic(&made, o);
	if (o->probe_rate)
		add_pair(&made, PLAN_PROBE, o->threads, false);
	for (uint32_t i = 0; i < o->slow_readers; i++)
		add_pair(&made, PLAN_SLOW, i % o->threads, false);
	for (uint32_t i = 0; i < o->idle; i++)
		add(&made, PLAN_IDLE, i % o->threads);
	for (uint32_t i = 0; i < o->churn; i++)
		add(&made, PLAN_CHURN, i % o->threads);
	hd_assert(made.count <= count);
	*p = made;
	return 0;
}

void plan_release(struct plan *p)
{
	free(p->clients);
	*p = (struct plan){ 0 };
}
