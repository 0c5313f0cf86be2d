/* SPDX-License-Identifier: MIT
 * What clients do over TLS: versions and suites, records of every size, the end
 * of one direction, new keys, resumption, ALPN, fast start. */
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"
#include "tests/e2e/client_fixture.h"
#include "tests/e2e/tls_fixture.h"
#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"
#include "tools/lib/tls_client.h"
#include "tools/lib/tls_stream.h"
#include "util/error.h"

static const char *const no_args[] = { NULL };

static struct tls_stream *tls_of(struct derp_client *c)
{
	return derp_client_stream(c)->tls;
}

static struct derp_client *login(const struct daemon *d, struct tls_client *tls)
{
	struct derp_client_options o = client_options(d);

	o.tls = tls;
	return client_login_with(&o);
}

static void packet(struct derp_client *from, struct derp_client *to, size_t len)
{
	uint8_t *data = malloc(len + 1);

	ck_assert_ptr_nonnull(data);
	client_fill(data, len, len);
	client_send(from, derp_client_key(to), data, len);
	client_expect_packet(to, derp_client_key(from), data, len);
	free(data);
}

/* Around the size of one record, and of several. */
static void both_ways(struct derp_client *a, struct derp_client *b)
{
	static const size_t sizes[] = { 0, 1, 1400, 16343, 16384, 16385, 65536 };

	for (size_t i = 0; i < HD_ARRAY_LEN(sizes); i++) {
		packet(a, b, sizes[i]);
		packet(b, a, sizes[i]);
	}
}

/* --- versions and suites -------------------------------------------------- */

static const struct {
	uint16_t version;
	const char *suite;
} suites[] = {
	{ TLS_CLIENT_TLS_1_3, "TLS_AES_128_GCM_SHA256" },
	{ TLS_CLIENT_TLS_1_3, "TLS_AES_256_GCM_SHA384" },
	{ TLS_CLIENT_TLS_1_3, "TLS_CHACHA20_POLY1305_SHA256" },
	{ TLS_CLIENT_TLS_1_2, "ECDHE-ECDSA-AES128-GCM-SHA256" },
	{ TLS_CLIENT_TLS_1_2, "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ TLS_CLIENT_TLS_1_2, "ECDHE-ECDSA-CHACHA20-POLY1305" },
	{ TLS_CLIENT_TLS_1_2, "ECDHE-RSA-AES128-GCM-SHA256" },
	{ TLS_CLIENT_TLS_1_2, "ECDHE-RSA-AES256-GCM-SHA384" },
	{ TLS_CLIENT_TLS_1_2, "ECDHE-RSA-CHACHA20-POLY1305" },
};

/* A client that knows this suite alone. */
static struct tls_client *client_of(size_t suite, bool insecure)
{
	struct tls_client_options o = {
		.insecure = insecure,
		.version_min = suites[suite].version,
		.version_max = suites[suite].version,
	};

	if (suites[suite].version == TLS_CLIENT_TLS_1_3)
		o.suites = suites[suite].suite;
	else
		o.ciphers = suites[suite].suite;
	return tls_fixture_client(&o);
}

static struct daemon *start_with_both_kinds(void)
{
	const struct tls_fixture_pair *pair = tls_fixture_pair();

	certs_write("rsa", CERTS_RSA, -1, 10);
	return daemon_start(DAEMON_ARGS("--tls-cert", pair->cert, "--tls-key", pair->key, "--stun=false",
					"--tls-cert-2", folder_file("rsa.crt"), "--tls-key-2",
					folder_file("rsa.key")));
}

START_TEST(tls_each_suite_relays)
{
	struct daemon *d = start_with_both_kinds();
	struct tls_client *tls = client_of((size_t)_i, true);
	struct derp_client *a = login(d, tls), *b = login(d, tls);

	ck_assert_uint_eq(tls_stream_version(tls_of(a)), suites[_i].version);
	ck_assert_str_eq(tls_stream_suite(tls_of(a)), suites[_i].suite);
	both_ways(a, b);
	derp_client_free(a);
	derp_client_free(b);
	daemon_stop(d);
}
END_TEST

static struct derp_client *refused(const struct daemon *d, const struct tls_client_options *o)
{
	struct derp_client_options options = client_options(d);
	struct derp_client *c;

	options.tls = tls_fixture_client(o);
	ck_assert_int_eq(derp_client_new(&c, &options), 0);
	ck_assert_int_eq(derp_client_connect(c), ERROR_CRYPTO);
	return c;
}

START_TEST(tls_1_1_is_refused)
{
	struct tls_client_options o = {
		.version_min = TLS_CLIENT_TLS_1_1,
		.version_max = TLS_CLIENT_TLS_1_1,
		.ciphers = "ALL:@SECLEVEL=0",
	};
	struct daemon *d = daemon_start(no_args);
	struct derp_client *c = refused(d, &o);

	daemon_await_metric(d, "logins_total{result=\"tls_version\"}", 1);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(tls_ciphers_without_forward_secrecy_or_aead_are_refused)
{
	struct tls_client_options o = {
		.version_max = TLS_CLIENT_TLS_1_2,
		.ciphers = "AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA:@SECLEVEL=0",
	};
	struct daemon *d = daemon_start(no_args);
	struct derp_client *c = refused(d, &o);

	daemon_await_metric(d, "logins_total{result=\"tls_no_shared\"}", 1);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(tls_client_that_does_not_trust_is_counted)
{
	struct tls_client_options o = { .pin = "sha256-raw:"
		"0000000000000000000000000000000000000000000000000000000000000000" };
	struct daemon *d = daemon_start(no_args);
	struct derp_client *c = refused(d, &o);

	daemon_await_metric(d, "logins_total{result=\"tls_refused\"}", 1);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

/* --- records -------------------------------------------------------------- */

static const uint16_t versions[] = { TLS_CLIENT_TLS_1_2, TLS_CLIENT_TLS_1_3 };

static struct tls_client *client_of_version(int i, bool resume)
{
	struct tls_client_options o = { .version_max = versions[i], .resume = resume };

	return tls_fixture_client(&o);
}

static void login_in_records(struct derp_client **c, const struct daemon *d, struct tls_client *tls, size_t record)
{
	struct derp_client_options o = client_options(d);

	o.tls = tls;
	ck_assert_int_eq(derp_client_new(c, &o), 0);
	ck_assert_int_eq(derp_client_connect(*c), 0);
	tls_stream_set_record_max(tls_of(*c), record);
	ck_assert_int_eq(derp_client_upgrade(*c), 0);
	ck_assert_int_eq(derp_client_login(*c), 0);
}

START_TEST(tls_records_of_one_byte_log_in_and_relay)
{
	struct daemon *d = daemon_start(no_args);
	struct tls_client *tls = client_of_version(_i, false);
	struct derp_client *a, *b = login(d, tls);

	login_in_records(&a, d, tls, 1);
	packet(a, b, 0);
	packet(a, b, 3000);
	packet(b, a, 3000);
	derp_client_free(a);
	derp_client_free(b);
	daemon_stop(d);
}
END_TEST

/* Frames begin and end anywhere in the records. */
START_TEST(tls_records_of_any_size_relay)
{
	static const size_t records[] = { 2, 36, 1399, 16383, 16384 };
	struct daemon *d = daemon_start(no_args);
	struct tls_client *tls = client_of_version(_i, false);
	struct derp_client *a, *b = login(d, tls);

	for (size_t i = 0; i < HD_ARRAY_LEN(records); i++) {
		login_in_records(&a, d, tls, records[i]);
		packet(a, b, 65536);
		packet(a, b, 16384);
		derp_client_free(a);
		client_expect(b, FRAME_PEER_GONE, KEY_SIZE + 1);
	}
	derp_client_free(b);
	daemon_stop(d);
}
END_TEST

/* --- the end -------------------------------------------------------------- */

/* A packet, and that its sender has gone, which may overtake it. */
static void expect_last_packet(struct derp_client *c, const struct key *from, const uint8_t *data, size_t len)
{
	struct derp_frame f = client_next(c);
	bool gone_first = f.type == FRAME_PEER_GONE;

	if (gone_first)
		f = client_next(c);
	ck_assert(f.type == FRAME_RECV_PACKET && f.len == KEY_SIZE + len);
	ck_assert_mem_eq(f.body, from->bytes, KEY_SIZE);
	ck_assert_mem_eq(f.body + KEY_SIZE, data, len);
	if (!gone_first)
		client_expect_gone(c, from, FRAME_GONE_DISCONNECTED);
}

/* The client says that it sends no more: the relay takes what came before, says
 * the same and closes. */
START_TEST(tls_close_notify_one_way_is_an_orderly_end)
{
	struct daemon *d = daemon_start(no_args);
	struct tls_client *tls = client_of_version(_i, false);
	struct derp_client *a = login(d, tls), *b = login(d, tls);
	uint8_t data[1000];
	struct derp_frame f;
	int err;

	client_fill(data, sizeof(data), 1);
	client_send(a, derp_client_key(b), data, sizeof(data));
	ck_assert_int_eq(tls_stream_close(tls_of(a)), 0);
	do
		err = derp_client_recv(a, &f, DAEMON_FIXTURE_WAIT_MS);
	while (err == 0);
	ck_assert_int_eq(err, ERROR_CLOSED); /* only for a close_notify */
	expect_last_packet(b, derp_client_key(a), data, sizeof(data));
	daemon_await_metric(d, "closes_total{reason=\"eof\"}", 1);
	derp_client_free(a);
	derp_client_free(b);
	daemon_stop(d);
}
END_TEST

START_TEST(tls_end_without_close_notify_ends_the_client)
{
	struct daemon *d = daemon_start(no_args);
	struct derp_client *a = login(d, client_of_version(_i, false));

	client_sync(a);
	ck_assert_int_eq(shutdown(derp_client_stream(a)->fd, SHUT_WR), 0);
	client_expect_closed(a);
	daemon_await_metric(d, "closes_total{reason=\"eof\"}", 1);
	derp_client_free(a);
	daemon_stop(d);
}
END_TEST

/* A connection that ends in its login ends no less orderly. */
START_TEST(tls_login_that_fails_ends_with_close_notify)
{
	static const char head[] = "GET /derp HTTP/1.1\r\nHost: x\r\nUpgrade: DERP\r\n\r\n";
	static const uint8_t no_client_info[FRAME_HEADER_SIZE] = { FRAME_PING };
	const struct iovec parts[] = {
		{ (void *)head, strlen(head) },
		{ (void *)no_client_info, sizeof(no_client_info) },
	};
	struct daemon *d = daemon_start(no_args);
	struct derp_stream tcp;
	struct sockaddr_storage ss;
	socklen_t address_len;
	uint8_t got[512];
	int n;

	ck_assert_int_eq(addr_parse(&ss, &address_len, "127.0.0.1", daemon_port(d)), 0);
	derp_stream_init(&tcp);
	ck_assert_int_eq(derp_stream_connect(&tcp, &ss, address_len, 0, DAEMON_FIXTURE_WAIT_MS), 0);
	ck_assert_int_eq(derp_stream_secure(&tcp, client_of_version(_i, false), TLS_FIXTURE_HOST,
					    DAEMON_FIXTURE_WAIT_MS), 0);
	ck_assert_int_eq(derp_stream_send(&tcp, parts, HD_ARRAY_LEN(parts), DAEMON_FIXTURE_WAIT_MS), 0);
	do
		n = derp_stream_recv_raw(&tcp, got, sizeof(got), DAEMON_FIXTURE_WAIT_MS);
	while (n > 0);
	ck_assert_int_eq(n, ERROR_CLOSED); /* only for a close_notify */
	daemon_await_metric(d, "logins_total{result=\"bad_frame\"}", 1);
	derp_stream_close(&tcp);
	daemon_stop(d);
}
END_TEST

START_TEST(tls_record_that_does_not_verify_ends_the_client)
{
	static const uint8_t record[5 + 40] = { 23, 3, 3, 0, 40 };
	struct daemon *d = daemon_start(no_args);
	struct tls_client *tls = client_of_version(_i, false);
	struct derp_client *a = login(d, tls), *b = login(d, tls);

	client_sync(a);
	ck_assert_int_eq(send(derp_client_stream(a)->fd, record, sizeof(record), MSG_NOSIGNAL), sizeof(record));
	daemon_await_metric(d, "closes_total{reason=\"tls_bad_record\"}", 1);
	client_expect_alive(b);
	derp_client_free(a);
	derp_client_free(b);
	daemon_stop(d);
}
END_TEST

/* --- new keys ------------------------------------------------------------- */

static void on_message(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *count)
{
	(void)version, (void)ssl;
	if (!sent && type == SSL3_RT_HANDSHAKE && len > 0 && *(const uint8_t *)data == SSL3_MT_KEY_UPDATE)
		++*(unsigned *)count;
}

static void key_updates(bool ask, unsigned expected)
{
	struct daemon *d = daemon_start(no_args);
	struct tls_client *tls = client_of_version(1, false);
	struct derp_client *a = login(d, tls), *b = login(d, tls);
	unsigned answers = 0;

	SSL_set_msg_callback(tls_stream_object(tls_of(a)), on_message);
	SSL_set_msg_callback_arg(tls_stream_object(tls_of(a)), &answers);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(tls_stream_update_key(tls_of(a), ask), 0);
		packet(a, b, 65536);
		packet(b, a, 65536);
		client_sync(a);
	}
	ck_assert_uint_eq(answers, expected);
	derp_client_free(a);
	derp_client_free(b);
	daemon_stop(d);
}

START_TEST(tls_key_update_of_the_client_is_followed)
{
	key_updates(false, 0);
}
END_TEST

START_TEST(tls_key_update_that_asks_is_answered)
{
	key_updates(true, 3);
}
END_TEST

/* --- resumption ----------------------------------------------------------- */

START_TEST(tls_second_connection_resumes)
{
	struct daemon *d = daemon_start(no_args);
	struct tls_client *tls = client_of_version(_i, true);

	for (int i = 0; i < 2; i++) {
		struct derp_client *c = login(d, tls);

		ck_assert_msg(tls_stream_resumed(tls_of(c)) == (i > 0), "connection %d", i);
		client_sync(c); /* the ticket has come before the pong */
		packet(c, c, 3000);
		derp_client_free(c);
	}
	ck_assert_uint_eq(daemon_metric(d, "tls_handshakes_full_total"), 1);
	ck_assert_uint_eq(daemon_metric(d, "tls_handshakes_resumed_total"), 1);
	daemon_stop(d);
}
END_TEST

START_TEST(tls_ticket_of_an_earlier_relay_costs_a_full_handshake)
{
	struct tls_client *tls = client_of_version(_i, true);

	for (int i = 0; i < 2; i++) {
		struct daemon *d = daemon_start(no_args);
		struct derp_client *c = login(d, tls);

		ck_assert(!tls_stream_resumed(tls_of(c)));
		client_sync(c);
		derp_client_free(c);
		ck_assert_uint_eq(daemon_metric(d, "tls_handshakes_full_total"), 1);
		daemon_stop(d);
	}
}
END_TEST

/* --- ALPN ----------------------------------------------------------------- */

static void shake_hands(struct tls_stream *tls, int fd)
{
	int err;

	while ((err = tls_stream_handshake(tls)) == ERROR_MORE) {
		struct pollfd p = { .fd = fd, .events = tls_stream_wants(tls) };

		ck_assert_int_eq(poll(&p, 1, DAEMON_FIXTURE_WAIT_MS), 1);
	}
	ck_assert_int_eq(err, 0);
}

/* The offer is in wire format. */
static void alpn(const char *offer, const char *expected)
{
	struct daemon *d = daemon_start(no_args);
	struct sockaddr_storage ss;
	struct derp_stream tcp;
	struct tls_stream *tls;
	const unsigned char *chosen;
	socklen_t address_len;
	unsigned len;

	ck_assert_int_eq(addr_parse(&ss, &address_len, "127.0.0.1", daemon_port(d)), 0);
	derp_stream_init(&tcp);
	ck_assert_int_eq(derp_stream_connect(&tcp, &ss, address_len, 0, DAEMON_FIXTURE_WAIT_MS), 0);
	ck_assert_int_eq(tls_stream_new(&tls, tls_fixture_default_client(), tcp.fd, TLS_FIXTURE_HOST), 0);
	ck_assert_int_eq(SSL_set_alpn_protos(tls_stream_object(tls), (const unsigned char *)offer,
					     (unsigned)strlen(offer)), 0);
	shake_hands(tls, tcp.fd);
	SSL_get0_alpn_selected(tls_stream_object(tls), &chosen, &len);
	ck_assert_uint_eq(len, strlen(expected));
	ck_assert(len == 0 || memcmp(chosen, expected, len) == 0);
	tls_stream_free(tls);
	derp_stream_close(&tcp);
	daemon_stop(d);
}

START_TEST(tls_alpn_takes_http_1_1)
{
	alpn("\x02h2\x08http/1.1", "http/1.1");
}
END_TEST

START_TEST(tls_alpn_passes_over_what_it_does_not_speak)
{
	alpn("\x02h2", "");
}
END_TEST

/* --- fast start ----------------------------------------------------------- */

static void fast_start(int version, uint64_t expected)
{
	struct daemon *d = daemon_start(no_args);
	struct derp_client_options o = client_options(d);
	struct key relay, told;
	struct derp_client *c;

	o.tls = client_of_version(version, false);
	o.fast_start = true;
	c = client_login_with(&o);
	relay = daemon_public_key(d);
	ck_assert_int_eq(tls_stream_relay_key(tls_of(c), &told), expected == 1);
	if (expected)
		ck_assert_mem_eq(told.bytes, relay.bytes, KEY_SIZE);
	packet(c, c, 1400);
	ck_assert_uint_eq(daemon_metric(d, "fast_starts_total"), expected);
	derp_client_free(c);
	daemon_stop(d);
}

START_TEST(tls_1_3_tells_the_relay_s_key_for_a_fast_start)
{
	fast_start(1, 1);
}
END_TEST

START_TEST(tls_1_2_tells_nothing_before_the_response)
{
	fast_start(0, 0);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("tls_conn");
	TCase *t = daemon_fixture_case(s, "tls_conn");

	tcase_add_unchecked_fixture(t, certs_start, certs_end);
	tcase_add_checked_fixture(t, folder_make, folder_remove);
	tcase_add_loop_test(t, tls_each_suite_relays, 0, HD_ARRAY_LEN(suites));
	tcase_add_test(t, tls_1_1_is_refused);
	tcase_add_test(t, tls_ciphers_without_forward_secrecy_or_aead_are_refused);
	tcase_add_test(t, tls_client_that_does_not_trust_is_counted);
	tcase_add_loop_test(t, tls_records_of_one_byte_log_in_and_relay, 0, 2);
	tcase_add_loop_test(t, tls_records_of_any_size_relay, 0, 2);
	tcase_add_loop_test(t, tls_close_notify_one_way_is_an_orderly_end, 0, 2);
	tcase_add_loop_test(t, tls_end_without_close_notify_ends_the_client, 0, 2);
	tcase_add_loop_test(t, tls_login_that_fails_ends_with_close_notify, 0, 2);
	tcase_add_loop_test(t, tls_record_that_does_not_verify_ends_the_client, 0, 2);
	tcase_add_test(t, tls_key_update_of_the_client_is_followed);
	tcase_add_test(t, tls_key_update_that_asks_is_answered);
	tcase_add_loop_test(t, tls_second_connection_resumes, 0, 2);
	tcase_add_loop_test(t, tls_ticket_of_an_earlier_relay_costs_a_full_handshake, 0, 2);
	tcase_add_test(t, tls_alpn_takes_http_1_1);
	tcase_add_test(t, tls_alpn_passes_over_what_it_does_not_speak);
	tcase_add_test(t, tls_1_3_tells_the_relay_s_key_for_a_fast_start);
	tcase_add_test(t, tls_1_2_tells_nothing_before_the_response);
	return s;
}

int main(void)
{
	tls_fixture_want("1.3");
	return daemon_fixture_main(make_suite);
}
