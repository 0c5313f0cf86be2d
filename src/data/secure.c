/* SPDX-License-Identifier: MIT */
#include "data/secure.h"

#include <string.h>

#include "data/begun.h"
#include "data/hold.h"
#include "data/life.h"
#include "data/policy.h"
#include "data/rx.h"
#include "data/tx.h"
#include "tls/record.h"
#include "util/error.h"

/* Eight full records: enough that a full record is the rule under load. */
#define SECURE_SEND_MAX (8 * RECORD_PLAIN_MAX)

_Static_assert(RECORD_MAX <= BUF_LARGE_SIZE, "a whole record fits a large block");

/* ---- receiving ---- */

/* Data opened so far, moved together so that frames lie in one piece. */
struct secure_plain {
	uint8_t *data;
	uint32_t len;
};

static void secure_add(struct secure_plain *plain, const struct record_opened *o)
{
	if (plain->len == 0)
		plain->data = o->data;
	else
		memmove(plain->data + plain->len, o->data, o->len);
	plain->len += o->len;
}

static void secure_deliver(struct shard *sh, struct peer *p, struct buf *b, struct secure_plain *plain)
{
	if (plain->len > 0 && peer_live(p))
		rx_bytes(sh, p, b, plain->data, plain->len);
	plain->len = 0;
}

/* A record that is not data. What came before it is delivered first. */
static void secure_control(struct shard *sh, struct peer *p, struct buf *b, struct secure_plain *plain,
			   const struct record_opened *o)
{
	int event = record_control(p->keys, o);

	secure_deliver(sh, p, b, plain);
	switch (event) {
	case CONTROL_NONE:
	case CONTROL_KEY_UPDATE:
		break;
	case CONTROL_KEY_UPDATE_ASKED:
		if (peer_live(p))
			tx_mark_dirty(sh, p);
		break;
	case CONTROL_CLOSE_NOTIFY:
		life_close(sh, p, CLOSE_EOF);
		break;
	case CONTROL_ALERT:
		life_close(sh, p, CLOSE_TLS_ALERT);
		break;
	case ERROR_CRYPTO: /* it verified; there was no memory for the next key */
		life_close(sh, p, CLOSE_NO_MEMORY);
		break;
	default:
		life_close(sh, p, CLOSE_TLS_BAD_RECORD);
	}
}

/* One whole record. */
static void secure_record(struct shard *sh, struct peer *p, struct buf *b, struct secure_plain *plain,
			  uint8_t *record, uint32_t len)
{
	struct record_opened o;

	if (record_open(p->keys, record, len, &o) < 0) {
		/* What was opened before it is genuine. */
		secure_deliver(sh, p, b, plain);
		life_close(sh, p, CLOSE_TLS_BAD_RECORD);
	} else if (o.type == TLS_RECORD_DATA) {
		secure_add(plain, &o);
	} else {
		secure_control(sh, p, b, plain, &o);
	}
}

/* Keeps the beginning of a record; the block grows with what has arrived. */
static bool secure_keep(struct shard *sh, struct peer *p, const uint8_t *data, uint32_t n)
{
	uint32_t len = p->sealed ? p->sealed->fill + n : n;

	if (!begun_room(sh, p, &p->sealed, len, len))
		return false;
	memcpy(p->sealed->data + p->sealed->fill, data, n);
	p->sealed->fill += n;
	return true;
}

static void secure_kept_record(struct shard *sh, struct peer *p)
{
	struct secure_plain plain = { 0 };
	struct buf *b = begun_whole(sh, p, &p->sealed);

	secure_record(sh, p, b, &plain, b->data, b->fill);
	secure_deliver(sh, p, b, &plain);
	buf_unref(&sh->bufs, b);
}

/* Goes on with a record that an earlier buffer began; returns the bytes used. */
static uint32_t secure_begun(struct shard *sh, struct peer *p, const uint8_t *data, uint32_t n)
{
	uint32_t used = 0;

	while (p->sealed && used < n && peer_live(p)) {
		int size = record_peek(p->sealed->data, p->sealed->fill);
		uint32_t want, take;

		if (size < 0 && size != ERROR_MORE) {
			life_close(sh, p, CLOSE_TLS_BAD_RECORD);
			break;
		}
		want = (size < 0 ? RECORD_HEADER_SIZE : (uint32_t)size) - p->sealed->fill;
		take = want < n - used ? want : n - used;
		if (!secure_keep(sh, p, data + used, take))
			break;
		used += take;
		size = record_peek(p->sealed->data, p->sealed->fill);
		if (size > 0 && (uint32_t)size == p->sealed->fill)
			secure_kept_record(sh, p);
	}
	return used;
}

void secure_bytes(struct shard *sh, struct peer *p, struct buf *b, uint8_t *data, uint32_t n)
{
	struct secure_plain plain = { 0 };
	uint32_t at = secure_begun(sh, p, data, n);

	while (peer_live(p) && at < n) {
		int size = record_peek(data + at, n - at);

		if (size < 0 && size != ERROR_MORE) {
			secure_deliver(sh, p, b, &plain);
			life_close(sh, p, CLOSE_TLS_BAD_RECORD);
			return;
		}
		if (size < 0 || (uint32_t)size > n - at) {
			secure_deliver(sh, p, b, &plain);
			if (peer_live(p))
				(void)secure_keep(sh, p, data + at, n - at);
			return;
		}
		secure_record(sh, p, b, &plain, data + at, (uint32_t)size);
		at += (uint32_t)size;
	}
	secure_deliver(sh, p, b, &plain);
}

/* ---- sending ---- */

bool secure_owes(const struct peer *p)
{
	return p->keys && record_owes(p->keys);
}

/* Bytes one send should cover at most, so that what cannot be dropped stays small. */
static uint32_t secure_send_max(const struct shard *sh, const struct peer *p)
{
	uint32_t max = policy_send_max(p->blocked, sh->settings->send_queue_bytes);

	return max < SECURE_SEND_MAX ? max : SECURE_SEND_MAX;
}

/* The next `want` bytes of the slices from (*s, *at) on, as a vector. */
static uint32_t secure_window(struct iovec *iov, struct slice **s, uint32_t *at, uint32_t want)
{
	uint32_t n = 0;

	while (want > 0) {
		uint32_t here = (*s)->len - *at;
		uint32_t take = here < want ? here : want;

		iov[n++] = (struct iovec){ (*s)->data + *at, take };
		want -= take;
		*at += take;
		if (*at == (*s)->len) {
			*s = (*s)->next;
			*at = 0;
		}
	}
	return n;
}

static uint32_t secure_record_plain(uint32_t left)
{
	return left < RECORD_PLAIN_MAX ? left : RECORD_PLAIN_MAX;
}

static void secure_free(struct shard *sh, struct slice_queue *q)
{
	struct slice *s;

	while ((s = slice_pop_front(q)) != NULL)
		tx_slice_free(sh, s);
}

/* A block for a record of so many bytes, as the slice it will be. `vital`: see
 * hold_vital. */
static struct slice *secure_blank(struct shard *sh, struct peer *p, uint32_t plain, bool vital)
{
	uint32_t size = (uint32_t)record_sealed_size(p->keys, plain);
	struct buf *b = vital ? hold_vital(sh, p, size) : buf_get(&sh->bufs, size, BUF_LEAVING);
	struct slice *s = b ? tx_slice(sh, b, b->data, 0, 0, SLICE_DATA) : NULL;

	if (s)
		s->torn = true;
	if (b)
		buf_unref(&sh->bufs, b);
	return s;
}

/* Blocks for all that is in flight come first: a record once sealed has its
 * number and must be sent. False: nothing has changed. */
static bool secure_blanks(struct shard *sh, struct peer *p, struct slice_queue *blanks, bool vital)
{
	uint32_t left = p->inflight_bytes;

	do {
		uint32_t plain = secure_record_plain(left);
		struct slice *s = secure_blank(sh, p, plain, vital);

		if (!s) {
			secure_free(sh, blanks);
			return false;
		}
		slice_push_back(blanks, s);
		left -= plain;
	} while (left > 0);
	return true;
}

/* Seals what is in flight into the blanks. */
static int secure_fill(struct peer *p, const struct slice_queue *blanks)
{
	struct iovec iov[RING_GATHER_MAX];
	struct slice *from = p->inflight.head;
	uint32_t left = p->inflight_bytes, at = 0;

	for (struct slice *s = blanks->head; s; s = s->next) {
		uint32_t plain = secure_record_plain(left);
		uint32_t n = secure_window(iov, &from, &at, plain);
		ssize_t len = record_seal(p->keys, iov, n, s->buf->data, s->buf->size);

		if (len < 0)
			return (int)len;
		s->buf->fill = s->len = (uint32_t)len;
		left -= plain;
	}
	return 0;
}

/* The sealed slices take the place of the plain ones. Returns their number. */
static uint32_t secure_exchange(struct shard *sh, struct peer *p, const struct slice_queue *sealed)
{
	uint16_t frames = 0;
	uint32_t n = 0;
	struct slice *s;

	while ((s = slice_pop_front(&p->inflight)) != NULL) {
		frames = (uint16_t)(frames + s->frames);
		tx_release(sh, p, s);
	}
	p->inflight = *sealed;
	p->inflight_plain = p->inflight_bytes;
	p->inflight_bytes = 0;
	for (s = sealed->head; s; s = s->next, n++)
		p->inflight_bytes += s->len;
	sealed->tail->frames = frames; /* they have left when the last record has */
	return n;
}

/* Seals up to `max` bytes of what is queued, and sends them. False: there is no
 * memory for that, and everything is as it was. */
static bool secure_send(struct shard *sh, struct peer *p, uint32_t max, bool vital)
{
	struct slice_queue blanks = { 0 };
	int rc;

	(void)tx_gather(p, max);
	if (!secure_blanks(sh, p, &blanks, vital)) {
		tx_ungather(p);
		return false;
	}
	rc = secure_fill(p, &blanks);
	if (rc < 0) {
		secure_free(sh, &blanks);
		secure_release(p); /* what was sealed is never sent: another word would not verify */
		life_close(sh, p, rc == ERROR_RANGE ? CLOSE_TLS_KEY_LIMIT : CLOSE_NO_MEMORY);
		return true;
	}
	tx_submit(sh, p, secure_exchange(sh, p, &blanks));
	return true;
}

/* Not closed at once, because it is mostly others who have the memory, and they
 * give it back within the time they have to take it. Closed (no_memory) if that
 * is not so for as long as a client may take nothing. */
static void secure_wait(struct shard *sh, struct peer *p)
{
	if (!p->blocked)
		tx_block(sh, p);
	list_remove(&p->dirty_node);
	if (tx_idle(p))
		tx_unblock(p); /* nothing of it could be held */
	else
		list_push_back(&sh->dry, &p->dirty_node);
	p->dry = list_linked(&p->dirty_node);
}

void secure_flush(struct shard *sh, struct peer *p)
{
	uint32_t n = 0;

	if (p->inflight.head) {
		for (const struct slice *s = p->inflight.head; s; s = s->next)
			n++;
		tx_submit(sh, p, n);
		return;
	}
	if (record_used_up(p->keys)) {
		life_close(sh, p, CLOSE_TLS_KEY_LIMIT);
		return;
	}
	/* With little memory: one slice. Who reads slowly waits for it, who does
	 * not may have it at the cost of those who do. */
	if (!secure_send(sh, p, secure_send_max(sh, p), false) && !secure_send(sh, p, 1, !p->blocked))
		secure_wait(sh, p);
}

void secure_feed_dry(struct shard *sh)
{
	struct list_node *n;

	while ((n = list_pop_front(&sh->dry)) != NULL) {
		struct peer *p = list_entry(n, struct peer, dirty_node);

		p->dry = false;
		tx_flush(sh, p);
		if (p->dry)
			return;
		if (peer_live(p) && p->blocked)
			tx_progress(sh, p); /* its own time begins */
	}
}

/* ---- the end ---- */

static enum tls_alert secure_last_alert(enum close_reason reason)
{
	return reason == CLOSE_TLS_BAD_RECORD ? TLS_ALERT_BAD_RECORD_MAC : TLS_ALERT_CLOSE_NOTIFY;
}

void secure_goodbye(struct shard *sh, struct peer *p, enum close_reason reason)
{
	uint8_t record[RECORD_ALERT_MAX];
	ssize_t len;

	if (!p->keys || p->send_armed || p->inflight.head)
		return; /* inside a record an alert would only be noise */
	len = record_seal_alert(p->keys, secure_last_alert(reason), record);
	if (len > 0)
		ring_send_last(sh->ring, p->fd, record, (size_t)len);
}

void secure_release(struct peer *p)
{
	record_keys_free(p->keys);
	p->keys = NULL;
}
