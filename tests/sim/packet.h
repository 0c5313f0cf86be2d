/* SPDX-License-Identifier: MIT
 * What the simulation's packets, pings and notices carry, so that whoever gets
 * them can tell where they are from, and that they are whole. */
#ifndef HD_TESTS_SIM_PACKET_H
#define HD_TESTS_SIM_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#define PACKET_MIN 32       /* smaller ones carry a known byte only */
#define PACKET_DISCO_MIN (62 + PACKET_MIN)

struct packet {
	uint32_t conn; /* that wrote it */
	uint32_t from; /* number of the source key */
	uint32_t to;   /* number of the destination key */
	uint32_t seq;  /* from 1; by connection, destination and lane */
	bool disco;
};

/* size: any but 62 .. PACKET_DISCO_MIN - 1 with disco. */
void packet_put(uint8_t *out, uint32_t size, const struct packet *p);
/* False: damaged. A small one has seq 0, and nothing else is known of it. */
bool packet_get(struct packet *p, const uint8_t *data, uint32_t size);

/* 8 bytes of a ping: the connection and its number. */
void packet_put_ping(uint8_t *out, uint32_t conn, uint32_t number);
bool packet_get_pong(const uint8_t *data, uint32_t conn, uint32_t *number);
/* A whole ServerInfo frame that names a connection; returns its length. */
uint32_t packet_put_info(uint8_t *out, uint32_t conn);
bool packet_info_ok(const uint8_t *body, uint32_t len, uint32_t conn);
/* A whole PeerPresent frame with a number; returns its length. */
uint32_t packet_put_present(uint8_t *out, uint32_t number);
bool packet_get_present(const uint8_t *body, uint32_t len, uint32_t *number);

#endif
