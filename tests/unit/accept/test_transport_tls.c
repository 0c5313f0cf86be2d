/* SPDX-License-Identifier: MIT
 * Both ends are the record layer's: the transport is ours, `client` the other. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept/transport_tls.h"
#include "tls/record.h"
#include "util/error.h"

Suite *test_transport_tls_suite(void);

static struct transport_tls *t;
static struct tls_record_keys *client;
static int fd, far_end;
static uint8_t wire[3 * RECORD_MAX];

static void begin(void)
{
	struct tls_secrets ours = { .version = TLS_VERSION_1_3, .suite = SUITE_AES_128_GCM }, theirs;
	int pair[2];

	memset(ours.rx.secret, 1, sizeof(ours.rx.secret));
	memset(ours.tx.secret, 2, sizeof(ours.tx.secret));
	ck_assert_int_eq(secrets_derive(&ours.rx, ours.suite), 0);
	ck_assert_int_eq(secrets_derive(&ours.tx, ours.suite), 0);
	theirs = ours;
	theirs.rx = ours.tx;
	theirs.tx = ours.rx;
	ck_assert_int_eq(transport_tls_new(&t, &ours), 0);
	ck_assert_int_eq(record_keys_new(&client, &theirs), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	fd = pair[0];
	far_end = pair[1];
}

static void end(void)
{
	transport_tls_free(t);
	record_keys_free(client);
	close(fd);
	if (far_end >= 0)
		close(far_end);
}

/* What the client seals lies in `wire`. */
static size_t seal(const void *data, size_t len)
{
	struct iovec iov = { (void *)(uintptr_t)data, len };
	ssize_t n = record_seal(client, &iov, 1, wire, sizeof(wire));

	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

static void send_bytes(const void *data, size_t len)
{
	ck_assert_int_eq(write(far_end, data, len), (ssize_t)len);
}

static void expect_read(const char *text)
{
	char data[64];

	ck_assert_int_eq(transport_tls_read(t, fd, data, sizeof(data)), (ssize_t)strlen(text));
	ck_assert_mem_eq(data, text, strlen(text));
}

static void expect_error(int error)
{
	char data[64];

	ck_assert_int_eq(transport_tls_read(t, fd, data, sizeof(data)), error);
}

/* The client opens the next record of those that have come. */
static struct record_opened client_opens(void)
{
	static uint8_t in[4 * RECORD_MAX];
	static size_t len, at;
	struct record_opened o;
	ssize_t n;
	int size;

	if (at == len) {
		at = len = 0;
		while ((n = read(far_end, in + len, sizeof(in) - len)) > 0)
			len += (size_t)n;
	}
	size = record_peek(in + at, len - at);
	ck_assert_int_gt(size, 0);
	ck_assert_int_eq(record_open(client, in + at, (size_t)size, &o), 0);
	at += (size_t)size;
	return o;
}

START_TEST(transport_tls_read_opens_a_record_that_comes_byte_by_byte)
{
	size_t len = seal("hello", 5);

	expect_error(ERROR_MORE);
	for (size_t i = 0; i < len; i++) {
		if (i > 0)
			expect_error(ERROR_MORE);
		send_bytes(wire + i, 1);
	}
	expect_read("hello");
	expect_error(ERROR_MORE);
}
END_TEST

START_TEST(transport_tls_read_gives_what_the_caller_has_room_for)
{
	char data[3];

	send_bytes(wire, seal("hello", 5));
	ck_assert_int_eq(transport_tls_read(t, fd, data, sizeof(data)), 3);
	ck_assert(transport_tls_pending(t));
	expect_read("lo");
	ck_assert(!transport_tls_pending(t));
}
END_TEST

START_TEST(transport_tls_read_leaves_the_next_record_in_the_socket)
{
	size_t first, second;
	struct handover h = { 0 };

	first = seal("one", 3);
	send_bytes(wire, first);
	second = seal("two", 3);
	send_bytes(wire, second);
	expect_read("one");
	transport_tls_give(t, &h);
	ck_assert_uint_eq(h.sealed_len, 0);
	ck_assert_int_eq(recv(fd, wire, sizeof(wire), MSG_PEEK), (ssize_t)second);
	record_keys_free(h.keys);
	free(h.sealed);
}
END_TEST

START_TEST(transport_tls_read_skips_records_without_data)
{
	record_want_key_update(client, true);
	send_bytes(wire, seal("new key", 7)); /* the KeyUpdate comes before it */
	expect_read("new key");
	ck_assert_int_eq(transport_tls_write(t, fd, "answer", 6), 6);
	ck_assert_int_eq(client_opens().type, TLS_RECORD_HANDSHAKE); /* as it was asked to */
}
END_TEST

START_TEST(transport_tls_read_ends_at_close_notify)
{
	ssize_t n;

	send_bytes(wire, seal("last", 4));
	n = record_seal_alert(client, TLS_ALERT_CLOSE_NOTIFY, wire);
	ck_assert_int_gt(n, 0);
	send_bytes(wire, (size_t)n);
	expect_read("last");
	expect_error(ERROR_CLOSED);
	expect_error(ERROR_CLOSED);
}
END_TEST

START_TEST(transport_tls_read_ends_at_an_alert)
{
	ssize_t n = record_seal_alert(client, TLS_ALERT_INTERNAL_ERROR, wire);

	ck_assert_int_gt(n, 0);
	send_bytes(wire, (size_t)n);
	expect_error(ERROR_CLOSED);
}
END_TEST

START_TEST(transport_tls_read_refuses_a_record_that_does_not_verify)
{
	size_t len = seal("hello", 5);

	wire[len - 1] ^= 1;
	send_bytes(wire, len);
	expect_error(ERROR_CRYPTO);
}
END_TEST

START_TEST(transport_tls_read_refuses_what_is_no_record)
{
	send_bytes("GET / HTTP/1.1\r\n\r\n", 18);
	expect_error(ERROR_CRYPTO);
}
END_TEST

START_TEST(transport_tls_read_tells_the_end_in_the_middle_of_a_record)
{
	size_t len = seal("hello", 5);

	send_bytes(wire, len - 1);
	close(far_end);
	far_end = -1;
	expect_error(ERROR_CLOSED);
}
END_TEST

START_TEST(transport_tls_write_seals)
{
	struct record_opened o;

	ck_assert_int_eq(transport_tls_write(t, fd, "hello", 5), 5);
	ck_assert(!transport_tls_unsent(t));
	o = client_opens();
	ck_assert_int_eq(o.type, TLS_RECORD_DATA);
	ck_assert_uint_eq(o.len, 5);
	ck_assert_mem_eq(o.data, "hello", 5);
}
END_TEST

/* What the socket does not take is kept, and nothing more is taken before it. */
/* Nothing waits for them, and they cost no packet of their own. */
START_TEST(transport_tls_put_tickets_go_with_the_first_write)
{
	struct record_opened o;
	uint8_t all[256];
	ssize_t n;
	int size;

	ck_assert_int_eq(transport_tls_put_tickets(t, (const uint8_t *)"a ticket", 8), 0);
	ck_assert(!transport_tls_unsent(t));
	ck_assert_int_eq(read(far_end, all, sizeof(all)), -1);
	ck_assert_int_eq(transport_tls_write(t, fd, "data", 4), 4);
	n = read(far_end, all, sizeof(all));
	size = record_peek(all, (size_t)n);
	ck_assert_int_gt(size, 0);
	ck_assert_int_eq(record_open(client, all, (size_t)size, &o), 0);
	ck_assert_uint_eq(o.type, TLS_RECORD_HANDSHAKE);
	ck_assert_uint_eq(o.len, 8);
	ck_assert_mem_eq(o.data, "a ticket", 8);
	ck_assert_int_eq(record_peek(all + size, (size_t)(n - size)), (int)n - size);
	ck_assert_int_eq(record_open(client, all + size, (size_t)(n - size), &o), 0);
	ck_assert_uint_eq(o.type, TLS_RECORD_DATA);
	ck_assert_mem_eq(o.data, "data", 4);
	ck_assert_uint_eq(transport_tls_held(t), 0);
}
END_TEST

START_TEST(transport_tls_goodbye_comes_behind_the_tickets)
{
	ck_assert_int_eq(transport_tls_put_tickets(t, (const uint8_t *)"a ticket", 8), 0);
	transport_tls_goodbye(t, fd);
	ck_assert_uint_eq(client_opens().type, TLS_RECORD_HANDSHAKE);
	ck_assert_uint_eq(client_opens().type, TLS_RECORD_ALERT);
}
END_TEST

START_TEST(transport_tls_write_keeps_what_the_socket_does_not_take)
{
	static uint8_t data[RECORD_PLAIN_MAX];
	static uint8_t sink[4 * RECORD_MAX];
	int err;

	while (!transport_tls_unsent(t))
		ck_assert_int_eq(transport_tls_write(t, fd, data, sizeof(data)), sizeof(data));
	ck_assert_int_eq(transport_tls_write(t, fd, data, sizeof(data)), ERROR_MORE);
	ck_assert_int_eq(transport_tls_flush(t, fd), ERROR_MORE);
	transport_tls_goodbye(t, fd); /* nothing goes out of turn */
	do {
		ck_assert_int_gt(read(far_end, sink, sizeof(sink)), 0);
		err = transport_tls_flush(t, fd);
	} while (err == ERROR_MORE);
	ck_assert_int_eq(err, 0);
	ck_assert(!transport_tls_unsent(t));
}
END_TEST

START_TEST(transport_tls_write_to_a_closed_end_raises_no_signal)
{
	close(far_end);
	far_end = -1;
	ck_assert_int_eq(transport_tls_write(t, fd, "x", 1), ERROR_CLOSED);
}
END_TEST

START_TEST(transport_tls_goodbye_says_close_notify)
{
	struct record_opened o;

	transport_tls_goodbye(t, fd);
	o = client_opens();
	ck_assert_int_eq(o.type, TLS_RECORD_ALERT);
	ck_assert_int_eq(record_control(client, &o), CONTROL_CLOSE_NOTIFY);
}
END_TEST

START_TEST(transport_tls_give_moves_the_begun_record)
{
	size_t len = seal("hello", 5);
	struct handover h = { 0 };
	struct record_opened o;

	send_bytes(wire, 9);
	expect_error(ERROR_MORE);
	transport_tls_give(t, &h);
	ck_assert_uint_eq(h.sealed_len, 9);
	memcpy(wire, h.sealed, 9);
	ck_assert_int_eq(record_open(h.keys, wire, len, &o), 0);
	ck_assert_mem_eq(o.data, "hello", 5);
	free(h.sealed);
	record_keys_free(h.keys);
}
END_TEST

Suite *test_transport_tls_suite(void)
{
	Suite *s = suite_create("transport_tls");
	TCase *c = tcase_create("transport_tls");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, transport_tls_read_opens_a_record_that_comes_byte_by_byte);
	tcase_add_test(c, transport_tls_read_gives_what_the_caller_has_room_for);
	tcase_add_test(c, transport_tls_read_leaves_the_next_record_in_the_socket);
	tcase_add_test(c, transport_tls_read_skips_records_without_data);
	tcase_add_test(c, transport_tls_read_ends_at_close_notify);
	tcase_add_test(c, transport_tls_read_ends_at_an_alert);
	tcase_add_test(c, transport_tls_read_refuses_a_record_that_does_not_verify);
	tcase_add_test(c, transport_tls_read_refuses_what_is_no_record);
	tcase_add_test(c, transport_tls_read_tells_the_end_in_the_middle_of_a_record);
	tcase_add_test(c, transport_tls_write_seals);
	tcase_add_test(c, transport_tls_put_tickets_go_with_the_first_write);
	tcase_add_test(c, transport_tls_goodbye_comes_behind_the_tickets);
	tcase_add_test(c, transport_tls_write_keeps_what_the_socket_does_not_take);
	tcase_add_test(c, transport_tls_write_to_a_closed_end_raises_no_signal);
	tcase_add_test(c, transport_tls_goodbye_says_close_notify);
	tcase_add_test(c, transport_tls_give_moves_the_begun_record);
	suite_add_tcase(s, c);
	return s;
}
