/* SPDX-License-Identifier: MIT
 * Handshakes with 0, 1 and 2 tickets, whose keys then go into the kernel: a
 * number that is one off, and neither side opens what the other sends. Wants a
 * kernel with the module tls (guest.sh). */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/crypto/folder.h"
#include "tests/unit/runner.h"
#include "tests/unit/tls/certs.h"
#include "tls/handshake.h"
#include "tls/control.h"
#include "tls/ktls.h"

#define TICKETS_MAX 2

static const char *const suites[] = { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
				      "TLS_CHACHA20_POLY1305_SHA256" };

static int client_fd, server_fd;
static unsigned tickets_seen;

/* kTLS wants TCP. */
static void connect_pair(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(in);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&in, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&in, &len), 0);
	client_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(client_fd, (struct sockaddr *)&in, len), 0);
	server_fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(server_fd, 0);
	close(listener);
}

static int on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl, (void)session;
	tickets_seen++;
	return 0;
}

static SSL_CTX *client_context(const char *suite)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(SSL_CTX_set_ciphersuites(ctx, suite), 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, on_session);
	return ctx;
}

/* By turns, on sockets that do not block, until both are done. */
static void shake_hands(SSL *client, struct handshake *server)
{
	enum handshake_progress p = HANDSHAKE_WANT_READ;
	int rc = 0;

	ck_assert_int_eq(fcntl(client_fd, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(fcntl(server_fd, F_SETFL, O_NONBLOCK), 0);
	while (rc != 1 || p != HANDSHAKE_DONE) {
		if (rc != 1) {
			rc = SSL_do_handshake(client);
			ck_assert(rc == 1 || SSL_get_error(client, rc) == SSL_ERROR_WANT_READ);
		}
		if (p != HANDSHAKE_DONE)
			p = handshake_step(server);
		ck_assert_msg(p != HANDSHAKE_FAILED, "%s", handshake_detail(server));
	}
	ck_assert_int_eq(fcntl(client_fd, F_SETFL, 0), 0);
	ck_assert_int_eq(fcntl(server_fd, F_SETFL, 0), 0);
}

static void exchange(SSL *client)
{
	char data[16] = "";

	ck_assert_int_eq(send(server_fd, "to the client", 13, 0), 13);
	ck_assert_int_eq(SSL_read(client, data, sizeof(data)), 13);
	ck_assert_mem_eq(data, "to the client", 13);
	ck_assert_int_eq(SSL_write(client, "to the relay", 12), 12);
	ck_assert_int_eq(recv(server_fd, data, sizeof(data), 0), 12);
	ck_assert_mem_eq(data, "to the relay", 12);
}

START_TEST(ktls_goes_on_behind_the_tickets)
{
	unsigned count = (unsigned)_i % (TICKETS_MAX + 1);
	SSL_CTX *client_ctx = client_context(suites[_i / (TICKETS_MAX + 1)]);
	uint8_t messages[HANDSHAKE_TICKETS_MAX];
	struct handshake_result result;
	struct ticket_keys *tickets;
	size_t len;
	struct tls_context *ctx;
	struct handshake *server;
	SSL *client = SSL_new(client_ctx);

	certs_write("relay", CERTS_ECDSA, -1, 10);
	ck_assert_int_eq(ticket_keys_new(&tickets), 0);
	ctx = certs_context_with("relay", NULL, tickets, count, NULL);
	connect_pair();
	ck_assert_int_eq(handshake_new(&server, ctx, server_fd), 0);
	ck_assert_int_eq(SSL_set_fd(client, client_fd), 1);
	SSL_set_connect_state(client);
	shake_hands(client, server);
	handshake_take_result(server, &result);
	len = handshake_put_tickets(server, messages);
	handshake_free(server);
	ck_assert_int_eq(ktls_install(server_fd, &result.secrets), 0);
	if (len > 0)
		ck_assert_int_eq(ktls_send_record(server_fd, TLS_RECORD_HANDSHAKE, messages, len), 0);
	exchange(client);
	exchange(client);
	ck_assert_uint_eq(tickets_seen, count);
	SSL_free(client);
	SSL_CTX_free(client_ctx);
	context_unref(ctx);
	ticket_keys_unref(tickets);
	close(client_fd);
	close(server_fd);
}
END_TEST

static Suite *ktls_tickets_suite(void)
{
	Suite *s = suite_create("ktls_tickets");
	TCase *c = tcase_create("ktls_tickets");

	tcase_add_checked_fixture(c, folder_make, folder_remove);
	tcase_add_loop_test(c, ktls_goes_on_behind_the_tickets, 0,
			    (int)HD_ARRAY_LEN(suites) * (TICKETS_MAX + 1));
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	runner_suite_fn *const list[] = { ktls_tickets_suite };

	return runner_main(list, 1);
}
