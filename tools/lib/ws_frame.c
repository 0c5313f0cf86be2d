/* SPDX-License-Identifier: MIT */
#include "tools/lib/ws_frame.h"

#include <string.h>

#include "util/be.h"
#include "util/error.h"

#define BIT_FINAL 0x80
#define BITS_RESERVED 0x70
#define BITS_OPCODE 0x0f
#define BIT_CONTROL 0x08 /* of an opcode */
#define BIT_MASKED 0x80
#define LEN_16 126 /* the length follows in 2 bytes */
#define LEN_64 127 /* in 8 */

/* --- to the server ------------------------------------------------------------ */

static size_t put_header(uint8_t *out, enum ws_frame_opcode opcode, size_t len)
{
	out[0] = (uint8_t)(BIT_FINAL | opcode);
	if (len < LEN_16) {
		out[1] = (uint8_t)(BIT_MASKED | len);
		return 2;
	}
	if (len <= UINT16_MAX) {
		out[1] = BIT_MASKED | LEN_16;
		be_store16(out + 2, (uint16_t)len);
		return 4;
	}
	out[1] = BIT_MASKED | LEN_64;
	be_store64(out + 2, len);
	return 10;
}

static void put_masked(uint8_t *out, const uint8_t *data, size_t len, const uint8_t mask[WS_FRAME_MASK_SIZE])
{
	uint64_t wide, word;
	size_t at = 0;

	memcpy(&wide, mask, WS_FRAME_MASK_SIZE);
	memcpy((uint8_t *)&wide + WS_FRAME_MASK_SIZE, mask, WS_FRAME_MASK_SIZE);
	for (; len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, data + at, sizeof(word));
		word ^= wide;
		memcpy(out + at, &word, sizeof(word));
	}
	for (; at < len; at++)
		out[at] = data[at] ^ mask[at % WS_FRAME_MASK_SIZE];
}

size_t ws_frame_put(uint8_t *out, enum ws_frame_opcode opcode, const uint8_t mask[WS_FRAME_MASK_SIZE],
		    const void *data, size_t len)
{
	size_t head = put_header(out, opcode, len);

	memcpy(out + head, mask, WS_FRAME_MASK_SIZE);
	head += WS_FRAME_MASK_SIZE;
	put_masked(out + head, data, len, mask);
	return head + len;
}

/* --- from the server ---------------------------------------------------------- */

/* Bytes of the head that begins so; 2 at least, so that the second tells. */
static size_t head_size(const struct ws_frame_reader *r)
{
	uint8_t len;

	if (r->head_len < 2)
		return 2;
	len = r->head[1] & (uint8_t)~BIT_MASKED;
	return len == LEN_64 ? 10 : len == LEN_16 ? 4 : 2;
}

static uint64_t body_size(const struct ws_frame_reader *r)
{
	switch (r->head_len) {
	case 10:
		return be_load64(r->head + 2);
	case 4:
		return be_load16(r->head + 2);
	default:
		return r->head[1];
	}
}

/* The head is whole. */
static int begin_frame(struct ws_frame_reader *r)
{
	bool final = r->head[0] & BIT_FINAL;

	if (r->head[0] & BITS_RESERVED || r->head[1] & BIT_MASKED)
		return ERROR_MALFORMED;
	r->opcode = (enum ws_frame_opcode)(r->head[0] & BITS_OPCODE);
	r->left = body_size(r);
	if (r->left >> 63)
		return ERROR_MALFORMED;
	r->in_body = true;
	r->head_len = 0;
	switch (r->opcode) {
	case WS_FRAME_CONTINUATION:
	case WS_FRAME_BINARY:
		if (r->in_message != (r->opcode == WS_FRAME_CONTINUATION))
			return ERROR_MALFORMED;
		r->in_message = !final;
		return 0;
	case WS_FRAME_CLOSE:
	case WS_FRAME_PING:
	case WS_FRAME_PONG:
		r->control_len = 0;
		return final && r->left <= WS_FRAME_CONTROL_MAX ? 0 : ERROR_MALFORMED;
	case WS_FRAME_TEXT:
	default:
		return ERROR_MALFORMED;
	}
}

/* The body is whole. */
static int end_frame(struct ws_frame_reader *r)
{
	r->in_body = false;
	if (r->opcode == WS_FRAME_PING) {
		r->pinged = true;
		r->ping_len = r->control_len;
		memcpy(r->ping, r->control, r->control_len);
	}
	if (r->opcode != WS_FRAME_CLOSE)
		return 0;
	if (r->control_len == 1)
		return ERROR_MALFORMED; /* half a code */
	r->closed = true;
	r->close_code = r->control_len ? be_load16(r->control) : 0;
	return 0;
}

/* Bytes of `data` that belong to the frame's body; those of data frames go to *out. */
static size_t take_body(struct ws_frame_reader *r, uint8_t *data, size_t len, uint8_t **out)
{
	size_t n = r->left < len ? (size_t)r->left : len;

	r->left -= n;
	if (r->opcode & BIT_CONTROL) {
		memcpy(r->control + r->control_len, data, n);
		r->control_len = (uint8_t)(r->control_len + n);
		return n;
	}
	if (*out != data)
		memmove(*out, data, n);
	*out += n;
	return n;
}

ssize_t ws_frame_read(struct ws_frame_reader *r, uint8_t *data, size_t len)
{
	uint8_t *out = data;
	size_t at = 0;

	while (!r->closed) {
		int err = 0;

		if (r->in_body) {
			at += take_body(r, data + at, len - at, &out);
			if (r->left)
				break;
			err = end_frame(r);
		} else if (at < len) {
			r->head[r->head_len++] = data[at++];
			if (r->head_len == head_size(r) && r->head_len >= 2)
				err = begin_frame(r);
		} else {
			break;
		}
		if (err)
			return err;
	}
	return out - data;
}
