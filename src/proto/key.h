/* SPDX-License-Identifier: MIT
 * Public keys of nodes and relays: 32 raw bytes, Curve25519. */
#ifndef HD_PROTO_KEY_H
#define HD_PROTO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KEY_SIZE 32
#define KEY_HEX_SIZE (2 * KEY_SIZE + 1)          /* with the NUL */
#define KEY_NODE_TEXT_SIZE (8 + KEY_HEX_SIZE)    /* "nodekey:" + hex + NUL */

struct key {
	uint8_t bytes[KEY_SIZE];
};

static inline bool key_equal(const struct key *a, const struct key *b)
{
	return memcmp(a->bytes, b->bytes, KEY_SIZE) == 0;
}

bool key_is_zero(const struct key *k);
/* "nodekey:<64 hex>", as Tailscale prints it. */
void key_node_text(char out[KEY_NODE_TEXT_SIZE], const struct key *k);
/* Accepts "nodekey:<64 hex>" or 64 bare hex digits, nothing before or after. */
bool key_parse(struct key *k, const char *text);

#endif
