/* SPDX-License-Identifier: MIT
 * What clients do. Each packet says where it is from, where it goes and its
 * number; stream.c looks whether that holds where it arrives. */
#include "tests/sim/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "tests/sim/alloc.h"
#include "tests/sim/sim_control.h"
#include "tests/sim/packet.h"
#include "tests/sim/sealed.h"
#include "tests/sim/sim.h"

struct client_totals client_totals;

void client_init(void)
{
	client_totals = (struct client_totals){ 0 };
	sim.conns = calloc(CLIENT_CONNS_MAX, sizeof(*sim.conns));
	hd_assert(sim.conns && sim.plan.conns_max <= CLIENT_CONNS_MAX && sim.plan.keys <= PLAN_KEYS_MAX);
	sim.conn_count = 0;
}

void client_release(void)
{
	for (uint32_t i = 0; i < sim.conn_count; i++) {
		free(sim.conns[i].sock.in);
		free(sim.conns[i].body);
		sealed_release(&sim.conns[i]);
	}
	free(sim.conns);
	sim.conns = NULL;
}

struct key client_key(uint32_t number)
{
	struct key k;

	for (int i = 0; i < KEY_SIZE; i++)
		k.bytes[i] = (uint8_t)((number + 1) * 37 + (uint32_t)i * 11);
	k.bytes[0] = (uint8_t)number; /* read back by stream.c */
	return k;
}

bool client_can_write(const struct conn *c)
{
	return client_open(c) && !c->done && sock_waiting(&c->sock) + c->plain_len < sim.plan.backlog_max;
}

static void write_bytes(struct conn *c, const void *data, size_t len)
{
	if (c->keys)
		sealed_write(c, data, len);
	else
		sock_write(&c->sock, data, len);
}

/* ---- frames ---- */

static uint8_t frame_memory[FRAME_HEADER_SIZE + 2 * KEY_SIZE + FRAME_PACKET_MAX];

static void write_frame(struct conn *c, uint8_t type, const void *body, uint32_t len)
{
	uint8_t header[FRAME_HEADER_SIZE];

	frame_header_store(header, type, len);
	write_bytes(c, header, sizeof(header));
	write_bytes(c, body, len);
}

static uint32_t pick_key(void)
{
	return sim_one_in(12) ? sim.plan.keys + sim_below(sim.plan.keys) : sim_below(sim.plan.keys);
}

static uint32_t pick_size(void)
{
	switch (sim_below(8)) {
	case 0:
		return sim_below(PACKET_MIN);
	case 1:
		return sim.plan.packet_max;
	case 2:
		return sim_below(sim.plan.packet_max + 1);
	default:
		return sim_below((sim.plan.packet_max < 300 ? sim.plan.packet_max : 300) + 1);
	}
}

static void write_packet(struct conn *c, uint32_t to, uint32_t size, bool disco, bool forward)
{
	uint32_t from = forward ? sim_below(2 * sim.plan.keys) : c->key;
	uint32_t keys = forward ? 2 * KEY_SIZE : KEY_SIZE;
	struct key to_key = client_key(to), from_key = client_key(from);
	struct packet p = { .conn = c->number, .from = from, .to = to, .disco = disco };
	uint8_t *at = frame_memory;

	if (disco && size < PACKET_DISCO_MIN)
		size = PACKET_DISCO_MIN;
	if (size >= PACKET_MIN)
		p.seq = ++c->seq[to][disco];
	if (forward)
		memcpy(at, from_key.bytes, KEY_SIZE);
	memcpy(at + keys - KEY_SIZE, to_key.bytes, KEY_SIZE);
	packet_put(at + keys, size, &p);
	write_frame(c, forward ? FRAME_FORWARD_PACKET : FRAME_SEND_PACKET, at, keys + size);
	c->packets++;
	c->disco_to[to] |= disco;
	client_totals.sent_to[from][to] = true;
}

static void write_packets(struct conn *c, bool forward)
{
	uint32_t to = pick_key(), size = pick_size();
	bool disco = sim_one_in(6), same = sim_one_in(2);

	for (uint32_t n = sim_range(1, 10); n > 0 && client_can_write(c); n--) {
		write_packet(c, to, size, disco, forward);
		if (same)
			continue;
		to = pick_key();
		size = pick_size();
		disco = sim_one_in(6);
	}
}

static void write_ping(struct conn *c)
{
	uint32_t len = sim_one_in(3) ? sim_range(FRAME_PING_SIZE, FRAME_PING_BODY_MAX) : FRAME_PING_SIZE;

	memset(frame_memory, 0x11, len);
	packet_put_ping(frame_memory, c->number, ++c->pings);
	write_frame(c, FRAME_PING, frame_memory, len);
}

static void write_unknown(struct conn *c)
{
	static const uint8_t types[] = { 0x00, 0x01, 0x05, 0x06, 0x08, 0x13, 0x16, 0x77, 0xff };
	uint32_t len = sim_one_in(10) ? sim_below(FRAME_PACKET_MAX) : sim_below(40);

	memset(frame_memory, FRAME_PING, len);
	write_frame(c, types[sim_below(HD_ARRAY_LEN(types))], frame_memory, len);
}

static void write_close_peer(struct conn *c)
{
	uint32_t key = pick_key();
	struct key k = client_key(key);

	write_frame(c, FRAME_CLOSE_PEER, k.bytes, KEY_SIZE);
	client_totals.closed_by_mesh[key] = true;
	client_totals.any_ended = true;
}

/* What no client may send: the relay closes it. */
static void write_bad(struct conn *c)
{
	static const struct {
		uint8_t type;
		uint32_t len;
		enum close_reason reason;
	} bad[] = {
		{ FRAME_SEND_PACKET, KEY_SIZE - 1, CLOSE_BAD_LENGTH },
		{ FRAME_SEND_PACKET, FRAME_SEND_BODY_MAX + 1, CLOSE_BAD_LENGTH },
		{ FRAME_SEND_PACKET, UINT32_MAX, CLOSE_BAD_LENGTH },
		{ FRAME_PING, 7, CLOSE_BAD_LENGTH },
		{ FRAME_NOTE_PREFERRED, 2, CLOSE_BAD_LENGTH },
		{ FRAME_WATCH_CONNS, 1, CLOSE_BAD_LENGTH },
		{ FRAME_CLOSE_PEER, 31, CLOSE_BAD_LENGTH },
		{ FRAME_WATCH_CONNS, 0, CLOSE_NOT_MESH },
		{ FRAME_FORWARD_PACKET, 2 * KEY_SIZE, CLOSE_NOT_MESH },
	};
	uint32_t i = sim_below(HD_ARRAY_LEN(bad) - (c->flags & PEER_FLAG_MESH ? 2 : 0));
	uint8_t header[FRAME_HEADER_SIZE + 10] = { 0 };

	c->done = true;
	client_totals.any_ended = true;
	if (c->keys && sim_one_in(3)) {
		sealed_flush(c);
		sealed_damage(c);
		c->may_end[CLOSE_TLS_BAD_RECORD] = true;
		return;
	}
	frame_header_store(header, bad[i].type, bad[i].len);
	write_bytes(c, header, sizeof(header));
	c->may_end[bad[i].reason] = true;
}

static void write_one(struct conn *c)
{
	bool mesh = c->flags & PEER_FLAG_MESH;
	uint8_t byte;

	switch (sim_below(24)) {
	case 0:
		write_ping(c);
		break;
	case 1:
		byte = (uint8_t)sim_below(2);
		write_frame(c, FRAME_NOTE_PREFERRED, &byte, 1);
		break;
	case 2:
		write_unknown(c);
		break;
	case 3:
		if (mesh && !c->watching)
			write_frame(c, FRAME_WATCH_CONNS, NULL, 0);
		break;
	case 4:
		if (mesh && sim.plan.churn && sim_one_in(20))
			write_close_peer(c);
		break;
	case 5:
		if (sim.plan.hostile && sim_one_in(40))
			write_bad(c);
		break;
	default:
		write_packets(c, mesh && sim_one_in(2));
	}
}

static void write_some(struct conn *c)
{
	for (uint32_t n = sim_range(1, 6); n > 0 && client_can_write(c); n--)
		write_one(c);
}

void client_write(struct conn *c)
{
	write_some(c);
	sealed_flush(c);
}

void client_read(struct conn *c)
{
	uint32_t n = c->sock.out_used;

	if (c->reading == CLIENT_STUCK || n == 0)
		return;
	if (c->reading == CLIENT_SLOW)
		n = sim_range(1, n < 400 ? n : 400);
	else if (sim_one_in(3))
		n = sim_range(1, n);
	c->sock.out_used -= n;
}

/* ---- coming and going ---- */

static void init_reading(struct conn *c)
{
	uint32_t timeout_ms = c->flags & PEER_FLAG_MESH ? sim.plan.settings.mesh_write_timeout_ms :
							  sim.plan.settings.write_timeout_ms;

	if (sim.plan.stuck > 0 && sim_one_in(sim.plan.stuck))
		c->reading = CLIENT_STUCK;
	else if (sim.plan.slow > 0 && sim_one_in(sim.plan.slow))
		c->reading = CLIENT_SLOW;

	/* Even who reads all may not get round to it in a short time. */
	if (c->reading != CLIENT_EAGER || sim.plan.socket_max < 4096 || timeout_ms < 2000)
		c->may_end[CLOSE_WRITE_TIMEOUT] = true;
}

static void init_conn(struct conn *c, uint32_t number)
{
	c->number = number;
	c->key = sim_below(sim.plan.keys);
	if (sim.plan.mesh && sim_one_in(4))
		c->flags |= PEER_FLAG_MESH;
	c->sock.fd = -1;
	c->sock.conn = number;
	c->sock.out_max = sim_range(sim.plan.socket_min, sim.plan.socket_max);
	c->joined_ns = sim.now_ns;
	init_reading(c);
	c->may_end[CLOSE_NO_MEMORY] = c->may_end[CLOSE_STALLED] = sim.plan.tight || sim.plan.no_memory > 0;
}

/* The first bytes that wait at the socket, as one piece. Returns their number. */
static uint32_t cut_waiting(struct conn *c, uint8_t **piece)
{
	uint32_t n = (uint32_t)sock_waiting(&c->sock);

	if (n == 0)
		return 0;
	n = sim_range(1, n);
	*piece = sim_alloc(n);
	sock_take(&c->sock, *piece, n);
	return n;
}

static void cut_leftover(struct conn *c, struct handover *h)
{
	if (sim_one_in(2))
		return;
	write_some(c);
	if (!c->keys) {
		h->leftover_len = cut_waiting(c, &h->leftover);
		return;
	}
	if (c->plain_len > 0 && sim_one_in(2)) {
		h->leftover_len = sim_range(1, (uint32_t)c->plain_len);
		h->leftover = sim_alloc(h->leftover_len);
		sim_check(sealed_opened(c, h->leftover, h->leftover_len) == h->leftover_len, "leftover");
	}
	sealed_flush(c);
	if (sim_one_in(2))
		h->sealed_len = cut_waiting(c, &h->sealed);
}

bool client_join(void)
{
	struct conn *c = &sim.conns[sim.conn_count];
	struct key key;
	struct spsc *ring;
	struct handover *h;
	uint16_t shard;

	if (sim.conn_count == sim.plan.conns_max)
		return false;
	init_conn(c, sim.conn_count);
	key = client_key(c->key);
	shard = data_plane_shard_of(sim.plane, &key);
	ring = bus_handover(&sim.bus, 0, shard);
	h = spsc_reserve(ring);
	if (!h) {
		*c = (struct conn){ 0 };
		return false;
	}
	sim.conn_count++;
	for (uint32_t k = 0; k < CLIENT_KEYS; k++)
		c->gone_base[k] = client_totals.departures[k] - sim_control_departures_ahead(shard, k);
	*h = (struct handover){ .key = key, .conn_id = c->number + 1, .fd = kernel_open(&c->sock),
			       .flags = c->flags };
	h->addr.port = (uint16_t)c->number;
	h->server_info_len = (uint8_t)packet_put_info(h->server_info, c->number);
	if (sim.plan.tls > 0 && sim_one_in(sim.plan.tls))
		sealed_init(c, h);
	cut_leftover(c, h);
	spsc_publish(ring);
	(void)waker_notify(&sim.bus.shard_waker[shard]);
	sim_say("client %u (key %u, descriptor %d) joins shard %u, %u bytes left over", c->number, c->key,
		c->sock.fd,
		shard, h->leftover_len);
	return true;
}

static void reset(struct conn *c)
{
	static const struct {
		int error;
		enum close_reason reason;
	} errors[] = {
		{ ECONNRESET, CLOSE_RESET },
		{ ETIMEDOUT, CLOSE_TIMED_OUT },
		{ EHOSTUNREACH, CLOSE_TIMED_OUT },
		{ EIO, CLOSE_IO_ERROR },
	};
	uint32_t i = sim_below(HD_ARRAY_LEN(errors));

	c->sock.error = errors[i].error;
	c->may_end[errors[i].reason] = true;
	c->may_end[CLOSE_RESET] = true; /* EPIPE */
	if (sim_one_in(2))
		c->sock.in_at = c->sock.in_len; /* what was on its way is lost */
}

void client_leave(struct conn *c)
{
	if (!client_open(c) || c->sock.error || c->sock.fin)
		return;
	sim_say("client %u leaves", c->number);
	client_totals.any_ended = true;
	c->done = true;
	if (sim.plan.hostile && sim_one_in(2)) {
		reset(c);
		return;
	}
	c->may_end[CLOSE_EOF] = true;
	if (c->keys && sim_one_in(2)) {
		bool polite = !sim.plan.hostile || sim_one_in(2);

		sealed_alert(c, polite);
		c->may_end[CLOSE_TLS_ALERT] |= !polite;
		if (sim_one_in(2))
			return; /* the relay is to end it */
	}
	c->sock.fin = true;
}
