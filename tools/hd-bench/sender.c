/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/sender.h"

#include <string.h>

#include "proto/frame.h"
#include "tools/hd-bench/payload.h"
#include "util/error.h"
#include "util/mono.h"

#define FEED_BITS_PER_S (UINT64_C(10) * 1000 * 1000) /* to each slow reader */
#define FORGIVE_NS (200 * MONO_NS_PER_MS)
#define PREFIX_SIZE (FRAME_HEADER_SIZE + KEY_SIZE)

static _Atomic uint64_t *count_of(struct client *c, enum count_flow what)
{
	return &c->log->count.flow[c->plan->role][what];
}

static void count_sent(struct client *c, uint64_t n, bool measured)
{
	count_add(count_of(c, COUNT_SENT), n);
	if (measured)
		count_add(count_of(c, COUNT_SENT_MEASURED), n);
}

void sender_start(struct client *c)
{
	const struct options *o = c->run->options;
	uint32_t share = c->run->plan.senders[c->plan->role], index = c->plan->sender_index;
	uint64_t bits_mean = mix_mean_milli(&o->sizes) * 8 / 1000;
	struct pace *p = &c->sender->pace;

	if (c->plan->role == PLAN_TRAFFIC)
		pace_start(p, c->run->start_ns, o->rate, o->rate_is_packets, share, index, bits_mean);
	else if (c->plan->role == PLAN_PROBE)
		pace_start(p, c->run->start_ns, o->probe_rate, true, 1, 0, bits_mean);
	else
		pace_start(p, c->run->start_ns, FEED_BITS_PER_S * share, false, share, index, bits_mean);
}

static uint32_t pick_size(struct client *c)
{
	if (c->plan->role == PLAN_PROBE)
		return PAYLOAD_HEADER_SIZE;
	return mix_pick(&c->run->options->sizes, &c->sender->random);
}

/* The next destination in turn, oneself left out. */
static uint32_t pick_dest(struct client *c)
{
	uint32_t to;

	do {
		to = c->plan->dest_first + c->sender->dest_at;
		if (++c->sender->dest_at == c->plan->dest_count)
			c->sender->dest_at = 0;
	} while (to == c->index);
	return to;
}

/* Whether the outbox has, at this place, a packet of the same size to the same
 * client, sent long ago: only its header is written then. If not, there will be
 * one, provided that all before it are such. */
static bool is_laid(struct client *c, const uint8_t *at, size_t len)
{
	size_t place = (size_t)(at - c->conn.out);

	if (place + len <= c->conn.out_laid)
		return true;
	if (place == c->conn.out_laid && c->sender->uniform)
		c->conn.out_laid += len;
	return false;
}

static void lay_packet(struct client *c, uint8_t *at, uint32_t to, const struct payload *p)
{
	frame_header_store(at, FRAME_SEND_PACKET, KEY_SIZE + p->size);
	memcpy(at + FRAME_HEADER_SIZE, c->run->identities[to].public_key.bytes, KEY_SIZE);
	payload_put(at + PREFIX_SIZE, p);
}

static void put_packet(struct client *c, uint8_t *at, uint64_t intended_ns, uint64_t end_ns)
{
	struct client_sender *s = c->sender;
	uint32_t to = pick_dest(c);
	struct payload p = {
		.run = c->run->id,
		.seq = s->next_seq[client_dest_slot(c, to)]++,
		.intended_ns = intended_ns,
		.from = c->index,
		.to = to,
		.size = s->size_next,
		.measured = intended_ns >= c->run->measure_ns && intended_ns < end_ns,
	};

	if (is_laid(c, at, PREFIX_SIZE + p.size))
		payload_put_again(at + PREFIX_SIZE, p.seq, intended_ns, p.measured);
	else
		lay_packet(c, at, to, &p);
	count_sent(c, 1, p.measured);
}

/* How many packets more may be on their way. The window is for pairs, whose two ends
 * are of one thread. */
static uint64_t window_room(const struct client *c)
{
	const struct client_sender *s = c->sender;
	const struct client *to;
	uint64_t arrived, under_way;

	if (!s->window)
		return UINT64_MAX;
	to = &c->run->clients[c->plan->dest_first];
	arrived = to->tracks[0].next > s->forgiven ? to->tracks[0].next : s->forgiven;
	under_way = s->next_seq[0] - arrived;
	return under_way < s->window ? s->window - under_way : 0;
}

/* As fast as it goes: the packets of `len` bytes each that lie in the outbox behind the
 * last one, sent long ago, are sent once more with new headers, `most` of them at most.
 * Their number. */
static uint64_t put_laid(struct client *c, size_t len, uint64_t most, uint64_t now_ns)
{
	bool measured = now_ns >= c->run->measure_ns;
	struct client_sender *s = c->sender;
	struct conn *conn = &c->conn;
	uint64_t count;

	if (s->pace.rate || !s->uniform || conn->out_laid < conn->out_len)
		return 0;
	count = (conn->out_laid - conn->out_len) / len;
	count = count < most ? count : most;
	payload_put_run(conn->out + conn->out_len + PREFIX_SIZE, len, (uint32_t)count, s->next_seq[0], now_ns,
			measured);
	s->next_seq[0] += count;
	conn->out_len += len * count;
	count_sent(c, count, measured);
	return count;
}

/* Fills the outbox with what is due. */
static int fill(struct client *c, uint64_t now_ns, enum client_verdict *verdict)
{
	uint64_t end_ns = atomic_load_explicit(&c->run->end_ns, memory_order_relaxed);
	struct client_sender *s = c->sender;
	uint64_t room = window_room(c);

	for (;;) {
		uint64_t intended_ns = s->pace.rate ? s->pace.next_ns : now_ns;
		size_t len;
		uint8_t *at;

		*verdict = CLIENT_DONE;
		if (now_ns >= end_ns || intended_ns >= end_ns)
			return 0;
		*verdict = CLIENT_LATER;
		if (intended_ns > now_ns)
			return 0;
		*verdict = CLIENT_WINDOW;
		if (!room)
			return 0;
		*verdict = CLIENT_AGAIN;
		if (!s->size_next)
			s->size_next = pick_size(c);
		len = PREFIX_SIZE + (size_t)s->size_next;
		at = conn_reserve(&c->conn, len);
		if (!at)
			return conn_out_empty(&c->conn) ? ERROR_NO_MEMORY : 0;
		put_packet(c, at, intended_ns, end_ns);
		c->conn.out_len += len;
		room--;
		room -= put_laid(c, len, room, now_ns);
		if (s->pace.rate)
			hist_add(&c->log->lag[c->plan->role], now_ns - intended_ns);
		pace_advance(&s->pace, s->size_next);
		s->size_next = 0;
	}
}

/* What was due and will not be sent any more. */
static void give_up(struct client *c)
{
	struct client_sender *s = c->sender;
	uint64_t end_ns = atomic_load_explicit(&c->run->end_ns, memory_order_relaxed);

	s->done = true;
	while (s->pace.rate && s->pace.next_ns < end_ns) {
		if (s->pace.next_ns >= c->run->measure_ns)
			count_add(count_of(c, COUNT_UNSENT), 1);
		pace_advance(&s->pace, s->size_next ? s->size_next : pick_size(c));
		s->size_next = 0;
	}
}

int sender_run(struct client *c, uint64_t now_ns, enum client_verdict *verdict)
{
	int err = conn_push(&c->conn);

	*verdict = CLIENT_BLOCKED;
	if (!err && c->sender->done) {
		*verdict = CLIENT_DONE;
		return 0;
	}
	if (!err)
		err = fill(c, now_ns, verdict);
	if (!err && *verdict == CLIENT_DONE)
		give_up(c);
	if (!err)
		err = conn_push(&c->conn);
	if (err != ERROR_MORE)
		return err;
	*verdict = CLIENT_BLOCKED;
	return 0;
}

bool sender_stuck(struct client *c, uint64_t now_ns)
{
	struct client_sender *s = c->sender;
	uint64_t arrived = c->run->clients[c->plan->dest_first].tracks[0].next;

	if (arrived != s->arrived_last) {
		s->arrived_last = arrived;
		s->arrived_ns = now_ns;
	}
	if (now_ns < s->arrived_ns + FORGIVE_NS)
		return false;
	s->forgiven = s->next_seq[0];
	s->arrived_ns = now_ns;
	return true;
}

static void take_back(void *ctx, const uint8_t *frame, size_t len)
{
	struct client *c = ctx;
	struct payload p;

	if (frame[0] != FRAME_SEND_PACKET)
		return;
	hd_assert(payload_get(&p, frame + PREFIX_SIZE, (uint32_t)(len - PREFIX_SIZE)) == 0);
	count_add(count_of(c, COUNT_SENT), UINT64_MAX);
	if (p.measured) {
		count_add(count_of(c, COUNT_SENT_MEASURED), UINT64_MAX);
		count_add(count_of(c, COUNT_UNSENT), 1);
	}
}

void sender_settle(struct client *c)
{
	if (!c->sender->done)
		give_up(c);
	conn_settle(&c->conn);
	conn_each_unsent(&c->conn, take_back, c);
}
