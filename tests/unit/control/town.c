/* SPDX-License-Identifier: MIT */
#include "tests/unit/control/town.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "tests/unit/control/events.h"
#include "tests/unit/control/must.h"

#define GENERATION 1

struct presence *town_presence;
struct watch *town_watch;
struct town_client town_clients[TOWN_SLOTS];
static size_t more_connections[TOWN_KEYS]; /* joins of a key that was present */

void town_open(size_t block_bytes, size_t blocks, size_t lag)
{
	const struct watch_limits limits = { .block_bytes = block_bytes, .blocks = blocks, .lag = lag };

	town_watch = watch_new(town_presence, &limits);
	ck_assert_ptr_nonnull(town_watch);
}

void town_setup(void)
{
	town_presence = presence_new(1);
	ck_assert_ptr_nonnull(town_presence);
	memset(town_clients, 0, sizeof(town_clients));
	memset(more_connections, 0, sizeof(more_connections));
	town_watch = NULL;
}

void town_teardown(void)
{
	for (size_t i = 0; i < TOWN_SLOTS; i++)
		free(town_clients[i].in_flight.data);
	watch_free(town_watch);
	presence_free(town_presence);
}

static struct peer_id id_of(uint32_t slot)
{
	return (struct peer_id){ .shard = 0, .slot = slot, .generation = GENERATION };
}

struct presence_conn *town_conn(uint32_t slot)
{
	return presence_find(town_presence, id_of(slot));
}

void town_join_with(uint32_t key, uint32_t slot, uint8_t flags)
{
	struct event e = events_make(EVENT_JOINED, key, id_of(slot));
	struct presence_conn *c;
	bool first;

	e.flags = flags;
	must(presence_join(town_presence, &c, &first, &e, 1) == 0, "no memory");
	if (first) {
		watch_key_present(town_watch, c->of);
		return;
	}
	if (key < TOWN_KEYS)
		more_connections[key]++;
	watch_key_again(town_watch, c->of);
}

void town_join(uint32_t key, uint32_t slot)
{
	town_join_with(key, slot, 0);
}

void town_leave(uint32_t slot)
{
	struct presence_conn *c = town_conn(slot);

	watch_remove(town_watch, c);
	if (presence_is_last(c))
		watch_key_gone(town_watch, c->of);
	presence_leave(town_presence, c);
	free(town_clients[slot].in_flight.data);
	town_clients[slot] = (struct town_client){ .watching = false };
}

void town_watch_from(uint32_t slot)
{
	must(watch_add(town_watch, town_conn(slot)) == 0, "no memory");
	town_clients[slot].watching = true;
}

static void take_present(struct town_client *c, const uint8_t *body)
{
	struct key key;
	uint32_t number;

	memcpy(key.bytes, body, KEY_SIZE);
	number = events_key_number(&key);
	must(be_load16(body + 48) == 1 + number % 65535, "wrong port of key %u", number);
	if (number >= TOWN_KEYS)
		return;
	if (c->knows[number])
		must(++c->again[number] <= more_connections[number], "present twice: key %u", number);
	c->knows[number] = true;
}

static void take_gone(struct town_client *c, const uint8_t *body)
{
	struct key key;
	uint32_t number;

	memcpy(key.bytes, body, KEY_SIZE);
	number = events_key_number(&key);
	must(body[KEY_SIZE] == FRAME_GONE_DISCONNECTED, "wrong reason %u", body[KEY_SIZE]);
	if (number >= TOWN_KEYS)
		return;
	must(c->knows[number], "gone but never present: key %u", number);
	c->knows[number] = false;
}

static void take_frames(struct town_client *c, const uint8_t *at, size_t len)
{
	while (len > 0) {
		struct frame_header h;

		must(len >= FRAME_HEADER_SIZE, "half a frame");
		h = frame_header_load(at);
		must(len >= FRAME_HEADER_SIZE + h.body_len, "half a frame");
		if (h.type == FRAME_PEER_PRESENT) {
			must(h.body_len == FRAME_PRESENT_BODY_SIZE, "PeerPresent of %u bytes", h.body_len);
			take_present(c, at + FRAME_HEADER_SIZE);
		} else {
			must(h.type == FRAME_PEER_GONE, "frame of type %u", h.type);
			must(h.body_len == KEY_SIZE + 1, "PeerGone of %u bytes", h.body_len);
			take_gone(c, at + FRAME_HEADER_SIZE);
		}
		c->frames++;
		at += FRAME_HEADER_SIZE + h.body_len;
		len -= FRAME_HEADER_SIZE + h.body_len;
	}
}

bool town_send_one(void)
{
	struct watch_block b;
	struct town_client *c;

	if (!watch_take_block(town_watch, &b))
		return false;
	c = &town_clients[b.peer.slot];
	must(c->watching && !c->closing, "a block for slot %u", b.peer.slot);
	must(!c->in_flight.data, "two blocks in flight to slot %u", b.peer.slot);
	must(b.len > 0, "an empty block");
	c->in_flight = b;
	return true;
}

void town_arrive(uint32_t slot)
{
	struct town_client *c = &town_clients[slot];

	take_frames(c, c->in_flight.data, c->in_flight.len);
	free(c->in_flight.data);
	c->in_flight.data = NULL;
	watch_block_done(town_watch, town_conn(slot));
}

void town_settle(void)
{
	bool moved = true;

	while (moved) {
		moved = town_send_one();
		for (uint32_t i = 0; i < TOWN_SLOTS; i++) {
			if (town_clients[i].in_flight.data) {
				town_arrive(i);
				moved = true;
			}
		}
	}
}

void town_assert_knows_all(uint32_t slot)
{
	for (uint32_t i = 0; i < TOWN_KEYS; i++) {
		struct key key = events_key(i);

		must(town_clients[slot].knows[i] == (presence_find_key(town_presence, &key) != NULL),
		     "key %u: told %d", i, town_clients[slot].knows[i]);
	}
}

size_t town_close_lagging(void)
{
	struct peer_id id;
	size_t n = 0;

	for (; watch_take_lagging(town_watch, &id); n++)
		town_clients[id.slot].closing = true;
	return n;
}
