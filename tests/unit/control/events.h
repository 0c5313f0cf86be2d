/* SPDX-License-Identifier: MIT
 * Events as a shard would send them, for tests of the control plane. */
#ifndef HD_TESTS_UNIT_CONTROL_EVENTS_H
#define HD_TESTS_UNIT_CONTROL_EVENTS_H

#include <string.h>

#include "bus/messages.h"
#include "util/be.h"

/* A key that differs for each number. */
static inline struct key events_key(uint32_t number)
{
	struct key k;

	memset(k.bytes, 0x5a, sizeof(k.bytes));
	be_store32(k.bytes, number);
	return k;
}

static inline uint32_t events_key_number(const struct key *k)
{
	return be_load32(k->bytes);
}

/* 10.0.0.1, and the port. */
static inline struct peer_addr events_addr(uint16_t port)
{
	return (struct peer_addr){ .ip = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 }, .port = port };
}

static inline struct event events_make(enum event_type type, uint32_t key_number, struct peer_id peer)
{
	return (struct event){
		.type = (uint8_t)type,
		.key = events_key(key_number),
		.addr = events_addr((uint16_t)(1 + key_number % 65535)),
		.peer = peer,
		.conn_id = UINT64_C(1000000) + key_number,
	};
}

#endif
