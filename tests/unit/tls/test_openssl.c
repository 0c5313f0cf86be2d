/* SPDX-License-Identifier: MIT
 * Our record layer, after a handshake, with a client of OpenSSL's: every suite
 * of both versions. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"
#include "tests/unit/tls/peer.h"
#include "util/error.h"

Suite *test_openssl_suite(void);

static const struct {
	struct peer_options options;
	enum suite suite;
} kinds[] = {
	{ { .version = TLS1_3_VERSION, .suites = "TLS_AES_128_GCM_SHA256" }, SUITE_AES_128_GCM },
	{ { .version = TLS1_3_VERSION, .suites = "TLS_AES_256_GCM_SHA384" }, SUITE_AES_256_GCM },
	{ { .version = TLS1_3_VERSION, .suites = "TLS_CHACHA20_POLY1305_SHA256" }, SUITE_CHACHA20_POLY1305 },
	{ { .version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" }, SUITE_AES_128_GCM },
	{ { .version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" }, SUITE_AES_256_GCM },
	{ { .version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305" }, SUITE_CHACHA20_POLY1305 },
};
#define KINDS ((int)HD_ARRAY_LEN(kinds))
#define KINDS_1_3 3

static struct tls_context *ctx;
static struct ticket_keys *tickets;
static struct peer peer;
static uint8_t data[50000];

static void begin(void)
{
	folder_make();
	certs_write("relay", CERTS_ECDSA, -1, 30);
	ck_assert_int_eq(ticket_keys_new(&tickets), 0);
	ctx = certs_context_with("relay", NULL, tickets, 1, NULL);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 13 + (i >> 8));
}

static void end(void)
{
	peer_close(&peer);
	context_unref(ctx);
	ticket_keys_unref(tickets);
	folder_remove();
}

START_TEST(openssl_client_exchanges_data_with_our_records)
{
	static const size_t lens[] = { 1, 2, 100, 1437, 16383, 16384, 16385, 50000 };

	peer_connect(&peer, ctx, &kinds[_i].options);
	ck_assert_uint_eq(peer.result.secrets.suite, kinds[_i].suite);
	ck_assert_uint_eq(peer.result.secrets.version, (unsigned)kinds[_i].options.version);
	for (size_t i = 0; i < HD_ARRAY_LEN(lens); i++) {
		peer_send(&peer, data, lens[i]);
		peer_client_expects(&peer, data, lens[i]);
		peer_client_sends(&peer, data, lens[i]);
	}
}
END_TEST

START_TEST(openssl_client_sends_thousand_records_of_one_byte)
{
	peer_connect(&peer, ctx, &kinds[_i].options);
	for (size_t i = 0; i < 1000; i++) {
		peer_client_sends(&peer, data + i, 1);
		peer_send(&peer, data + i, 1);
		/* A socket of the usual size holds some hundreds of such. */
		if (i % 100 == 99)
			peer_client_expects(&peer, data + i - 99, 100);
	}
}
END_TEST

/* The client's first data is in the socket before we have read its Finished. */
START_TEST(openssl_client_may_send_right_behind_finished)
{
	struct record_opened o;

	peer_open(&peer, ctx, &kinds[_i].options);
	while (!SSL_is_init_finished(peer.client)) {
		enum handshake_progress p = HANDSHAKE_WANT_READ;

		if (SSL_do_handshake(peer.client) != 1)
			p = handshake_step(peer.handshake);
		ck_assert_int_ne(p, HANDSHAKE_FAILED);
	}
	ck_assert_int_eq(SSL_write(peer.client, data, 300), 300);
	ck_assert_int_eq(SSL_write(peer.client, data, 20), 20);
	if (kinds[_i].options.version == TLS1_3_VERSION)
		ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_DONE);
	peer_take_keys(&peer);
	ck_assert_int_eq(peer_receive(&peer, &o), 0);
	ck_assert_uint_eq(o.len, 300);
	ck_assert_mem_eq(o.data, data, 300);
	ck_assert_int_eq(peer_receive(&peer, &o), 0);
	ck_assert_uint_eq(o.len, 20);
	peer_send(&peer, data, 10);
	peer_client_expects(&peer, data, 10);
}
END_TEST

START_TEST(openssl_client_padding_is_stripped)
{
	struct peer_options o = kinds[_i].options;

	o.padding = 512;
	peer_connect(&peer, ctx, &o);
	for (size_t len = 1; len < 2000; len += 97)
		peer_client_sends(&peer, data, len);
	ck_assert_int_eq(SSL_write(peer.client, data, 3), 3);
	ck_assert_int_eq(recv(peer.server_fd, peer.in, sizeof(peer.in), 0), 5 + 512 + 16);
}
END_TEST

START_TEST(openssl_client_updates_its_key)
{
	struct record_opened o;

	peer_connect(&peer, ctx, &kinds[_i].options);
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(SSL_key_update(peer.client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		ck_assert_int_eq(SSL_do_handshake(peer.client), 1);
		ck_assert_int_eq(peer_receive(&peer, &o), 0);
		ck_assert_uint_eq(o.type, TLS_RECORD_HANDSHAKE);
		ck_assert_int_eq(record_control(peer.keys, &o), CONTROL_KEY_UPDATE);
		ck_assert(!record_owes(peer.keys));
		peer_client_sends(&peer, data, 1000);
		peer_send(&peer, data, 1000);
		peer_client_expects(&peer, data, 1000);
	}
}
END_TEST

START_TEST(openssl_client_asks_for_a_key_update)
{
	struct record_opened o;

	peer_connect(&peer, ctx, &kinds[_i].options);
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(SSL_key_update(peer.client, SSL_KEY_UPDATE_REQUESTED), 1);
		ck_assert_int_eq(SSL_do_handshake(peer.client), 1);
		ck_assert_int_eq(peer_receive(&peer, &o), 0);
		ck_assert_int_eq(record_control(peer.keys, &o), CONTROL_KEY_UPDATE_ASKED);
		ck_assert(record_owes(peer.keys));
		if (round == 1) /* with data, and without */
			peer_send_owed(&peer);
		peer_send(&peer, data, 1000);
		ck_assert(!record_owes(peer.keys));
		peer_client_expects(&peer, data, 1000);
		peer_client_sends(&peer, data, 1000);
	}
}
END_TEST

START_TEST(openssl_client_answers_our_key_update)
{
	struct record_opened o;

	peer_connect(&peer, ctx, &kinds[_i].options);
	record_want_key_update(peer.keys, true);
	peer_send(&peer, data, 1000);
	peer_client_expects(&peer, data, 1000);
	ck_assert_int_eq(SSL_write(peer.client, data, 10), 10); /* its KeyUpdate goes first */
	ck_assert_int_eq(peer_receive(&peer, &o), 0);
	ck_assert_int_eq(record_control(peer.keys, &o), CONTROL_KEY_UPDATE);
	ck_assert_int_eq(peer_receive(&peer, &o), 0);
	ck_assert_uint_eq(o.len, 10);
	peer_client_sends(&peer, data, 1000);
}
END_TEST

START_TEST(openssl_client_half_closes_with_close_notify)
{
	struct record_opened o;

	peer_connect(&peer, ctx, &kinds[_i].options);
	ck_assert_int_eq(SSL_shutdown(peer.client), 0);
	ck_assert_int_eq(peer_receive(&peer, &o), 0);
	ck_assert_uint_eq(o.type, TLS_RECORD_ALERT);
	ck_assert_int_eq(record_control(peer.keys, &o), CONTROL_CLOSE_NOTIFY);
	/* what is queued for it still goes out */
	peer_send(&peer, data, 20000);
	peer_client_expects(&peer, data, 20000);
}
END_TEST

START_TEST(openssl_client_understands_our_close_notify)
{
	uint8_t alert[RECORD_ALERT_MAX], byte;
	ssize_t n;

	peer_connect(&peer, ctx, &kinds[_i].options);
	peer_send(&peer, data, 5);
	n = record_seal_alert(peer.keys, TLS_ALERT_CLOSE_NOTIFY, alert);
	ck_assert_int_eq(send(peer.server_fd, alert, (size_t)n, 0), n);
	peer_client_expects(&peer, data, 5);
	ck_assert_int_eq(SSL_read(peer.client, &byte, 1), 0);
	ck_assert_int_eq(SSL_get_error(peer.client, 0), SSL_ERROR_ZERO_RETURN);
	ck_assert_int_eq(SSL_get_shutdown(peer.client), SSL_RECEIVED_SHUTDOWN);
}
END_TEST

START_TEST(openssl_client_sends_an_alert_for_our_damage)
{
	uint8_t bad[64], byte;
	struct iovec slice = { data, 10 };
	struct record_opened o;
	ssize_t n;

	peer_connect(&peer, ctx, &kinds[_i].options);
	n = record_seal(peer.keys, &slice, 1, bad, sizeof(bad));
	bad[n - 1] ^= 1;
	ck_assert_int_eq(send(peer.server_fd, bad, (size_t)n, 0), n);
	ck_assert_int_lt(SSL_read(peer.client, &byte, 1), 0);
	ck_assert_int_eq(peer_receive(&peer, &o), 0);
	ck_assert_int_eq(record_control(peer.keys, &o), CONTROL_ALERT);
	ck_assert_uint_eq(record_last_alert(peer.keys), TLS_ALERT_BAD_RECORD_MAC);
}
END_TEST

START_TEST(openssl_client_that_renegotiates_is_malformed)
{
	struct record_opened o;

	peer_connect(&peer, ctx, &kinds[_i].options);
	ck_assert_int_eq(SSL_renegotiate(peer.client), 1);
	(void)SSL_do_handshake(peer.client);
	ck_assert_int_eq(peer_receive(&peer, &o), 0);
	ck_assert_uint_eq(o.type, TLS_RECORD_HANDSHAKE);
	ck_assert_int_eq(record_control(peer.keys, &o), ERROR_MALFORMED);
}
END_TEST

START_TEST(openssl_client_with_damaged_records_is_rejected)
{
	struct record_opened o;

	peer_connect(&peer, ctx, &kinds[_i].options);
	ck_assert_int_eq(SSL_write(peer.client, data, 100), 100);
	peer.in_len = (size_t)recv(peer.server_fd, peer.in, sizeof(peer.in), 0);
	peer.in[50] ^= 0x80;
	ck_assert_int_eq(peer_receive(&peer, &o), ERROR_CRYPTO);
}
END_TEST

Suite *test_openssl_suite(void)
{
	Suite *s = suite_create("openssl");
	TCase *c = tcase_create("client");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_loop_test(c, openssl_client_exchanges_data_with_our_records, 0, KINDS);
	tcase_add_loop_test(c, openssl_client_sends_thousand_records_of_one_byte, 0, KINDS);
	tcase_add_loop_test(c, openssl_client_may_send_right_behind_finished, 0, KINDS);
	tcase_add_loop_test(c, openssl_client_padding_is_stripped, 0, KINDS_1_3);
	tcase_add_loop_test(c, openssl_client_updates_its_key, 0, KINDS_1_3);
	tcase_add_loop_test(c, openssl_client_asks_for_a_key_update, 0, KINDS_1_3);
	tcase_add_loop_test(c, openssl_client_answers_our_key_update, 0, KINDS_1_3);
	tcase_add_loop_test(c, openssl_client_half_closes_with_close_notify, 0, KINDS);
	tcase_add_loop_test(c, openssl_client_understands_our_close_notify, 0, KINDS);
	tcase_add_loop_test(c, openssl_client_sends_an_alert_for_our_damage, 0, KINDS);
	tcase_add_loop_test(c, openssl_client_that_renegotiates_is_malformed, KINDS_1_3, KINDS);
	tcase_add_loop_test(c, openssl_client_with_damaged_records_is_rejected, 0, KINDS);
	suite_add_tcase(s, c);
	return s;
}
