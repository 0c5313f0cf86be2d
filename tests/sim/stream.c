/* SPDX-License-Identifier: MIT
 * What a client gets, held against what may be. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/alloc.h"
#include "tests/sim/client.h"
#include "tests/sim/packet.h"
#include "tests/sim/sealed.h"
#include "tests/sim/sim.h"
#include "util/mono.h"

static void got_packet(struct conn *c, const uint8_t *body, uint32_t len)
{
	struct packet p;

	sim_check(len >= KEY_SIZE, "client %u got a RecvPacket of %u bytes", c->number, len);
	sim_check(packet_get(&p, body + KEY_SIZE, len - KEY_SIZE), "client %u got a damaged packet", c->number);
	c->got_packets++;
	client_totals.got_packets++;
	if (p.seq == 0)
		return;
	{
		struct key from = client_key(p.from);

		sim_check(p.conn < sim.conn_count && p.from < CLIENT_KEYS, "client %u got a packet from nowhere",
			  c->number);
		sim_check(memcmp(body, from.bytes, KEY_SIZE) == 0, "client %u got a packet of key %u as another's",
			  c->number, p.from);
	}
	sim_check(p.to == c->key, "client %u (key %u) got a packet for key %u", c->number, c->key, p.to);
	sim_check(p.seq <= sim.conns[p.conn].seq[p.to][p.disco], "client %u got a packet that was not sent",
		  c->number);
	sim_check(p.seq > c->got_seq[p.conn][p.disco],
		  "client %u got packet %u of client %u behind %u", c->number, p.seq, p.conn,
		  c->got_seq[p.conn][p.disco]);
	c->got_seq[p.conn][p.disco] = p.seq;
}

static void got_pong(struct conn *c, const uint8_t *body, uint32_t len)
{
	uint32_t number;

	sim_check(len == FRAME_PING_SIZE && packet_get_pong(body, c->number, &number),
		  "client %u got a wrong pong",
		  c->number);
	sim_check(number > c->pongs_seq && number <= c->pings, "client %u got pong %u behind %u", c->number,
		  number,
		  c->pongs_seq);
	c->pongs_seq = number;
	c->pongs++;
	client_totals.got_pongs++;
}

static void got_gone_here(struct conn *c, uint32_t key)
{
	uint32_t known = client_totals.departures[key] - c->gone_base[key];
	bool sent = false;

	c->gone[key]++;
	sim_check(c->gone[key] <= known, "client %u was told %u times that key %u went, which went %u times",
		  c->number,
		  c->gone[key], key, known);
	sent = client_totals.sent_to[key][c->key];
	sim_check(sent, "client %u was told of key %u, which never sent to it", c->number, key);
}

static void got_gone(struct conn *c, const uint8_t *body, uint32_t len)
{
	uint64_t seconds = (sim.now_ns - c->joined_ns) / MONO_NS_PER_S;
	struct key key = client_key(body[0]);

	sim_check(len == KEY_SIZE + 1 && body[0] < CLIENT_KEYS && memcmp(body, key.bytes, KEY_SIZE) == 0,
		  "client %u got a wrong PeerGone", c->number);
	if (body[KEY_SIZE] == FRAME_GONE_DISCONNECTED) {
		got_gone_here(c, body[0]);
		return;
	}
	sim_check(body[KEY_SIZE] == FRAME_GONE_NOT_HERE, "client %u got a PeerGone of no reason", c->number);
	sim_check(c->disco_to[body[0]], "client %u was told that key %u is not here, and sent no disco to it",
		  c->number, body[0]);
	sim_check(++c->not_here <= 4 + seconds, "client %u was told too often who is not here", c->number);
}

static void got_present(struct conn *c, const uint8_t *body, uint32_t len)
{
	uint32_t number;

	sim_check(packet_get_present(body, len, &number), "client %u got a damaged PeerPresent", c->number);
	sim_check(number == ++c->present && number <= c->blocks_frames, "watcher %u got PeerPresent %u, not %u",
		  c->number, number, c->present);
}

static void got_frame(struct conn *c, uint8_t type, const uint8_t *body, uint32_t len)
{
	if (c->frames++ == 0) {
		sim_check(type == FRAME_SERVER_INFO && packet_info_ok(body, len, c->number),
			  "client %u got type %u before ServerInfo", c->number, type);
		return;
	}
	switch (type) {
	case FRAME_RECV_PACKET:
		got_packet(c, body, len);
		break;
	case FRAME_PONG:
		got_pong(c, body, len);
		break;
	case FRAME_KEEP_ALIVE:
		sim_check(len == 0, "client %u got a KeepAlive with a body", c->number);
		c->keep_alives++;
		break;
	case FRAME_PEER_GONE:
		got_gone(c, body, len);
		break;
	case FRAME_PEER_PRESENT:
		got_present(c, body, len);
		break;
	case FRAME_RESTARTING:
		sim_check(len == 8 && client_totals.restarting, "client %u got a wrong Restarting", c->number);
		break;
	default:
		sim_fail("client %u got a frame of type %u, %u bytes", c->number, type, len);
	}
}

/* Largest legal body that a relay sends. */
#define BODY_MAX FRAME_SEND_BODY_MAX

static void body_room(struct conn *c, uint32_t len)
{
	if (c->body_cap >= len)
		return;
	c->body_cap = len;
	c->body = sim_realloc(c->body, len);
}

void client_got(uint32_t number, const void *data, size_t n)
{
	struct conn *c = &sim.conns[number];

	if (!c->keys) {
		client_got_plain(c, data, n);
		return;
	}
	alloc_enter_own();
	sealed_got(c, data, n);
	alloc_leave_own();
}

void client_got_plain(struct conn *c, const void *data, size_t n)
{
	const uint8_t *at = data;

	while (n > 0) {
		struct frame_header h;
		size_t take;

		if (c->header_len < FRAME_HEADER_SIZE) {
			c->header[c->header_len++] = *at++;
			n--;
			if (c->header_len < FRAME_HEADER_SIZE)
				continue;
		}
		h = frame_header_load(c->header);
		sim_check(h.body_len <= BODY_MAX, "client %u got a header of type %u with %u bytes",
			  c->number, h.type, h.body_len);
		body_room(c, h.body_len + 1);
		take = h.body_len - c->body_len < n ? h.body_len - c->body_len : n;
		memcpy(c->body + c->body_len, at, take);
		c->body_len += (uint32_t)take;
		at += take;
		n -= take;
		if (c->body_len == h.body_len) {
			got_frame(c, h.type, c->body, h.body_len);
			c->header_len = c->body_len = 0;
		}
	}
}
