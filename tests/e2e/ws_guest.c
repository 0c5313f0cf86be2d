/* SPDX-License-Identifier: MIT */
#include "tests/e2e/ws_guest.h"

#include <stdio.h>
#include <string.h>

#include "proto/http_request.h"
#include "tools/lib/ws_upgrade.h"
#include "util/be.h"

#define BINARY 0x82
#define MASKED 0x80

size_t ws_guest_answer(char out[WS_GUEST_RESPONSE_MAX], const uint8_t *request, size_t len)
{
	char key[WS_UPGRADE_KEY_SIZE], accept[WS_UPGRADE_ACCEPT_SIZE];
	const struct http_text *given;
	struct http_request head;
	size_t scanned = 0;
	int n;

	if (http_request_parse(&head, request, len, &scanned) != 0)
		return 0;
	given = http_request_field(&head, "Sec-WebSocket-Key");
	if (!given || given->len != sizeof(key) - 1)
		return 0;
	memcpy(key, given->at, given->len);
	key[given->len] = '\0';
	if (ws_upgrade_accept(accept, key) != 0)
		return 0;
	n = snprintf(out, WS_GUEST_RESPONSE_MAX,
		     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		     "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: derp\r\n\r\n",
		     accept);
	return (size_t)n;
}

/* The head of the next message is whole. */
static bool begin(struct ws_guest *g)
{
	uint8_t size = g->head[1] & (uint8_t)~MASKED;

	if (g->head[0] != BINARY || !(g->head[1] & MASKED) || size == 127)
		return false;
	g->left = size == 126 ? be_load16(g->head + 2) : size;
	memcpy(g->mask, g->head + g->head_len - sizeof(g->mask), sizeof(g->mask));
	g->mask_at = 0;
	g->head_len = 0;
	return true;
}

ssize_t ws_guest_read(struct ws_guest *g, uint8_t *data, size_t len)
{
	size_t out = 0;

	for (size_t at = 0; at < len; at++) {
		if (g->left) {
			data[out++] = data[at] ^ g->mask[g->mask_at++ % 4];
			g->left--;
			continue;
		}
		g->head[g->head_len++] = data[at];
		if (g->head_len == ((g->head[1] & 0x7f) == 126 ? 8 : 6) && !begin(g))
			return -1;
	}
	return (ssize_t)out;
}

size_t ws_guest_header(uint8_t out[WS_GUEST_HEADER_MAX], size_t len)
{
	out[0] = BINARY;
	if (len < 126) {
		out[1] = (uint8_t)len;
		return 2;
	}
	if (len <= UINT16_MAX) {
		out[1] = 126;
		be_store16(out + 2, (uint16_t)len);
		return 4;
	}
	out[1] = 127;
	be_store64(out + 2, len);
	return 10;
}
