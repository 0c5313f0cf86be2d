/* SPDX-License-Identifier: MIT */
#include "tests/sim/sim_control.h"

#include <stdlib.h>
#include <string.h>

#include "data/xfer.h"
#include "tests/sim/client.h"
#include "tests/sim/packet.h"
#include "tests/sim/sim.h"

struct held {
	struct held *next;
	struct command command;
};

static struct {
	struct held *head[PLAN_SHARDS_MAX];
	struct held *tail[PLAN_SHARDS_MAX];
	bool drained[PLAN_SHARDS_MAX];
	uint32_t present;
} control;

void sim_control_init(void)
{
	memset(&control, 0, sizeof(control));
}

static void hold(uint16_t shard, const struct command *c)
{
	struct held *h = malloc(sizeof(*h));

	hd_assert(h);
	*h = (struct held){ .command = *c };
	if (control.tail[shard])
		control.tail[shard]->next = h;
	else
		control.head[shard] = h;
	control.tail[shard] = h;
}

static struct held *unhold(uint16_t shard)
{
	struct held *h = control.head[shard];

	control.head[shard] = h->next;
	if (!h->next)
		control.tail[shard] = NULL;
	return h;
}

void sim_control_release(void)
{
	for (uint16_t i = 0; i < PLAN_SHARDS_MAX; i++)
		while (control.head[i]) {
			struct held *h = unhold(i);

			free(h->command.block);
			free(h);
		}
}

/* ---- commands ---- */

static void key_gone(uint32_t key)
{
	const struct command c = { .type = COMMAND_KEY_GONE, .key = client_key(key) };

	client_totals.departures[key]++;
	for (uint16_t i = 0; i < sim.plan.shards; i++)
		hold(i, &c);
}

/* The next PeerPresent frames for a watcher. */
static void send_block(struct conn *c)
{
	uint32_t frames = sim_one_in(4) ? sim_range(1, 500) : sim_range(1, 5);
	struct command command = { .type = COMMAND_SEND_BLOCK, .peer = c->peer };
	uint8_t *at = malloc((size_t)frames * FRAME_PEER_PRESENT_SIZE);

	hd_assert(at);
	command.block = at;
	for (uint32_t i = 0; i < frames; i++)
		at += packet_put_present(at, ++c->blocks_frames);
	command.block_len = (uint32_t)(at - command.block);
	c->block_out = true;
	hold(c->peer.shard, &command);
}

static void close_one(void)
{
	struct conn *c = &sim.conns[sim_below(sim.conn_count)];
	struct command command = { .type = COMMAND_CLOSE, .peer = c->peer, .value = CLOSE_BY_ADMIN };

	if (c->told == CLIENT_UNKNOWN)
		return;
	if (sim_one_in(4))
		command.peer.generation += sim_below(3) - 1; /* perhaps no longer, perhaps not yet */
	for (uint32_t i = 0; i < sim.conn_count; i++)
		if (sim.conns[i].told != CLIENT_CLOSED)
			sim.conns[i].may_end[CLOSE_BY_ADMIN] = true;
	client_totals.any_ended = true;
	hold(c->peer.shard, &command);
}

static void restarting(void)
{
	const struct command c = { .type = COMMAND_RESTARTING, .arg_ms = { sim_below(1000), 5000 } };

	client_totals.restarting = true;
	for (uint16_t i = 0; i < sim.plan.shards; i++)
		hold(i, &c);
}

void sim_control_command(void)
{
	switch (sim_below(8)) {
	case 0:
		if (sim.plan.churn && sim.conn_count > 0)
			close_one();
		break;
	case 1:
		restarting();
		break;
	case 2:
		if (sim.plan.churn)
			key_gone(sim_below(2 * sim.plan.keys));
		break;
	default:
		for (uint32_t i = 0; i < sim.conn_count; i++) {
			struct conn *c = &sim.conns[i];

			if (c->watching && !c->block_out && c->told == CLIENT_JOINED && sim_one_in(2))
				send_block(c);
		}
	}
}

void sim_control_drain(uint32_t drain_ms)
{
	const struct command c = { .type = COMMAND_DRAIN, .arg_ms = { drain_ms } };

	sim_say("drain within %u ms", drain_ms);
	sim.draining = true;
	for (uint16_t i = 0; i < sim.plan.shards; i++)
		hold(i, &c);
}

bool sim_control_drained(uint16_t shard)
{
	return control.drained[shard];
}

uint32_t sim_control_present(void)
{
	return control.present;
}

static bool is_departure(const struct command *c, const struct key *key)
{
	return c->type == COMMAND_KEY_GONE && memcmp(c->key.bytes, key->bytes, KEY_SIZE) == 0;
}

static const void *ring_entry(const struct spsc *ring, uint32_t i)
{
	return ring->entries + (size_t)(i & ring->mask) * ring->entry_size;
}

/* Those that the key's own shard has passed on. */
static uint32_t departures_between(uint16_t home, uint16_t shard, const struct key *key)
{
	const struct xfer_link *l = &sim.plane->links[home * sim.plan.shards + shard];
	const struct xfer_desc *d;
	uint32_t n = 0;

	for (uint32_t i = atomic_load(&l->out.head); i != l->out.tail_private; i++) {
		d = ring_entry(&l->out, i);
		n += d->flags & XFER_GONE && memcmp(d->to.bytes, key->bytes, KEY_SIZE) == 0;
	}
	for (const struct xfer_pending *p = l->pending_head; p; p = p->next)
		n += p->desc.flags & XFER_GONE && memcmp(p->desc.to.bytes, key->bytes, KEY_SIZE) == 0;
	return n;
}

uint32_t sim_control_departures_ahead(uint16_t shard, uint32_t key)
{
	struct key k = client_key(key);
	uint16_t home = data_plane_shard_of(sim.plane, &k);
	const struct spsc *ring = bus_command(&sim.bus, home);
	uint32_t n = 0;

	for (uint32_t i = atomic_load(&ring->head); i != ring->tail_private; i++)
		n += is_departure(ring_entry(ring, i), &k);
	for (const struct held *h = control.head[home]; h; h = h->next)
		n += is_departure(&h->command, &k);
	return home == shard ? n : n + departures_between(home, shard, &k);
}

/* ---- events ---- */

static struct conn *conn_of(const struct event *e)
{
	struct conn *c = &sim.conns[e->conn_id - 1];

	sim_check(e->conn_id >= 1 && e->conn_id <= sim.conn_count, "event of unknown connection %u",
		  (unsigned)e->conn_id);
	return c;
}

static void check_name(const struct conn *c, const struct event *e, uint16_t shard)
{
	struct key key = client_key(c->key);

	sim_check(memcmp(e->key.bytes, key.bytes, KEY_SIZE) == 0, "event of client %u with another key",
		  c->number);
	sim_check(e->addr.port == c->number && e->peer.shard == shard, "event of client %u with another address",
		  c->number);
	if (e->type != EVENT_JOINED) {
		sim_check(c->told == CLIENT_JOINED, "event %u of client %u, which is not there", e->type,
			  c->number);
		sim_check(peer_id_equal(e->peer, c->peer), "event of client %u under another name", c->number);
	}
}

static void on_joined(struct conn *c, const struct event *e)
{
	sim_check(c->told == CLIENT_UNKNOWN, "client %u joined twice", c->number);
	sim_check(e->peer.generation != 0 && e->flags == c->flags, "client %u joined wrongly", c->number);
	for (uint32_t i = 0; i < sim.conn_count; i++)
		sim_check(sim.conns[i].told == CLIENT_UNKNOWN || !peer_id_equal(sim.conns[i].peer, e->peer),
			  "clients %u and %u have one name", i, c->number);
	c->told = CLIENT_JOINED;
	c->peer = e->peer;
	control.present++;
}

static bool may_end(const struct conn *c, enum close_reason reason)
{
	if (reason == CLOSE_BY_MESH)
		return client_totals.closed_by_mesh[c->key];
	return c->may_end[reason] || (reason == CLOSE_SHUTDOWN && sim.draining);
}

/* Who took something had its time from then on. */
static void check_write_timeout(const struct conn *c)
{
	const struct shard_settings *s = &sim.plan.settings;
	uint32_t timeout_ms = c->flags & PEER_FLAG_MESH ? s->mesh_write_timeout_ms : s->write_timeout_ms;

	sim_check(c->sock.shut_ms - c->sock.took_ms >= timeout_ms,
		  "client %u was closed %lu ms after it took something", c->number,
		  (unsigned long)(c->sock.shut_ms - c->sock.took_ms));
}

static void on_closed(struct conn *c, const struct event *e)
{
	enum close_reason reason = (enum close_reason)e->value;

	sim_say("client %u was closed: %s", c->number, close_reason_label(reason));
	sim_check(e->value < CLOSE_REASON_COUNT && may_end(c, reason), "client %u was closed for %s", c->number,
		  close_reason_label(reason));
	if (reason == CLOSE_WRITE_TIMEOUT)
		check_write_timeout(c);
	sim_check(!client_open(c), "client %u is closed, its descriptor is open", c->number);
	c->told = CLIENT_CLOSED;
	control.present--;
	client_totals.any_ended = true;
	if (e->last_of_key && !sim.draining)
		key_gone(c->key);
}

static void on_event(const struct event *e, uint16_t shard)
{
	struct conn *c;

	if (e->type == EVENT_DRAINED) {
		sim_check(sim.draining && !control.drained[shard], "shard %u says it is drained", shard);
		control.drained[shard] = true;
		return;
	}
	sim_check(!control.drained[shard], "event %u of shard %u, which is drained", e->type, shard);
	c = conn_of(e);
	check_name(c, e, shard);
	switch (e->type) {
	case EVENT_JOINED:
		on_joined(c, e);
		break;
	case EVENT_PREFERRED:
		break;
	case EVENT_WATCH:
		sim_check(c->flags & PEER_FLAG_MESH, "client %u watches", c->number);
		c->watching = true;
		break;
	case EVENT_BLOCK_DONE:
		sim_check(c->block_out, "client %u has had a block it was not sent", c->number);
		c->block_out = false;
		break;
	case EVENT_CLOSED:
		on_closed(c, e);
		break;
	default:
		sim_fail("event of type %u", e->type);
	}
}

static void take_events(uint16_t shard)
{
	struct spsc *ring = bus_event(&sim.bus, shard);
	const struct event *e;

	for (uint32_t n = sim_range(1, 64); n > 0 && (e = spsc_peek(ring)) != NULL; n--) {
		on_event(e, shard);
		spsc_consume(ring);
	}
}

static void hand_out(uint16_t shard)
{
	struct spsc *ring = bus_command(&sim.bus, shard);

	while (control.head[shard]) {
		struct command *slot = spsc_reserve(ring);
		struct held *h;

		if (!slot)
			break;
		h = unhold(shard);
		*slot = h->command;
		free(h);
	}
	if (spsc_publish(ring))
		(void)waker_notify(&sim.bus.shard_waker[shard]);
}

void sim_control_work(void)
{
	for (uint16_t i = 0; i < sim.plan.shards; i++) {
		take_events(i);
		hand_out(i);
	}
}

bool sim_control_idle(void)
{
	for (uint16_t i = 0; i < sim.plan.shards; i++)
		if (!spsc_empty(bus_event(&sim.bus, i)) || (control.head[i] && !control.drained[i]))
			return false;
	return true;
}
