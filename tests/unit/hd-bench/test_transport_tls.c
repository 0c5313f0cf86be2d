/* SPDX-License-Identifier: MIT
 * A TLS connection that has parted with its socket, against OpenSSL's server. */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/hd-bench/transport_tls.h"
#include "tools/lib/tls_client.h"
#include "util/error.h"

#define STEPS_MAX 1000
#define BIG (40 * 1000) /* three records */

Suite *test_transport_tls_suite(void);

static SSL_CTX *server_ctx;
static SSL *server;
static struct tls_client *client;
static struct transport_rules rules;
static struct transport transport;
static int peer;
static uint8_t big[BIG], got[BIG], wire[2 * BIG];

static void set_server(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();

	X509_set_version(x, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	server_ctx = SSL_CTX_new(TLS_server_method());
	ck_assert_int_eq(SSL_CTX_use_cert_and_key(server_ctx, x, key, NULL, 1), 1);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* Logged in as a client of a relay is: something has gone each way. */
static void set_up(void)
{
	const struct tls_client_options options = { .insecure = true, .parts = true };
	int ends[2], err = ERROR_MORE;
	const char *wrong;

	set_server();
	ck_assert_int_eq(tls_client_new(&client, &options, &wrong), 0);
	rules = (struct transport_rules){ .ops = &transport_tls, .tls = client, .host = "relay.test" };
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	transport = (struct transport){ .rules = &rules, .fd = ends[0] };
	peer = ends[1];
	server = SSL_new(server_ctx);
	SSL_set_fd(server, peer);
	for (int i = 0; err == ERROR_MORE; i++) {
		ck_assert_int_lt(i, STEPS_MAX);
		err = transport_tls.secure(&transport);
		SSL_accept(server);
	}
	ck_assert_int_eq(SSL_accept(server), 1);
	ck_assert_int_eq(transport_tls.write(&transport, "ask", 3), 3);
	ck_assert_int_eq(SSL_read(server, got, BIG), 3);
	ck_assert_int_eq(SSL_write(server, "answer", 6), 6);
	ck_assert_int_eq(transport_tls.read(&transport, got, BIG), 6);
	ck_assert_int_eq(transport_tls.part(&transport), 0);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (uint8_t)(i * 13 + i / 256);
}

static void tear_down(void)
{
	transport_tls.release(&transport);
	close(transport.fd);
	close(peer);
	SSL_free(server);
	SSL_CTX_free(server_ctx);
	tls_client_free(client);
}

/* All that the server has said, as it is on the wire. */
static size_t said(void)
{
	ssize_t n = recv(transport.fd, wire, sizeof(wire), 0);

	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

/* Opens what is there, adds the data to `got`. The last result. */
static ssize_t open_all(uint8_t *data, size_t len, size_t *got_len)
{
	for (;;) {
		uint8_t *plain;
		ssize_t n = transport_tls.open(&transport, &data, &len, &plain);

		if (n < 0)
			return n;
		memcpy(got + *got_len, plain, (size_t)n);
		*got_len += (size_t)n;
	}
}

static void expect_sealed(const void *plain, size_t len)
{
	const uint8_t *sealed;
	ssize_t n = transport_tls.seal(&transport, plain, len, &sealed);
	size_t read = 0;

	ck_assert_int_gt(n, (ssize_t)len);
	ck_assert_int_eq(send(transport.fd, sealed, (size_t)n, 0), n);
	while (read < len) {
		int part = SSL_read(server, got + read, (int)(BIG - read));

		ck_assert_int_gt(part, 0);
		read += (size_t)part;
	}
	ck_assert_uint_eq(read, len);
	ck_assert_mem_eq(got, plain, len);
}

static void expect_opened(void)
{
	size_t len = 0;

	ck_assert_int_eq(SSL_write(server, "hello", 5), 5);
	ck_assert_int_eq(open_all(wire, said(), &len), ERROR_MORE);
	ck_assert_uint_eq(len, 5);
	ck_assert_mem_eq(got, "hello", 5);
}

START_TEST(transport_tls_goes_on_where_it_parted)
{
	expect_sealed("hello", 5);
	expect_opened();
	expect_sealed(big, BIG);
	expect_opened();
}
END_TEST

START_TEST(transport_tls_opens_records_however_cut)
{
	static const size_t steps[] = { 1, 4, 5, 6, 21, 22, 1000, 16405, 16406, 16407, 30000, sizeof(wire) };
	size_t step = steps[_i], at = 0, n, len = 0;

	ck_assert_int_eq(SSL_write(server, big, BIG), BIG);
	for (n = said(); at < n; at += step)
		ck_assert_int_eq(open_all(wire + at, n - at < step ? n - at : step, &len), ERROR_MORE);
	ck_assert_uint_eq(len, BIG);
	ck_assert_mem_eq(got, big, BIG);
}
END_TEST

START_TEST(transport_tls_refuses_a_record_that_was_changed)
{
	size_t n, len = 0;

	ck_assert_int_eq(SSL_write(server, "hello", 5), 5);
	n = said();
	wire[n - 1] ^= 1;
	ck_assert_int_eq(open_all(wire, n, &len), ERROR_CRYPTO);
	ck_assert_uint_eq(len, 0);
	ck_assert_str_ne(transport_tls.why(&transport), "");
}
END_TEST

START_TEST(transport_tls_refuses_what_is_no_record)
{
	uint8_t text[] = "HTTP/1.1 400 Bad Request";
	size_t len = 0;

	ck_assert_int_eq(open_all(text, sizeof(text), &len), ERROR_MALFORMED);
}
END_TEST

START_TEST(transport_tls_follows_a_new_key_and_answers_with_one)
{
	int kind = _i ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
	size_t len = 0;

	ck_assert_int_eq(SSL_key_update(server, kind), 1);
	ck_assert_int_eq(SSL_write(server, "hello", 5), 5);
	ck_assert_int_eq(open_all(wire, said(), &len), ERROR_MORE);
	ck_assert_mem_eq(got, "hello", 5);
	expect_sealed(big, BIG);
	expect_opened();
}
END_TEST

START_TEST(transport_tls_skips_tickets)
{
	ck_assert_int_eq(SSL_new_session_ticket(server), 1);
	expect_opened();
	expect_sealed("hello", 5);
}
END_TEST

START_TEST(transport_tls_ends_with_close_notify)
{
	size_t len = 0;

	ck_assert_int_eq(SSL_write(server, "hello", 5), 5);
	SSL_shutdown(server);
	ck_assert_int_eq(open_all(wire, said(), &len), ERROR_CLOSED);
	ck_assert_uint_eq(len, 5);
}
END_TEST

/* A record that went out in part is none. */
START_TEST(transport_tls_sealed_counts_whole_records)
{
	const uint8_t *sealed;
	bool rekeyed = _i;
	ssize_t n;
	size_t first = 0, owed = 0;

	if (rekeyed) {
		size_t len = 0;

		ck_assert_int_eq(SSL_key_update(server, SSL_KEY_UPDATE_REQUESTED), 1);
		ck_assert_int_eq(SSL_write(server, "hello", 5), 5);
		ck_assert_int_eq(open_all(wire, said(), &len), ERROR_MORE);
		owed = 5 + 22;
	}
	n = transport_tls.seal(&transport, big, BIG, &sealed);
	ck_assert_int_eq(n, (ssize_t)(owed + BIG + 3 * 22));
	first = owed + 16384 + 22;
	ck_assert_uint_eq(transport_tls.sealed(&transport, 0), 0);
	ck_assert_uint_eq(transport_tls.sealed(&transport, owed), 0);
	ck_assert_uint_eq(transport_tls.sealed(&transport, first - 1), 0);
	ck_assert_uint_eq(transport_tls.sealed(&transport, first), 16384);
	ck_assert_uint_eq(transport_tls.sealed(&transport, (size_t)n - 1), 32768);
	ck_assert_uint_eq(transport_tls.sealed(&transport, (size_t)n), BIG);
}
END_TEST

Suite *test_transport_tls_suite(void)
{
	Suite *s = suite_create("transport_tls");
	TCase *t = tcase_create("transport_tls");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, transport_tls_goes_on_where_it_parted);
	tcase_add_loop_test(t, transport_tls_opens_records_however_cut, 0, 12);
	tcase_add_test(t, transport_tls_refuses_a_record_that_was_changed);
	tcase_add_test(t, transport_tls_refuses_what_is_no_record);
	tcase_add_loop_test(t, transport_tls_follows_a_new_key_and_answers_with_one, 0, 2);
	tcase_add_test(t, transport_tls_skips_tickets);
	tcase_add_test(t, transport_tls_ends_with_close_notify);
	tcase_add_loop_test(t, transport_tls_sealed_counts_whole_records, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
