/* SPDX-License-Identifier: MIT */
#include "tests/sim/packet.h"

#include <string.h>

#include "proto/frame.h"
#include "util/be.h"

#define PACKET_MAGIC 0x51a7c0de
#define PACKET_SMALL 0xee

static const uint8_t disco_magic[6] = { 0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac };

static uint8_t fill_byte(const struct packet *p, uint32_t i)
{
	return (uint8_t)(p->seq * 31 + p->conn * 17 + i * 7 + (i >> 8));
}

void packet_put(uint8_t *out, uint32_t size, const struct packet *p)
{
	uint32_t head = p->disco ? PACKET_DISCO_MIN - PACKET_MIN : 0;

	if (size < PACKET_MIN) {
		memset(out, PACKET_SMALL, size);
		return;
	}
	memset(out, 0, head);
	if (p->disco)
		memcpy(out, disco_magic, sizeof(disco_magic));
	be_store32(out + head, PACKET_MAGIC);
	be_store32(out + head + 4, p->conn);
	be_store32(out + head + 8, p->from);
	be_store32(out + head + 12, p->to);
	be_store32(out + head + 16, p->seq);
	be_store32(out + head + 20, size);
	for (uint32_t i = head + 24; i < size; i++)
		out[i] = fill_byte(p, i);
}

static bool small_ok(const uint8_t *data, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (data[i] != PACKET_SMALL)
			return false;
	return true;
}

bool packet_get(struct packet *p, const uint8_t *data, uint32_t size)
{
	uint32_t head;

	*p = (struct packet){ 0 };
	if (size < PACKET_MIN)
		return small_ok(data, size);
	p->disco = frame_is_disco(data, size);
	head = p->disco ? PACKET_DISCO_MIN - PACKET_MIN : 0;
	if (size < head + PACKET_MIN || be_load32(data + head) != PACKET_MAGIC)
		return false;
	p->conn = be_load32(data + head + 4);
	p->from = be_load32(data + head + 8);
	p->to = be_load32(data + head + 12);
	p->seq = be_load32(data + head + 16);
	if (be_load32(data + head + 20) != size)
		return false;
	for (uint32_t i = head + 24; i < size; i++)
		if (data[i] != fill_byte(p, i))
			return false;
	return true;
}

void packet_put_ping(uint8_t *out, uint32_t conn, uint32_t number)
{
	be_store32(out, conn);
	be_store32(out + 4, number);
}

bool packet_get_pong(const uint8_t *data, uint32_t conn, uint32_t *number)
{
	*number = be_load32(data + 4);
	return be_load32(data) == conn;
}

uint32_t packet_put_info(uint8_t *out, uint32_t conn)
{
	frame_header_store(out, FRAME_SERVER_INFO, 60);
	memset(out + FRAME_HEADER_SIZE, 0x33, 60);
	be_store32(out + FRAME_HEADER_SIZE, conn);
	return FRAME_HEADER_SIZE + 60;
}

bool packet_info_ok(const uint8_t *body, uint32_t len, uint32_t conn)
{
	return len == 60 && be_load32(body) == conn && body[59] == 0x33;
}

uint32_t packet_put_present(uint8_t *out, uint32_t number)
{
	struct key k = { .bytes = { 9 } };
	uint8_t ip[16] = { 0 };

	be_store32(ip, number);
	return (uint32_t)frame_put_peer_present(out, &k, ip, 1, 1);
}

bool packet_get_present(const uint8_t *body, uint32_t len, uint32_t *number)
{
	if (len != FRAME_PRESENT_BODY_SIZE)
		return false;
	*number = be_load32(body + KEY_SIZE);
	return body[0] == 9;
}
