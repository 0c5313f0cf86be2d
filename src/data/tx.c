/* SPDX-License-Identifier: MIT */
#include "data/tx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/hold.h"
#include "data/life.h"
#include "data/offload.h"
#include "data/policy.h"
#include "data/secure.h"
#include "data/tell.h"
#include "data/xfer.h"
#include "proto/frame.h"

struct slice *tx_slice(struct shard *sh, struct buf *buf, uint8_t *data, uint32_t len, uint16_t frames,
		       enum slice_lane lane)
{
	struct slice *s = pool_get(&sh->slices);

	if (!s)
		return NULL;
	*s = (struct slice){ .data = data,
			     .buf = buf_ref(buf),
			     .len = len,
			     .stamp_ms = shard_stamp(sh),
			     .frames = frames,
			     .kind = SLICE_LOCAL,
			     .lane = (uint8_t)lane };
	return s;
}

void tx_slice_free(struct shard *sh, struct slice *s)
{
	if (s->kind == SLICE_LOCAL)
		buf_unref(&sh->bufs, s->buf);
	else if (s->kind == SLICE_REMOTE)
		xfer_give_back(sh, s->home, s->buf);
	pool_put(&sh->slices, s);
}

void tx_unblock(struct peer *p)
{
	p->blocked = false;
	list_remove(&p->blocked_node);
}

void tx_mark_dirty(struct shard *sh, struct peer *p)
{
	if (!list_linked(&p->dirty_node))
		list_push_back(&sh->dirty, &p->dirty_node);
}

static void tx_link(struct shard *sh, struct peer *p, struct slice *s)
{
	slice_push_back(&p->lane[s->lane], s);
	p->queued[s->lane] += s->len;
	tx_mark_dirty(sh, p);
}

void tx_push(struct shard *sh, struct peer *p, struct slice *s)
{
	hd_assert(peer_live(p));
	if (p->blocked)
		hold_append(sh, p, s);
	else
		tx_link(sh, p, s);
	tx_mark_dirty(sh, p);
}

/* Bytes of small frames left unread. Control bounds its blocks itself: they keep nobody from a pong. */
static uint32_t tx_control_bytes(const struct peer *p)
{
	uint32_t sum = 0;

	for (const struct slice *s = p->lane[SLICE_CONTROL].head; s; s = s->next)
		if (s->kind != SLICE_OWNED)
			sum += s->len;
	return sum;
}

/* Control frames follow one another in a block while it has room. */
static bool tx_extend_control(struct peer *p, const uint8_t *frame, uint32_t len)
{
	struct slice *tail = p->lane[SLICE_CONTROL].tail;
	struct buf *b = tail && slice_in_block(tail) ? tail->buf : NULL;

	if (!b || b->refs != 1 || tail->data + tail->len != b->data + b->fill || b->size - b->fill < len)
		return false;
	memcpy(b->data + b->fill, frame, len);
	b->fill += len;
	tail->len += len;
	p->queued[SLICE_CONTROL] += len;
	return true;
}

/* Unless that makes more than `max` bytes of them. */
static bool tx_push_small(struct shard *sh, struct peer *p, const uint8_t *frame, uint32_t len, uint32_t max)
{
	struct buf *b;
	struct slice *s;

	hd_assert(peer_live(p));
	if (p->queued[SLICE_CONTROL] + len > max && tx_control_bytes(p) + len > max)
		return false;
	tx_mark_dirty(sh, p);
	if (tx_extend_control(p, frame, len))
		return true;
	b = p->blocked ? buf_get(&sh->bufs, len, BUF_WAITING) : hold_vital(sh, p, len);
	if (!b)
		return false;
	memcpy(b->data, frame, len);
	b->fill = len;
	s = tx_slice(sh, b, b->data, len, 0, SLICE_CONTROL);
	buf_unref(&sh->bufs, b);
	if (!s)
		return false;
	tx_link(sh, p, s);
	return true;
}

bool tx_push_control(struct shard *sh, struct peer *p, const uint8_t *frame, uint32_t len)
{
	return tx_push_small(sh, p, frame, len, POLICY_CONTROL_BYTES);
}

bool tx_push_notice(struct shard *sh, struct peer *p, const uint8_t *frame, uint32_t len)
{
	return tx_push_small(sh, p, frame, len, policy_notice_bytes(p->blocked));
}

void tx_push_block(struct shard *sh, struct peer *p, uint8_t *block, uint32_t len)
{
	struct slice *s = pool_get(&sh->slices);

	if (!s) {
		free(block);
		tell_control(sh, p, PEER_TELL_BLOCK_DONE);
		life_close(sh, p, CLOSE_NO_MEMORY); /* what it was to hear cannot be told later */
		return;
	}
	*s = (struct slice){ .data = block,
			     .owned = block,
			     .len = len,
			     .stamp_ms = shard_stamp(sh),
			     .kind = SLICE_OWNED,
			     .lane = SLICE_CONTROL };
	tx_link(sh, p, s);
}

void tx_release(struct shard *sh, struct peer *p, struct slice *s)
{
	if (s->kind != SLICE_OWNED) {
		tx_slice_free(sh, s);
		return;
	}
	free(s->owned);
	pool_put(&sh->slices, s);
	tell_control(sh, p, PEER_TELL_BLOCK_DONE);
}

bool tx_idle(const struct peer *p)
{
	if (p->send_armed || p->inflight.head || secure_owes(p))
		return false;
	return !p->lane[SLICE_CONTROL].head && !p->lane[SLICE_DISCO].head && !p->lane[SLICE_DATA].head;
}

uint32_t tx_gather(struct peer *p, uint32_t max)
{
	uint32_t n = p->inflight.head ? 1 : 0;

	hd_assert(!p->inflight.head || !p->inflight.head->next);
	for (int lane = 0; lane < SLICE_LANES; lane++) {
		struct slice *s;

		while ((s = p->lane[lane].head) != NULL && n < RING_GATHER_MAX) {
			if (n > 0 && p->inflight_bytes + s->len > max)
				return n;
			slice_pop_front(&p->lane[lane]);
			p->queued[lane] -= s->len;
			p->inflight_bytes += s->len;
			slice_push_back(&p->inflight, s);
			n++;
		}
	}
	return n;
}

void tx_submit(struct shard *sh, struct peer *p, uint32_t n)
{
	const struct slice *s = p->inflight.head;

	hd_assert(n > 0 && s);
	/* Without memory for a vector the first slice goes alone: a short send. */
	if (n > 1)
		p->gather = pool_get(&sh->gathers);
	p->send_armed = true;
	stats_add(sh->stats, STAT_SENDS, 1);
	if (!p->gather) {
		ring_send(sh->ring, p->fd, s->data, s->len, p->blocked, shard_tag(SHARD_OP_SEND, p));
		return;
	}
	for (uint32_t i = 0; s; s = s->next)
		p->gather->iov[i++] = (struct iovec){ s->data, s->len };
	p->gather->count = n;
	ring_send_gather(sh->ring, p->fd, p->gather, p->blocked, shard_tag(SHARD_OP_SEND, p));
}

void tx_flush(struct shard *sh, struct peer *p)
{
	uint32_t n;

	if (p->send_armed || !peer_live(p))
		return;
	if (p->blocked) {
		hold_trim(sh, p, SLICE_DISCO);
		hold_trim(sh, p, SLICE_DATA);
	}
	if (offload_owes(p))
		offload_pay(sh, p);
	if (!peer_live(p))
		return;
	if (tx_idle(p)) {
		tx_unblock(p);
		return;
	}
	if (p->keys) {
		secure_flush(sh, p);
		return;
	}
	n = tx_gather(p, policy_send_max(p->blocked, sh->settings->send_queue_bytes));
	tx_submit(sh, p, n);
}

/* Takes `sent` bytes, fewer than its length, off a slice of whole frames.
 * Returns what is left of the frame it now begins in, 0 at a boundary. */
static uint32_t tx_advance(struct shard *sh, struct slice *s, uint32_t sent)
{
	uint32_t whole, torn = 0;
	uint16_t frames;

	whole = slice_whole_frames(s->data, s->len, sent, &frames);
	if (whole < sent)
		torn = FRAME_HEADER_SIZE + frame_header_load(s->data + whole).body_len - (sent - whole);
	if (s->frames > 0) {
		stats_add(sh->stats, STAT_SEND_PACKETS, frames);
		s->frames = (uint16_t)(s->frames - frames);
	}
	s->data += sent;
	s->len -= sent;
	return torn;
}

/* Takes `sent` bytes off the front of what was in flight. Returns the bytes
 * still to come of the frame that the rest begins inside of, 0 if none. */
static uint32_t tx_consume(struct shard *sh, struct peer *p, uint32_t sent)
{
	struct slice *s;

	if (!p->keys)
		stats_add(sh->stats, STAT_SEND_BYTES, sent);
	hd_assert(sent <= p->inflight_bytes);
	p->inflight_bytes -= sent;
	while ((s = p->inflight.head) != NULL && sent >= s->len) {
		sent -= s->len;
		stats_add(sh->stats, STAT_SEND_PACKETS, s->frames);
		tx_release(sh, p, slice_pop_front(&p->inflight));
	}
	if (!s && p->keys) /* frames count, not what sealing adds */
		stats_add(sh->stats, STAT_SEND_BYTES, p->inflight_plain);
	if (!s)
		return 0;
	if (!s->torn)
		return sent > 0 ? tx_advance(sh, s, sent) : 0;
	s->data += sent;
	s->len -= sent;
	return s->len;
}

/* First `torn` bytes of a slice as a slice of their own, in a block. */
static struct slice *tx_cut(struct shard *sh, const struct peer *p, const struct slice *s, uint32_t torn)
{
	struct slice *front;

	if (!slice_in_block(s))
		return hold_torn(sh, p, s, torn);
	front = tx_slice(sh, s->buf, s->data, torn, s->frames > 0 ? 1 : 0, s->lane);
	if (front) {
		front->stamp_ms = s->stamp_ms;
		front->torn = true;
	}
	return front;
}

/* Puts the rest of a torn frame in front, in a block, so that the slice behind
 * it is whole frames again. False without memory. */
static bool tx_tear(struct shard *sh, struct peer *p, uint32_t torn)
{
	struct slice *s = p->inflight.head;
	struct slice *front;

	if (s->kind == SLICE_OWNED || (s->len == torn && slice_in_block(s))) {
		s->torn = true; /* control's blocks stay whole: nothing overtakes them */
		return true;
	}
	front = tx_cut(sh, p, s, torn);
	if (!front)
		return false;
	s->data += torn;
	s->len -= torn;
	if (s->frames > 0)
		s->frames--;
	if (s->len == 0)
		tx_slice_free(sh, slice_pop_front(&p->inflight));
	slice_push_front(&p->inflight, front);
	return true;
}

void tx_ungather(struct peer *p)
{
	struct slice *back[RING_GATHER_MAX + 1];
	uint32_t n = 0;

	while (p->inflight.head)
		back[n++] = slice_pop_front(&p->inflight);
	while (n > 0) {
		struct slice *b = back[--n];

		slice_push_front(&p->lane[b->lane], b);
		p->queued[b->lane] += b->len;
		p->inflight_bytes -= b->len;
	}
}

/* What a short send left goes back to the front of its lanes, in order; only
 * the rest of a torn frame stays. */
static bool tx_take_back(struct shard *sh, struct peer *p, uint32_t torn)
{
	struct slice *s;

	if (p->keys)
		return true; /* sealed records stay as they are */
	if (torn > 0 && !tx_tear(sh, p, torn))
		return false;
	s = torn > 0 ? slice_pop_front(&p->inflight) : NULL;
	tx_ungather(p);
	if (s)
		slice_push_back(&p->inflight, s);
	hd_assert(p->inflight_bytes == (s ? s->len : 0));
	return true;
}

void tx_block(struct shard *sh, struct peer *p)
{
	p->blocked = true;
	p->progress_ms = sh->now_ms;
	list_push_back(&sh->blocked[!!(p->flags & PEER_FLAG_MESH)], &p->blocked_node);
	hold_all(sh, p);
}

void tx_progress(struct shard *sh, struct peer *p)
{
	p->progress_ms = sh->now_ms;
	list_remove(&p->blocked_node);
	list_push_back(&sh->blocked[!!(p->flags & PEER_FLAG_MESH)], &p->blocked_node);
}

/* The socket took `sent` bytes of what was offered. */
static void tx_sent(struct shard *sh, struct peer *p, uint32_t sent)
{
	uint32_t torn;

	if (p->offload && sent > 0)
		offload_sent(sh, p, sent);
	torn = tx_consume(sh, p, sent);
	if (p->inflight.head) {
		stats_add(sh->stats, STAT_SENDS_SHORT, 1);
		if (!tx_take_back(sh, p, torn)) {
			life_close(sh, p, CLOSE_NO_MEMORY);
			return;
		}
		if (!p->blocked)
			tx_block(sh, p);
	}
	if (p->blocked && sent > 0)
		tx_progress(sh, p);
	if (p->blocked && tx_idle(p))
		tx_unblock(p);
	else if (!tx_idle(p))
		tx_mark_dirty(sh, p);
}

static void tx_drop_queue(struct shard *sh, struct peer *p, struct slice_queue *q, enum drop_reason reason)
{
	struct slice *s;

	while ((s = slice_pop_front(q)) != NULL) {
		hold_count_drop(sh, s->lane, reason, s->frames);
		tx_release(sh, p, s);
	}
}

static void tx_failed(struct shard *sh, struct peer *p, int error)
{
	enum close_reason reason = offload_reason_of_errno(p, error);

	stats_cell_add(&sh->stats->send_errors[reason], 1);
	tx_drop_queue(sh, p, &p->inflight, DROP_WRITE_ERROR);
	p->inflight_bytes = 0;
	life_close(sh, p, reason);
}

void tx_done(struct shard *sh, struct peer *p, int32_t res)
{
	hd_assert(p->send_armed);
	p->send_armed = false;
	if (p->gather) {
		pool_put(&sh->gathers, p->gather);
		p->gather = NULL;
	}
	if (!peer_live(p))
		tx_drop_inflight(sh, p);
	else if (res >= 0)
		tx_sent(sh, p, (uint32_t)res);
	else if (res == -EAGAIN || res == -EINTR)
		tx_sent(sh, p, 0);
	else
		tx_failed(sh, p, -res);
}

void tx_drop_queued(struct shard *sh, struct peer *p)
{
	for (int lane = 0; lane < SLICE_LANES; lane++) {
		tx_drop_queue(sh, p, &p->lane[lane], DROP_GONE_DISCONNECTED);
		p->queued[lane] = 0;
	}
	if (!p->send_armed)
		tx_drop_inflight(sh, p);
}

void tx_drop_inflight(struct shard *sh, struct peer *p)
{
	hd_assert(!p->send_armed);
	tx_drop_queue(sh, p, &p->inflight, DROP_GONE_DISCONNECTED);
	p->inflight_bytes = 0;
}

static uint32_t tx_timeout_ms(const struct shard *sh, int mesh)
{
	return mesh ? sh->settings->mesh_write_timeout_ms : sh->settings->write_timeout_ms;
}

void tx_check_timeouts(struct shard *sh)
{
	for (int mesh = 0; mesh < 2; mesh++) {
		struct list_node *n;

		while ((n = list_first(&sh->blocked[mesh])) != NULL) {
			struct peer *p = list_entry(n, struct peer, blocked_node);

			if (sh->looked_ms < p->progress_ms + tx_timeout_ms(sh, mesh))
				break;
			life_close(sh, p, p->dry ? CLOSE_NO_MEMORY : CLOSE_WRITE_TIMEOUT);
		}
	}
}

int64_t tx_wait_ms(const struct shard *sh)
{
	int64_t wait = -1;

	for (int mesh = 0; mesh < 2; mesh++) {
		const struct list_node *n = list_first(&sh->blocked[mesh]);
		const struct peer *p;
		int64_t left;

		if (!n)
			continue;
		p = list_entry(n, struct peer, blocked_node);
		left = (int64_t)(p->progress_ms + tx_timeout_ms(sh, mesh)) - (int64_t)sh->now_ms;
		if (wait < 0 || left < wait)
			wait = left > 0 ? left : 0;
	}
	return wait;
}
