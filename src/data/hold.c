/* SPDX-License-Identifier: MIT */
#include "data/hold.h"

#include <string.h>

#include "data/life.h"
#include "data/policy.h"
#include "data/tx.h"
#include "proto/frame.h"

#define HOLD_CLOSE_MAX 4 /* clients, for one block */

void hold_count_drop(struct shard *sh, enum slice_lane lane, enum drop_reason reason, uint64_t n)
{
	if (n > 0)
		stats_drop(sh->stats, reason, lane == SLICE_DISCO ? DROP_KIND_DISCO : DROP_KIND_OTHER, n);
}

static void hold_link(struct peer *p, struct slice *s)
{
	slice_push_back(&p->lane[s->lane], s);
	p->queued[s->lane] += s->len;
}

/* The lane's last slice, if it lies in a block and is of about the age of now. */
static const struct slice *hold_recent(const struct shard *sh, const struct peer *p, enum slice_lane lane)
{
	const struct slice *tail = p->lane[lane].tail;
	uint32_t age_ms;

	if (!tail || !slice_in_block(tail))
		return NULL;
	age_ms = shard_stamp(sh) - tail->stamp_ms;
	return age_ms <= policy_same_age_ms(sh->settings->send_queue_ms) ? tail : NULL;
}

/* Room behind it, when it is the only user of its block. */
static uint32_t hold_room(const struct slice *recent)
{
	const struct buf *b;

	if (!recent)
		return 0;
	b = recent->buf;
	if (b->refs != 1 || recent->data + recent->len != b->data + b->fill)
		return 0;
	return b->size - b->fill;
}

static void hold_extend(struct peer *p, struct slice *tail, const uint8_t *data, uint32_t len, uint16_t frames)
{
	memcpy(tail->buf->data + tail->buf->fill, data, len);
	tail->buf->fill += len;
	tail->len += len;
	tail->frames = (uint16_t)(tail->frames + frames);
	p->queued[tail->lane] += len;
}

/* Small at first, larger with what fills up soon: a trickle of small packets
 * does not pin large blocks. */
static uint32_t hold_block_size(const struct slice *recent, uint32_t len)
{
	uint32_t wanted = recent ? recent->buf->size + 1 : BUF_SMALL_SIZE;

	if (wanted > BUF_LARGE_SIZE)
		wanted = BUF_LARGE_SIZE;
	return len > wanted ? len : wanted;
}

/* Takes over the block, which may be NULL. */
static struct slice *hold_new(struct shard *sh, struct buf *b, const uint8_t *data, uint32_t len)
{
	struct slice *s = b ? tx_slice(sh, b, b->data, len, 0, SLICE_DATA) : NULL;

	if (s) {
		memcpy(b->data, data, len);
		b->fill = len;
	}
	if (b)
		buf_unref(&sh->bufs, b);
	return s;
}

/* Copies whole frames: behind the last ones if they all fit, else into blocks
 * of their own. */
static bool hold_copy(struct shard *sh, struct peer *p, const struct slice *s)
{
	const struct slice *recent = hold_recent(sh, p, s->lane);
	uint16_t frames, done = 0;
	struct slice *copy;
	uint32_t at = 0, n;

	if (hold_room(recent) >= s->len) {
		hold_extend(p, p->lane[s->lane].tail, s->data, s->len, s->frames);
		return true;
	}
	while (at < s->len) {
		n = s->len - at;
		frames = (uint16_t)(s->frames - done);
		if (n > BUF_HUGE_SIZE)
			n = slice_whole_frames(s->data + at, n, BUF_HUGE_SIZE, &frames);
		copy = hold_new(sh, buf_get(&sh->bufs, hold_block_size(recent, n), BUF_WAITING), s->data + at, n);
		if (!copy) {
			hold_count_drop(sh, s->lane, DROP_NO_BUFFER, (uint64_t)(s->frames - done));
			return false;
		}
		copy->frames = s->lane == SLICE_CONTROL ? 0 : frames;
		copy->lane = s->lane;
		copy->stamp_ms = s->stamp_ms;
		hold_link(p, copy);
		at += n;
		done = (uint16_t)(done + frames);
	}
	return true;
}

void hold_append(struct shard *sh, struct peer *p, struct slice *s)
{
	enum slice_lane lane = s->lane;

	hd_assert(!s->torn);
	(void)hold_copy(sh, p, s); /* what found no memory is counted there */
	tx_slice_free(sh, s);
	hold_trim(sh, p, lane);
}

/* Closes the client that has taken nothing for longest; never `but`. Links to
 * other relays carry many clients' packets, and stay. */
static bool hold_close_slowest(struct shard *sh, const struct peer *but)
{
	struct list *clients = &sh->blocked[0];
	struct list_node *n = list_first(clients);

	if (n == &but->blocked_node)
		n = list_next(clients, n);
	if (!n)
		return false;
	life_close(sh, list_entry(n, struct peer, blocked_node), CLOSE_NO_MEMORY);
	return true;
}

struct buf *hold_vital(struct shard *sh, const struct peer *p, uint32_t size)
{
	struct buf *b = buf_get(&sh->bufs, size, BUF_LEAVING);

	/* What a closed client has in flight comes back only in the next pass,
	 * so not all of them have to go for that. */
	for (int closed = 0; !b && closed < HOLD_CLOSE_MAX && hold_close_slowest(sh, p); closed++)
		b = buf_get(&sh->bufs, size, BUF_LEAVING);
	return b;
}

struct slice *hold_torn(struct shard *sh, const struct peer *p, const struct slice *s, uint32_t len)
{
	struct slice *copy = hold_new(sh, hold_vital(sh, p, len), s->data, len);

	if (copy) {
		copy->frames = s->frames > 0 ? 1 : 0;
		copy->lane = s->lane;
		copy->stamp_ms = s->stamp_ms;
		copy->torn = true;
	}
	return copy;
}

void hold_all(struct shard *sh, struct peer *p)
{
	for (int lane = 0; lane < SLICE_LANES; lane++) {
		struct slice_queue old = p->lane[lane];
		struct slice *s;

		p->lane[lane] = (struct slice_queue){ 0 };
		p->queued[lane] = 0;
		while ((s = slice_pop_front(&old)) != NULL) {
			if (slice_in_block(s) || s->kind == SLICE_OWNED)
				hold_link(p, s);
			else
				hold_append(sh, p, s);
		}
		hold_trim(sh, p, lane);
	}
}

/* Drops the oldest frame of a lane. */
static void hold_drop_head(struct shard *sh, struct peer *p, enum slice_lane lane, enum drop_reason reason)
{
	struct slice *s = p->lane[lane].head;
	uint32_t size = FRAME_HEADER_SIZE + frame_header_load(s->data).body_len;

	hd_assert(!s->torn && size <= s->len && s->frames > 0);
	hold_count_drop(sh, lane, reason, 1);
	p->queued[lane] -= size;
	s->data += size;
	s->len -= size;
	s->frames--;
	if (s->len == 0)
		tx_slice_free(sh, slice_pop_front(&p->lane[lane]));
}

/* At most 33 slices are looked at, and few of them: packets too small for the
 * lane's bytes to be exceeded by 32 share slices. */
static bool hold_has_more_than(const struct slice_queue *q, uint32_t packets)
{
	uint32_t n = 0;

	for (const struct slice *s = q->head; s && n <= packets; s = s->next) {
		hd_assert(s->frames > 0);
		n += s->frames;
	}
	return n > packets;
}

void hold_trim(struct shard *sh, struct peer *p, enum slice_lane lane)
{
	const struct buf_account *held = &sh->bufs.account[BUF_WAITING];
	uint32_t limit = policy_lane_limit(sh->settings->send_queue_bytes, lane == SLICE_DISCO);
	const struct slice_queue *q = &p->lane[lane];

	if (lane == SLICE_CONTROL)
		return; /* bounded where it is queued */
	while (q->head) {
		if (p->queued[lane] > limit && hold_has_more_than(q, policy_lane_packets(held->bytes, held->max)))
			hold_drop_head(sh, p, lane, DROP_QUEUE_HEAD);
		else if (policy_too_old(q->head->stamp_ms, shard_stamp(sh), sh->settings->send_queue_ms))
			hold_drop_head(sh, p, lane, DROP_QUEUE_AGE);
		else
			break;
	}
}
