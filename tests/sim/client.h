/* SPDX-License-Identifier: MIT
 * The clients: what they write, and whether what they get may be so. */
#ifndef HD_TESTS_SIM_CLIENT_H
#define HD_TESTS_SIM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/messages.h"
#include "bus/peer_id.h"
#include "proto/frame.h"
#include "stats/reasons.h"
#include "tests/sim/kernel.h"
#include "tests/sim/plan.h"

enum client_reading { CLIENT_EAGER, CLIENT_SLOW, CLIENT_STUCK };
enum client_told { CLIENT_UNKNOWN, CLIENT_JOINED, CLIENT_CLOSED };

#define CLIENT_KEYS (2 * PLAN_KEYS_MAX) /* the second half never connects */
#define CLIENT_CONNS_MAX 256

struct conn {
	uint32_t number;
	uint32_t key;         /* number of its key */
	uint8_t flags;        /* enum peer_flag */
	struct sock sock;
	uint64_t joined_ns;

	/* writing */
	bool done;            /* writes no more */
	enum client_reading reading;
	uint32_t seq[CLIENT_KEYS][2]; /* last number used, by destination and lane (1: disco) */
	uint32_t pings;
	uint64_t packets;     /* written */
	bool disco_to[CLIENT_KEYS];
	bool may_end[CLOSE_REASON_COUNT]; /* the relay may close it for that */

	/* TLS */
	struct tls_record_keys *keys; /* its end, or NULL */
	bool tls_1_3;
	uint32_t key_updates;
	uint8_t *plain;       /* written, not sealed yet */
	size_t plain_len;
	uint8_t *record;      /* that is arriving, RECORD_MAX bytes */
	uint32_t record_len;
	bool alerted;         /* by the relay */

	/* what it got */
	uint8_t header[FRAME_HEADER_SIZE];
	uint32_t header_len;
	uint8_t *body;
	uint32_t body_len, body_cap;
	uint64_t frames;
	uint64_t got_packets;
	uint32_t got_seq[CLIENT_CONNS_MAX][2]; /* latest, by connection it came from, and lane */
	uint32_t pongs_seq;
	uint32_t pongs;
	uint32_t keep_alives;
	uint32_t not_here;
	uint32_t gone[CLIENT_KEYS];    /* PeerGone(disconnected) */
	uint32_t gone_base[CLIENT_KEYS]; /* departures of that key before this one joined */
	uint32_t present;              /* PeerPresent frames */

	/* control's view */
	enum client_told told;
	struct peer_id peer;
	bool watching;
	bool block_out;
	uint32_t blocks_frames; /* PeerPresent frames in all blocks sent */
};

/* Of all connections together. */
struct client_totals {
	uint64_t got_packets;
	uint64_t got_pongs;
	bool sent_to[CLIENT_KEYS][CLIENT_KEYS]; /* source key, destination key */
	uint32_t departures[CLIENT_KEYS];       /* KEY_GONE commands given */
	bool closed_by_mesh[CLIENT_KEYS];       /* ClosePeer for that key was written */
	bool restarting;                        /* Restarting was commanded */
	bool any_ended;                         /* some connection ended, or may have */
};
extern struct client_totals client_totals;

void client_init(void);
void client_release(void);
struct key client_key(uint32_t number);
/* A connection joins: a hand-over, with some of its first bytes as leftover.
 * False: no connection is left, or the ring is full. */
bool client_join(void);
/* Writes some frames ahead of the relay. */
void client_write(struct conn *c);
/* Takes some of what the relay sent. */
void client_read(struct conn *c);
/* Leaves, one way or another. */
void client_leave(struct conn *c);
/* n bytes reach the socket: they are looked at at once. */
void client_got(uint32_t number, const void *data, size_t n);
/* The same, of what was sealed. */
void client_got_plain(struct conn *c, const void *data, size_t n);
/* An open connection with room to write. */
bool client_can_write(const struct conn *c);
static inline bool client_open(const struct conn *c)
{
	return c->sock.fd >= 0;
}

#endif
