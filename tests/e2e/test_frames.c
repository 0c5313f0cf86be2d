/* SPDX-License-Identifier: MIT
 * Frames and bytes that no proper client sends: each has a defined end, is
 * counted, and hurts nobody else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/e2e/client_fixture.h"
#include "util/error.h"

#define GARBAGE_ROUNDS 300
#define GARBAGE_MAX 6000

static const char *const no_args[] = { NULL };
static const uint8_t mesh_key[32] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static struct daemon *start_mesh(void)
{
	char hex[2 * sizeof(mesh_key) + 1];
	const char *path = daemon_fixture_path("mesh.key");

	bytes_to_hex(hex, mesh_key, sizeof(mesh_key));
	daemon_fixture_write_file(path, hex, 0600);
	return daemon_start(DAEMON_ARGS("--mesh-psk-file", path, "--workers", "2"));
}

/* --- wrong lengths -------------------------------------------------------- */

static const struct wrong_length {
	uint8_t type;
	uint32_t len;
} wrong_lengths[] = {
	{ FRAME_SEND_PACKET, 0 },
	{ FRAME_SEND_PACKET, KEY_SIZE - 1 },
	{ FRAME_SEND_PACKET, FRAME_SEND_BODY_MAX + 1 },
	{ FRAME_SEND_PACKET, UINT32_MAX },
	{ FRAME_FORWARD_PACKET, 2 * KEY_SIZE - 1 },
	{ FRAME_FORWARD_PACKET, FRAME_FORWARD_BODY_MAX + 1 },
	{ FRAME_NOTE_PREFERRED, 0 },
	{ FRAME_NOTE_PREFERRED, 2 },
	{ FRAME_WATCH_CONNS, 1 },
	{ FRAME_CLOSE_PEER, KEY_SIZE - 1 },
	{ FRAME_CLOSE_PEER, KEY_SIZE + 1 },
	{ FRAME_PING, 0 },
	{ FRAME_PING, FRAME_PING_SIZE - 1 },
	{ FRAME_PING, FRAME_PING_BODY_MAX + 1 },
};

/* The header alone has to do: the relay must not wait for a body it refuses. */
START_TEST(frames_of_wrong_length_close_their_connection_only)
{
	struct daemon *d = start_mesh();
	struct derp_client *other = client_login(d);

	for (size_t i = 0; i < HD_ARRAY_LEN(wrong_lengths); i++) {
		struct derp_client *c = client_login_mesh(d, mesh_key);
		uint8_t header[FRAME_HEADER_SIZE];

		frame_header_store(header, wrong_lengths[i].type, wrong_lengths[i].len);
		client_send_raw(c, header, sizeof(header));
		client_expect_closed(c);
		daemon_await_metric(d, "closes_total{reason=\"bad_length\"}", i + 1);
		derp_client_free(c);
		client_sync(other);
	}
	derp_client_free(other);
	daemon_stop(d);
}
END_TEST

/* What comes behind a refused frame is not obeyed. */
START_TEST(frames_behind_a_wrong_one_are_not_read)
{
	struct daemon *d = daemon_start(no_args);
	struct derp_client *c = client_login(d), *to = client_login(d);
	struct bytes run;
	uint8_t header[FRAME_HEADER_SIZE];

	bytes_init(&run, 65536);
	frame_header_store(header, FRAME_NOTE_PREFERRED, 0);
	ck_assert_int_eq(bytes_append(&run, header, sizeof(header)), 0);
	frame_header_store(header, FRAME_SEND_PACKET, KEY_SIZE + 1);
	ck_assert_int_eq(bytes_append(&run, header, sizeof(header)), 0);
	ck_assert_int_eq(bytes_append(&run, derp_client_key(to)->bytes, KEY_SIZE), 0);
	ck_assert_int_eq(bytes_append(&run, "x", 1), 0);
	client_send_raw(c, run.data, run.len);
	client_expect_closed(c);
	client_sync(to);
	ck_assert_uint_eq(daemon_metric(d, "recv_packets_total"), 0);
	bytes_release(&run);
	derp_client_free(c);
	derp_client_free(to);
	daemon_stop(d);
}
END_TEST

START_TEST(frames_of_the_mesh_close_clients_without_its_key)
{
	static const struct wrong_length privileged[] = {
		{ FRAME_WATCH_CONNS, 0 },
		{ FRAME_CLOSE_PEER, KEY_SIZE },
		{ FRAME_FORWARD_PACKET, 2 * KEY_SIZE + 10 },
	};
	struct daemon *d = start_mesh();
	struct derp_client *victim = client_login(d);

	for (size_t i = 0; i < HD_ARRAY_LEN(privileged); i++) {
		struct derp_client *c = client_login(d);
		uint8_t body[2 * KEY_SIZE + 10] = { 0 };

		memcpy(body, derp_client_key(victim)->bytes, KEY_SIZE);
		memcpy(body + KEY_SIZE, derp_client_key(victim)->bytes, KEY_SIZE);
		client_send_frame(c, privileged[i].type, body, privileged[i].len);
		client_expect_closed(c);
		daemon_await_metric(d, "closes_total{reason=\"not_mesh\"}", i + 1);
		derp_client_free(c);
		client_sync(victim);
	}
	derp_client_free(victim);
	daemon_stop(d);
}
END_TEST

START_TEST(frames_of_the_mesh_need_a_relay_with_a_key)
{
	struct daemon *d = daemon_start(no_args);
	struct derp_client *c = client_login(d);

	client_send_frame(c, FRAME_WATCH_CONNS, NULL, 0);
	client_expect_closed(c);
	daemon_await_metric(d, "closes_total{reason=\"not_mesh\"}", 1);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

/* --- ends at any byte ----------------------------------------------------- */

static void abort_connection(struct derp_client *c)
{
	struct linger reset = { 1, 0 };

	setsockopt(derp_client_stream(c)->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	derp_client_disconnect(c);
}

static void append_frame(struct bytes *out, uint8_t type, const void *body, size_t len)
{
	uint8_t header[FRAME_HEADER_SIZE];

	frame_header_store(header, type, (uint32_t)len);
	ck_assert_int_eq(bytes_append(out, header, sizeof(header)), 0);
	ck_assert_int_eq(bytes_append(out, body, len), 0);
}

/* A session with a frame of every kind a client may send. */
static void write_session(struct derp_client *c, struct bytes *out)
{
	uint8_t packet[KEY_SIZE + 40];

	ck_assert_int_eq(derp_client_write_request(c, out), 0);
	ck_assert_int_eq(derp_client_write_client_info(c, out), 0);
	append_frame(out, FRAME_NOTE_PREFERRED, "\1", 1);
	append_frame(out, FRAME_PING, "12345678", 8);
	client_fill(packet, sizeof(packet), 1);
	memcpy(packet, derp_client_key(c)->bytes, KEY_SIZE);
	append_frame(out, FRAME_SEND_PACKET, packet, sizeof(packet));
	append_frame(out, 0x7e, "unknown", 7);
}

/* Every connection is accounted for: by how its login ended, and if it went
 * well, by how the connection did. */
static void expect_all_counted(struct daemon *d, uint64_t connections)
{
	uint64_t ok;

	/* When all logins have ended, no number of them changes any more. */
	daemon_await_metric_sum(d, "logins_total{", connections);
	ok = daemon_metric(d, "logins_total{result=\"ok\"}");
	daemon_await_metric(d, "accepts_total", connections);
	daemon_await_metric(d, "half_open", 0);
	daemon_await_metric(d, "peers_total", ok);
	daemon_await_metric_sum(d, "closes_total{", ok);
	daemon_await_metric(d, "peers_active", 0);
}

START_TEST(frames_cut_off_at_every_byte_are_counted)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "2"));
	struct key server = daemon_public_key(d);
	struct derp_client_options o = client_options(d);
	size_t len = SIZE_MAX;
	uint64_t connections = 0;

	o.server_key = &server;
	for (size_t cut = 0; cut <= len; cut++) {
		struct derp_client *c;
		struct bytes session;

		bytes_init(&session, 65536);
		ck_assert_int_eq(derp_client_new(&c, &o), 0);
		ck_assert_int_eq(derp_client_connect(c), 0);
		connections++;
		write_session(c, &session);
		len = session.len;
		client_send_raw(c, session.data, cut);
		switch (cut % 3) {
		case 0: /* ends properly, and waits for the relay to do so */
			shutdown(derp_client_stream(c)->fd, SHUT_WR);
			for (char byte[512]; derp_stream_recv_raw(derp_client_stream(c), byte, sizeof(byte),
								  DAEMON_FIXTURE_WAIT_MS) > 0;)
				continue;
			break;
		case 1:
			abort_connection(c);
			break;
		default:
			break; /* closes at once, often with answers unread */
		}
		derp_client_free(c);
		bytes_release(&session);
	}
	expect_all_counted(d, connections);
	derp_client_free(client_login(d));
	daemon_stop(d);
}
END_TEST

/* --- garbage -------------------------------------------------------------- */

enum garbage { GARBAGE_FROM_START, GARBAGE_AFTER_UPGRADE, GARBAGE_AFTER_LOGIN, GARBAGE_IN_FRAMES, GARBAGES };

static void send_random(struct derp_client *c, uint64_t *state)
{
	uint8_t junk[GARBAGE_MAX];
	size_t len = client_random(state) % sizeof(junk);

	client_fill(junk, len, client_random(state));
	(void)!derp_client_send_raw(c, junk, len, DAEMON_FIXTURE_WAIT_MS);
}

/* Known and unknown types, with lengths that are right, slightly off or absurd. */
static void send_random_frames(struct derp_client *c, uint64_t *state)
{
	static const uint32_t lengths[] = { 0,  1,   7,	   8,	 31,	32,    33,    63,
					    64, 65, 500, 1000, 1001, 65568, 65569, 65601 };
	uint8_t body[GARBAGE_MAX];

	client_fill(body, sizeof(body), client_random(state));
	for (int i = 0; i < 20; i++) {
		uint8_t header[FRAME_HEADER_SIZE];
		uint32_t len = lengths[client_random(state) % HD_ARRAY_LEN(lengths)];

		frame_header_store(header, (uint8_t)(client_random(state) % 0x18), len);
		(void)!derp_client_send_raw(c, header, sizeof(header), DAEMON_FIXTURE_WAIT_MS);
		if (len <= sizeof(body))
			(void)!derp_client_send_raw(c, body, len, DAEMON_FIXTURE_WAIT_MS);
	}
}

static void send_garbage(struct derp_client *c, enum garbage kind, uint64_t *state)
{
	ck_assert_int_eq(derp_client_connect(c), 0);
	if (kind != GARBAGE_FROM_START)
		ck_assert_int_eq(derp_client_upgrade(c), 0);
	if (kind == GARBAGE_AFTER_LOGIN || kind == GARBAGE_IN_FRAMES)
		ck_assert_int_eq(derp_client_login(c), 0);
	if (kind == GARBAGE_IN_FRAMES)
		send_random_frames(c, state);
	else
		send_random(c, state);
}

START_TEST(frames_of_garbage_are_counted_and_hurt_nobody)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "2"));
	struct derp_client_options o = client_options(d);
	struct derp_client *other = client_login(d);
	uint64_t state = 20240229;

	for (int i = 0; i < GARBAGE_ROUNDS; i++) {
		struct derp_client *c;

		ck_assert_int_eq(derp_client_new(&c, &o), 0);
		send_garbage(c, (enum garbage)(i % GARBAGES), &state);
		if (client_random(&state) % 2)
			abort_connection(c);
		derp_client_free(c);
		if (i % 50 == 0)
			client_expect_alive(other);
	}
	client_expect_alive(other);
	derp_client_free(other);
	expect_all_counted(d, GARBAGE_ROUNDS + 1);
	daemon_stop(d);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("frames");
	TCase *t = daemon_fixture_case(s, "frames");

	tcase_add_test(t, frames_of_wrong_length_close_their_connection_only);
	tcase_add_test(t, frames_behind_a_wrong_one_are_not_read);
	tcase_add_test(t, frames_of_the_mesh_close_clients_without_its_key);
	tcase_add_test(t, frames_of_the_mesh_need_a_relay_with_a_key);
	tcase_add_test(t, frames_cut_off_at_every_byte_are_counted);
	tcase_add_test(t, frames_of_garbage_are_counted_and_hurt_nobody);
	return s;
}

int main(void)
{
	return daemon_fixture_main(make_suite);
}
