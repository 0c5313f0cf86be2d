/* SPDX-License-Identifier: MIT */
#include "data/forward.h"

#include <string.h>

#include "data/hold.h"
#include "data/life.h"
#include "data/policy.h"
#include "data/tx.h"
#include "data/xfer.h"
#include "proto/frame.h"
#include "util/be.h"

/* ---- where to ---- */

static void forward_fill_cache(struct shard *sh, struct peer *from, const struct key *to)
{
	struct peer_route_cache *c = &from->cache;

	c->key = *to;
	c->hash = hash_bytes(&sh->plane->hash_key, to->bytes, KEY_SIZE);
	c->shard = shard_of_hash(sh->plane, c->hash);
	c->slot = 0;
	c->generation = 0; /* no peer has it */
	c->noted = false;
	c->valid = true;
}

static const struct peer_route_cache *forward_route(struct shard *sh, struct peer *from, const struct key *to)
{
	if (!from->cache.valid || !key_equal(&from->cache.key, to))
		forward_fill_cache(sh, from, to);
	return &from->cache;
}

/* Receiving peer on this shard for the cached key, or NULL. */
static struct peer *forward_local(struct shard *sh, struct peer_route_cache *c)
{
	struct peer *p = c->generation ? peer_find(&sh->peers, c->slot, c->generation) : NULL;

	if (p && p->active)
		return p;
	p = route_find(&sh->routes, c->hash, &c->key);
	c->generation = p ? p->generation : 0;
	c->slot = p ? p->slot : 0;
	c->noted = false;
	return p;
}

/* ---- who hears of it when the sender goes ---- */

/* Senders' keys are proven at login, so their first bytes are as good a tag as
 * a hash; two keys with the same ones cannot be had on purpose. */
static uint64_t forward_tag(const struct key *from)
{
	return be_load64(from->bytes) | 1;
}

static void forward_note(struct shard *sh, struct peer *to, const struct key *from)
{
	uint64_t tag = forward_tag(from);
	uint64_t hash;

	if (to->seen_recent == tag)
		return;
	hash = hash_bytes(&sh->plane->hash_key, from->bytes, KEY_SIZE);
	if (seen_note(&sh->seen, hash, from, to->slot, &to->seen_first) != 0)
		stats_add(sh->stats, STAT_PEER_GONE_UNTRACKED, 1);
	to->seen_recent = tag;
}

static const struct key *forward_source(const struct slice *s)
{
	return (const struct key *)(const void *)(s->data + FRAME_HEADER_SIZE);
}

void forward_deliver(struct shard *sh, struct peer *to, struct slice *s)
{
	forward_note(sh, to, forward_source(s));
	tx_push(sh, to, s);
}

void forward_not_here(struct shard *sh, struct peer *from, const struct key *to)
{
	uint8_t frame[FRAME_PEER_GONE_SIZE];

	if (!peer_live(from) || !policy_not_here(&from->not_here_tokens, &from->not_here_ms, shard_stamp(sh)))
		return;
	frame_put_peer_gone(frame, to, FRAME_GONE_NOT_HERE);
	if (tx_push_control(sh, from, frame, sizeof(frame)))
		stats_add(sh->stats, STAT_PEER_GONE_NOT_HERE, 1);
}

/* ---- runs ---- */

static void forward_unknown(struct shard *sh, struct peer *from, const struct forward_run *run)
{
	hold_count_drop(sh, run->lane, run->forwarded ? DROP_UNKNOWN_DEST_ON_FWD : DROP_UNKNOWN_DEST, run->frames);
	if (run->lane == SLICE_DISCO)
		forward_not_here(sh, from, &run->to);
}

static void forward_run_local(struct shard *sh, struct peer *from, const struct forward_run *run)
{
	struct peer_route_cache *c = &from->cache;
	struct peer *to = forward_local(sh, c);
	struct slice *s;

	if (!to) {
		forward_unknown(sh, from, run);
		return;
	}
	s = tx_slice(sh, run->buf, run->data, run->len, run->frames, run->lane);
	if (!s) {
		hold_count_drop(sh, run->lane, DROP_NO_BUFFER, run->frames);
		return;
	}
	if (c->noted && !run->forwarded) {
		tx_push(sh, to, s);
		return;
	}
	c->noted = !run->forwarded;
	forward_deliver(sh, to, s);
}

void forward_flush(struct shard *sh, struct peer *from, struct forward_run *run)
{
	const struct peer_route_cache *c;

	if (!run->buf)
		return;
	c = forward_route(sh, from, &run->to);
	if (c->shard == sh->number)
		forward_run_local(sh, from, run);
	else
		xfer_run(sh, from, c->shard, c->hash, run);
	run->buf = NULL;
}

/* A whole RecvPacket frame at `frame`, made in place, for `to`. */
static void forward_add(struct shard *sh, struct peer *from, struct forward_run *run, struct buf *b,
			uint8_t *frame, const struct key *to, bool forwarded)
{
	uint32_t body_len = frame_header_load(frame).body_len;
	bool disco = frame_is_disco(frame + FRAME_HEADER_SIZE + KEY_SIZE, body_len - KEY_SIZE);
	uint8_t lane = disco ? SLICE_DISCO : SLICE_DATA;

	stats_add(sh->stats, STAT_RECV_PACKETS, 1);
	if (disco)
		stats_add(sh->stats, STAT_DISCO_PACKETS, 1);
	if (run->buf == b && run->data + run->len == frame && run->lane == lane && run->forwarded == forwarded &&
	    run->frames < UINT16_MAX && key_equal(&run->to, to)) {
		run->len += FRAME_HEADER_SIZE + body_len;
		run->frames++;
		return;
	}
	forward_flush(sh, from, run);
	*run = (struct forward_run){ .buf = b,
				     .data = frame,
				     .len = FRAME_HEADER_SIZE + body_len,
				     .frames = 1,
				     .lane = lane,
				     .forwarded = forwarded,
				     .to = *to };
}

void forward_packet(struct shard *sh, struct peer *from, struct forward_run *run, struct buf *b, uint8_t *frame,
		    uint32_t body_len)
{
	struct key to;

	hd_assert(body_len >= KEY_SIZE);
	memcpy(to.bytes, frame + FRAME_HEADER_SIZE, KEY_SIZE);
	frame[0] = FRAME_RECV_PACKET;
	memcpy(frame + FRAME_HEADER_SIZE, from->key.bytes, KEY_SIZE);
	forward_add(sh, from, run, b, frame, &to, false);
}

/* header, source, destination, packet: the RecvPacket is written over the end
 * of it, 32 bytes further in. */
void forward_from_mesh(struct shard *sh, struct peer *from, struct forward_run *run, struct buf *b, uint8_t *frame,
		       uint32_t body_len)
{
	uint8_t *source = frame + FRAME_HEADER_SIZE;
	uint8_t *start = frame + KEY_SIZE;
	struct key to;

	hd_assert(body_len >= 2 * KEY_SIZE);
	stats_add(sh->stats, STAT_FORWARDED_IN, 1);
	memcpy(to.bytes, source + KEY_SIZE, KEY_SIZE);
	memcpy(source + KEY_SIZE, source, KEY_SIZE);
	frame_header_store(start, FRAME_RECV_PACKET, body_len - KEY_SIZE);
	forward_add(sh, from, run, b, start, &to, true);
}

void forward_close_peer(struct shard *sh, struct peer *from, struct forward_run *run, const uint8_t *body)
{
	struct key key;
	uint64_t hash;
	uint16_t shard;

	memcpy(key.bytes, body, KEY_SIZE);
	forward_flush(sh, from, run); /* what was sent before goes first */
	hash = hash_bytes(&sh->plane->hash_key, key.bytes, KEY_SIZE);
	shard = shard_of_hash(sh->plane, hash);
	if (shard == sh->number)
		life_close_key(sh, hash, &key);
	else
		xfer_close_key(sh, from, shard, hash, &key);
}
