/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"
#include "tests/unit/tls/peer.h"
#include "util/be.h"
#include "util/error.h"

Suite *test_handshake_suite(void);

static struct tls_context *ctx;
static struct ticket_keys *tickets;
static struct peer peer;

static void begin(void)
{
	folder_make();
	certs_write("ecdsa", CERTS_ECDSA, -1, 30);
	certs_write("rsa", CERTS_RSA, -1, 30);
	ck_assert_int_eq(ticket_keys_new(&tickets), 0);
	ctx = certs_context_with("ecdsa", "rsa", tickets, 1, NULL);
}

static void end(void)
{
	peer_close(&peer);
	context_unref(ctx);
	ticket_keys_unref(tickets);
	folder_remove();
}

static void talk(struct peer *p)
{
	peer_client_sends(p, "to the relay", 12);
	peer_send(p, "to the client", 13);
	peer_client_expects(p, "to the client", 13);
}

START_TEST(handshake_prefers_tls_1_3)
{
	peer_connect(&peer, ctx, NULL);
	ck_assert_uint_eq(peer.result.secrets.version, TLS_VERSION_1_3);
	ck_assert(!peer.result.resumed);
	ck_assert(!peer.result.alpn);
	ck_assert_uint_eq(peer.result.secrets.suite,
			  context_aes_is_fast() ? SUITE_AES_128_GCM : SUITE_CHACHA20_POLY1305);
	talk(&peer);
}
END_TEST

START_TEST(handshake_gives_chacha20_to_a_client_that_prefers_it)
{
	struct peer_options o = { .suites = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256" };

	peer_connect(&peer, ctx, &o);
	ck_assert_uint_eq(peer.result.secrets.suite, SUITE_CHACHA20_POLY1305);
	talk(&peer);
}
END_TEST

START_TEST(handshake_gives_as_many_tickets_as_wanted)
{
	context_unref(ctx);
	ctx = certs_context_with("ecdsa", "rsa", tickets, (uint32_t)_i, NULL);
	peer_connect(&peer, ctx, NULL);
	ck_assert_uint_eq(peer.result.secrets.tx.seq, 0);
	ck_assert_uint_eq(peer.result.secrets.rx.seq, 0);
	talk(&peer);
	ck_assert_uint_eq(peer.tickets, (unsigned)_i);
}
END_TEST

START_TEST(handshake_without_ticket_keys_sends_none)
{
	context_unref(ctx);
	ctx = certs_context_with("ecdsa", NULL, NULL, 2, NULL);
	peer_connect(&peer, ctx, NULL);
	ck_assert_uint_eq(peer.tickets_len, 0);
	talk(&peer);
	ck_assert_uint_eq(peer.tickets, 0);
}
END_TEST

START_TEST(handshake_answers_alpn_only_if_http_1_1_is_offered)
{
	static const struct {
		const char *offer;
		bool agreed;
	} rows[] = {
		{ NULL, false },
		{ "\x08http/1.1", true },
		{ "\x02h2\x08http/1.1", true },
		{ "\x02h2", false },
	};
	struct peer_options o = { .alpn = rows[_i].offer };
	const unsigned char *name;
	unsigned int len;

	peer_connect(&peer, ctx, &o);
	ck_assert_int_eq(peer.result.alpn, rows[_i].agreed);
	SSL_get0_alpn_selected(peer.client, &name, &len);
	ck_assert_uint_eq(len, rows[_i].agreed ? 8 : 0);
	ck_assert(!rows[_i].agreed || memcmp(name, "http/1.1", 8) == 0);
}
END_TEST

START_TEST(handshake_works_with_each_group)
{
	static const char *const groups[] = { "X25519", "P-256", "P-384" };
	struct peer_options o = { .groups = groups[_i / 2], .version = _i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION };

	peer_connect(&peer, ctx, &o);
	talk(&peer);
}
END_TEST

START_TEST(handshake_serves_a_certificate_of_each_curve)
{
	static const enum certs_kind kinds[] = { CERTS_ECDSA, CERTS_P384, CERTS_P521 };
	struct peer_options o = { .version = _i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION };

	certs_write("curve", kinds[_i / 2], -1, 30);
	context_unref(ctx);
	ctx = certs_context("curve");
	peer_connect(&peer, ctx, &o);
	ck_assert_uint_eq(peer.result.secrets.version, (unsigned)o.version);
	talk(&peer);
}
END_TEST

/* The groups of certificates are not all for keys. */
START_TEST(handshake_refuses_a_client_of_p_521_keys_only)
{
	struct peer_options o = { .groups = "P-521" };

	peer_open(&peer, ctx, &o);
	ck_assert_int_eq(peer_run(&peer), HANDSHAKE_FAILED);
}
END_TEST

/* The client's key share is not of our groups: HelloRetryRequest. */
START_TEST(handshake_asks_for_another_key_share)
{
	struct peer_options o = { .groups = "P-521:P-256" };

	peer_connect(&peer, ctx, &o);
	ck_assert_uint_eq(peer.result.secrets.version, TLS_VERSION_1_3);
	talk(&peer);
}
END_TEST

/* Both versions, with clients that can check one kind of signature only. */
START_TEST(handshake_chooses_the_certificate_by_the_client_s_algorithms)
{
	static const struct {
		int version;
		const char *sigalgs;
		const char *kind;
	} rows[] = {
		{ TLS1_3_VERSION, "ECDSA+SHA256", "EC" }, { TLS1_3_VERSION, "RSA-PSS+SHA256", "RSA" },
		{ TLS1_2_VERSION, "ECDSA+SHA256", "EC" }, { TLS1_2_VERSION, "RSA+SHA256", "RSA" },
	};
	struct peer_options o = { .version = rows[_i].version, .sigalgs = rows[_i].sigalgs };
	X509 *x;

	peer_connect(&peer, ctx, &o);
	x = SSL_get0_peer_certificate(peer.client);
	ck_assert_ptr_nonnull(x);
	ck_assert(EVP_PKEY_is_a(X509_get0_pubkey(x), rows[_i].kind));
	talk(&peer);
}
END_TEST

static void resume(int version)
{
	struct peer_options o = { .version = version };
	static struct peer first;

	peer_connect(&first, ctx, &o);
	talk(&first);
	ck_assert_ptr_nonnull(first.session);
	o.session = first.session;
	peer_connect(&peer, ctx, &o);
	ck_assert(peer.result.resumed);
	ck_assert_int_eq(SSL_session_reused(peer.client), 1);
	ck_assert_uint_eq(peer.result.secrets.version, (unsigned)version);
	talk(&peer);
	if (version == TLS1_3_VERSION) /* each ticket is for one use: here is the next */
		ck_assert_uint_eq(peer.tickets, 1);
	peer_close(&first);
}

START_TEST(handshake_resumes_with_a_ticket)
{
	resume(_i);
}
END_TEST

START_TEST(handshake_resumes_after_a_reload_with_the_same_ticket_keys)
{
	struct peer_options o = { .version = _i };
	static struct peer first;

	peer_connect(&first, ctx, &o);
	talk(&first);
	context_unref(ctx);
	certs_write("other", CERTS_ECDSA, -1, 30);
	ctx = certs_context_with("other", NULL, tickets, 1, NULL);
	o.session = first.session;
	peer_connect(&peer, ctx, &o);
	ck_assert(peer.result.resumed);
	talk(&peer);
	peer_close(&first);
}
END_TEST

START_TEST(handshake_with_a_foreign_ticket_is_a_full_one)
{
	struct peer_options o = { .version = _i };
	static struct peer first;

	peer_connect(&first, ctx, &o);
	talk(&first);
	context_unref(ctx);
	ticket_keys_unref(tickets);
	ck_assert_int_eq(ticket_keys_new(&tickets), 0);
	ctx = certs_context_with("ecdsa", NULL, tickets, 1, NULL);
	o.session = first.session;
	peer_connect(&peer, ctx, &o);
	ck_assert(!peer.result.resumed);
	talk(&peer);
	peer_close(&first);
}
END_TEST

/* ---- in pieces ---- */

/* Carries what the client says to us byte by byte. */
START_TEST(handshake_goes_on_from_single_bytes)
{
	struct peer_options o = { .version = _i };
	enum handshake_progress p = HANDSHAKE_WANT_READ;
	int between[2];

	peer_open(&peer, ctx, &o);
	/* our side sits on a second pair of sockets */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, between), 0);
	handshake_free(peer.handshake);
	ck_assert_int_eq(handshake_new(&peer.handshake, ctx, between[0]), 0);
	for (int round = 0; round < 10; round++) {
		uint8_t bytes[8192];
		ssize_t n;

		(void)SSL_do_handshake(peer.client);
		n = recv(peer.server_fd, bytes, sizeof(bytes), 0);
		for (ssize_t i = 0; i < n; i++) {
			ck_assert_int_eq(send(between[1], bytes + i, 1, 0), 1);
			p = handshake_step(peer.handshake);
			ck_assert(p == HANDSHAKE_WANT_READ || (p == HANDSHAKE_DONE && i == n - 1));
		}
		n = recv(between[1], bytes, sizeof(bytes), 0);
		if (n > 0)
			ck_assert_int_eq(send(peer.server_fd, bytes, (size_t)n, 0), n);
	}
	ck_assert_int_eq(p, HANDSHAKE_DONE);
	peer_take_keys(&peer);
	close(between[0]);
	close(between[1]);
	talk(&peer);
}
END_TEST

/* The client does not wait to see that we are done: what it says next is in the
 * socket together with its last flight, and stays there. */
START_TEST(handshake_reads_nothing_behind_itself)
{
	static const char *const suites[] = { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
					      "TLS_CHACHA20_POLY1305_SHA256" };
	struct peer_options o = { .suites = suites[_i / 4], .no_middlebox = _i & 1 };
	static struct peer before;
	struct record_opened got;

	if (_i & 2) { /* a hello with a ticket */
		peer_connect(&before, ctx, &o);
		talk(&before);
		o.session = before.session;
	}
	peer_open(&peer, ctx, &o);
	ck_assert_int_eq(SSL_do_handshake(peer.client), -1);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_WANT_READ);
	ck_assert_int_eq(SSL_do_handshake(peer.client), 1);
	ck_assert_int_eq(SSL_write(peer.client, "x", 1), 1);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_DONE);
	peer_take_keys(&peer);
	ck_assert_uint_eq(peer.result.resumed, (_i & 2) != 0);
	ck_assert_int_eq(peer_receive(&peer, &got), 0);
	ck_assert_uint_eq(got.len, 1);
	ck_assert_uint_eq(got.data[0], 'x');
	talk(&peer);
	if (_i & 2)
		peer_close(&before);
}
END_TEST

/* The same in TLS 1.2 with a ticket, where the client's Finished is the last word. */
START_TEST(handshake_of_tls_1_2_reads_nothing_behind_itself)
{
	struct peer_options o = { .version = TLS1_2_VERSION };
	static struct peer before;
	struct record_opened got;

	peer_connect(&before, ctx, &o);
	talk(&before);
	o.session = before.session;
	peer_open(&peer, ctx, &o);
	ck_assert_int_eq(SSL_do_handshake(peer.client), -1);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_WANT_READ);
	ck_assert_int_eq(SSL_do_handshake(peer.client), 1);
	ck_assert_int_eq(SSL_write(peer.client, "x", 1), 1);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_DONE);
	peer_take_keys(&peer);
	ck_assert(peer.result.resumed);
	ck_assert_int_eq(peer_receive(&peer, &got), 0);
	ck_assert_uint_eq(got.len, 1);
	talk(&peer);
	peer_close(&before);
}
END_TEST

START_TEST(handshake_waits_for_a_full_socket)
{
	uint8_t junk[4096] = { 0 };
	enum handshake_progress p;
	size_t filled = 0;
	ssize_t n;

	peer_open(&peer, ctx, NULL);
	ck_assert_int_eq(SSL_do_handshake(peer.client), -1);
	while ((n = send(peer.server_fd, junk, sizeof(junk), MSG_NOSIGNAL)) > 0)
		filled += (size_t)n;
	p = handshake_step(peer.handshake);
	ck_assert_int_eq(p, HANDSHAKE_WANT_WRITE);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_WANT_WRITE);
	while (filled > 0) {
		n = recv(peer.client_fd, junk, filled < sizeof(junk) ? filled : sizeof(junk), 0);
		ck_assert_int_gt(n, 0);
		filled -= (size_t)n;
	}
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_WANT_READ);
	ERR_clear_error();
	ck_assert_int_eq(peer_run(&peer), HANDSHAKE_DONE);
	peer_take_keys(&peer);
	talk(&peer);
}
END_TEST

START_TEST(handshake_may_be_freed_at_any_point)
{
	for (int rounds = 0; rounds < 6; rounds++) {
		peer_open(&peer, ctx, NULL);
		for (int i = 0; i < rounds; i++) {
			if (i % 2 == 0)
				(void)SSL_do_handshake(peer.client);
			else if (handshake_step(peer.handshake) == HANDSHAKE_DONE)
				break;
		}
		peer_close(&peer);
	}
	memset(&peer, 0, sizeof(peer));
	peer.client_fd = peer.server_fd = -1;
	handshake_free(NULL);
}
END_TEST

static void *connect_often(void *failures)
{
	for (int i = 0; i < 25; i++) {
		struct peer *p = calloc(1, sizeof(*p));

		peer_connect(p, ctx, NULL);
		if (p->result.secrets.version != TLS_VERSION_1_3)
			++*(int *)failures;
		talk(p);
		peer_close(p);
		free(p);
	}
	return NULL;
}

/* Secrets that went to another thread's handshake would not open its records. */
START_TEST(handshake_shares_its_context_with_other_threads)
{
	pthread_t threads[4];
	int failures[4] = { 0 };

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, connect_often, &failures[i]), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_int_eq(failures[i], 0);
	}
}
END_TEST

START_TEST(handshake_keeps_its_context)
{
	peer_open(&peer, ctx, NULL);
	context_unref(ctx); /* a reload has dropped it */
	ctx = NULL;
	ck_assert_int_eq(peer_run(&peer), HANDSHAKE_DONE);
	peer_take_keys(&peer);
	talk(&peer);
}
END_TEST

START_TEST(handshake_take_result_leaves_no_secret)
{
	static const struct handshake_result zero;
	struct handshake_result again;

	peer_open(&peer, ctx, NULL);
	ck_assert_int_eq(peer_run(&peer), HANDSHAKE_DONE);
	handshake_take_result(peer.handshake, &again);
	ck_assert_mem_ne(&again.secrets, &zero.secrets, sizeof(zero.secrets));
	secrets_wipe(&again.secrets);
}
END_TEST

Suite *test_handshake_suite(void)
{
	Suite *s = suite_create("handshake");
	TCase *c = tcase_create("success");

	tcase_add_unchecked_fixture(c, certs_start, certs_end);
	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, handshake_prefers_tls_1_3);
	tcase_add_test(c, handshake_gives_chacha20_to_a_client_that_prefers_it);
	tcase_add_loop_test(c, handshake_gives_as_many_tickets_as_wanted, 0, CONTEXT_TICKETS_MAX + 1);
	tcase_add_test(c, handshake_without_ticket_keys_sends_none);
	tcase_add_loop_test(c, handshake_answers_alpn_only_if_http_1_1_is_offered, 0, 4);
	tcase_add_loop_test(c, handshake_works_with_each_group, 0, 6);
	tcase_add_loop_test(c, handshake_serves_a_certificate_of_each_curve, 0, 6);
	tcase_add_test(c, handshake_refuses_a_client_of_p_521_keys_only);
	tcase_add_test(c, handshake_asks_for_another_key_share);
	tcase_add_loop_test(c, handshake_chooses_the_certificate_by_the_client_s_algorithms, 0, 4);
	tcase_add_loop_test(c, handshake_resumes_with_a_ticket, TLS1_2_VERSION, TLS1_3_VERSION + 1);
	tcase_add_loop_test(c, handshake_resumes_after_a_reload_with_the_same_ticket_keys, TLS1_2_VERSION,
			    TLS1_3_VERSION + 1);
	tcase_add_loop_test(c, handshake_with_a_foreign_ticket_is_a_full_one, TLS1_2_VERSION, TLS1_3_VERSION + 1);
	tcase_add_loop_test(c, handshake_goes_on_from_single_bytes, TLS1_2_VERSION, TLS1_3_VERSION + 1);
	tcase_add_loop_test(c, handshake_reads_nothing_behind_itself, 0, 12);
	tcase_add_test(c, handshake_of_tls_1_2_reads_nothing_behind_itself);
	tcase_add_test(c, handshake_waits_for_a_full_socket);
	tcase_add_test(c, handshake_may_be_freed_at_any_point);
	tcase_add_test(c, handshake_shares_its_context_with_other_threads);
	tcase_add_test(c, handshake_keeps_its_context);
	tcase_add_test(c, handshake_take_result_leaves_no_secret);
	suite_add_tcase(s, c);
	return s;
}
