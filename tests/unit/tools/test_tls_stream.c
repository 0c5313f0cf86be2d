/* SPDX-License-Identifier: MIT
 * The client's end against OpenSSL's server, both moved by the test. */
#include <check.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/key.h"
#include "tls/meta_cert.h"
#include "tls/ticket.h"
#include "tools/lib/tls_client.h"
#include "tools/lib/tls_stream.h"
#include "util/bytes.h"
#include "util/error.h"

#define STEPS_MAX 1000

Suite *test_tls_stream_suite(void);

static SSL_CTX *server_ctx;
static X509 *server_cert;
static SSL *server;
static int ends[2]; /* ours, the server's */
static struct tls_client *client;
static struct tls_stream *stream;

static X509 *self_signed(EVP_PKEY *key, const char *name)
{
	X509 *x = X509_new();
	X509_NAME *n = X509_get_subject_name(x);

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, n);
	X509_set_pubkey(x, key);
	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	return x;
}

static void set_up(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	server_cert = self_signed(key, "relay.test");
	server_ctx = SSL_CTX_new(TLS_server_method());
	ck_assert_int_eq(SSL_CTX_use_cert_and_key(server_ctx, server_cert, key, NULL, 1), 1);
	SSL_CTX_set_session_id_context(server_ctx, (const unsigned char *)"test", 4);
	EVP_PKEY_free(key);
	server = NULL;
	client = NULL;
	stream = NULL;
	ends[0] = ends[1] = -1;
}

static void hang_up(void)
{
	SSL_free(server);
	tls_stream_free(stream);
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	server = NULL;
	stream = NULL;
	ends[0] = ends[1] = -1;
}

static void tear_down(void)
{
	hang_up();
	tls_client_free(client);
	SSL_CTX_free(server_ctx);
	X509_free(server_cert);
}

static void new_client(const struct tls_client_options *o)
{
	const char *option;

	ck_assert_int_eq(tls_client_new(&client, o, &option), 0);
}

/* A connection, and the result of the client's handshake. */
static int shake_hands(void)
{
	int err = ERROR_MORE;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	server = SSL_new(server_ctx);
	SSL_set_fd(server, ends[1]);
	ck_assert_int_eq(tls_stream_new(&stream, client, ends[0], "relay.test"), 0);
	for (int i = 0; err == ERROR_MORE; i++) {
		ck_assert_int_lt(i, STEPS_MAX);
		err = tls_stream_handshake(stream);
		SSL_accept(server);
	}
	if (!err)
		ck_assert_int_eq(SSL_accept(server), 1);
	return err;
}

static void expect_exchange(void)
{
	char got[16];

	ck_assert_int_eq(tls_stream_write(stream, "ping", 4), 4);
	ck_assert_int_eq(SSL_read(server, got, sizeof(got)), 4);
	ck_assert_mem_eq(got, "ping", 4);
	ck_assert_int_eq(SSL_write(server, "pong", 4), 4);
	ck_assert_int_eq(tls_stream_read(stream, got, sizeof(got)), 4);
	ck_assert_mem_eq(got, "pong", 4);
	ck_assert_int_eq(tls_stream_read(stream, got, sizeof(got)), ERROR_MORE);
}

START_TEST(tls_stream_talks_in_either_version)
{
	uint16_t version = _i ? TLS_CLIENT_TLS_1_3 : TLS_CLIENT_TLS_1_2;
	struct ticket_keys *keys;

	ck_assert_int_eq(ticket_keys_new(&keys), 0);
	ticket_keys_use(keys, server_ctx);
	new_client(&(struct tls_client_options){ .insecure = true, .version_max = version });
	ck_assert_int_eq(shake_hands(), 0);
	ck_assert_uint_eq(tls_stream_version(stream), version);
	ck_assert(!tls_stream_resumed(stream));
	expect_exchange();
	ticket_keys_unref(keys);
}
END_TEST

START_TEST(tls_stream_refuses_a_certificate_of_nobody)
{
	new_client(&(struct tls_client_options){ 0 });
	ck_assert_int_eq(shake_hands(), ERROR_CRYPTO);
	ck_assert_ptr_nonnull(strstr(tls_stream_why(stream), "self-signed"));
}
END_TEST

static void pin_of(char pin[128], const X509 *x)
{
	uint8_t hash[32];

	ck_assert_int_eq(X509_digest(x, EVP_sha256(), hash, NULL), 1);
	snprintf(pin, 128, "sha256-raw:");
	bytes_to_hex(pin + strlen(pin), hash, sizeof(hash));
}

START_TEST(tls_stream_takes_the_pinned_certificate)
{
	char pin[128];

	pin_of(pin, server_cert);
	new_client(&(struct tls_client_options){ .pin = pin });
	ck_assert_int_eq(shake_hands(), 0);
	expect_exchange();
}
END_TEST

START_TEST(tls_stream_refuses_another_than_the_pinned)
{
	char pin[128], *last;

	pin_of(pin, server_cert);
	last = &pin[strlen(pin) - 1];
	*last = *last == '0' ? '1' : '0'; /* another digit */
	new_client(&(struct tls_client_options){ .pin = pin });
	ck_assert_int_eq(shake_hands(), ERROR_CRYPTO);
	ck_assert_ptr_nonnull(strstr(tls_stream_why(stream), "rejected"));
}
END_TEST

START_TEST(tls_client_pin_ok_knows_a_pin)
{
	static const char hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	char text[128];

	ck_assert(tls_client_pin_ok(hex));
	snprintf(text, sizeof(text), "sha256-raw:%s", hex);
	ck_assert(tls_client_pin_ok(text));
	text[strlen(text) - 1] = '\0';
	ck_assert(!tls_client_pin_ok(text));
	snprintf(text, sizeof(text), "sha256:%s", hex);
	ck_assert(!tls_client_pin_ok(text));
	ck_assert(!tls_client_pin_ok("sha256-raw:"));
	ck_assert(!tls_client_pin_ok(""));
}
END_TEST

/* One receive takes all that is there, and calls on the stream hand it all out:
 * the socket is empty after the first of them only if it was asked for. */
START_TEST(tls_stream_reads_ahead_if_asked)
{
	bool ahead = _i;
	char got[16], byte;

	new_client(&(struct tls_client_options){ .insecure = true, .read_ahead = ahead });
	ck_assert_int_eq(shake_hands(), 0);
	expect_exchange();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(SSL_write(server, "record", 6), 6);
	ck_assert_int_eq(tls_stream_read(stream, got, sizeof(got)), 6);
	ck_assert_int_eq(recv(ends[0], &byte, 1, MSG_PEEK), ahead ? -1 : 1);
	ck_assert_int_eq(tls_stream_read(stream, got, sizeof(got)), 6);
	ck_assert_int_eq(tls_stream_read(stream, got, sizeof(got)), 6);
	ck_assert_mem_eq(got, "record", 6);
	ck_assert_int_eq(tls_stream_read(stream, got, sizeof(got)), ERROR_MORE);
}
END_TEST

START_TEST(tls_stream_resumes_if_asked)
{
	bool resume = _i;

	new_client(&(struct tls_client_options){ .insecure = true, .resume = resume });
	ck_assert_int_eq(shake_hands(), 0);
	expect_exchange(); /* the tickets are read with it */
	hang_up();
	ck_assert_int_eq(shake_hands(), 0);
	ck_assert_int_eq(tls_stream_resumed(stream), resume);
	expect_exchange();
}
END_TEST

/* Against a server that renews tickets, as the relay does. */
START_TEST(tls_stream_resumes_again_and_again)
{
	uint16_t version = _i ? TLS_CLIENT_TLS_1_3 : TLS_CLIENT_TLS_1_2;
	struct ticket_keys *keys;

	ck_assert_int_eq(ticket_keys_new(&keys), 0);
	ticket_keys_use(keys, server_ctx);
	new_client(&(struct tls_client_options){ .insecure = true, .resume = true, .version_max = version });
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(shake_hands(), 0);
		ck_assert_int_eq(tls_stream_resumed(stream), i > 0);
		expect_exchange();
		hang_up();
	}
	ticket_keys_unref(keys);
}
END_TEST

START_TEST(tls_stream_tells_close_notify_from_an_end)
{
	bool notify = _i;
	char byte;

	new_client(&(struct tls_client_options){ .insecure = true });
	ck_assert_int_eq(shake_hands(), 0);
	expect_exchange();
	if (notify)
		SSL_shutdown(server);
	ck_assert_int_eq(shutdown(ends[1], SHUT_WR), 0);
	errno = EPERM;
	ck_assert_int_eq(tls_stream_read(stream, &byte, 1), notify ? ERROR_CLOSED : ERROR_IO);
	if (!notify)
		ck_assert_int_eq(errno, 0);
}
END_TEST

START_TEST(tls_stream_writes_records_of_the_size_wanted)
{
	char got[16];

	new_client(&(struct tls_client_options){ .insecure = true });
	ck_assert_int_eq(shake_hands(), 0);
	tls_stream_set_record_max(stream, 1);
	ck_assert_int_eq(tls_stream_write(stream, "ab", 2), 1);
	ck_assert_int_eq(tls_stream_write(stream, "b", 1), 1);
	ck_assert_int_eq(SSL_read(server, got, sizeof(got)), 1);
	ck_assert_int_eq(SSL_read(server, got, sizeof(got)), 1);
	ck_assert_int_eq(tls_stream_close(stream), 0);
	ck_assert_int_eq(SSL_read(server, got, sizeof(got)), 0);
	ck_assert_int_eq(SSL_get_error(server, 0), SSL_ERROR_ZERO_RETURN);
}
END_TEST

START_TEST(tls_stream_renews_its_key)
{
	new_client(&(struct tls_client_options){ .insecure = true });
	ck_assert_int_eq(shake_hands(), 0);
	expect_exchange();
	ck_assert_int_eq(tls_stream_update_key(stream, true), 0);
	expect_exchange();
}
END_TEST

START_TEST(tls_stream_parts_with_its_secrets)
{
	struct tls_stream_secrets secrets;

	new_client(&(struct tls_client_options){ .insecure = true, .parts = true,
						 .suites = "TLS_AES_256_GCM_SHA384" });
	ck_assert_int_eq(shake_hands(), 0);
	expect_exchange();
	ck_assert_int_eq(tls_stream_part(stream, &secrets), 0);
	ck_assert_uint_eq(secrets.suite, 0x1302);
	ck_assert_uint_eq(secrets.size, 48);
	ck_assert_mem_ne(secrets.ours, secrets.theirs, secrets.size);
	ck_assert_uint_eq(secrets.written, 1);
	ck_assert_uint_eq(secrets.read, SSL_CTX_get_num_tickets(server_ctx) + 1);
}
END_TEST

START_TEST(tls_stream_does_not_part_with_half_a_record)
{
	struct tls_stream_secrets secrets;
	char sealed[64], got[16];
	ssize_t n;

	new_client(&(struct tls_client_options){ .insecure = true, .parts = true });
	ck_assert_int_eq(shake_hands(), 0);
	expect_exchange();
	/* The test carries the record in two parts. */
	ck_assert_int_eq(SSL_write(server, "pong", 4), 4);
	n = recv(ends[0], sealed, sizeof(sealed), 0);
	ck_assert_int_gt(n, 8);
	ck_assert_int_eq(send(ends[1], sealed, 8, 0), 8);
	ck_assert_int_eq(tls_stream_read(stream, got, sizeof(got)), ERROR_MORE);
	ck_assert_int_eq(tls_stream_part(stream, &secrets), ERROR_MORE);
	ck_assert_int_eq(send(ends[1], sealed + 8, (size_t)n - 8, 0), n - 8);
	ck_assert_int_eq(tls_stream_read(stream, got, sizeof(got)), 4);
	ck_assert_int_eq(tls_stream_part(stream, &secrets), 0);
}
END_TEST

START_TEST(tls_stream_parts_with_nothing_it_has_not)
{
	static const struct tls_client_options options[] = {
		{ .insecure = true }, /* did not say that it parts */
		{ .insecure = true, .parts = true, .version_max = TLS_CLIENT_TLS_1_2 },
		{ .insecure = true, .parts = true }, /* and has another key by now */
	};
	struct tls_stream_secrets secrets;

	new_client(&options[_i]);
	ck_assert_int_eq(shake_hands(), 0);
	expect_exchange();
	if (_i == 2) {
		ck_assert_int_eq(SSL_key_update(server, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		expect_exchange();
	}
	ck_assert_int_eq(tls_stream_part(stream, &secrets), ERROR_UNSUPPORTED);
	expect_exchange();
}
END_TEST

START_TEST(tls_stream_cannot_renew_a_key_of_1_2)
{
	new_client(&(struct tls_client_options){ .insecure = true, .version_max = TLS_CLIENT_TLS_1_2 });
	ck_assert_int_eq(shake_hands(), 0);
	ck_assert_int_eq(tls_stream_update_key(stream, false), ERROR_CRYPTO);
	expect_exchange();
}
END_TEST

START_TEST(tls_stream_finds_the_relays_key)
{
	struct key relay, found;
	X509 *meta;

	memset(relay.bytes, 0xa5, sizeof(relay.bytes));
	ck_assert_int_eq(meta_cert_new(&meta, relay.bytes, 1700000000), 0);
	ck_assert_int_eq(SSL_CTX_add0_chain_cert(server_ctx, meta), 1);
	new_client(&(struct tls_client_options){ .insecure = true });
	ck_assert_int_eq(shake_hands(), 0);
	ck_assert(tls_stream_relay_key(stream, &found));
	ck_assert(key_equal(&found, &relay));
}
END_TEST

START_TEST(tls_stream_finds_no_key_in_another_certificate)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct key found;

	ck_assert_int_eq(SSL_CTX_add0_chain_cert(server_ctx, self_signed(key, "derpkey0123")), 1);
	EVP_PKEY_free(key);
	new_client(&(struct tls_client_options){ .insecure = true });
	ck_assert_int_eq(shake_hands(), 0);
	ck_assert(!tls_stream_relay_key(stream, &found));
}
END_TEST

START_TEST(tls_client_new_names_the_option_that_is_bad)
{
	static const struct {
		struct tls_client_options options;
		int error;
		const char *name;
	} bad[] = {
		{ { .ca_file = "/no/such/file" }, ERROR_NOT_FOUND, "ca_file" },
		{ { .pin = "sha256-raw:12" }, ERROR_MALFORMED, "pin" },
		{ { .pin = "sha256-raw:zz23456789012345678901234567890123456789012345678901234567890123" },
		  ERROR_MALFORMED, "pin" },
		{ { .insecure = true, .version_min = 7 }, ERROR_MALFORMED, "version" },
		{ { .insecure = true, .suites = "TLS_NO_SUCH" }, ERROR_MALFORMED, "suites" },
		{ { .insecure = true, .ciphers = "NOSUCH" }, ERROR_MALFORMED, "ciphers" },
		{ { .insecure = true, .sigalgs = "NOSUCH" }, ERROR_MALFORMED, "sigalgs" },
	};
	const char *option = NULL;

	ck_assert_int_eq(tls_client_new(&client, &bad[_i].options, &option), bad[_i].error);
	ck_assert_str_eq(option, bad[_i].name);
	ck_assert_ptr_null(client);
}
END_TEST

Suite *test_tls_stream_suite(void)
{
	Suite *s = suite_create("tls_stream");
	TCase *t = tcase_create("tls_stream");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, tls_stream_talks_in_either_version, 0, 2);
	tcase_add_test(t, tls_stream_refuses_a_certificate_of_nobody);
	tcase_add_test(t, tls_stream_takes_the_pinned_certificate);
	tcase_add_test(t, tls_stream_refuses_another_than_the_pinned);
	tcase_add_test(t, tls_client_pin_ok_knows_a_pin);
	tcase_add_loop_test(t, tls_stream_reads_ahead_if_asked, 0, 2);
	tcase_add_loop_test(t, tls_stream_resumes_if_asked, 0, 2);
	tcase_add_loop_test(t, tls_stream_resumes_again_and_again, 0, 2);
	tcase_add_loop_test(t, tls_stream_tells_close_notify_from_an_end, 0, 2);
	tcase_add_test(t, tls_stream_writes_records_of_the_size_wanted);
	tcase_add_test(t, tls_stream_renews_its_key);
	tcase_add_test(t, tls_stream_cannot_renew_a_key_of_1_2);
	tcase_add_test(t, tls_stream_parts_with_its_secrets);
	tcase_add_test(t, tls_stream_does_not_part_with_half_a_record);
	tcase_add_loop_test(t, tls_stream_parts_with_nothing_it_has_not, 0, 3);
	tcase_add_test(t, tls_stream_finds_the_relays_key);
	tcase_add_test(t, tls_stream_finds_no_key_in_another_certificate);
	tcase_add_loop_test(t, tls_client_new_names_the_option_that_is_bad, 0, 7);
	suite_add_tcase(s, t);
	return s;
}
