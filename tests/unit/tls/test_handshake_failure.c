/* SPDX-License-Identifier: MIT
 * Ways for a handshake to end without a connection. */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"
#include "tests/unit/tls/peer.h"
#include "util/be.h"

Suite *test_handshake_failure_suite(void);

static struct tls_context *ctx;
static struct peer peer;

static void begin(void)
{
	folder_make();
	certs_write("ecdsa", CERTS_ECDSA, -1, 30);
	certs_write("rsa", CERTS_RSA, -1, 30);
	ctx = certs_context_with("ecdsa", "rsa", NULL, 0, NULL);
}

static void end(void)
{
	peer_close(&peer);
	context_unref(ctx);
	folder_remove();
}

static void expect_failure(enum handshake_failure failure)
{
	enum handshake_failure have;

	ck_assert_int_eq(peer_run(&peer), HANDSHAKE_FAILED);
	have = handshake_failure(peer.handshake);
	ck_assert_msg(have == failure, "%s, %s", handshake_failure_label(have), handshake_detail(peer.handshake));
	ck_assert_str_ne(handshake_detail(peer.handshake), "");
}

START_TEST(handshake_refuses_old_versions)
{
	struct peer_options o = { .version = _i };

	peer_open(&peer, ctx, &o);
	expect_failure(HANDSHAKE_FAILURE_VERSION);
}
END_TEST

START_TEST(handshake_refuses_a_client_without_a_common_cipher)
{
	struct peer_options o = { .version = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES128-SHA" };

	peer_open(&peer, ctx, &o);
	expect_failure(HANDSHAKE_FAILURE_NO_SHARED);
}
END_TEST

START_TEST(handshake_refuses_a_client_without_forward_secrecy)
{
	struct peer_options o = { .version = TLS1_2_VERSION, .ciphers = "AES128-GCM-SHA256" };

	peer_open(&peer, ctx, &o);
	expect_failure(HANDSHAKE_FAILURE_NO_SHARED);
}
END_TEST

START_TEST(handshake_refuses_a_client_without_a_common_group)
{
	struct peer_options o = { .version = TLS1_3_VERSION, .groups = "P-521" };

	peer_open(&peer, ctx, &o);
	expect_failure(HANDSHAKE_FAILURE_NO_SHARED);
}
END_TEST

START_TEST(handshake_refuses_a_client_without_a_common_signature)
{
	struct peer_options o = { .version = TLS1_3_VERSION, .sigalgs = "ed25519" };

	peer_open(&peer, ctx, &o);
	expect_failure(HANDSHAKE_FAILURE_NO_SHARED);
}
END_TEST

START_TEST(handshake_tells_that_the_client_refuses)
{
	peer_open(&peer, ctx, NULL);
	SSL_set_verify(peer.client, SSL_VERIFY_PEER, NULL); /* it knows no root */
	expect_failure(HANDSHAKE_FAILURE_REFUSED);
	ck_assert_ptr_nonnull(strstr(handshake_detail(peer.handshake), "alert"));
}
END_TEST

START_TEST(handshake_does_not_take_http)
{
	static const char request[] = "GET / HTTP/1.1\r\n\r\n";

	peer_open(&peer, ctx, NULL);
	ck_assert_int_eq(send(peer.client_fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_FAILED);
	ck_assert_int_eq(handshake_failure(peer.handshake), HANDSHAKE_FAILURE_NOT_TLS);
}
END_TEST

START_TEST(handshake_ends_with_the_client)
{
	/* before the first byte, and in the middle */
	peer_open(&peer, ctx, NULL);
	if (_i) {
		ck_assert_int_eq(SSL_do_handshake(peer.client), -1);
		ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_WANT_READ);
	}
	ck_assert_int_eq(shutdown(peer.client_fd, SHUT_WR), 0);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_FAILED);
	ck_assert_int_eq(handshake_failure(peer.handshake), HANDSHAKE_FAILURE_EOF);
}
END_TEST

START_TEST(handshake_survives_a_vanished_client)
{
	/* our answer meets a closed socket: no signal, and the client has left */
	peer_open(&peer, ctx, NULL);
	ck_assert_int_eq(SSL_do_handshake(peer.client), -1);
	close(peer.client_fd);
	peer.client_fd = -1;
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_FAILED);
	ck_assert_int_eq(handshake_failure(peer.handshake), HANDSHAKE_FAILURE_EOF);
	ck_assert_str_eq(handshake_detail(peer.handshake), strerror(EPIPE));
}
END_TEST

/* Any other error of the socket is not the client's doing. */
START_TEST(handshake_tells_an_error_of_the_socket)
{
	int other = eventfd(0, EFD_CLOEXEC);

	peer_open(&peer, ctx, NULL);
	ck_assert_int_eq(dup2(other, peer.server_fd), peer.server_fd);
	close(other);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_FAILED);
	ck_assert_int_eq(handshake_failure(peer.handshake), HANDSHAKE_FAILURE_IO);
	ck_assert_str_eq(handshake_detail(peer.handshake), strerror(ENOTSOCK));
}
END_TEST

/* Damages one byte of the client's n-th flight. */
static void damage(int flight, size_t at, enum handshake_failure a, enum handshake_failure b)
{
	enum handshake_progress p = HANDSHAKE_WANT_READ;
	uint8_t bytes[8192];
	int between[2];

	peer_open(&peer, ctx, NULL);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, between), 0);
	handshake_free(peer.handshake);
	ck_assert_int_eq(handshake_new(&peer.handshake, ctx, between[0]), 0);
	for (int round = 0; round <= flight; round++) {
		ssize_t n;

		(void)SSL_do_handshake(peer.client);
		n = recv(peer.server_fd, bytes, sizeof(bytes), 0);
		ck_assert_int_gt(n, (ssize_t)at);
		if (round == flight)
			bytes[(size_t)n - 1 - at] ^= 0x55;
		ck_assert_int_eq(send(between[1], bytes, (size_t)n, 0), n);
		p = handshake_step(peer.handshake);
		n = recv(between[1], bytes, sizeof(bytes), 0);
		if (n > 0)
			ck_assert_int_eq(send(peer.server_fd, bytes, (size_t)n, 0), n);
	}
	if (p == HANDSHAKE_FAILED) {
		enum handshake_failure f = handshake_failure(peer.handshake);

		ck_assert_msg(f == a || f == b, "%s", handshake_failure_label(f));
	} else {
		ck_assert_int_eq(p, HANDSHAKE_WANT_READ); /* it waits for what the damage announced */
	}
	close(between[0]);
	close(between[1]);
	peer_close(&peer);
	peer.client_fd = peer.server_fd = -1;
	memset(&peer, 0, sizeof(peer));
	peer.client_fd = peer.server_fd = -1;
}

START_TEST(handshake_rejects_a_damaged_finished)
{
	for (size_t at = 0; at < 50; at++)
		damage(1, at, HANDSHAKE_FAILURE_BAD_RECORD, HANDSHAKE_FAILURE_MALFORMED);
}
END_TEST

/* A key share that makes the secret zero, whatever our key is. */
START_TEST(handshake_rejects_a_key_share_of_small_order)
{
	static const uint8_t share[] = { 0x00, 0x1d, 0x00, 0x20 }; /* X25519, 32 bytes */
	struct peer_options o = { .version = TLS1_3_VERSION, .groups = "X25519" };
	uint8_t hello[2048], *at;
	ssize_t n;

	peer_open(&peer, ctx, &o);
	ck_assert_int_eq(SSL_do_handshake(peer.client), -1);
	n = recv(peer.server_fd, hello, sizeof(hello), 0);
	ck_assert_int_gt(n, 0);
	at = memmem(hello, (size_t)n, share, sizeof(share));
	ck_assert_ptr_nonnull(at);
	memset(at + sizeof(share), 0, 32);
	ck_assert_int_eq(send(peer.client_fd, hello, (size_t)n, 0), n);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_FAILED);
	ck_assert_int_eq(handshake_failure(peer.handshake), HANDSHAKE_FAILURE_MALFORMED);
}
END_TEST

START_TEST(handshake_rejects_garbage_behind_a_tls_header)
{
	uint8_t hello[64] = { 22, 3, 1 };

	be_store16(hello + 3, sizeof(hello) - 5);
	memset(hello + 5, 0xee, sizeof(hello) - 5);
	peer_open(&peer, ctx, NULL);
	ck_assert_int_eq(send(peer.client_fd, hello, sizeof(hello), 0), sizeof(hello));
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_FAILED);
	ck_assert_int_eq(handshake_failure(peer.handshake), HANDSHAKE_FAILURE_MALFORMED);
}
END_TEST

/* Its header makes OpenSSL take room for all of it. */
START_TEST(handshake_memory_counts_a_second_hello_that_has_begun)
{
	static const uint8_t header[] = { 22, 3, 3, 0, 4, 1, 2, 1, 0 }; /* a ClientHello of 131,328 bytes */
	struct peer_options o = { .version = TLS1_3_VERSION, .groups = "P-521:X25519" };
	size_t before;

	peer_open(&peer, ctx, &o);
	ck_assert_uint_eq(handshake_memory(peer.handshake), 0);
	ck_assert_int_eq(SSL_do_handshake(peer.client), -1);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_WANT_READ); /* HelloRetryRequest */
	before = handshake_memory(peer.handshake);
	ck_assert_uint_gt(before, 0);
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_WANT_READ);
	ck_assert_uint_eq(handshake_memory(peer.handshake), before); /* it need not come */
	ck_assert_int_eq(send(peer.client_fd, header, sizeof(header), 0), sizeof(header));
	ck_assert_int_eq(handshake_step(peer.handshake), HANDSHAKE_WANT_READ);
	ck_assert_uint_ge(handshake_memory(peer.handshake), before + 131328);
}
END_TEST

START_TEST(handshake_failure_has_words_for_each)
{
	for (int i = 0; i < HANDSHAKE_FAILURE_COUNT; i++) {
		ck_assert_str_ne(handshake_failure_label((enum handshake_failure)i), "");
		ck_assert_str_ne(handshake_failure_text((enum handshake_failure)i), "");
	}
}
END_TEST

Suite *test_handshake_failure_suite(void)
{
	Suite *s = suite_create("handshake_failure");
	TCase *c = tcase_create("failure");

	tcase_add_unchecked_fixture(c, certs_start, certs_end);
	tcase_add_checked_fixture(c, begin, end);
	tcase_add_loop_test(c, handshake_refuses_old_versions, TLS1_VERSION, TLS1_1_VERSION + 1);
	tcase_add_test(c, handshake_refuses_a_client_without_a_common_cipher);
	tcase_add_test(c, handshake_refuses_a_client_without_forward_secrecy);
	tcase_add_test(c, handshake_refuses_a_client_without_a_common_group);
	tcase_add_test(c, handshake_refuses_a_client_without_a_common_signature);
	tcase_add_test(c, handshake_tells_that_the_client_refuses);
	tcase_add_test(c, handshake_does_not_take_http);
	tcase_add_loop_test(c, handshake_ends_with_the_client, 0, 2);
	tcase_add_test(c, handshake_survives_a_vanished_client);
	tcase_add_test(c, handshake_tells_an_error_of_the_socket);
	tcase_add_test(c, handshake_rejects_a_damaged_finished);
	tcase_add_test(c, handshake_rejects_a_key_share_of_small_order);
	tcase_add_test(c, handshake_rejects_garbage_behind_a_tls_header);
	tcase_add_test(c, handshake_memory_counts_a_second_hello_that_has_begun);
	tcase_add_test(c, handshake_failure_has_words_for_each);
	suite_add_tcase(s, c);
	return s;
}
