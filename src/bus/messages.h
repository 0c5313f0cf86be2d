/* SPDX-License-Identifier: MIT
 * What planes tell one another. Each message is a fixed-size entry of one
 * single-producer ring (see bus.h); pointers in it pass ownership. */
#ifndef HD_BUS_MESSAGES_H
#define HD_BUS_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/peer_id.h"
#include "proto/key.h"

/* Where a client connected from. */
struct peer_addr {
	uint8_t ip[16]; /* IPv6, or IPv4 as v4-mapped */
	uint16_t port;  /* host order */
};

struct ktls_conn;
struct tls_record_keys;

enum peer_transport { PEER_TRANSPORT_PLAIN, PEER_TRANSPORT_KTLS, PEER_TRANSPORT_TLS };

enum peer_flag {
	PEER_FLAG_MESH = 1,          /* carried the region's mesh key */
	PEER_FLAG_PROBER = 2,
	PEER_FLAG_CAN_ACK_PINGS = 4,
	PEER_FLAG_NOT_IDEAL = 8,     /* asked for another node first (Ideal-Node header) */
	PEER_FLAG_WEBSOCKET = 16,
};

#define HANDOVER_SERVER_INFO_MAX 184 /* header, nonce, MAC and the longest ServerInfo document */

/* accept -> shard: one connection whose login is complete but for ServerInfo.
 * The shard makes the peer known first and then sends `server_info` before
 * anything else: a client that has seen ServerInfo can already be reached by
 * others. The shard owns fd and leftover from here on. */
struct handover {
	struct key key;
	struct peer_addr addr;
	uint64_t conn_id;       /* unique per process run, in login order per accept thread */
	uint64_t accepted_ns;   /* mono_now_ns() at accept(2) */
	uint8_t *leftover;      /* malloc'd bytes that came behind ClientInfo, or NULL */
	uint32_t leftover_len;
	uint32_t sealed_len;
	uint8_t *sealed;        /* malloc'd beginning of a TLS record behind those, or NULL */
	struct ktls_conn *offload;    /* PEER_TRANSPORT_KTLS: tls/ktls_conn.h; else NULL */
	struct tls_record_keys *keys; /* PEER_TRANSPORT_TLS: tls/record.h; else NULL */
	int fd;                 /* non-blocking TCP socket */
	uint8_t transport;      /* enum peer_transport */
	uint8_t flags;          /* enum peer_flag */
	uint8_t server_info_len;
	uint8_t server_info[HANDOVER_SERVER_INFO_MAX]; /* whole frame */
};

/* shard -> control: what happens to peers, in order for each peer. */
enum event_type {
	EVENT_JOINED,    /* first message of a peer */
	EVENT_PREFERRED, /* value: 0 or 1 */
	EVENT_WATCH,     /* mesh peer wants presence */
	EVENT_BLOCK_DONE,/* the block of COMMAND_SEND_BLOCK has left or was given up */
	EVENT_CLOSED,    /* last message of a peer; value: enum close_reason */
	EVENT_DRAINED,   /* answer to COMMAND_DRAIN: no peer left on this shard */
};

struct event {
	struct key key;
	struct peer_addr addr;
	struct peer_id peer;
	uint64_t conn_id;
	uint8_t type;      /* enum event_type */
	uint8_t value;
	uint8_t flags;     /* enum peer_flag, with JOINED and CLOSED */
	uint8_t transport; /* enum peer_transport, with JOINED */
	bool last_of_key;  /* CLOSED: no other connection of this key is left */
};

/* control -> shard. */
enum command_type {
	COMMAND_KEY_GONE,   /* key left the region: tell who got packets from it (to the key's shard) */
	COMMAND_SEND_BLOCK, /* whole frames for one peer; the shard frees `block`, answers EVENT_BLOCK_DONE */
	COMMAND_CLOSE,      /* close one peer; value: enum close_reason */
	COMMAND_RESTARTING, /* send Restarting(arg_ms[0], arg_ms[1]) to every peer */
	COMMAND_DRAIN,      /* finish queued writes until arg_ms[0], close all peers, answer EVENT_DRAINED, end */
};

struct command {
	struct key key;
	struct peer_id peer;
	uint8_t *block; /* malloc'd */
	uint32_t block_len;
	uint32_t arg_ms[2];
	uint8_t type;   /* enum command_type */
	uint8_t value;
};

#endif
