/* SPDX-License-Identifier: MIT
 * DERP frames: 1 byte type, 4 byte big-endian length of the body, body.
 * Protocol version 2 as spoken by Tailscale's derp package. */
#ifndef HD_PROTO_FRAME_H
#define HD_PROTO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/key.h"

#define FRAME_PROTOCOL_VERSION 2
#define FRAME_HEADER_SIZE 5
#define FRAME_PACKET_MAX 65536                          /* bytes of a packet */
#define FRAME_SEND_BODY_MAX (KEY_SIZE + FRAME_PACKET_MAX)
#define FRAME_FORWARD_BODY_MAX (2 * KEY_SIZE + FRAME_PACKET_MAX)
#define FRAME_CLIENT_INFO_MIN (KEY_SIZE + 24)           /* key, nonce; a box shorter than its MAC then fails */
#define FRAME_CLIENT_INFO_MAX (256 * 1024)
#define FRAME_NONCE_SIZE 24
#define FRAME_PING_SIZE 8
#define FRAME_PING_BODY_MAX 1000
#define FRAME_MAGIC_SIZE 8
#define FRAME_PRESENT_BODY_SIZE 51

extern const uint8_t frame_magic[FRAME_MAGIC_SIZE]; /* "DERP" and the key emoji */

/* One row: type byte, name. */
#define FRAME_TABLE(X)                     \
	X(FRAME_SERVER_KEY, 0x01, "ServerKey")       \
	X(FRAME_CLIENT_INFO, 0x02, "ClientInfo")     \
	X(FRAME_SERVER_INFO, 0x03, "ServerInfo")     \
	X(FRAME_SEND_PACKET, 0x04, "SendPacket")     \
	X(FRAME_RECV_PACKET, 0x05, "RecvPacket")     \
	X(FRAME_KEEP_ALIVE, 0x06, "KeepAlive")       \
	X(FRAME_NOTE_PREFERRED, 0x07, "NotePreferred") \
	X(FRAME_PEER_GONE, 0x08, "PeerGone")         \
	X(FRAME_PEER_PRESENT, 0x09, "PeerPresent")   \
	X(FRAME_FORWARD_PACKET, 0x0a, "ForwardPacket") \
	X(FRAME_WATCH_CONNS, 0x10, "WatchConns")     \
	X(FRAME_CLOSE_PEER, 0x11, "ClosePeer")       \
	X(FRAME_PING, 0x12, "Ping")                  \
	X(FRAME_PONG, 0x13, "Pong")                  \
	X(FRAME_HEALTH, 0x14, "Health")              \
	X(FRAME_RESTARTING, 0x15, "Restarting")

enum frame_type {
#define FRAME_ROW(name, value, text) name = value,
	FRAME_TABLE(FRAME_ROW)
#undef FRAME_ROW
};

enum frame_gone_reason { FRAME_GONE_DISCONNECTED = 0x00, FRAME_GONE_NOT_HERE = 0x01 };

enum frame_present_flag {
	FRAME_PRESENT_REGULAR = 1,
	FRAME_PRESENT_MESH = 2,
	FRAME_PRESENT_PROBER = 4,
	FRAME_PRESENT_NOT_IDEAL = 8,
};

struct frame_header {
	uint8_t type;
	uint32_t body_len;
};

/* Name of a type, "unknown" for the rest. */
const char *frame_type_name(uint8_t type);

/* Needs FRAME_HEADER_SIZE bytes at p. */
static inline struct frame_header frame_header_load(const uint8_t *p)
{
	uint32_t body_len = (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4];

	return (struct frame_header){ p[0], body_len };
}

static inline void frame_header_store(uint8_t *p, uint8_t type, uint32_t body_len)
{
	p[0] = type;
	p[1] = (uint8_t)(body_len >> 24);
	p[2] = (uint8_t)(body_len >> 16);
	p[3] = (uint8_t)(body_len >> 8);
	p[4] = (uint8_t)body_len;
}

/* What a logged-in client may send: does this header's body length fit its
 * type? Unknown types always do (they are skipped whole). Server-only types
 * count as unknown. Checked before any byte of the body is awaited. */
bool frame_client_length_ok(struct frame_header h);

/* A disco packet: starts with 54 53 f0 9f 92 ac and has at least 62 bytes. */
bool frame_is_disco(const uint8_t *packet, size_t len);

/* The flags byte of a PeerPresent: "regular" only if nothing else holds. */
uint8_t frame_present_flags(bool mesh, bool prober, bool not_ideal);

/* Builders of whole frames; each returns the bytes written to `out`, which
 * holds at least the size named. */
#define FRAME_SERVER_KEY_SIZE (FRAME_HEADER_SIZE + FRAME_MAGIC_SIZE + KEY_SIZE)
size_t frame_put_server_key(uint8_t out[FRAME_SERVER_KEY_SIZE], const struct key *server);
#define FRAME_KEEP_ALIVE_SIZE FRAME_HEADER_SIZE
size_t frame_put_keep_alive(uint8_t out[FRAME_KEEP_ALIVE_SIZE]);
#define FRAME_PONG_SIZE (FRAME_HEADER_SIZE + FRAME_PING_SIZE)
size_t frame_put_pong(uint8_t out[FRAME_PONG_SIZE], const uint8_t data[FRAME_PING_SIZE]);
#define FRAME_PEER_GONE_SIZE (FRAME_HEADER_SIZE + KEY_SIZE + 1)
size_t frame_put_peer_gone(uint8_t out[FRAME_PEER_GONE_SIZE], const struct key *k, enum frame_gone_reason why);
#define FRAME_PEER_PRESENT_SIZE (FRAME_HEADER_SIZE + FRAME_PRESENT_BODY_SIZE)
/* ip: 16 bytes, IPv4 as v4-mapped. flags: of frame_present_flags(). */
size_t frame_put_peer_present(uint8_t out[FRAME_PEER_PRESENT_SIZE], const struct key *k, const uint8_t ip[16],
			      uint16_t port, uint8_t flags);
#define FRAME_RESTARTING_SIZE (FRAME_HEADER_SIZE + 8)
size_t frame_put_restarting(uint8_t out[FRAME_RESTARTING_SIZE], uint32_t reconnect_in_ms, uint32_t try_for_ms);

/* Body of a ServerKey frame; false unless it starts with the magic and holds
 * a key (bytes after it are allowed). For clients (tools, mesh). */
bool frame_read_server_key(struct key *server, const uint8_t *body, size_t len);

#endif
