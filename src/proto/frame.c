/* SPDX-License-Identifier: MIT */
#include "proto/frame.h"

#include "util/assert.h"
#include "util/be.h"
#include "util/cursor.h"
#include "util/writer.h"

#define DISCO_MAGIC_SIZE 6
/* magic, the sender's disco key, nonce */
#define DISCO_SIZE_MIN (DISCO_MAGIC_SIZE + KEY_SIZE + FRAME_NONCE_SIZE)

const uint8_t frame_magic[FRAME_MAGIC_SIZE] = { 0x44, 0x45, 0x52, 0x50, 0xf0, 0x9f, 0x94, 0x91 };
static const uint8_t disco_magic[DISCO_MAGIC_SIZE] = { 0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac };

const char *frame_type_name(uint8_t type)
{
	switch (type) {
#define FRAME_ROW(name, value, text) \
	case name:                   \
		return text;
		FRAME_TABLE(FRAME_ROW)
#undef FRAME_ROW
	default:
		return "unknown";
	}
}

bool frame_client_length_ok(struct frame_header h)
{
	switch (h.type) {
	case FRAME_SEND_PACKET:
		return h.body_len >= KEY_SIZE && h.body_len <= FRAME_SEND_BODY_MAX;
	case FRAME_FORWARD_PACKET:
		return h.body_len >= 2 * KEY_SIZE && h.body_len <= FRAME_FORWARD_BODY_MAX;
	case FRAME_NOTE_PREFERRED:
		return h.body_len == 1;
	case FRAME_WATCH_CONNS:
		return h.body_len == 0;
	case FRAME_CLOSE_PEER:
		return h.body_len == KEY_SIZE;
	case FRAME_PING:
		return h.body_len >= FRAME_PING_SIZE && h.body_len <= FRAME_PING_BODY_MAX;
	default:
		return true;
	}
}

bool frame_is_disco(const uint8_t *packet, size_t len)
{
	return len >= DISCO_SIZE_MIN && memcmp(packet, disco_magic, DISCO_MAGIC_SIZE) == 0;
}

uint8_t frame_present_flags(bool mesh, bool prober, bool not_ideal)
{
	uint8_t flags = (uint8_t)((mesh ? FRAME_PRESENT_MESH : 0) | (prober ? FRAME_PRESENT_PROBER : 0) |
				  (not_ideal ? FRAME_PRESENT_NOT_IDEAL : 0));

	return flags ? flags : FRAME_PRESENT_REGULAR;
}

size_t frame_put_server_key(uint8_t out[FRAME_SERVER_KEY_SIZE], const struct key *server)
{
	frame_header_store(out, FRAME_SERVER_KEY, FRAME_MAGIC_SIZE + KEY_SIZE);
	memcpy(out + FRAME_HEADER_SIZE, frame_magic, FRAME_MAGIC_SIZE);
	memcpy(out + FRAME_HEADER_SIZE + FRAME_MAGIC_SIZE, server->bytes, KEY_SIZE);
	return FRAME_SERVER_KEY_SIZE;
}

size_t frame_put_keep_alive(uint8_t out[FRAME_KEEP_ALIVE_SIZE])
{
	frame_header_store(out, FRAME_KEEP_ALIVE, 0);
	return FRAME_KEEP_ALIVE_SIZE;
}

size_t frame_put_pong(uint8_t out[FRAME_PONG_SIZE], const uint8_t data[FRAME_PING_SIZE])
{
	frame_header_store(out, FRAME_PONG, FRAME_PING_SIZE);
	memcpy(out + FRAME_HEADER_SIZE, data, FRAME_PING_SIZE);
	return FRAME_PONG_SIZE;
}

size_t frame_put_peer_gone(uint8_t out[FRAME_PEER_GONE_SIZE], const struct key *k, enum frame_gone_reason why)
{
	frame_header_store(out, FRAME_PEER_GONE, KEY_SIZE + 1);
	memcpy(out + FRAME_HEADER_SIZE, k->bytes, KEY_SIZE);
	out[FRAME_HEADER_SIZE + KEY_SIZE] = (uint8_t)why;
	return FRAME_PEER_GONE_SIZE;
}

size_t frame_put_peer_present(uint8_t out[FRAME_PEER_PRESENT_SIZE], const struct key *k, const uint8_t ip[16],
			      uint16_t port, uint8_t flags)
{
	struct writer w = writer_over(out + FRAME_HEADER_SIZE, FRAME_PRESENT_BODY_SIZE);

	frame_header_store(out, FRAME_PEER_PRESENT, FRAME_PRESENT_BODY_SIZE);
	writer_bytes(&w, k->bytes, KEY_SIZE);
	writer_bytes(&w, ip, 16);
	writer_be16(&w, port);
	writer_u8(&w, flags);
	hd_assert(!w.failed && writer_len(&w) == FRAME_PRESENT_BODY_SIZE);
	return FRAME_PEER_PRESENT_SIZE;
}

size_t frame_put_restarting(uint8_t out[FRAME_RESTARTING_SIZE], uint32_t reconnect_in_ms, uint32_t try_for_ms)
{
	frame_header_store(out, FRAME_RESTARTING, 8);
	be_store32(out + FRAME_HEADER_SIZE, reconnect_in_ms);
	be_store32(out + FRAME_HEADER_SIZE + 4, try_for_ms);
	return FRAME_RESTARTING_SIZE;
}

bool frame_read_server_key(struct key *server, const uint8_t *body, size_t len)
{
	struct cursor c = cursor_over(body, len);
	const uint8_t *magic = cursor_take(&c, FRAME_MAGIC_SIZE);
	const uint8_t *key = cursor_take(&c, KEY_SIZE);

	if (!magic || !key || memcmp(magic, frame_magic, FRAME_MAGIC_SIZE) != 0)
		return false;
	memcpy(server->bytes, key, KEY_SIZE);
	return true;
}
