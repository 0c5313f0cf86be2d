/* SPDX-License-Identifier: MIT */
#include "data/tell.h"

#include <string.h>

struct tell_row {
	enum peer_tell what;
	enum event_type type;
};

static const struct tell_row tell_rows[] = {
	{ PEER_TELL_JOINED, EVENT_JOINED },
	{ PEER_TELL_PREFERRED, EVENT_PREFERRED },
	{ PEER_TELL_WATCH, EVENT_WATCH },
	{ PEER_TELL_BLOCK_DONE, EVENT_BLOCK_DONE },
	{ PEER_TELL_CLOSED, EVENT_CLOSED },
};

void tell_control(struct shard *sh, struct peer *p, enum peer_tell what)
{
	p->tell |= (uint8_t)what;
	if (!list_linked(&p->tell_node))
		list_push_back(&sh->tell, &p->tell_node);
}

static struct event *tell_reserve(struct shard *sh, enum event_type type)
{
	struct event *e = spsc_reserve(bus_event(sh->plane->bus, sh->number));

	if (e) {
		memset(e, 0, sizeof(*e));
		e->type = (uint8_t)type;
	}
	return e;
}

static bool tell_one(struct shard *sh, const struct peer *p, enum event_type type)
{
	struct event *e = tell_reserve(sh, type);

	if (!e)
		return false;
	e->key = p->key;
	e->addr = p->addr;
	e->peer = (struct peer_id){ sh->number, p->slot, p->generation };
	e->conn_id = p->conn_id;
	e->flags = p->flags;
	e->transport = p->transport;
	e->last_of_key = p->last_of_key;
	if (type == EVENT_PREFERRED)
		e->value = p->preferred;
	else if (type == EVENT_CLOSED)
		e->value = p->close_reason;
	return true;
}

/* True when all of a peer's set is said. */
static bool tell_peer(struct shard *sh, struct peer *p)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(tell_rows); i++) {
		if (!(p->tell & tell_rows[i].what))
			continue;
		if (!tell_one(sh, p, tell_rows[i].type))
			return false;
		p->tell &= (uint8_t)~tell_rows[i].what;
	}
	return true;
}

static void tell_wake(struct shard *sh)
{
	if (spsc_publish(bus_event(sh->plane->bus, sh->number)) && waker_notify(&sh->plane->bus->control_waker))
		stats_add(sh->stats, STAT_WAKEUPS_SENT, 1);
}

void tell_flush(struct shard *sh)
{
	struct list_node *n;

	while ((n = list_first(&sh->tell)) != NULL) {
		struct peer *p = list_entry(n, struct peer, tell_node);

		if (!tell_peer(sh, p))
			break;
		list_remove(n);
		if (p->state == PEER_CLOSED) {
			peer_set_state(p, PEER_FREE);
			peer_table_put(&sh->peers, p);
		}
	}
	tell_wake(sh);
}

bool tell_idle(const struct shard *sh)
{
	return list_empty(&sh->tell);
}

bool tell_drained(struct shard *sh)
{
	struct event *e = tell_reserve(sh, EVENT_DRAINED);

	if (!e)
		return false;
	e->peer.shard = sh->number;
	tell_wake(sh);
	return true;
}
