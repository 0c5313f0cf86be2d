/* SPDX-License-Identifier: MIT */
#include "control/region.h"

#include <stdlib.h>

#include "control/outbox.h"
#include "net/addr.h"
#include "util/error.h"
#include "util/log.h"
#include "util/mono.h"

#define EVENTS_PER_PASS 256 /* from one shard */
#define BLOCKS_PER_PASS 64
/* A client's first choice of its home relay is no move; derper allows as much. */
#define HOME_SETTLE_NS (5 * MONO_NS_PER_S)

#define SUBJECT "control"

/* At most 8 MiB of blocks on their way, and a log of at most 10 MiB: 100,000
 * clients that all leave at once are no reason to drop a watcher, but for much
 * more than that a new snapshot is the cheaper way. */
const struct watch_limits region_watch_limits = {
	.block_bytes = WATCH_BLOCK_MAX,
	.blocks = 256,
	.lag = 262144,
};

enum shard_state {
	SHARD_SERVING,
	SHARD_TO_STOP,  /* not told yet */
	SHARD_DRAINING, /* told */
	SHARD_DRAINED,  /* its last message; takes no commands any more */
};

struct shard_link {
	struct outbox outbox;
	enum shard_state state;
};

struct region {
	struct bus *bus;
	struct conn_count *count;
	struct stats *stats;
	struct key public_key;
	uint64_t now_ns; /* of this pass */
	struct presence *presence;
	struct watch *watch;
	uint32_t reconnect_ms; /* of region_stop */
	uint32_t try_ms;
	uint32_t drain_ms;
	bool stopping;
	bool held;
	uint16_t shards;
	struct shard_link links[];
};

static struct log_limit lost_limit = { .burst = 5, .interval_ms = 10000 };
static struct log_limit close_limit = { .burst = 10, .interval_ms = 10000 };

int region_new(struct region **region, const struct region_setup *setup)
{
	struct bus *bus = setup->bus;
	struct region *r = calloc(1, sizeof(*r) + bus->shards * sizeof(r->links[0]));

	if (!r)
		return ERROR_NO_MEMORY;
	r->bus = bus;
	r->count = setup->count;
	r->stats = setup->stats;
	r->public_key = setup->public_key;
	r->shards = bus->shards;
	for (uint16_t i = 0; i < r->shards; i++)
		outbox_init(&r->links[i].outbox, bus_command(bus, i), &bus->shard_waker[i]);
	r->presence = presence_new(r->shards);
	r->watch = r->presence ? watch_new(r->presence, &setup->watch) : NULL;
	if (!r->watch) {
		region_free(r);
		return ERROR_NO_MEMORY;
	}
	*region = r;
	return 0;
}

void region_free(struct region *r)
{
	if (!r)
		return;
	watch_free(r->watch);
	presence_free(r->presence);
	for (uint16_t i = 0; i < r->shards; i++)
		outbox_release(&r->links[i].outbox);
	free(r);
}

const struct presence *region_presence(const struct region *r)
{
	return r->presence;
}

/* False: the shard will not get it; the block in it stays the caller's. */
static bool push(struct region *r, uint16_t shard, const struct command *c)
{
	int err = outbox_push(&r->links[shard].outbox, c);

	if (err < 0)
		log_limited(&lost_limit, LOG_LEVEL_ERROR, SUBJECT, "worker %u takes no commands, %zu wait: %s",
			    shard, r->links[shard].outbox.count, error_text(err));
	return err == 0;
}

static bool push_close(struct region *r, struct peer_id peer, enum close_reason reason)
{
	const struct command c = { .type = COMMAND_CLOSE, .peer = peer, .value = (uint8_t)reason };

	return push(r, peer.shard, &c);
}

static void push_key_gone(struct region *r, const struct key *key)
{
	const struct command c = { .type = COMMAND_KEY_GONE, .key = *key };

	for (uint16_t i = 0; i < r->shards; i++)
		push(r, i, &c);
}

struct peer_text {
	char key[KEY_NODE_TEXT_SIZE];
	char addr[ADDR_TEXT_SIZE];
};

static struct peer_text peer_text(const struct key *key, const struct peer_addr *addr)
{
	struct peer_text t;

	key_node_text(t.key, key);
	addr_text(t.addr, addr->ip, addr->port);
	return t;
}

static void on_joined(struct region *r, const struct event *e)
{
	struct presence_conn *c;
	bool first;

	if (presence_join(r->presence, &c, &first, e, r->now_ns) < 0) {
		log_limited(&lost_limit, LOG_LEVEL_ERROR, SUBJECT, "no memory for a client of worker %u",
			    e->peer.shard);
		push_close(r, e->peer, CLOSE_NO_MEMORY);
		return;
	}
	if (first)
		watch_key_present(r->watch, c->of);
	else
		watch_key_again(r->watch, c->of);
	if (log_wants(LOG_LEVEL_DEBUG)) {
		struct peer_text t = peer_text(&e->key, &e->addr);

		log_debug(SUBJECT, "peer %s from %s joined worker %u", t.key, t.addr, e->peer.shard);
	}
}

static void on_preferred(struct region *r, const struct event *e)
{
	struct presence_conn *c = presence_find(r->presence, e->peer);

	if (!c || !presence_prefer(r->presence, c, e->value != 0))
		return;
	if (r->now_ns - c->since_ns > HOME_SETTLE_NS)
		stats_add(r->stats, e->value ? STAT_HOME_MOVES_IN : STAT_HOME_MOVES_OUT, 1);
}

static void on_watch(struct region *r, const struct event *e)
{
	struct presence_conn *c = presence_find(r->presence, e->peer);

	if (!c)
		return;
	if (key_equal(&c->of->key, &r->public_key))
		log_debug(SUBJECT, "this relay watches itself: ignored");
	else if (watch_add(r->watch, c) < 0)
		push_close(r, e->peer, CLOSE_NO_MEMORY);
}

static void on_block_done(struct region *r, const struct event *e)
{
	struct presence_conn *c = presence_find(r->presence, e->peer);

	if (c)
		watch_block_done(r->watch, c);
}

/* Ends that come with every network are for debugging; the rest tells of a
 * broken or hostile client, or of trouble here. */
static bool is_ordinary(enum close_reason reason)
{
	return reason == CLOSE_EOF || reason == CLOSE_RESET || reason == CLOSE_TIMED_OUT ||
	       reason == CLOSE_SHUTDOWN;
}

static void log_closed(const struct event *e, const struct peer_addr *addr)
{
	enum close_reason reason = (enum close_reason)e->value;
	struct peer_text t;

	if (is_ordinary(reason) && !log_wants(LOG_LEVEL_DEBUG))
		return;
	t = peer_text(&e->key, addr);
	if (is_ordinary(reason))
		log_debug(SUBJECT, "peer %s from %s left worker %u: %s", t.key, t.addr, e->peer.shard,
			  close_reason_text(reason));
	else
		log_limited(&close_limit, LOG_LEVEL_INFO, SUBJECT, "peer %s from %s closed by worker %u: %s (%s)",
			    t.key, t.addr, e->peer.shard, close_reason_text(reason), close_reason_label(reason));
}

/* Takes a connection out; true if its key is gone with it. */
static bool forget(struct region *r, struct presence_conn *c)
{
	bool gone = presence_is_last(c);

	watch_remove(r->watch, c);
	if (gone)
		watch_key_gone(r->watch, c->of);
	presence_leave(r->presence, c);
	return gone;
}

/* A shard says last_of_key when it takes a connection out of its routes, and
 * EVENT_CLOSED comes later, when the kernel has let go of it: another one of
 * the key may have come or still be on its way out. So it is the table that
 * says when a key is gone, but for connections that it has no memory of. */
static void on_closed(struct region *r, const struct event *e)
{
	struct presence_conn *c = presence_find(r->presence, e->peer);
	struct peer_addr addr = c ? c->addr : e->addr;
	bool gone = c ? forget(r, c) : e->last_of_key && !presence_find_key(r->presence, &e->key);

	conn_count_give(r->count, addr.ip);
	/* While stopping every key goes, and every client knows. */
	if (gone && !r->stopping)
		push_key_gone(r, &e->key);
	log_closed(e, &addr);
}

static void on_drained(struct region *r, uint16_t shard)
{
	hd_assert(r->links[shard].state == SHARD_DRAINING);
	r->links[shard].state = SHARD_DRAINED;
	log_debug(SUBJECT, "worker %u drained", shard);
}

static void act_on(struct region *r, uint16_t shard, const struct event *e)
{
	switch ((enum event_type)e->type) {
	case EVENT_JOINED:
		hd_assert(e->peer.shard == shard);
		on_joined(r, e);
		return;
	case EVENT_PREFERRED:
		on_preferred(r, e);
		return;
	case EVENT_WATCH:
		on_watch(r, e);
		return;
	case EVENT_BLOCK_DONE:
		on_block_done(r, e);
		return;
	case EVENT_CLOSED:
		on_closed(r, e);
		return;
	case EVENT_DRAINED:
		on_drained(r, shard);
		return;
	}
	hd_assert(!"an event of no type");
}

/* True if there may be more. */
static bool take_events(struct region *r, uint16_t shard)
{
	struct spsc *ring = bus_event(r->bus, shard);
	const struct event *e;
	unsigned taken = 0;

	while (taken < EVENTS_PER_PASS && (e = spsc_peek(ring))) {
		act_on(r, shard, e);
		spsc_consume(ring);
		taken++;
	}
	stats_add(r->stats, STAT_CONTROL_EVENTS, taken);
	return taken == EVENTS_PER_PASS;
}

/* True if there may be more. */
static bool tell_watchers(struct region *r)
{
	struct watch_block b;
	unsigned taken = 0;

	while (taken < BLOCKS_PER_PASS && watch_take_block(r->watch, &b)) {
		const struct command c = {
			.type = COMMAND_SEND_BLOCK, .peer = b.peer, .block = b.data, .block_len = b.len,
		};

		if (!push(r, b.peer.shard, &c)) {
			free(b.data);
			watch_give_up(r->watch, presence_find(r->presence, b.peer));
		}
		taken++;
	}
	return taken == BLOCKS_PER_PASS;
}

static void close_lagging(struct region *r)
{
	struct peer_id peer;

	while (watch_take_lagging(r->watch, &peer)) {
		if (push_close(r, peer, CLOSE_WATCH_LAG))
			continue;
		watch_give_up(r->watch, presence_find(r->presence, peer));
		return; /* again in the next pass */
	}
}

static void tell_shard_to_stop(struct region *r, uint16_t shard)
{
	const struct command restarting = {
		.type = COMMAND_RESTARTING, .arg_ms = { r->reconnect_ms, r->try_ms },
	};
	const struct command drain = { .type = COMMAND_DRAIN, .arg_ms = { r->drain_ms } };

	/* Without Restarting the clients come back all the same, only less evenly. */
	push(r, shard, &restarting);
	if (push(r, shard, &drain))
		r->links[shard].state = SHARD_DRAINING;
}

static void flush(struct region *r)
{
	r->held = false;
	for (uint16_t i = 0; i < r->shards; i++) {
		bool woken;

		if (r->links[i].state == SHARD_TO_STOP)
			tell_shard_to_stop(r, i);
		if (r->links[i].state == SHARD_DRAINED)
			continue;
		if (!outbox_flush(&r->links[i].outbox, &woken) || r->links[i].state == SHARD_TO_STOP)
			r->held = true;
		if (woken)
			stats_add(r->stats, STAT_WAKEUPS_SENT, 1);
	}
}

bool region_pass(struct region *r, uint64_t now_ns)
{
	bool more = false;

	r->now_ns = now_ns;
	for (uint16_t i = 0; i < r->shards; i++)
		more |= take_events(r, i);
	if (!r->stopping) {
		more |= tell_watchers(r);
		close_lagging(r);
	}
	watch_trim(r->watch);
	stats_set(r->stats, STAT_WATCHERS, watch_count(r->watch));
	flush(r);
	return more;
}

bool region_quiet(struct region *r)
{
	for (uint16_t i = 0; i < r->shards; i++)
		if (!spsc_empty(bus_event(r->bus, i)))
			return false;
	return true;
}

bool region_held(const struct region *r)
{
	return r->held;
}

void region_stop(struct region *r, uint32_t reconnect_ms, uint32_t try_ms, uint32_t drain_ms)
{
	if (r->stopping)
		return;
	r->stopping = true;
	r->reconnect_ms = reconnect_ms;
	r->try_ms = try_ms;
	r->drain_ms = drain_ms;
	for (uint16_t i = 0; i < r->shards; i++)
		r->links[i].state = SHARD_TO_STOP;
}

bool region_drained(const struct region *r, uint16_t shard)
{
	return r->links[shard].state == SHARD_DRAINED;
}

bool region_all_drained(const struct region *r)
{
	for (uint16_t i = 0; i < r->shards; i++)
		if (!region_drained(r, i))
			return false;
	return true;
}
