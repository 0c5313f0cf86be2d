/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/client.h"

#include <stdlib.h>
#include <string.h>

#include "util/error.h"

#define OUTBOX_SIZE (64 * 1024)

static int init_sender(struct client *c)
{
	const struct options *o = c->run->options;
	struct client_sender *s = calloc(1, sizeof(*s));

	c->sender = s;
	if (!s)
		return ERROR_NO_MEMORY;
	s->next_seq = calloc(c->plan->dest_count, sizeof(*s->next_seq));
	if (!s->next_seq)
		return ERROR_NO_MEMORY;
	s->uniform = c->plan->dest_count == 1 && (c->plan->role == PLAN_PROBE || o->sizes.count == 1);
	s->random = UINT64_C(0x9e3779b97f4a7c15) * (c->index + 1);
	if (o->window_bytes && c->plan->role == PLAN_TRAFFIC) {
		s->window = o->window_bytes * 1000 / mix_mean_milli(&o->sizes);
		s->window = s->window ? s->window : 1;
	}
	c->conn.out_want = OUTBOX_SIZE;
	return 0;
}

int client_init(struct client *c, struct client_run *run, struct client_log *log, uint32_t index)
{
	*c = (struct client){ .plan = &run->plan.clients[index], .run = run, .log = log, .index = index };
	list_node_init(&c->rx_node);
	list_node_init(&c->tx_node);
	conn_init(&c->conn, &run->target, &run->identities[index]);
	if (c->plan->source_count) {
		c->tracks = calloc(c->plan->source_count, sizeof(*c->tracks));
		if (!c->tracks)
			return ERROR_NO_MEMORY;
	}
	return c->plan->dest_count ? init_sender(c) : 0;
}

void client_release(struct client *c)
{
	conn_close(&c->conn);
	if (c->sender)
		free(c->sender->next_seq);
	free(c->sender);
	free(c->tracks);
	c->sender = NULL;
	c->tracks = NULL;
}

static int64_t slot_in(uint32_t who, uint32_t first, uint32_t count)
{
	return who >= first && who - first < count ? (int64_t)(who - first) : -1;
}

int64_t client_dest_slot(const struct client *c, uint32_t to)
{
	return slot_in(to, c->plan->dest_first, c->plan->dest_count);
}

int64_t client_source_slot(const struct client *c, uint32_t from)
{
	return slot_in(from, c->plan->source_first, c->plan->source_count);
}
