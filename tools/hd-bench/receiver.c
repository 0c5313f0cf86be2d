/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/receiver.h"

#include <string.h>

#include "proto/frame.h"
#include "tools/hd-bench/payload.h"
#include "util/error.h"

static void count_flow(struct client *c, enum count_flow what, uint64_t n)
{
	count_add(&c->log->count.flow[c->plan->role][what], n);
}

/* Whose packet it is: by its own header, by the frame's key, and by the plan.
 * A pump leaves the receiver's key where a relay puts the sender's. */
static struct track *track_of(const struct client *c, const struct payload *p, const uint8_t *key)
{
	int64_t slot = client_source_slot(c, p->from);
	uint32_t keyed = c->run->options->untouched ? c->index : p->from;

	if (slot < 0 || p->run != c->run->id || p->to != c->index)
		return NULL;
	if (memcmp(key, c->run->identities[keyed].public_key.bytes, KEY_SIZE) != 0)
		return NULL;
	return &c->tracks[slot];
}

/* What came in one piece of the stream, counted at its end. */
struct tally {
	uint64_t now_ns;
	uint64_t packets, bytes, measured;
	uint64_t intended_ns; /* of the last measured ones, */
	uint64_t alike; /* so many */
};

static void tally_delay(struct client *c, struct tally *t)
{
	uint64_t delay_ns = t->now_ns > t->intended_ns ? t->now_ns - t->intended_ns : 0;

	hist_add_many(&c->log->latency[c->plan->role], delay_ns, t->alike);
	t->alike = 0;
}

static void tally_add(struct client *c, struct tally *t, const struct payload *p, uint32_t count)
{
	t->packets += count;
	t->bytes += (uint64_t)p->size * count;
	if (!p->measured)
		return;
	t->measured += count;
	if (p->intended_ns != t->intended_ns)
		tally_delay(c, t);
	t->intended_ns = p->intended_ns;
	t->alike += count;
}

static void tally_close(struct client *c, struct tally *t)
{
	if (t->packets == 0)
		return;
	count_flow(c, COUNT_RECEIVED, t->packets);
	count_flow(c, COUNT_RECEIVED_BYTES, t->bytes);
	count_flow(c, COUNT_RECEIVED_MEASURED, t->measured);
	tally_delay(c, t);
}

/* The packets right behind this one that continue it, as those of a burst do: seen
 * together, each to its last byte. Their number. */
static uint32_t take_run(struct track *track, const struct payload *first, const uint8_t *packet, size_t left)
{
	uint32_t count = payload_run(first, packet, FRAME_HEADER_SIZE + KEY_SIZE, left);

	track_run(track, count);
	return count;
}

/* A packet, behind which `left` bytes have come, and the run that it begins: the bytes
 * that this is beyond the packet. */
static size_t take_packet(struct client *c, struct tally *t, const uint8_t *body, uint32_t len, size_t left)
{
	struct track *track = NULL;
	struct payload p;
	uint32_t more;

	if (c->plan->role >= PLAN_FLOW_ROLES || len < KEY_SIZE) {
		count_add(&c->log->count.other[COUNT_PROTOCOL], 1);
		return 0;
	}
	if (payload_get(&p, body + KEY_SIZE, len - KEY_SIZE) == 0)
		track = track_of(c, &p, body);
	if (!track) {
		count_flow(c, COUNT_CORRUPT, 1);
		return 0;
	}
	switch (track_arrived(track, p.seq)) {
	case TRACK_IN_ORDER:
		more = take_run(track, &p, body + KEY_SIZE, left);
		tally_add(c, t, &p, 1 + more);
		return (size_t)more * (FRAME_HEADER_SIZE + len);
	case TRACK_REORDERED:
		count_flow(c, COUNT_REORDERED, 1);
		tally_add(c, t, &p, 1);
		break;
	case TRACK_DUPLICATE:
		count_flow(c, COUNT_DUPLICATE, 1);
		break;
	case TRACK_STALE:
		count_flow(c, COUNT_STALE, 1);
		break;
	}
	return 0;
}

/* A pong that does not fit waits for nobody: pings may be lost, packets not. */
static void answer_ping(struct client *c, const uint8_t *body)
{
	uint8_t *at = conn_reserve(&c->conn, FRAME_PONG_SIZE);

	if (!at)
		return;
	c->conn.out_len += frame_put_pong(at, body);
	c->conn.out_laid = 0;
}

/* Of a frame that is not a packet. */
static void take_other(struct client *c, struct frame_header h, const uint8_t *body)
{
	switch (h.type) {
	case FRAME_PING:
		if (h.body_len >= FRAME_PING_SIZE) {
			answer_ping(c, body);
			return;
		}
		break;
	case FRAME_PEER_GONE:
		count_add(&c->log->count.other[COUNT_GONE], 1);
		return;
	case FRAME_SERVER_KEY:
	case FRAME_SERVER_INFO:
	case FRAME_CLIENT_INFO:
	case FRAME_SEND_PACKET:
	case FRAME_RECV_PACKET:
	case FRAME_FORWARD_PACKET:
	case FRAME_PEER_PRESENT:
	case FRAME_WATCH_CONNS:
	case FRAME_CLOSE_PEER:
	case FRAME_NOTE_PREFERRED:
		break; /* not to a client like this, not after the login */
	default:
		return; /* keep-alives, health, restarting, and types of later versions */
	}
	count_add(&c->log->count.other[COUNT_PROTOCOL], 1);
}

ssize_t receiver_take(struct client *c, const uint8_t *data, size_t len, uint64_t now_ns)
{
	uint8_t packet = c->run->options->untouched ? FRAME_SEND_PACKET : FRAME_RECV_PACKET;
	struct tally tally = { .now_ns = now_ns };
	size_t at = 0;

	while (len - at >= FRAME_HEADER_SIZE) {
		struct frame_header h = frame_header_load(data + at);
		const uint8_t *body = data + at + FRAME_HEADER_SIZE;

		if (h.body_len > CONN_FRAME_MAX - FRAME_HEADER_SIZE) {
			tally_close(c, &tally);
			return ERROR_MALFORMED;
		}
		if (len - at - FRAME_HEADER_SIZE < h.body_len)
			break;
		at += FRAME_HEADER_SIZE + h.body_len;
		if (h.type == packet)
			at += take_packet(c, &tally, body, h.body_len, len - at);
		else
			take_other(c, h, body);
	}
	tally_close(c, &tally);
	return (ssize_t)at;
}

/* A piece of the stream of frames: what was kept of the last is its beginning. */
static int take_piece(struct client *c, const uint8_t *data, size_t len, uint64_t now_ns)
{
	ssize_t n;

	if (c->conn.rest_len) {
		bool whole;

		n = conn_join(&c->conn, data, len, &whole);
		if (n < 0)
			return (int)n;
		data += n;
		len -= (size_t)n;
		if (!whole)
			return 0;
		n = receiver_take(c, c->conn.rest, c->conn.rest_len, now_ns);
		hd_assert(n < 0 || (size_t)n == c->conn.rest_len);
		if (n < 0)
			return (int)n;
		c->conn.rest_len = 0;
	}
	n = receiver_take(c, data, len, now_ns);
	return n < 0 ? (int)n : conn_keep(&c->conn, data + n, len - (size_t)n);
}

int receiver_take_carried(struct client *c, uint8_t *data, size_t len, uint64_t now_ns)
{
	const struct transport_ops *ops = c->conn.transport.rules->ops;

	for (;;) {
		uint8_t *plain;
		ssize_t n = ops->open(&c->conn.transport, &data, &len, &plain);
		int err;

		if (n < 0)
			return n == ERROR_MORE ? 0 : (int)n;
		err = take_piece(c, plain, (size_t)n, now_ns);
		if (err)
			return err;
	}
}
