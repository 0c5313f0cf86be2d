/* SPDX-License-Identifier: MIT
 * The server's half of WebSocket, as far as a relay that stands in for one in
 * tests needs it: heads whole, lengths below 64 KiB, no control frames. */
#ifndef HD_TESTS_E2E_WS_GUEST_H
#define HD_TESTS_E2E_WS_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WS_GUEST_HEADER_MAX 10
#define WS_GUEST_RESPONSE_MAX 512

/* The answer to an upgrade request; 0: it does not ask for WebSocket. */
size_t ws_guest_answer(char out[WS_GUEST_RESPONSE_MAX], const uint8_t *request, size_t len);

struct ws_guest {
	uint64_t left; /* of the message that has begun */
	uint8_t mask[4];
	uint8_t mask_at;
	uint8_t head[14];
	uint8_t head_len;
};

/* Leaves the payload at the start of `data`: its bytes, or -1. */
ssize_t ws_guest_read(struct ws_guest *g, uint8_t *data, size_t len);
/* The header of a message of that many bytes. Its length. */
size_t ws_guest_header(uint8_t out[WS_GUEST_HEADER_MAX], size_t len);

#endif
