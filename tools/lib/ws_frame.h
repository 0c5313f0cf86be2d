/* SPDX-License-Identifier: MIT
 * WebSocket framing (RFC 6455), the client's half: what it sends is masked,
 * what it is sent is not. Pure: no system call, no allocation. Messages mean
 * nothing here, their payload is one stream of bytes. */
#ifndef HD_TOOLS_LIB_WS_FRAME_H
#define HD_TOOLS_LIB_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/assert.h"

#define WS_FRAME_HEADER_MAX 14
#define WS_FRAME_MASK_SIZE 4
#define WS_FRAME_CONTROL_MAX 125 /* bytes of a ping, a pong or a close */

enum ws_frame_opcode {
	WS_FRAME_CONTINUATION = 0x0,
	WS_FRAME_TEXT = 0x1,
	WS_FRAME_BINARY = 0x2,
	WS_FRAME_CLOSE = 0x8,
	WS_FRAME_PING = 0x9,
	WS_FRAME_PONG = 0xa
};

/* A whole masked message of `len` bytes, at out (WS_FRAME_HEADER_MAX + len bytes
 * of room). Its length. */
size_t ws_frame_put(uint8_t *out, enum ws_frame_opcode opcode, const uint8_t mask[WS_FRAME_MASK_SIZE],
		    const void *data, size_t len);

/* What has come from the server so far. Begins as zeroes. */
struct ws_frame_reader {
	uint8_t head[WS_FRAME_HEADER_MAX]; /* of the frame that has begun */
	uint8_t head_len;
	bool in_body; /* its head is whole, `left` bytes of its body are not here */
	uint64_t left;
	enum ws_frame_opcode opcode;
	bool in_message; /* the last data frame was not the last of its message */
	uint8_t control[WS_FRAME_CONTROL_MAX];
	uint8_t control_len;
	/* For the caller, who clears it: answer with a pong of what is in `ping`. */
	bool pinged;
	uint8_t ping[WS_FRAME_CONTROL_MAX];
	uint8_t ping_len;
	bool closed; /* the server has said so; what is behind that is not looked at */
	uint16_t close_code; /* 0: it gave none */
};

/* Takes all of `data` and leaves the payload of data frames at its start: the
 * bytes of it. ERROR_MALFORMED: a masked frame, text, a reserved bit or opcode,
 * a control frame that is large or in parts, a message begun inside another. */
HD_MUST_CHECK ssize_t ws_frame_read(struct ws_frame_reader *r, uint8_t *data, size_t len);

#endif
