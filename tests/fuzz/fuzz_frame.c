/* SPDX-License-Identifier: MIT
 * The input is what a logged-in client sends: frames, one behind the other. */
#include <string.h>

#include "proto/frame.h"
#include "tests/fuzz/driver.h"
#include "util/assert.h"
#include "util/cursor.h"

/* The rules of frame_client_length_ok as a table. */
static bool length_allowed(uint8_t type, uint32_t len)
{
	static const struct {
		uint8_t type;
		uint32_t min, max;
	} rules[] = {
		{ 0x04, 32, 32 + 65536 }, { 0x07, 1, 1 },  { 0x0a, 64, 64 + 65536 },
		{ 0x10, 0, 0 },           { 0x11, 32, 32 }, { 0x12, 8, 1000 },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(rules); i++) {
		if (rules[i].type == type)
			return len >= rules[i].min && len <= rules[i].max;
	}
	return true;
}

static void check_server_key(const uint8_t *body, size_t len)
{
	uint8_t frame[FRAME_SERVER_KEY_SIZE];
	struct key key, again;
	bool ok = frame_read_server_key(&key, body, len);

	hd_assert(ok == (len >= FRAME_MAGIC_SIZE + KEY_SIZE && memcmp(body, frame_magic, FRAME_MAGIC_SIZE) == 0));
	if (!ok)
		return;
	hd_assert(frame_put_server_key(frame, &key) == sizeof(frame));
	hd_assert(memcmp(frame + FRAME_HEADER_SIZE, body, FRAME_MAGIC_SIZE + KEY_SIZE) == 0);
	hd_assert(frame_read_server_key(&again, frame + FRAME_HEADER_SIZE, sizeof(frame) - FRAME_HEADER_SIZE));
	hd_assert(key_equal(&key, &again));
}

static void check_disco(const uint8_t *packet, size_t len)
{
	bool magic = len >= 6 && memcmp(packet, "TS\xf0\x9f\x92\xac", 6) == 0;

	hd_assert(frame_is_disco(packet, len) == (magic && len >= 62));
}

static void check_header(const uint8_t *at, struct frame_header h)
{
	uint8_t stored[FRAME_HEADER_SIZE];

	frame_header_store(stored, h.type, h.body_len);
	hd_assert(memcmp(stored, at, sizeof(stored)) == 0);
	hd_assert(frame_client_length_ok(h) == length_allowed(h.type, h.body_len));
	hd_assert(frame_type_name(h.type)[0] != '\0');
}

/* Each frame built from these bytes must announce the length it has. */
static void check_builders(const uint8_t *data)
{
	uint8_t out[FRAME_PEER_PRESENT_SIZE];
	struct key key;
	size_t size;

	memcpy(key.bytes, data, KEY_SIZE);
	size = frame_put_peer_present(out, &key, data + KEY_SIZE, 0x1234, data[0]);
	hd_assert(frame_header_load(out).body_len == size - FRAME_HEADER_SIZE);
	hd_assert(memcmp(out + FRAME_HEADER_SIZE, data, KEY_SIZE + 16) == 0);
	size = frame_put_peer_gone(out, &key, FRAME_GONE_NOT_HERE);
	hd_assert(frame_header_load(out).body_len == size - FRAME_HEADER_SIZE);
	hd_assert(memcmp(out + FRAME_HEADER_SIZE, data, KEY_SIZE) == 0);
	size = frame_put_pong(out, data);
	hd_assert(frame_header_load(out).body_len == size - FRAME_HEADER_SIZE);
	hd_assert(memcmp(out + FRAME_HEADER_SIZE, data, FRAME_PING_SIZE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);
	size_t at = 0;

	check_server_key(data, size);
	check_disco(data, size);
	if (size >= KEY_SIZE + 16)
		check_builders(data);
	while (size - at >= FRAME_HEADER_SIZE) {
		struct frame_header h = frame_header_load(data + at);
		const uint8_t *body;

		check_header(data + at, h);
		/* a cursor finds the same frames as plain offsets do */
		hd_assert(cursor_u8(&c) == h.type);
		hd_assert(cursor_be32(&c) == h.body_len);
		at += FRAME_HEADER_SIZE;
		body = cursor_take(&c, h.body_len);
		hd_assert((body != NULL) == (h.body_len <= size - at));
		if (!body)
			return 0;
		hd_assert(body == data + at);
		check_server_key(body, h.body_len);
		check_disco(body, h.body_len);
		at += h.body_len;
		hd_assert(cursor_left(&c) == size - at);
	}
	return 0;
}
