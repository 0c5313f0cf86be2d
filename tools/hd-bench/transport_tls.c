/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/transport_tls.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "util/error.h"

/* One receive takes several records, instead of two for each. */
#define READ_AHEAD (64 * 1024)

static SSL_CTX *context;
static const char *expected_host;

int transport_tls_start(const char *host, bool insecure)
{
	context = SSL_CTX_new(TLS_client_method());
	if (!context)
		return ERROR_NO_MEMORY;
	expected_host = host;
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_verify(context, insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
	    (!insecure && SSL_CTX_set_default_verify_paths(context) != 1)) {
		transport_tls_stop();
		return ERROR_CRYPTO;
	}
	return 0;
}

void transport_tls_stop(void)
{
	SSL_CTX_free(context);
	context = NULL;
}

/* What a call that did not succeed means. */
static int failure(SSL *ssl, int result)
{
	int why = SSL_get_error(ssl, result);

	ERR_clear_error();
	switch (why) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return ERROR_MORE;
	case SSL_ERROR_ZERO_RETURN:
		return ERROR_CLOSED;
	case SSL_ERROR_SYSCALL:
		return ERROR_IO;
	default:
		return ERROR_CRYPTO;
	}
}

static SSL *begin(int fd)
{
	SSL *ssl = SSL_new(context);

	if (!ssl)
		return NULL;
	if (SSL_set_fd(ssl, fd) != 1 || SSL_set_tlsext_host_name(ssl, expected_host) != 1 ||
	    SSL_set1_host(ssl, expected_host) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_connect_state(ssl);
	return ssl;
}

static int tls_secure(struct transport *t)
{
	int result;

	if (!t->state)
		t->state = begin(t->fd);
	if (!t->state)
		return ERROR_NO_MEMORY;
	result = SSL_do_handshake(t->state);
	return result == 1 ? 0 : failure(t->state, result);
}

/* Reads until the socket is empty or `data` is full: there is no event for what
 * OpenSSL has taken in but not handed out. */
static ssize_t tls_read(struct transport *t, void *data, size_t cap)
{
	size_t len = 0;

	while (len < cap) {
		size_t room = cap - len < INT_MAX ? cap - len : INT_MAX;
		int n = SSL_read(t->state, (uint8_t *)data + len, (int)room);

		if (n <= 0) {
			int err = failure(t->state, n);

			/* An end is told again by the next call. */
			return len ? (ssize_t)len : err;
		}
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static ssize_t tls_write(struct transport *t, const void *data, size_t len)
{
	int n = SSL_write(t->state, data, len < INT_MAX ? (int)len : INT_MAX);

	return n > 0 ? n : failure(t->state, n);
}

static void tls_release(struct transport *t)
{
	SSL_free(t->state);
	t->state = NULL;
}

const struct transport_ops transport_tls = { tls_secure, tls_read, tls_write, tls_release };
