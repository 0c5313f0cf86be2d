/* SPDX-License-Identifier: MIT */
#include "data/xfer.h"

#include <stdlib.h>
#include <string.h>

#include "data/hold.h"
#include "data/life.h"
#include "data/policy.h"
#include "data/rx.h"
#include "data/tx.h"
#include "util/error.h"

/* Descriptors of one link: fewer when there are many shards, so that the rings
 * stay within the cache. */
#define XFER_CAPACITY_MAX 1024
#define XFER_CAPACITY_MIN 128
#define XFER_CAPACITY_ALL 4096 /* of all links of one shard */

/* Descriptors taken from one link in one pass: others get their turn. */
#define XFER_BATCH 256

static uint32_t xfer_capacity(uint16_t shards)
{
	uint32_t capacity = XFER_CAPACITY_MAX;

	while (capacity > XFER_CAPACITY_MIN && capacity * shards > XFER_CAPACITY_ALL)
		capacity /= 2;
	return capacity;
}

static struct xfer_link *xfer_link(const struct data_plane *plane, uint16_t from, uint16_t to)
{
	return &plane->links[(size_t)from * plane->shards + to];
}

static int xfer_link_init(struct xfer_link *l, uint32_t capacity)
{
	list_init(&l->paused);
	if (spsc_init(&l->out, capacity, sizeof(struct xfer_desc)) < 0)
		return ERROR_NO_MEMORY;
	return spsc_init(&l->back, capacity, sizeof(struct xfer_return));
}

int xfer_init(struct data_plane *plane)
{
	size_t count = (size_t)plane->shards * plane->shards;

	if (plane->shards == 1)
		return 0;
	plane->links = aligned_alloc(HD_CACHE_LINE, count * sizeof(*plane->links));
	if (!plane->links)
		return ERROR_NO_MEMORY;
	memset(plane->links, 0, count * sizeof(*plane->links));
	for (size_t i = 0; i < count; i++) {
		if (i / plane->shards == i % plane->shards)
			continue;
		if (xfer_link_init(&plane->links[i], xfer_capacity(plane->shards)) < 0) {
			xfer_release(plane);
			return ERROR_NO_MEMORY;
		}
	}
	return 0;
}

/* Both sides have ended, so this thread may act for both. */
static void xfer_link_release(struct xfer_link *l, struct shard *row)
{
	struct xfer_pending *pending;
	const struct xfer_desc *d;
	const struct xfer_return *r;

	if (!l->out.entries || !l->back.entries) {
		spsc_release(&l->out);
		spsc_release(&l->back);
		return;
	}
	spsc_disown(&l->out);
	spsc_disown(&l->back);
	spsc_publish(&l->out);
	spsc_publish(&l->back);
	for (; (d = spsc_peek(&l->out)) != NULL; spsc_consume(&l->out))
		if (d->buf)
			buf_unref(&row->bufs, d->buf);
	for (; (r = spsc_peek(&l->back)) != NULL; spsc_consume(&l->back))
		if (r->buf)
			buf_unref(&row->bufs, r->buf);
	while ((pending = l->pending_head) != NULL) {
		l->pending_head = pending->next;
		if (pending->desc.buf)
			buf_unref(&row->bufs, pending->desc.buf);
		pool_put(&row->pendings, pending);
	}
	spsc_release(&l->out);
	spsc_release(&l->back);
}

void xfer_release(struct data_plane *plane)
{
	if (!plane->links)
		return;
	for (uint16_t from = 0; from < plane->shards; from++)
		for (uint16_t to = 0; to < plane->shards; to++)
			if (from != to)
				xfer_link_release(xfer_link(plane, from, to), &plane->shard[from]);
	free(plane->links);
	plane->links = NULL;
}

/* ---- the sending side ---- */

static bool xfer_send(struct xfer_link *l, const struct xfer_desc *d)
{
	struct xfer_desc *slot;

	if (l->outstanding > l->out.mask)
		return false; /* the way back must hold all that is out */
	slot = spsc_reserve(&l->out);
	if (!slot)
		return false;
	*slot = *d;
	l->outstanding++;
	l->out_touched = true;
	return true;
}

static bool xfer_wait(struct shard *sh, struct xfer_link *l, const struct xfer_desc *d)
{
	struct xfer_pending *pending = pool_get(&sh->pendings);

	if (!pending)
		return false;
	*pending = (struct xfer_pending){ .desc = *d };
	if (l->pending_tail)
		l->pending_tail->next = pending;
	else
		l->pending_head = pending;
	l->pending_tail = pending;
	return true;
}

/* In order: behind what waits already. The feeding peer is not read from until
 * the ring has drained; what it sent before that is bounded by the receive
 * buffers. False without memory. */
static bool xfer_enqueue(struct shard *sh, struct peer *from, uint16_t to, const struct xfer_desc *d)
{
	struct xfer_link *l = xfer_link(sh->plane, sh->number, to);

	if (!l->pending_head && xfer_send(l, d))
		return true;
	if (!xfer_wait(sh, l, d))
		return false;
	rx_pause_for_xfer(sh, from, &l->paused);
	return true;
}

void xfer_run(struct shard *sh, struct peer *from, uint16_t to, uint64_t hash, const struct forward_run *run)
{
	struct xfer_desc d = { .to = run->to,
			       .hash = hash,
			       .buf = buf_ref(run->buf),
			       .source_slot = from->slot,
			       .source_generation = from->generation,
			       .at = (uint64_t)(run->data - run->buf->data),
			       .len = run->len,
			       .frames = run->frames,
			       .lane = run->lane,
			       .flags = run->forwarded ? XFER_FORWARDED : 0 };

	hd_assert(d.at == (uint64_t)(run->data - run->buf->data) && d.len == run->len);
	stats_add(sh->stats, STAT_XFER_RUNS, 1);
	if (!xfer_enqueue(sh, from, to, &d)) {
		stats_add(sh->stats, STAT_XFER_DROPS, run->frames);
		hold_count_drop(sh, run->lane, DROP_NO_BUFFER, run->frames);
		buf_unref(&sh->bufs, run->buf);
	}
}

void xfer_close_key(struct shard *sh, struct peer *from, uint16_t to, uint64_t hash, const struct key *key)
{
	struct xfer_desc d = { .to = *key, .hash = hash, .flags = XFER_CLOSE };

	/* Without memory even for this, the asking mesh peer cannot be served. */
	if (!xfer_enqueue(sh, from, to, &d))
		life_close(sh, from, CLOSE_NO_MEMORY);
}

void xfer_key_gone(struct shard *sh, uint64_t hash, const struct key *key)
{
	const struct xfer_desc d = { .to = *key, .hash = hash, .flags = XFER_GONE };

	for (uint16_t to = 0; to < sh->plane->shards; to++) {
		struct xfer_link *l;

		if (to == sh->number)
			continue;
		l = xfer_link(sh->plane, sh->number, to);
		if (l->pending_head || !xfer_send(l, &d))
			(void)xfer_wait(sh, l, &d);
	}
}

static void xfer_returned(struct shard *sh, const struct xfer_return *r)
{
	struct peer *from;

	if (!r->buf)
		return;
	if (r->flags & XFER_NOT_HERE) {
		from = peer_find(&sh->peers, r->source_slot, r->source_generation);
		if (from)
			forward_not_here(sh, from, &r->not_here);
	}
	buf_unref(&sh->bufs, r->buf);
}

static void xfer_send_pending(struct shard *sh, struct xfer_link *l)
{
	struct xfer_pending *pending;

	while ((pending = l->pending_head) != NULL && xfer_send(l, &pending->desc)) {
		l->pending_head = pending->next;
		if (!l->pending_head)
			l->pending_tail = NULL;
		pool_put(&sh->pendings, pending);
	}
}

static void xfer_link_take_back(struct shard *sh, struct xfer_link *l)
{
	const struct xfer_return *r;
	struct list_node *n;

	for (; (r = spsc_peek(&l->back)) != NULL; spsc_consume(&l->back)) {
		hd_assert(l->outstanding > 0);
		l->outstanding--;
		xfer_returned(sh, r);
	}
	xfer_send_pending(sh, l);
	if (l->pending_head || !policy_xfer_resume(l->outstanding, l->out.mask + 1))
		return;
	while ((n = list_first(&l->paused)) != NULL)
		rx_resume_from_xfer(sh, list_entry(n, struct peer, pause_node));
}

void xfer_take_back(struct shard *sh)
{
	for (uint16_t to = 0; to < sh->plane->shards; to++)
		if (to != sh->number)
			xfer_link_take_back(sh, xfer_link(sh->plane, sh->number, to));
}

/* ---- the receiving side ---- */

static struct xfer_return *xfer_return_to(struct shard *sh, uint16_t home, struct buf *buf)
{
	struct xfer_link *l = xfer_link(sh->plane, home, sh->number);
	struct xfer_return *r = spsc_reserve(&l->back);

	hd_assert(r); /* it holds all that can be out */
	r->buf = buf;
	r->flags = 0;
	l->back_touched = true;
	return r;
}

/* Nobody has the key: the client that sent there is told, if it is to be. */
static void xfer_not_here(struct shard *sh, uint16_t home, const struct xfer_desc *d)
{
	struct xfer_return *r = xfer_return_to(sh, home, d->buf);

	if (d->lane != SLICE_DISCO)
		return;
	r->flags = XFER_NOT_HERE;
	r->not_here = d->to;
	r->source_slot = d->source_slot;
	r->source_generation = d->source_generation;
	xfer_link(sh->plane, home, sh->number)->back_urgent = true;
}

void xfer_give_back(struct shard *sh, uint16_t home, struct buf *buf)
{
	(void)xfer_return_to(sh, home, buf);
}

static void xfer_deliver(struct shard *sh, uint16_t home, const struct xfer_desc *d)
{
	struct peer *to = route_find(&sh->routes, d->hash, &d->to);
	enum drop_reason reason;
	struct slice *s;

	if (!to) {
		reason = d->flags & XFER_FORWARDED ? DROP_UNKNOWN_DEST_ON_FWD : DROP_UNKNOWN_DEST;
		hold_count_drop(sh, d->lane, reason, d->frames);
		xfer_not_here(sh, home, d);
		return;
	}
	s = pool_get(&sh->slices);
	if (!s) {
		stats_add(sh->stats, STAT_XFER_DROPS, d->frames);
		hold_count_drop(sh, d->lane, DROP_NO_BUFFER, d->frames);
		(void)xfer_return_to(sh, home, d->buf);
		return;
	}
	*s = (struct slice){ .data = d->buf->data + d->at,
			     .buf = d->buf,
			     .len = d->len,
			     .stamp_ms = shard_stamp(sh),
			     .frames = d->frames,
			     .home = home,
			     .kind = SLICE_REMOTE,
			     .lane = d->lane };
	forward_deliver(sh, to, s);
}

static void xfer_obey(struct shard *sh, const struct xfer_desc *d)
{
	if (d->flags & XFER_CLOSE)
		life_close_key(sh, d->hash, &d->to);
	else
		life_key_gone_here(sh, d->hash, &d->to);
}

static bool xfer_link_take(struct shard *sh, struct xfer_link *l, uint16_t home)
{
	for (uint32_t n = 0; n < XFER_BATCH; n++) {
		const struct xfer_desc *d = spsc_peek(&l->out);

		if (!d)
			return false;
		if (d->flags & (XFER_CLOSE | XFER_GONE)) {
			xfer_obey(sh, d);
			(void)xfer_return_to(sh, home, NULL);
		} else {
			sh->arrivals++;
			xfer_deliver(sh, home, d);
		}
		spsc_consume(&l->out);
	}
	return true;
}

bool xfer_take(struct shard *sh)
{
	bool more = false;

	for (uint16_t from = 0; from < sh->plane->shards; from++)
		if (from != sh->number)
			more |= xfer_link_take(sh, xfer_link(sh->plane, from, sh->number), from);
	return more;
}

/* ---- wake-ups ---- */

static void xfer_wake(struct shard *sh, uint16_t other)
{
	if (waker_notify(&sh->plane->bus->shard_waker[other]))
		stats_add(sh->stats, STAT_WAKEUPS_SENT, 1);
}

void xfer_publish(struct shard *sh)
{
	for (uint16_t other = 0; other < sh->plane->shards; other++) {
		struct xfer_link *out, *in;
		bool wake = false;

		if (other == sh->number)
			continue;
		out = xfer_link(sh->plane, sh->number, other);
		in = xfer_link(sh->plane, other, sh->number);
		if (out->out_touched) {
			out->out_touched = false;
			wake = spsc_publish(&out->out);
		}
		if (in->back_touched) {
			in->back_touched = false;
			spsc_publish(&in->back);
			wake |= in->back_urgent;
			in->back_urgent = false;
			/* Pairs with the fence of the sleeper's waker: either it
			 * sees what was published or we see that it wants it. */
			atomic_thread_fence(memory_order_seq_cst);
			wake |= atomic_load_explicit(&in->wants_back, memory_order_relaxed);
		}
		if (wake)
			xfer_wake(sh, other);
	}
}

/* Short of buffers, of room, or about to end: then returns are worth waking for. */
static bool xfer_wants_back(const struct shard *sh, const struct xfer_link *l)
{
	return l->outstanding > 0 &&
	       (l->pending_head || !list_empty(&l->paused) || shard_starves(sh) || sh->draining ||
		sh->bufs.receive_out > sh->bufs.receive_count / 4);
}

void xfer_about_to_sleep(struct shard *sh)
{
	for (uint16_t to = 0; to < sh->plane->shards; to++) {
		struct xfer_link *l;

		if (to == sh->number)
			continue;
		l = xfer_link(sh->plane, sh->number, to);
		atomic_store_explicit(&l->wants_back, xfer_wants_back(sh, l), memory_order_relaxed);
	}
}

void xfer_awake(struct shard *sh)
{
	for (uint16_t to = 0; to < sh->plane->shards; to++)
		if (to != sh->number)
			atomic_store_explicit(&xfer_link(sh->plane, sh->number, to)->wants_back, false,
					      memory_order_relaxed);
}

bool xfer_ready(struct shard *sh)
{
	for (uint16_t other = 0; other < sh->plane->shards; other++) {
		if (other == sh->number)
			continue;
		if (!spsc_empty(&xfer_link(sh->plane, other, sh->number)->out))
			return true;
		/* Most returns do not wake, but they are taken while awake: one
		 * that does may have come when there was nobody to wake yet. */
		if (!spsc_empty(&xfer_link(sh->plane, sh->number, other)->back))
			return true;
	}
	return false;
}
