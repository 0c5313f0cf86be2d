/* SPDX-License-Identifier: MIT */
#include "proto/key.h"

#include "util/bytes.h"

static const char node_prefix[] = "nodekey:";

_Static_assert(KEY_NODE_TEXT_SIZE == sizeof(node_prefix) - 1 + KEY_HEX_SIZE, "prefix, hex and NUL");

bool key_is_zero(const struct key *k)
{
	static const struct key zero;

	return key_equal(k, &zero);
}

void key_node_text(char out[KEY_NODE_TEXT_SIZE], const struct key *k)
{
	memcpy(out, node_prefix, sizeof(node_prefix) - 1);
	bytes_to_hex(out + sizeof(node_prefix) - 1, k->bytes, KEY_SIZE);
}

bool key_parse(struct key *k, const char *text)
{
	if (strncmp(text, node_prefix, sizeof(node_prefix) - 1) == 0)
		text += sizeof(node_prefix) - 1;
	return strlen(text) == KEY_HEX_SIZE - 1 && bytes_from_hex(k->bytes, KEY_SIZE, text);
}
