/* SPDX-License-Identifier: MIT */
#include "tests/unit/control/town.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "tests/unit/control/events.h"

#define GENERATION 1

struct presence *town_presence;
struct watch *town_watch;
struct town_client town_clients[TOWN_SLOTS];

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
	ck_assert_int_eq(presence_join(town_presence, &c, &first, &e, 1), 0);
	if (first)
		watch_key_present(town_watch, c->of);
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
	ck_assert_int_eq(watch_add(town_watch, town_conn(slot)), 0);
	town_clients[slot].watching = true;
}

static void take_present(struct town_client *c, const uint8_t *body)
{
	struct key key;
	uint32_t number;

	memcpy(key.bytes, body, KEY_SIZE);
	number = events_key_number(&key);
	ck_assert_uint_eq(be_load16(body + 48), 1 + number % 65535);
	if (number >= TOWN_KEYS)
		return;
	ck_assert_msg(!c->knows[number], "present twice: key %u", number);
	c->knows[number] = true;
}

static void take_gone(struct town_client *c, const uint8_t *body)
{
	struct key key;
	uint32_t number;

	memcpy(key.bytes, body, KEY_SIZE);
	number = events_key_number(&key);
	ck_assert_uint_eq(body[KEY_SIZE], FRAME_GONE_DISCONNECTED);
	if (number >= TOWN_KEYS)
		return;
	ck_assert_msg(c->knows[number], "gone but never present: key %u", number);
	c->knows[number] = false;
}

static void take_frames(struct town_client *c, const uint8_t *at, size_t len)
{
	while (len > 0) {
		struct frame_header h;

		ck_assert_uint_ge(len, FRAME_HEADER_SIZE);
		h = frame_header_load(at);
		ck_assert_uint_ge(len, FRAME_HEADER_SIZE + h.body_len);
		if (h.type == FRAME_PEER_PRESENT) {
			ck_assert_uint_eq(h.body_len, FRAME_PRESENT_BODY_SIZE);
			take_present(c, at + FRAME_HEADER_SIZE);
		} else {
			ck_assert_uint_eq(h.type, FRAME_PEER_GONE);
			ck_assert_uint_eq(h.body_len, KEY_SIZE + 1);
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
	ck_assert(c->watching && !c->closing);
	ck_assert_ptr_null(c->in_flight.data);
	ck_assert_uint_gt(b.len, 0);
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

		ck_assert_msg(town_clients[slot].knows[i] == (presence_find_key(town_presence, &key) != NULL),
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
