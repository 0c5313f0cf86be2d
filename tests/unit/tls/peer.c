/* SPDX-License-Identifier: MIT */
#include "tests/unit/tls/peer.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/error.h"

/* Keeps the latest ticket; 0: OpenSSL keeps the reference. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct peer *p = SSL_get_app_data(ssl);

	SSL_SESSION_free(p->session);
	p->session = SSL_SESSION_dup(session);
	p->tickets++;
	return 0;
}

static SSL_CTX *client_ctx(const struct peer_options *o)
{
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());

	ck_assert_ptr_nonnull(c);
	SSL_CTX_set_security_level(c, 0);
	if (o->version)
		ck_assert(SSL_CTX_set_min_proto_version(c, o->version) == 1 &&
			  SSL_CTX_set_max_proto_version(c, o->version) == 1);
	ck_assert(!o->suites || SSL_CTX_set_ciphersuites(c, o->suites) == 1);
	ck_assert(!o->ciphers || SSL_CTX_set_cipher_list(c, o->ciphers) == 1);
	ck_assert(!o->groups || SSL_CTX_set1_groups_list(c, o->groups) == 1);
	ck_assert(!o->sigalgs || SSL_CTX_set1_sigalgs_list(c, o->sigalgs) == 1);
	ck_assert(!o->alpn ||
		  SSL_CTX_set_alpn_protos(c, (const uint8_t *)o->alpn, (unsigned)strlen(o->alpn)) == 0);
	if (o->no_middlebox)
		SSL_CTX_clear_options(c, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
	if (o->padding)
		ck_assert_int_eq(SSL_CTX_set_block_padding(c, o->padding), 1);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c, on_session);
	return c;
}

void peer_open(struct peer *p, struct tls_context *ctx, const struct peer_options *o)
{
	static const struct peer_options none;
	int fd[2], size = 1 << 20;

	memset(p, 0, sizeof(*p));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	p->client_fd = fd[0];
	p->server_fd = fd[1];
	p->client_ctx = client_ctx(o ? o : &none);
	p->client = SSL_new(p->client_ctx);
	ck_assert_ptr_nonnull(p->client);
	SSL_set_app_data(p->client, p);
	ck_assert_int_eq(SSL_set_fd(p->client, p->client_fd), 1);
	if (o && o->session) { /* a copy: OpenSSL uses a session once */
		SSL_SESSION *copy = SSL_SESSION_dup(o->session);

		ck_assert_int_eq(SSL_set_session(p->client, copy), 1);
		SSL_SESSION_free(copy);
	}
	SSL_set_connect_state(p->client);
	ck_assert_int_eq(handshake_new(&p->handshake, ctx, p->server_fd), 0);
}

enum handshake_progress peer_run(struct peer *p)
{
	enum handshake_progress ours = HANDSHAKE_WANT_READ;

	/* each round carries a flight; no handshake has as many */
	for (int round = 0; round < 10; round++) {
		(void)SSL_do_handshake(p->client);
		if (ours == HANDSHAKE_WANT_READ || ours == HANDSHAKE_WANT_WRITE)
			ours = handshake_step(p->handshake);
	}
	return ours;
}

static void send_all(struct peer *p, const uint8_t *data, size_t len)
{
	ck_assert_int_eq(send(p->server_fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

void peer_take_keys(struct peer *p)
{
	uint8_t tickets[HANDSHAKE_TICKETS_MAX], record[HANDSHAKE_TICKETS_MAX + RECORD_OVERHEAD_MAX];
	ssize_t n;

	handshake_take_result(p->handshake, &p->result);
	p->tickets_len = handshake_put_tickets(p->handshake, tickets);
	handshake_free(p->handshake);
	p->handshake = NULL;
	ck_assert_int_eq(record_keys_new(&p->keys, &p->result.secrets), 0);
	if (p->tickets_len == 0)
		return;
	n = record_seal_handshake(p->keys, tickets, p->tickets_len, record);
	ck_assert_int_gt(n, 0);
	send_all(p, record, (size_t)n);
}

void peer_connect(struct peer *p, struct tls_context *ctx, const struct peer_options *o)
{
	enum handshake_progress ours;

	peer_open(p, ctx, o);
	ours = peer_run(p);
	ck_assert_msg(ours == HANDSHAKE_DONE, "%d: %s", (int)ours, handshake_detail(p->handshake));
	ck_assert(SSL_is_init_finished(p->client));
	peer_take_keys(p);
}

void peer_close(struct peer *p)
{
	handshake_free(p->handshake);
	record_keys_free(p->keys);
	secrets_wipe(&p->result.secrets);
	SSL_SESSION_free(p->session);
	SSL_free(p->client);
	SSL_CTX_free(p->client_ctx);
	if (p->client_fd >= 0)
		close(p->client_fd);
	if (p->server_fd >= 0)
		close(p->server_fd);
}

static void fill(struct peer *p)
{
	ssize_t n = recv(p->server_fd, p->in + p->in_len, sizeof(p->in) - p->in_len, 0);

	if (n > 0)
		p->in_len += (size_t)n;
}

int peer_receive(struct peer *p, struct record_opened *out)
{
	static _Thread_local uint8_t record[RECORD_MAX];
	int len, rc;

	fill(p);
	len = record_peek(p->in, p->in_len);
	ck_assert_msg(len > 0 && (size_t)len <= p->in_len, "no whole record: %d of %zu", len, p->in_len);
	memcpy(record, p->in, (size_t)len);
	p->in_len -= (size_t)len;
	memmove(p->in, p->in + len, p->in_len);
	rc = record_open(p->keys, record, (size_t)len, out);
	return rc;
}

void peer_send(struct peer *p, const void *data, size_t len)
{
	struct iovec slice = { (void *)(uintptr_t)data, len };
	size_t size = record_sealed_size(p->keys, len);
	uint8_t *out = malloc(size);
	ssize_t n;

	ck_assert_ptr_nonnull(out);
	n = record_seal(p->keys, &slice, 1, out, size);
	ck_assert_int_eq(n, (ssize_t)size);
	send_all(p, out, size);
	free(out);
}

void peer_send_owed(struct peer *p)
{
	uint8_t out[64];
	ssize_t n = record_seal(p->keys, NULL, 0, out, sizeof(out));

	ck_assert_int_ge(n, 0);
	send_all(p, out, (size_t)n);
}

void peer_client_expects(struct peer *p, const void *data, size_t len)
{
	uint8_t *got = malloc(len + 1);
	size_t have = 0;
	int n;

	ck_assert_ptr_nonnull(got);
	while (have < len && (n = SSL_read(p->client, got + have, (int)(len + 1 - have))) > 0)
		have += (size_t)n;
	ck_assert_uint_eq(have, len);
	ck_assert(len == 0 || memcmp(got, data, len) == 0);
	free(got);
}

void peer_client_sends(struct peer *p, const void *data, size_t len)
{
	const uint8_t *expected = data;

	ck_assert_int_eq(SSL_write(p->client, data, (int)len), (int)len);
	while (len > 0) {
		struct record_opened o;

		ck_assert_int_eq(peer_receive(p, &o), 0);
		ck_assert_uint_eq(o.type, TLS_RECORD_DATA);
		ck_assert_uint_le(o.len, len);
		ck_assert(memcmp(o.data, expected, o.len) == 0);
		expected += o.len;
		len -= o.len;
	}
	ck_assert_uint_eq(p->in_len, 0);
}
