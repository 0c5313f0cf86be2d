/* SPDX-License-Identifier: MIT
 * A shard's loop. One pass: take completions and messages, turn bytes into
 * frames and frames into queued slices, then send once per destination that
 * has something, publish once per other shard, and wait if there is nothing. */
#include "data/shard.h"

#include <stdlib.h>

#include "data/life.h"
#include "data/rx.h"
#include "data/secure.h"
#include "data/tell.h"
#include "data/tx.h"
#include "data/xfer.h"
#include "proto/frame.h"
#include "util/error.h"
#include "util/mono.h"

/* Completions taken in one pass: bounds how long a destination waits for its
 * send while others keep arriving. */
#define SHARD_BATCH 256
/* Messages of each kind taken in one pass. */
#define SHARD_INBOX_BATCH 64
/* While control is behind, memory is short or the shard drains, look again this often. */
#define SHARD_RETRY_MS 10

static void shard_dispatch(struct shard *sh, const struct ring_event *e)
{
	struct peer *p = peer_at(&sh->peers, (uint32_t)(e->tag >> 32) & 0xffffff);

	/* A slot is used again only after its last operation has ended, so an
	 * event can never be another peer's. */
	hd_assert(p->generation == (uint32_t)e->tag && p->state != PEER_FREE);
	if (e->tag >> 56 == SHARD_OP_RECV) {
		sh->arrivals++;
		rx_event(sh, p, e);
		return;
	}
	hd_assert(e->tag >> 56 == SHARD_OP_SEND && !e->more);
	tx_done(sh, p, e->res);
	if (!peer_live(p))
		life_reap(sh, p);
}

static bool shard_take_completions(struct shard *sh)
{
	struct ring_event e;

	for (int i = 0; i < SHARD_BATCH; i++) {
		if (!ring_next(sh->ring, &e))
			return false;
		shard_dispatch(sh, &e);
	}
	return true;
}

static void shard_take_handover(struct shard *sh, const struct handover *h)
{
	if (sh->draining) {
		life_turn_away(sh, h);
		return;
	}
	life_join(sh, h);
}

static bool shard_take_handovers(struct shard *sh)
{
	bool more = false;

	for (uint16_t a = 0; a < sh->plane->bus->accepts; a++) {
		struct spsc *ring = bus_handover(sh->plane->bus, a, sh->number);
		const struct handover *h;
		int n = 0;

		for (; n < SHARD_INBOX_BATCH && (h = spsc_peek(ring)) != NULL; n++) {
			shard_take_handover(sh, h);
			spsc_consume(ring);
		}
		more |= n == SHARD_INBOX_BATCH;
	}
	return more;
}

/* Each client is told another time to come back, so that they do not all come
 * at once. */
static void shard_send_restarting(struct shard *sh, uint32_t reconnect_ms_max, uint32_t try_for_ms)
{
	uint8_t frame[FRAME_RESTARTING_SIZE];

	for (uint32_t i = 0; i < peer_table_slots(&sh->peers); i++) {
		struct peer *p = peer_at(&sh->peers, i);

		if (!peer_live(p))
			continue;
		frame_put_restarting(frame, (uint32_t)(life_random(sh) % ((uint64_t)reconnect_ms_max + 1)),
				     try_for_ms);
		(void)tx_push_control(sh, p, frame, sizeof(frame));
	}
}

static void shard_send_block(struct shard *sh, const struct command *c)
{
	struct peer *p = peer_find(&sh->peers, c->peer.slot, c->peer.generation);

	if (p && peer_live(p))
		tx_push_block(sh, p, c->block, c->block_len);
	else
		free(c->block); /* EVENT_CLOSED tells control that it is gone */
}

static void shard_take_command(struct shard *sh, const struct command *c)
{
	struct peer *p;

	switch ((enum command_type)c->type) {
	case COMMAND_KEY_GONE:
		life_key_gone(sh, &c->key);
		break;
	case COMMAND_SEND_BLOCK:
		shard_send_block(sh, c);
		break;
	case COMMAND_CLOSE:
		p = peer_find(&sh->peers, c->peer.slot, c->peer.generation);
		if (p)
			life_close(sh, p, c->value);
		break;
	case COMMAND_RESTARTING:
		shard_send_restarting(sh, c->arg_ms[0], c->arg_ms[1]);
		break;
	case COMMAND_DRAIN:
		sh->draining = true;
		sh->drain_until_ms = sh->now_ms + c->arg_ms[0];
		break;
	}
}

static bool shard_take_commands(struct shard *sh)
{
	struct spsc *ring = bus_command(sh->plane->bus, sh->number);
	const struct command *c;
	int n = 0;

	for (; n < SHARD_INBOX_BATCH && (c = spsc_peek(ring)) != NULL; n++) {
		shard_take_command(sh, c);
		spsc_consume(ring);
	}
	return n == SHARD_INBOX_BATCH;
}

static void shard_keep_alive(struct timer *t, void *ctx)
{
	life_keep_alive(ctx, list_entry(t, struct peer, keepalive));
}

static void shard_rate_due(struct timer *t, void *ctx)
{
	rx_rate_due(ctx, list_entry(t, struct peer, rate_timer));
}

static void shard_run_timers(struct shard *sh)
{
	wheel_advance(&sh->wheel, sh->now_ms, shard_keep_alive, sh);
	wheel_advance(&sh->rate_wheel, sh->now_ms, shard_rate_due, sh);
	tx_check_timeouts(sh);
}

static void shard_flush(struct shard *sh)
{
	struct list_node *n;

	secure_feed_dry(sh);
	while ((n = list_pop_front(&sh->dirty)) != NULL)
		tx_flush(sh, list_entry(n, struct peer, dirty_node));
}

/* Closes who has nothing left to be sent, and after the time all. */
static void shard_drain(struct shard *sh)
{
	if (sh->now_ms >= sh->drain_until_ms) {
		life_close_all(sh, CLOSE_SHUTDOWN);
		return;
	}
	if (sh->now_ms < sh->drain_next_ms)
		return;
	sh->drain_next_ms = sh->now_ms + SHARD_RETRY_MS;
	for (uint32_t i = 0; i < peer_table_slots(&sh->peers); i++) {
		struct peer *p = peer_at(&sh->peers, i);

		if (peer_live(p) && tx_idle(p))
			life_close(sh, p, CLOSE_SHUTDOWN);
	}
}

static int64_t shard_sooner(int64_t a, int64_t b)
{
	if (a < 0)
		return b;
	return b >= 0 && b < a ? b : a;
}

/* Nanoseconds the loop may wait: 0 not at all, -1 for ever. */
static int64_t shard_wait_ns(const struct shard *sh)
{
	int64_t ms = shard_sooner(wheel_wait_ms(&sh->wheel), wheel_wait_ms(&sh->rate_wheel));

	ms = shard_sooner(ms, tx_wait_ms(sh));
	ms = shard_sooner(ms, shrink_wait_ms(sh));
	if (!tell_idle(sh) || !list_empty(&sh->dry) || sh->draining)
		ms = shard_sooner(ms, SHARD_RETRY_MS);
	return ms < 0 ? -1 : ms * (int64_t)MONO_NS_PER_MS;
}

static bool shard_inbox_ready(struct shard *sh)
{
	struct bus *bus = sh->plane->bus;

	for (uint16_t a = 0; a < bus->accepts; a++)
		if (!spsc_empty(bus_handover(bus, a, sh->number)))
			return true;
	return !spsc_empty(bus_command(bus, sh->number)) || xfer_ready(sh);
}

static void shard_enter(struct shard *sh, bool more)
{
	struct waker *waker = &sh->plane->bus->shard_waker[sh->number];
	uint32_t packets = (uint32_t)(stats_get(sh->stats, STAT_RECV_PACKETS) - sh->packets_before);
	uint32_t company = linger_next(&sh->linger, sh->arrivals, packets, sh->now_ns);
	int64_t wait_ns = more ? 0 : shard_wait_ns(sh);

	if (wait_ns == 0) {
		ring_enter(sh->ring, 0);
		return;
	}
	xfer_about_to_sleep(sh);
	waker_about_to_sleep(waker);
	if (shard_inbox_ready(sh))
		ring_enter(sh->ring, 0);
	else if (company > 0)
		ring_linger(sh->ring, company, (int64_t)sh->linger.wait_ns);
	else
		ring_enter(sh->ring, wait_ns);
	waker_awake(waker, false);
	xfer_awake(sh);
}

static void shard_pass(struct shard *sh)
{
	bool more;

	sh->looked_ms = sh->now_ms;
	sh->now_ns = mono_now_ns();
	sh->now_ms = sh->now_ns / MONO_NS_PER_MS;
	sh->arrivals = 0;
	sh->packets_before = stats_get(sh->stats, STAT_RECV_PACKETS);
	stats_add(sh->stats, STAT_LOOPS, 1);
	more = shard_take_completions(sh);
	more |= shard_take_handovers(sh);
	more |= shard_take_commands(sh);
	more |= xfer_take(sh);
	xfer_take_back(sh);
	shard_run_timers(sh);
	shard_flush(sh);
	if (sh->draining)
		shard_drain(sh);
	xfer_publish(sh);
	more |= rx_feed_starved(sh);
	tell_flush(sh);
	shrink_run(sh);
	shard_enter(sh, more);
}

int shard_start(struct shard *sh)
{
	const struct shard_settings *s = sh->settings;
	struct ring_settings rs = { .buf_size = s->buf_size,
				    .buf_count = s->buf_count,
				    .parts = s->parts && !s->sqpoll,
				    .sqpoll = s->sqpoll,
				    .wake_fd = sh->plane->bus->shard_waker[sh->number].fd };
	int rc = ring_new(&sh->ring, &rs);

	if (rc < 0)
		return rc;
	rc = buf_store_init(&sh->bufs, sh->ring, ring_buf_size(sh->ring), ring_buf_count(sh->ring),
			    s->held_bytes_max, s->reserve_bytes_max, sh->stats);
	if (rc < 0) {
		ring_free(sh->ring);
		sh->ring = NULL;
		return rc;
	}
	sh->now_ns = mono_now_ns();
	sh->now_ms = sh->looked_ms = sh->now_ns / MONO_NS_PER_MS;
	/* With a submission thread sends do not end as they are asked for. */
	shrink_init(sh);
	linger_init(&sh->linger, s->sqpoll ? 0 : s->linger_us * UINT64_C(1000), sh->now_ns);
	wheel_init(&sh->wheel, sh->now_ms);
	wheel_init(&sh->rate_wheel, sh->now_ms);
	return 0;
}

void shard_run(struct shard *sh)
{
	while (!sh->draining || sh->peers.used > 0 || !tell_idle(sh))
		shard_pass(sh);
	/* The accept plane has ended by now: nothing more can come. */
	while (shard_take_handovers(sh))
		;
	while (!tell_drained(sh)) {
		ring_enter(sh->ring, SHARD_RETRY_MS * (int64_t)MONO_NS_PER_MS);
		(void)shard_take_completions(sh); /* a wake-up left there would end each wait at once */
	}
	/* The ring and its buffers stay until data_plane_free: another shard
	 * may still be sending from them. */
}
