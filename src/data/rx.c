/* SPDX-License-Identifier: MIT */
#include "data/rx.h"

#include <errno.h>
#include <string.h>

#include "data/begun.h"
#include "data/forward.h"
#include "data/life.h"
#include "data/offload.h"
#include "data/policy.h"
#include "data/secure.h"
#include "data/tell.h"
#include "data/tx.h"
#include "data/xfer.h"
#include "proto/frame.h"

void rx_arm(struct shard *sh, struct peer *p)
{
	if (p->recv_armed || p->paused_for_xfer || p->paused_for_rate || !peer_live(p))
		return;
	p->recv_armed = true;
	p->recv_stopping = p->recv_fed = false;
	if (p->offload)
		ring_recv_records(sh->ring, p->fd, shard_tag(SHARD_OP_RECV, p));
	else
		ring_recv(sh->ring, p->fd, shard_tag(SHARD_OP_RECV, p));
}

/* ---- pausing ---- */

static void rx_stop(struct shard *sh, struct peer *p)
{
	if (p->recv_armed && !p->recv_stopping) {
		p->recv_stopping = true;
		ring_cancel(sh->ring, shard_tag(SHARD_OP_RECV, p));
	}
}

static void rx_count_paused(struct shard *sh)
{
	stats_add(sh->stats, STAT_RECV_PAUSED, 1);
	stats_set(sh->stats, STAT_RECV_PAUSED_NOW, stats_get(sh->stats, STAT_RECV_PAUSED_NOW) + 1);
}

void rx_count_resumed(struct shard *sh)
{
	stats_set(sh->stats, STAT_RECV_PAUSED_NOW, stats_get(sh->stats, STAT_RECV_PAUSED_NOW) - 1);
}

void rx_pause_for_xfer(struct shard *sh, struct peer *p, struct list *list)
{
	if (p->paused_for_xfer || !peer_live(p))
		return;
	if (!p->paused_for_rate)
		rx_count_paused(sh);
	p->paused_for_xfer = true;
	list_remove(&p->pause_node);
	list_push_back(list, &p->pause_node);
	rx_stop(sh, p);
}

void rx_resume_from_xfer(struct shard *sh, struct peer *p)
{
	hd_assert(p->paused_for_xfer);
	p->paused_for_xfer = false;
	list_remove(&p->pause_node);
	if (!p->paused_for_rate)
		rx_count_resumed(sh);
	rx_arm(sh, p);
}

/* Token bucket: a client over its rate is not read from until it has earned
 * what it took in advance. TCP tells it so; nothing is dropped. */
static void rx_take_rate(struct shard *sh, struct peer *p, uint32_t n)
{
	uint64_t rate = sh->settings->client_rate;
	int64_t full = (int64_t)sh->settings->client_burst;

	if (rate == 0 || p->flags & PEER_FLAG_MESH)
		return;
	p->rate_tokens = policy_rate_earn(p->rate_tokens, full, rate, sh->now_ms - p->rate_filled_ms) - n;
	p->rate_filled_ms = sh->now_ms;
	if (p->rate_tokens >= 0 || p->paused_for_rate)
		return;
	if (!p->paused_for_xfer)
		rx_count_paused(sh);
	p->paused_for_rate = true;
	rx_stop(sh, p);
	wheel_add(&sh->rate_wheel, &p->rate_timer, sh->now_ms + 1 + (uint64_t)-p->rate_tokens * 1000 / rate);
}

void rx_rate_due(struct shard *sh, struct peer *p)
{
	p->paused_for_rate = false;
	if (!p->paused_for_xfer)
		rx_count_resumed(sh);
	rx_arm(sh, p);
}

/* Buffers go to receives in the order of arming, and who is armed first and has much to
 * read may take all: he is not to be the first again. */
static struct peer *rx_hungriest(struct shard *sh)
{
	struct list_node *n = list_pop_front(&sh->starved[0]);

	if (!n)
		n = list_pop_front(&sh->starved[1]);
	return n ? list_entry(n, struct peer, pause_node) : NULL;
}

bool rx_feed_starved(struct shard *sh)
{
	uint32_t left = policy_receive_again(sh->bufs.receive_out, sh->bufs.receive_count);
	struct peer *p;

	for (; left > 0 && (p = rx_hungriest(sh)) != NULL; left--)
		rx_arm(sh, p);
	/* Who was armed may have nothing to read, and then no event comes of it. */
	return shard_starves(sh) && sh->bufs.receive_out < sh->bufs.receive_count;
}

/* ---- frames ---- */

static bool rx_needs_mesh(uint8_t type)
{
	return type == FRAME_FORWARD_PACKET || type == FRAME_WATCH_CONNS || type == FRAME_CLOSE_PEER;
}

static bool rx_known(uint8_t type)
{
	switch (type) {
	case FRAME_SEND_PACKET:
	case FRAME_FORWARD_PACKET:
	case FRAME_NOTE_PREFERRED:
	case FRAME_WATCH_CONNS:
	case FRAME_CLOSE_PEER:
	case FRAME_PING:
		return true;
	default:
		return false;
	}
}

/* Looks at a header before any of the body is awaited. False: peer closed. */
static bool rx_header_ok(struct shard *sh, struct peer *p, struct frame_header h)
{
	if (!frame_client_length_ok(h)) {
		life_close(sh, p, CLOSE_BAD_LENGTH);
		return false;
	}
	if (rx_needs_mesh(h.type) && !(p->flags & PEER_FLAG_MESH)) {
		life_close(sh, p, CLOSE_NOT_MESH);
		return false;
	}
	return true;
}

static void rx_ping(struct shard *sh, struct peer *p, const uint8_t *data)
{
	uint8_t pong[FRAME_PONG_SIZE];

	stats_add(sh->stats, STAT_PINGS, 1);
	if (!tx_push_control(sh, p, pong, (uint32_t)frame_put_pong(pong, data)))
		stats_add(sh->stats, STAT_PONGS_DROPPED, 1);
}

static void rx_note_preferred(struct shard *sh, struct peer *p, bool preferred)
{
	if (p->preferred == preferred)
		return;
	p->preferred = preferred;
	tell_control(sh, p, PEER_TELL_PREFERRED);
}

/* Any frame makes its sender the one that receives for its key. */
static void rx_spoke(struct shard *sh, struct peer *p)
{
	if (!p->active)
		route_activate(&sh->routes, p);
}

static void rx_unknown(struct shard *sh, struct peer *p)
{
	stats_add(sh->stats, STAT_UNKNOWN_FRAMES, 1);
	rx_spoke(sh, p);
}

/* One whole frame of a known type, in b. */
static void rx_frame(struct shard *sh, struct peer *p, struct forward_run *run, struct buf *b, uint8_t *frame)
{
	struct frame_header h = frame_header_load(frame);
	uint8_t *body = frame + FRAME_HEADER_SIZE;

	rx_spoke(sh, p);
	switch (h.type) {
	case FRAME_SEND_PACKET:
		forward_packet(sh, p, run, b, frame, h.body_len);
		break;
	case FRAME_FORWARD_PACKET:
		forward_from_mesh(sh, p, run, b, frame, h.body_len);
		break;
	case FRAME_NOTE_PREFERRED:
		rx_note_preferred(sh, p, body[0] != 0);
		break;
	case FRAME_PING:
		rx_ping(sh, p, body);
		break;
	case FRAME_WATCH_CONNS:
		tell_control(sh, p, PEER_TELL_WATCH);
		break;
	case FRAME_CLOSE_PEER:
		forward_close_peer(sh, p, run, body);
		break;
	default:
		hd_assert(!"frame type not known");
	}
}

/* ---- a frame that began in an earlier buffer ---- */

static uint32_t rx_partial_len(const struct peer *p)
{
	return p->partial ? p->partial->fill : 0;
}

/* Adds n bytes to a frame of `total` in all: the block grows with what has
 * arrived, so a header alone does not claim 64 KiB. */
static bool rx_partial_add(struct shard *sh, struct peer *p, const uint8_t *data, uint32_t n, uint32_t total)
{
	uint32_t len = rx_partial_len(p) + n;
	uint32_t want = len < BUF_MEDIUM_SIZE && total <= BUF_MEDIUM_SIZE ? total : len;

	if (!begun_room(sh, p, &p->partial, len, want))
		return false;
	memcpy(p->partial->data + p->partial->fill, data, n);
	p->partial->fill = len;
	return true;
}

/* The partial frame is whole: its block is used like a receive buffer. */
static void rx_partial_done(struct shard *sh, struct peer *p)
{
	struct buf *b = begun_whole(sh, p, &p->partial);
	struct forward_run run = { 0 };

	rx_frame(sh, p, &run, b, b->data);
	forward_flush(sh, p, &run);
	buf_unref(&sh->bufs, b);
}

/* Adds bytes to the partial frame; returns how many it took. */
static uint32_t rx_partial(struct shard *sh, struct peer *p, const uint8_t *data, uint32_t left)
{
	uint32_t used = 0, total, n;
	struct frame_header h;

	if (rx_partial_len(p) < FRAME_HEADER_SIZE) {
		n = FRAME_HEADER_SIZE - rx_partial_len(p);
		used = n < left ? n : left;
		if (!rx_partial_add(sh, p, data, used, FRAME_HEADER_SIZE) || rx_partial_len(p) < FRAME_HEADER_SIZE)
			return used;
		h = frame_header_load(p->partial->data);
		if (!rx_header_ok(sh, p, h))
			return used;
		if (!rx_known(h.type)) {
			rx_unknown(sh, p);
			buf_unref(&sh->bufs, begun_whole(sh, p, &p->partial));
			p->skip = h.body_len;
			return used;
		}
	}
	h = frame_header_load(p->partial->data);
	total = FRAME_HEADER_SIZE + h.body_len;
	n = total - rx_partial_len(p);
	if (n > left - used)
		n = left - used;
	if (rx_partial_add(sh, p, data + used, n, total) && rx_partial_len(p) == total)
		rx_partial_done(sh, p);
	return used + n;
}

/* What an earlier buffer began: returns the bytes that belong to it. */
static uint32_t rx_begun(struct shard *sh, struct peer *p, const uint8_t *data, uint32_t left)
{
	uint32_t used = 0;

	if (p->partial)
		used = rx_partial(sh, p, data, left);
	if (p->skip > 0) {
		uint32_t n = p->skip < left - used ? p->skip : left - used;

		p->skip -= n;
		used += n;
	}
	return used;
}

/* An unknown frame: skipped whole, however long it says it is. Returns the
 * bytes of it that are here. */
static uint32_t rx_skip(struct shard *sh, struct peer *p, uint32_t body_len, uint32_t left)
{
	uint32_t here = left - FRAME_HEADER_SIZE;

	rx_unknown(sh, p);
	if (body_len <= here)
		return FRAME_HEADER_SIZE + body_len;
	p->skip = body_len - here;
	return left;
}

/* Whole frames in place; returns the bytes used. */
static uint32_t rx_whole(struct shard *sh, struct peer *p, struct buf *b, uint8_t *data, uint32_t len)
{
	struct forward_run run = { 0 };
	uint32_t at = 0;

	while (peer_live(p) && len - at >= FRAME_HEADER_SIZE) {
		struct frame_header h = frame_header_load(data + at);

		if (!rx_header_ok(sh, p, h))
			break;
		if (!rx_known(h.type)) {
			at += rx_skip(sh, p, h.body_len, len - at);
			continue;
		}
		if (h.body_len > len - at - FRAME_HEADER_SIZE)
			break;
		rx_frame(sh, p, &run, b, data + at);
		at += FRAME_HEADER_SIZE + h.body_len;
	}
	forward_flush(sh, p, &run);
	return at;
}

void rx_bytes(struct shard *sh, struct peer *p, struct buf *b, uint8_t *data, uint32_t n)
{
	uint32_t at;

	hd_assert(peer_live(p) && data >= b->data && data + n <= b->data + b->size);
	stats_add(sh->stats, STAT_RECV_BYTES, n);
	rx_take_rate(sh, p, n);
	at = rx_begun(sh, p, data, n);
	if (peer_live(p))
		at += rx_whole(sh, p, b, data + at, n - at);
	if (peer_live(p) && at < n) {
		uint32_t left = n - at;
		uint32_t total = FRAME_HEADER_SIZE;

		if (left >= FRAME_HEADER_SIZE)
			total += frame_header_load(data + at).body_len;
		(void)rx_partial_add(sh, p, data + at, left, total);
	}
}

/* ---- completions ---- */

/* Returns the bytes taken in, 0 at the end of file. */
static uint32_t rx_received(struct shard *sh, struct peer *p, struct buf *b, const struct ring_event *e)
{
	struct ring_record record;

	if (p->offload) {
		ring_record(sh->ring, e, &record);
		if (record.len == 0 && record.type == 0)
			return 0;
		offload_bytes(sh, p, b, record.data, record.len, record.type);
		return (uint32_t)e->res; /* an empty record is not the end */
	}
	if (p->keys)
		secure_bytes(sh, p, b, e->data, (uint32_t)e->res);
	else
		rx_bytes(sh, p, b, e->data, (uint32_t)e->res);
	return (uint32_t)e->res;
}

static void rx_ended(struct shard *sh, struct peer *p, int32_t res)
{
	if (res == -ENOBUFS) {
		stats_add(sh->stats, STAT_RECV_ENOBUFS, 1);
		if (!p->paused_for_xfer && !p->paused_for_rate)
			list_push_back(&sh->starved[p->recv_fed], &p->pause_node);
	} else if (res == 0) {
		life_close(sh, p, CLOSE_EOF);
	} else if (res > 0 || res == -ECANCELED || res == -EINTR || res == -EAGAIN) {
		rx_arm(sh, p); /* unless paused, which is why it was cancelled */
	} else if (res == -EKEYEXPIRED && p->offload && offload_renewed(p)) {
		rx_arm(sh, p); /* it ended at a KeyUpdate, which has been dealt with */
	} else {
		life_close(sh, p, offload_reason_of_errno(p, -res));
	}
}

void rx_event(struct shard *sh, struct peer *p, const struct ring_event *e)
{
	int32_t res = e->res;

	hd_assert(p->recv_armed);
	if (!e->more)
		p->recv_armed = p->recv_stopping = false;
	if (e->has_buf) {
		struct buf *b = buf_received(&sh->bufs, e->buf, e->buf_done);

		p->recv_fed = true;
		if (res > 0 && peer_live(p))
			res = (int32_t)rx_received(sh, p, b, e);
		buf_unref(&sh->bufs, b);
	}
	if (!peer_live(p))
		life_reap(sh, p);
	else if (!e->more)
		rx_ended(sh, p, res);
}
