/* SPDX-License-Identifier: MIT */
#include "tests/e2e/client_fixture.h"

#include <errno.h>
#include <string.h>

#include "tests/e2e/tls_fixture.h"
#include "util/be.h"
#include "util/error.h"

struct derp_client_options client_options(const struct daemon *d)
{
	return (struct derp_client_options){
		.address = "127.0.0.1",
		.port = daemon_port(d),
		.timeout_ms = DAEMON_FIXTURE_WAIT_MS,
		.host = daemon_has_tls(d) ? TLS_FIXTURE_HOST : NULL,
		.tls = daemon_has_tls(d) ? tls_fixture_default_client() : NULL,
	};
}

struct derp_client *client_login_with(const struct derp_client_options *o)
{
	struct derp_client *c = NULL;
	int err = derp_client_open(&c, o);

	ck_assert_msg(err == 0, "login: %s (%s)", error_text(err), strerror(errno));
	return c;
}

struct derp_client *client_login(const struct daemon *d)
{
	return client_login_as(d, NULL);
}

struct derp_client *client_login_as(const struct daemon *d, const uint8_t *private_key)
{
	struct derp_client_options o = client_options(d);

	o.private_key = private_key;
	return client_login_with(&o);
}

struct derp_client *client_login_mesh(const struct daemon *d, const uint8_t *mesh_key)
{
	struct derp_client_options o = client_options(d);

	o.mesh_key = mesh_key;
	return client_login_with(&o);
}

struct derp_frame client_next(struct derp_client *c)
{
	struct derp_frame f;

	do {
		int err = derp_client_recv(c, &f, DAEMON_FIXTURE_WAIT_MS);

		ck_assert_msg(err == 0, "waiting for a frame: %s (%s)", error_text(err), strerror(errno));
	} while (f.type == FRAME_KEEP_ALIVE);
	return f;
}

struct derp_frame client_expect(struct derp_client *c, uint8_t type, uint32_t len)
{
	struct derp_frame f = client_next(c);

	ck_assert_msg(f.type == type && f.len == len, "got %s of %u bytes, expected %s of %u",
		      frame_type_name(f.type), f.len, frame_type_name(type), len);
	return f;
}

void client_expect_packet(struct derp_client *c, const struct key *from, const void *data, size_t len)
{
	struct derp_frame f = client_expect(c, FRAME_RECV_PACKET, (uint32_t)(KEY_SIZE + len));

	ck_assert_mem_eq(f.body, from->bytes, KEY_SIZE);
	ck_assert_msg(len == 0 || memcmp(f.body + KEY_SIZE, data, len) == 0, "packet of %zu bytes is damaged",
		      len);
}

void client_expect_gone(struct derp_client *c, const struct key *gone, enum frame_gone_reason why)
{
	struct derp_frame f = client_expect(c, FRAME_PEER_GONE, KEY_SIZE + 1);

	ck_assert_mem_eq(f.body, gone->bytes, KEY_SIZE);
	ck_assert_uint_eq(f.body[KEY_SIZE], why);
}

void client_expect_closed(struct derp_client *c)
{
	struct derp_frame f;
	int err;

	do
		err = derp_client_recv(c, &f, DAEMON_FIXTURE_WAIT_MS);
	while (err == 0);
	ck_assert_msg(err == ERROR_CLOSED || (err == ERROR_IO && errno == ECONNRESET),
		      "expected the end of the connection: %s", error_text(err));
}

/* Every ping differs, so that a late pong is not taken for the one awaited. */
static void send_ping(struct derp_client *c, uint8_t data[FRAME_PING_SIZE])
{
	static uint64_t number;

	be_store64(data, ++number);
	client_send_frame(c, FRAME_PING, data, FRAME_PING_SIZE);
}

void client_sync(struct derp_client *c)
{
	uint8_t ping[FRAME_PING_SIZE];
	struct derp_frame f;

	send_ping(c, ping);
	f = client_next(c); /* which passes over KeepAlive */
	ck_assert_msg(f.type == FRAME_PONG, "got %s between ping and pong", frame_type_name(f.type));
	ck_assert_mem_eq(f.body, ping, FRAME_PING_SIZE);
}

void client_expect_alive(struct derp_client *c)
{
	uint8_t ping[FRAME_PING_SIZE];
	struct derp_frame f;

	send_ping(c, ping);
	do
		f = client_next(c);
	while (f.type != FRAME_PONG || f.len != FRAME_PING_SIZE || memcmp(f.body, ping, FRAME_PING_SIZE) != 0);
}

void client_send(struct derp_client *c, const struct key *to, const void *data, size_t len)
{
	ck_assert_int_eq(derp_client_send_packet(c, to, data, len, DAEMON_FIXTURE_WAIT_MS), 0);
}

void client_send_frame(struct derp_client *c, uint8_t type, const void *body, size_t len)
{
	ck_assert_int_eq(derp_client_send_frame(c, type, body, len, DAEMON_FIXTURE_WAIT_MS), 0);
}

void client_send_raw(struct derp_client *c, const void *data, size_t len)
{
	ck_assert_int_eq(derp_client_send_raw(c, data, len, DAEMON_FIXTURE_WAIT_MS), 0);
}

uint64_t client_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * UINT64_C(2685821657736338717);
}

void client_fill(uint8_t *data, size_t len, uint64_t seed)
{
	uint64_t state = (seed * 2 + 1) ^ (len << 32) ^ UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < len; i += 8) {
		uint8_t word[8];

		be_store64(word, client_random(&state));
		memcpy(data + i, word, len - i < 8 ? len - i : 8);
	}
}

void client_fill_disco(uint8_t *data, size_t len)
{
	static const uint8_t magic[6] = { 0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac };

	ck_assert_uint_ge(len, 62);
	client_fill(data, len, len);
	memcpy(data, magic, sizeof(magic));
}
