/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/frame.h"
#include "tools/lib/derp_stream.h"
#include "util/error.h"

#define TIMEOUT_MS 10000
#define CHUNK (512u * 1024)

Suite *test_derp_stream_suite(void);

static struct derp_stream stream;
static int listener;
static int peer; /* the other end of the stream, a plain blocking socket */

static void set_up(void)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	socklen_t len = sizeof(*in);

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)in, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)in, &len), 0);
	derp_stream_init(&stream);
	ck_assert_int_eq(derp_stream_connect(&stream, &ss, len, 0, TIMEOUT_MS), 0);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
}

static void tear_down(void)
{
	derp_stream_close(&stream);
	if (peer >= 0)
		close(peer);
	close(listener);
}

static void peer_writes(const void *data, size_t len)
{
	ck_assert_int_eq(write(peer, data, len), (ssize_t)len);
}

START_TEST(derp_stream_recv_takes_frames_apart)
{
	const uint8_t two[] = { FRAME_PONG, 0, 0, 0, 2, 'a', 'b', FRAME_KEEP_ALIVE, 0, 0, 0, 0 };
	struct derp_frame f;

	peer_writes(two, sizeof(two));
	ck_assert_int_eq(derp_stream_recv(&stream, &f, TIMEOUT_MS), 0);
	ck_assert_uint_eq(f.type, FRAME_PONG);
	ck_assert_uint_eq(f.len, 2);
	ck_assert_mem_eq(f.body, "ab", 2);
	ck_assert_int_eq(derp_stream_recv(&stream, &f, TIMEOUT_MS), 0);
	ck_assert_uint_eq(f.type, FRAME_KEEP_ALIVE);
	ck_assert_uint_eq(f.len, 0);
}
END_TEST

START_TEST(derp_stream_recv_continues_after_timeout)
{
	const uint8_t frame[] = { FRAME_PONG, 0, 0, 0, 3, 'a', 'b', 'c' };
	struct derp_frame f = { .len = 77 };

	for (size_t i = 0; i + 1 < sizeof(frame); i++) {
		peer_writes(frame + i, 1);
		ck_assert_int_eq(derp_stream_recv(&stream, &f, 0), ERROR_TIMEOUT);
		ck_assert_uint_eq(f.len, 77);
	}
	peer_writes(frame + sizeof(frame) - 1, 1);
	ck_assert_int_eq(derp_stream_recv(&stream, &f, TIMEOUT_MS), 0);
	ck_assert_mem_eq(f.body, "abc", 3);
}
END_TEST

START_TEST(derp_stream_recv_tells_end_from_failure)
{
	struct linger reset = { 1, 0 };
	struct derp_frame f;

	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	ck_assert_int_eq(derp_stream_recv(&stream, &f, TIMEOUT_MS), ERROR_CLOSED);
	tear_down();
	set_up();
	ck_assert_int_eq(setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	close(peer);
	peer = -1;
	ck_assert_int_eq(derp_stream_recv(&stream, &f, TIMEOUT_MS), ERROR_IO);
	ck_assert_int_eq(errno, ECONNRESET);
}
END_TEST

START_TEST(derp_stream_recv_refuses_oversized_frames)
{
	uint8_t header[FRAME_HEADER_SIZE];
	struct derp_frame f;

	frame_header_store(header, FRAME_RECV_PACKET, DERP_STREAM_FRAME_MAX + 1);
	peer_writes(header, sizeof(header));
	ck_assert_int_eq(derp_stream_recv(&stream, &f, TIMEOUT_MS), ERROR_MALFORMED);
}
END_TEST

/* Bytes count up in a period that is no power of two, so that a lost, doubled
 * or moved piece shows. */
static void fill_pattern(uint8_t *p, size_t len, size_t offset)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)((offset + i) % 251);
}

START_TEST(derp_stream_send_keeps_what_the_socket_did_not_take)
{
	uint8_t *chunk = malloc(CHUNK), *got = malloc(CHUNK), *want = malloc(CHUNK);
	size_t sent = 0, received = 0;
	int err = 0;

	/* Until the socket is full, then once more: all of it is taken. */
	for (int after = 0; after < 2; sent += CHUNK) {
		struct iovec part = { chunk, CHUNK };

		fill_pattern(chunk, CHUNK, sent);
		err = derp_stream_send(&stream, &part, 1, 0);
		ck_assert(err == 0 || err == ERROR_TIMEOUT);
		after += err == ERROR_TIMEOUT;
	}
	ck_assert_uint_gt(stream.out.len, 0);
	while (received < sent) {
		ssize_t n = recv(peer, got, CHUNK, MSG_DONTWAIT);

		/* What is kept goes out here alone: there may be nothing to read before that. */
		if (n < 0 && errno == EAGAIN)
			n = 0;
		else
			ck_assert_int_gt(n, 0);
		fill_pattern(want, (size_t)n, received);
		ck_assert_mem_eq(got, want, (size_t)n);
		received += (size_t)n;
		err = derp_stream_flush(&stream, 0);
		ck_assert(err == 0 || err == ERROR_TIMEOUT);
	}
	ck_assert_uint_eq(received, sent);
	ck_assert_uint_eq(stream.out.len, 0);
	free(chunk);
	free(got);
	free(want);
}
END_TEST

START_TEST(derp_stream_send_is_full_when_too_much_is_kept)
{
	uint8_t *chunk = calloc(1, CHUNK);
	struct iovec part = { chunk, CHUNK };
	int err;

	do
		err = derp_stream_send(&stream, &part, 1, 0);
	while (err == 0 || (err == ERROR_TIMEOUT && stream.out.len <= DERP_STREAM_OUTBOX_MAX));
	ck_assert_int_eq(err, ERROR_TIMEOUT);
	size_t kept = stream.out.len;

	ck_assert_int_eq(derp_stream_send(&stream, &part, 1, 0), ERROR_FULL);
	ck_assert_uint_eq(stream.out.len, kept);
	free(chunk);
}
END_TEST

START_TEST(derp_stream_send_joins_its_parts)
{
	struct iovec parts[] = { { (char[]){ 'a' }, 1 }, { NULL, 0 }, { (char[]){ 'b', 'c' }, 2 } };
	char got[3];

	ck_assert_int_eq(derp_stream_send(&stream, parts, 3, TIMEOUT_MS), 0);
	ck_assert_int_eq(recv(peer, got, sizeof(got), MSG_WAITALL), 3);
	ck_assert_mem_eq(got, "abc", 3);
}
END_TEST

START_TEST(derp_stream_recv_raw_hands_out_what_was_read_ahead)
{
	const uint8_t bytes[] = { FRAME_KEEP_ALIVE, 0, 0, 0, 0, 'x', 'y', 'z' };
	struct derp_frame f;
	char got[8];

	peer_writes(bytes, sizeof(bytes));
	ck_assert_int_eq(derp_stream_recv(&stream, &f, TIMEOUT_MS), 0);
	ck_assert_int_eq(derp_stream_recv_raw(&stream, got, 2, TIMEOUT_MS), 2);
	ck_assert_mem_eq(got, "xy", 2);
	ck_assert_int_eq(derp_stream_recv_raw(&stream, got, sizeof(got), TIMEOUT_MS), 1);
	ck_assert_int_eq(got[0], 'z');
	ck_assert_int_eq(derp_stream_recv_raw(&stream, got, sizeof(got), 0), ERROR_TIMEOUT);
}
END_TEST

START_TEST(derp_stream_calls_fail_when_not_connected)
{
	struct iovec part = { (char[]){ 'a' }, 1 };
	struct derp_frame f;

	derp_stream_close(&stream);
	ck_assert_int_eq(derp_stream_send(&stream, &part, 1, 0), ERROR_CLOSED);
	ck_assert_int_eq(derp_stream_flush(&stream, 0), ERROR_CLOSED);
	ck_assert_int_eq(derp_stream_recv(&stream, &f, 0), ERROR_CLOSED);
}
END_TEST

START_TEST(derp_stream_connect_reports_refusal)
{
	struct sockaddr_storage ss = { .ss_family = AF_INET };
	socklen_t len = sizeof(struct sockaddr_in);

	/* Bound, so that nobody else gets the port, but not listening. */
	close(listener);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	((struct sockaddr_in *)&ss)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&ss, &len), 0);
	derp_stream_close(&stream);
	ck_assert_int_eq(derp_stream_connect(&stream, &ss, len, 0, TIMEOUT_MS), ERROR_IO);
	ck_assert_int_eq(errno, ECONNREFUSED);
	ck_assert_int_eq(stream.fd, -1);
}
END_TEST

Suite *test_derp_stream_suite(void)
{
	Suite *s = suite_create("derp_stream");
	TCase *t = tcase_create("derp_stream");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, derp_stream_recv_takes_frames_apart);
	tcase_add_test(t, derp_stream_recv_continues_after_timeout);
	tcase_add_test(t, derp_stream_recv_tells_end_from_failure);
	tcase_add_test(t, derp_stream_recv_refuses_oversized_frames);
	tcase_add_test(t, derp_stream_send_keeps_what_the_socket_did_not_take);
	tcase_add_test(t, derp_stream_send_is_full_when_too_much_is_kept);
	tcase_add_test(t, derp_stream_send_joins_its_parts);
	tcase_add_test(t, derp_stream_recv_raw_hands_out_what_was_read_ahead);
	tcase_add_test(t, derp_stream_calls_fail_when_not_connected);
	tcase_add_test(t, derp_stream_connect_reports_refusal);
	suite_add_tcase(s, t);
	return s;
}
