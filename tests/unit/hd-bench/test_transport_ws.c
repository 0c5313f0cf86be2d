/* SPDX-License-Identifier: MIT
 * The WebSocket transport over a socket pair whose other end the test moves. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/hd-bench/transport_ws.h"
#include "tools/lib/ws_upgrade.h"
#include "util/error.h"

#define BIG (512 * 1024)

Suite *test_transport_ws_suite(void);

static const struct transport_rules rules = {
	.ops = &transport_ws, .carrier = &transport_plain, .host = "relay.test"
};
static struct transport transport;
static int peer;
static uint8_t buffer[BIG], big[BIG];
static uint8_t raw[2 * BIG]; /* as the peer has read it */
static size_t raw_len;

static void set_up(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	transport = (struct transport){ .rules = &rules, .fd = ends[0] };
	peer = ends[1];
	raw_len = 0;
	for (size_t i = 0; i < BIG; i++)
		big[i] = (uint8_t)(i * 13 + i / 256);
}

static void tear_down(void)
{
	transport_ws.release(&transport);
	close(transport.fd);
	if (peer >= 0)
		close(peer);
}

static void say(const void *bytes, size_t len)
{
	ck_assert_int_eq(send(peer, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Reads the request and answers it; `behind` comes in the same segment. */
static void answer(const char *fields, const void *behind, size_t behind_len)
{
	char request[1024], accept[WS_UPGRADE_ACCEPT_SIZE], key[WS_UPGRADE_KEY_SIZE], head[512];
	ssize_t n = recv(peer, request, sizeof(request) - 1, 0);
	const char *at;
	int len;

	ck_assert_int_gt(n, 0);
	request[n] = '\0';
	at = strstr(request, "Sec-WebSocket-Key: ");
	ck_assert_ptr_nonnull(at);
	snprintf(key, sizeof(key), "%.24s", at + strlen("Sec-WebSocket-Key: "));
	ck_assert_int_eq(ws_upgrade_accept(accept, key), 0);
	len = snprintf(head, sizeof(head), "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n%s%s\r\n%s\r\n",
		       "Sec-WebSocket-Accept: ", accept, fields);
	memcpy(head + len, behind, behind_len);
	say(head, (size_t)len + behind_len);
}

#define PROTOCOL "Sec-WebSocket-Protocol: derp\r\n"

static void open_up(void)
{
	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_MORE);
	answer(PROTOCOL, "", 0);
	ck_assert_int_eq(transport_ws.secure(&transport), 0);
}

static void hear(size_t most)
{
	ssize_t n;

	while (most && (n = recv(peer, raw + raw_len, most, 0)) > 0) {
		raw_len += (size_t)n;
		most -= (size_t)n;
	}
}

/* The messages in `raw`, the last perhaps not whole, unmasked into `buffer`. */
static size_t unmask(void)
{
	size_t at = 0, len = 0;

	while (raw_len - at > 8) {
		size_t size = raw[at + 1] & 0x7f, head = size == 126 ? 4 : 2;

		ck_assert_uint_eq(raw[at], 0x82);
		ck_assert_uint_eq(raw[at + 1] & 0x80, 0x80);
		ck_assert_uint_ne(size, 127);
		if (size == 126)
			size = (size_t)raw[at + 2] << 8 | raw[at + 3];
		ck_assert_uint_le(size, TRANSPORT_WS_MESSAGE_MAX);
		at += head + 4;
		for (size_t i = 0; i < size && at < raw_len; i++, at++)
			buffer[len++] = raw[at] ^ raw[at - i - 4 + i % 4];
	}
	return len;
}

START_TEST(transport_ws_carries_bytes_both_ways)
{
	open_up();
	ck_assert_int_eq(transport_ws.write(&transport, "hello", 5), 5);
	hear(BIG);
	ck_assert_uint_eq(unmask(), 5);
	ck_assert_mem_eq(buffer, "hello", 5);
	say("\x82\x02" "ab" "\x82\x01" "c", 7);
	ck_assert_int_eq(transport_ws.read(&transport, buffer, BIG), 3);
	ck_assert_mem_eq(buffer, "abc", 3);
	ck_assert_int_eq(transport_ws.read(&transport, buffer, BIG), ERROR_MORE);
}
END_TEST

START_TEST(transport_ws_reads_what_came_right_behind_the_response)
{
	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_MORE);
	answer(PROTOCOL, "\x82\x02" "ab", 4);
	ck_assert_int_eq(transport_ws.secure(&transport), 0);
	ck_assert_int_eq(transport_ws.read(&transport, buffer, BIG), 2);
	ck_assert_mem_eq(buffer, "ab", 2);
}
END_TEST

START_TEST(transport_ws_reads_no_more_than_fits)
{
	open_up();
	say("\x82\x05" "abcde", 7);
	ck_assert_int_eq(transport_ws.read(&transport, buffer, 4), 4);
	ck_assert_mem_eq(buffer, "abcd", 4);
	ck_assert_int_eq(transport_ws.read(&transport, buffer, 4), 1);
	ck_assert_mem_eq(buffer, "e", 1);
}
END_TEST

/* What write() says has gone out is exactly what the peer can read, whenever the
 * socket takes no more; and no message is larger than derper takes. */
START_TEST(transport_ws_writes_on_when_the_socket_took_a_part)
{
	size_t sent = 0;
	int blocked = 0;

	open_up();
	while (sent < BIG) {
		ssize_t n = transport_ws.write(&transport, big + sent, BIG - sent);

		if (n == ERROR_MORE) {
			hear(blocked++ % 2 ? 100001 : BIG);
			if (blocked % 2)
				ck_assert_uint_eq(unmask(), sent);
			continue;
		}
		ck_assert_int_gt(n, 0);
		sent += (size_t)n;
	}
	hear(BIG);
	ck_assert_uint_eq(unmask(), BIG);
	ck_assert_mem_eq(buffer, big, BIG);
	ck_assert_int_ge(blocked, 2);
}
END_TEST

START_TEST(transport_ws_answers_a_ping_when_asked)
{
	uint8_t pong[64];

	open_up();
	say("\x89\x02" "hi", 4);
	ck_assert_int_eq(transport_ws.read(&transport, buffer, BIG), ERROR_MORE);
	ck_assert_int_eq(recv(peer, pong, sizeof(pong), 0), 8);
	ck_assert_uint_eq(pong[0], 0x8a);
	ck_assert_uint_eq(pong[1], 0x82);
	ck_assert_uint_eq(pong[6] ^ pong[2], 'h');
	ck_assert_uint_eq(pong[7] ^ pong[3], 'i');
}
END_TEST

START_TEST(transport_ws_ends_with_a_close)
{
	open_up();
	say("\x82\x01" "a" "\x88\x02\x03\xf1", 7);
	ck_assert_int_eq(transport_ws.read(&transport, buffer, BIG), 1);
	ck_assert_int_eq(transport_ws.read(&transport, buffer, BIG), ERROR_CLOSED);
	ck_assert_ptr_nonnull(strstr(transport_ws.why(&transport), "1009"));
}
END_TEST

START_TEST(transport_ws_refuses_text)
{
	open_up();
	say("\x81\x01" "a", 3);
	ck_assert_int_eq(transport_ws.read(&transport, buffer, BIG), ERROR_MALFORMED);
	ck_assert_str_ne(transport_ws.why(&transport), "");
}
END_TEST

START_TEST(transport_ws_says_that_the_relay_does_not_speak_it)
{
	static const char derp[] = "HTTP/1.1 101 S\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n\r\n";

	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_MORE);
	say(derp, sizeof(derp) - 1);
	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(transport_ws.why(&transport), "WebSocket"));
}
END_TEST

START_TEST(transport_ws_says_the_status_of_a_refusal)
{
	static const char no[] = "HTTP/1.1 501 Not Implemented\r\n\r\n";

	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_MORE);
	say(no, sizeof(no) - 1);
	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_DENIED);
	ck_assert_ptr_nonnull(strstr(transport_ws.why(&transport), "501"));
}
END_TEST

START_TEST(transport_ws_refuses_another_subprotocol_and_endless_heads)
{
	memset(buffer, 'x', BIG);
	memcpy(buffer, "HTTP/1.1 101 S\r\nX: ", 19);
	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_MORE);
	answer("Sec-WebSocket-Protocol: chat\r\n", "", 0);
	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_UNSUPPORTED);
	tear_down();
	set_up();
	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_MORE);
	say(buffer, 20000);
	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_TOO_BIG);
}
END_TEST

START_TEST(transport_ws_tells_an_end_before_the_response)
{
	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_MORE);
	shutdown(peer, SHUT_WR);
	ck_assert_int_eq(transport_ws.secure(&transport), ERROR_CLOSED);
}
END_TEST

Suite *test_transport_ws_suite(void)
{
	Suite *s = suite_create("transport_ws");
	TCase *t = tcase_create("transport_ws");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, transport_ws_carries_bytes_both_ways);
	tcase_add_test(t, transport_ws_reads_what_came_right_behind_the_response);
	tcase_add_test(t, transport_ws_reads_no_more_than_fits);
	tcase_add_test(t, transport_ws_writes_on_when_the_socket_took_a_part);
	tcase_add_test(t, transport_ws_answers_a_ping_when_asked);
	tcase_add_test(t, transport_ws_ends_with_a_close);
	tcase_add_test(t, transport_ws_refuses_text);
	tcase_add_test(t, transport_ws_says_that_the_relay_does_not_speak_it);
	tcase_add_test(t, transport_ws_says_the_status_of_a_refusal);
	tcase_add_test(t, transport_ws_refuses_another_subprotocol_and_endless_heads);
	tcase_add_test(t, transport_ws_tells_an_end_before_the_response);
	suite_add_tcase(s, t);
	return s;
}
