/* SPDX-License-Identifier: MIT */
#include "data/hold.h"

#include <string.h>

#include "data/policy.h"
#include "data/tx.h"
#include "proto/frame.h"

/* Small runs that arrive together share a block; what is apart by more than
 * this gets a block of its own, so that age is known to about as much. */
#define HOLD_SAME_STAMP_MS 20

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

/* Room behind the lane's last slice, when it is the only user of its block. */
static uint32_t hold_tail_room(const struct slice *tail, uint32_t now_ms)
{
	const struct buf *b;

	if (!tail || tail->kind != SLICE_LOCAL || tail->buf->class == BUF_RECEIVE)
		return 0;
	b = tail->buf;
	if (b->refs != 1 || tail->data + tail->len != b->data + b->fill)
		return 0;
	if (now_ms - tail->stamp_ms > HOLD_SAME_STAMP_MS)
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

/* The first block of a destination is small; one that stays behind gets large ones. */
static uint32_t hold_block_size(const struct peer *p, enum slice_lane lane, uint32_t len)
{
	uint32_t wanted = p->queued[lane] > 0 ? BUF_LARGE_SIZE : BUF_SMALL_SIZE;

	return len > wanted ? len : wanted;
}

static struct slice *hold_new(struct shard *sh, const uint8_t *data, uint32_t len, uint32_t size)
{
	struct buf *b = buf_get(&sh->bufs, size);
	struct slice *s = b ? tx_slice(sh, b, b->data, len, 0, SLICE_DATA) : NULL;

	if (s) {
		memcpy(b->data, data, len);
		b->fill = len;
	}
	if (b)
		buf_unref(&sh->bufs, b);
	return s;
}

/* Copies whole frames: into the tail's room what fits, then into new blocks. */
static bool hold_copy(struct shard *sh, struct peer *p, const struct slice *s)
{
	uint32_t at = 0, room, n;
	uint16_t frames, done = 0;
	struct slice *copy;

	room = hold_tail_room(p->lane[s->lane].tail, shard_stamp(sh));
	if (room >= s->len) {
		hold_extend(p, p->lane[s->lane].tail, s->data, s->len, s->frames);
		return true;
	}
	while (at < s->len) {
		n = s->len - at;
		frames = (uint16_t)(s->frames - done);
		if (n > BUF_HUGE_SIZE)
			n = slice_whole_frames(s->data + at, n, BUF_HUGE_SIZE, &frames);
		copy = hold_new(sh, s->data + at, n, hold_block_size(p, s->lane, n));
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

struct slice *hold_torn(struct shard *sh, const struct slice *s, uint32_t len)
{
	struct slice *copy = hold_new(sh, s->data, len, len);

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
			bool in_block = s->kind == SLICE_LOCAL && s->buf->class != BUF_RECEIVE;

			if (in_block || s->kind == SLICE_OWNED)
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

void hold_trim(struct shard *sh, struct peer *p, enum slice_lane lane)
{
	uint32_t limit = policy_lane_limit(sh->settings->send_queue_bytes, lane == SLICE_DISCO);
	const struct slice *s;

	if (lane == SLICE_CONTROL)
		return; /* bounded where it is queued */
	while ((s = p->lane[lane].head) != NULL) {
		if (p->queued[lane] > limit && s != p->lane[lane].tail)
			hold_drop_head(sh, p, lane, DROP_QUEUE_HEAD);
		else if (p->queued[lane] > limit && s->frames > 1)
			hold_drop_head(sh, p, lane, DROP_QUEUE_HEAD);
		else if (policy_too_old(s->stamp_ms, shard_stamp(sh), sh->settings->send_queue_ms))
			hold_drop_head(sh, p, lane, DROP_QUEUE_AGE);
		else
			break;
	}
}
