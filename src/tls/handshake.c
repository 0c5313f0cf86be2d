/* SPDX-License-Identifier: MIT */
#include "tls/handshake.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tls/context.h"
#include "tls/fault.h"
#include "tls/provider_kdf.h"
#include "util/be.h"
#include "util/bytes.h"
#include "util/error.h"

/* What OpenSSL 3.0 takes for a handshake that waits for its client, as measured
 * with 2,000 of them: 42 KiB behind the hello, 45 within it. */
#define MEMORY_UNDER_WAY ((size_t)44 * 1024)
/* It makes room for a whole message, by what its header says, and keeps that to
 * the end; a hello up to HELLO_SMALL is in the figure above. Longer than
 * HELLO_MAX it refuses. */
#define HELLO_SMALL 16384
#define HELLO_MAX 131396
/* Headers of the first record and of the message in it. */
#define HEAD_SIZE 9

#define CONTENT_TYPE_HANDSHAKE 22 /* what a client speaking TLS begins with */

struct handshake {
	struct tls_context *ctx;
	SSL *ssl; /* from the first byte to the end of the handshake */
	int fd;
	int io_errno;
	uint8_t head[HEAD_SIZE]; /* the first bytes that came */
	uint8_t head_len;
	bool answered;           /* something was sent */
	bool second_hello;       /* begun, after HelloRetryRequest */
	bool eof;
	uint8_t failure;         /* enum handshake_failure */
	char detail[96];
	struct provider_kdf_watch watch; /* of TLS 1.3; server_seen: records sent from now on count in tx.seq */
	struct handshake_result result;
};

/* ---- the socket, as OpenSSL sees it ---- */

/* Unlike OpenSSL's own, it sends without SIGPIPE and keeps errno. */
static int socket_result(BIO *bio, ssize_t n)
{
	struct handshake *h = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (n >= 0)
		return (int)n;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		BIO_set_flags(bio, BIO_FLAGS_SHOULD_RETRY);
	else
		h->io_errno = errno;
	return -1;
}

static int socket_read(BIO *bio, char *to, int cap)
{
	struct handshake *h = BIO_get_data(bio);
	int n = socket_result(bio, recv(h->fd, to, (size_t)cap, 0));

	for (int i = 0; i < n && h->head_len < HEAD_SIZE; i++)
		h->head[h->head_len++] = (uint8_t)to[i];
	if (n == 0)
		h->eof = true;
	else if (n < 0 && BIO_should_retry(bio))
		BIO_set_retry_read(bio);
	return n;
}

static int socket_write(BIO *bio, const char *from, int len)
{
	struct handshake *h = BIO_get_data(bio);
	int n = socket_result(bio, send(h->fd, from, (size_t)len, MSG_NOSIGNAL));

	h->answered |= n > 0;
	if (n < 0 && BIO_should_retry(bio))
		BIO_set_retry_write(bio);
	return n;
}

static long socket_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH; /* nothing is held back; nothing else can be asked */
}

static pthread_once_t socket_once = PTHREAD_ONCE_INIT;
static BIO_METHOD *socket_methods;

static void socket_register(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket of a handshake");

	if (m && BIO_meth_set_read(m, socket_read) == 1 && BIO_meth_set_write(m, socket_write) == 1 &&
	    BIO_meth_set_ctrl(m, socket_ctrl) == 1)
		socket_methods = m;
	else
		BIO_meth_free(m);
}

static BIO *socket_new(struct handshake *h)
{
	BIO *bio;

	pthread_once(&socket_once, socket_register);
	bio = socket_methods ? BIO_new(socket_methods) : NULL;
	if (bio) {
		BIO_set_data(bio, h);
		BIO_set_init(bio, 1);
	}
	return bio;
}

/* ---- what OpenSSL tells ---- */

/* Everything sent after our Finished is sealed with the key that the record
 * layer goes on with: tickets, in TLS 1.3. */
static void on_message(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *unused)
{
	struct handshake *h = SSL_get_app_data(ssl);

	(void)version;
	(void)unused;
	if (!sent || !h->watch.server_seen)
		return;
	if (type == SSL3_RT_HEADER)
		h->result.secrets.tx.seq++;
	else if (type == SSL3_RT_HANDSHAKE && len > 0 && *(const uint8_t *)data == SSL3_MT_NEWSESSION_TICKET)
		h->result.tickets_sent++;
}

void handshake_watch(SSL_CTX *ssl_ctx)
{
	SSL_CTX_set_msg_callback(ssl_ctx, on_message);
}

/* ---- life ---- */

int handshake_new(struct handshake **h, struct tls_context *ctx, int fd)
{
	struct handshake *made = calloc(1, sizeof(*made));

	if (!made)
		return ERROR_NO_MEMORY;
	made->ctx = context_ref(ctx);
	made->fd = fd;
	made->watch.secrets = &made->result.secrets;
	*h = made;
	return 0;
}

void handshake_free(struct handshake *h)
{
	if (!h)
		return;
	SSL_free(h->ssl);
	context_unref(h->ctx);
	bytes_wipe(h, sizeof(*h));
	free(h);
}

static enum handshake_progress fail(struct handshake *h, enum handshake_failure failure, const char *detail)
{
	h->failure = (uint8_t)failure;
	snprintf(h->detail, sizeof(h->detail), "%s", detail);
	return HANDSHAKE_FAILED;
}

/* The socket failed. A client that resets the connection has left, no less than
 * one that closes it. */
static enum handshake_progress fail_io(struct handshake *h, int error)
{
	bool left = error == ECONNRESET || error == EPIPE;

	return fail(h, left ? HANDSHAKE_FAILURE_EOF : HANDSHAKE_FAILURE_IO, strerror(error));
}

/* ---- the first byte ---- */

/* A connection that says nothing, or does not speak TLS, costs no object of
 * OpenSSL's. The byte stays in the socket. */
static enum handshake_progress look(struct handshake *h, bool *here)
{
	uint8_t first;
	ssize_t n = recv(h->fd, &first, 1, MSG_PEEK);

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return HANDSHAKE_WANT_READ;
	if (n < 0)
		return fail_io(h, errno);
	if (n == 0)
		return fail(h, HANDSHAKE_FAILURE_EOF, "before the first byte");
	if (first != CONTENT_TYPE_HANDSHAKE)
		return fail(h, HANDSHAKE_FAILURE_NOT_TLS, "the first byte is not that of a handshake");
	*here = true;
	return HANDSHAKE_WANT_READ;
}

static bool begin(struct handshake *h)
{
	BIO *bio = socket_new(h);

	h->ssl = SSL_new(context_ssl(h->ctx));
	if (!h->ssl || !bio) {
		BIO_free(bio);
		SSL_free(h->ssl);
		h->ssl = NULL;
		return false;
	}
	SSL_set_bio(h->ssl, bio, bio);
	SSL_set_app_data(h->ssl, h);
	SSL_set_accept_state(h->ssl);
	return true;
}

/* ---- how it failed ---- */

static enum handshake_failure failure_of(unsigned long error)
{
	int reason = ERR_GET_REASON(error);

	if (error == 0 || ERR_FATAL_ERROR(error))
		return HANDSHAKE_FAILURE_INTERNAL;
	if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255)
		return HANDSHAKE_FAILURE_REFUSED; /* an alert of the client's */
	switch (reason) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_UNKNOWN_PROTOCOL:
	case SSL_R_INAPPROPRIATE_FALLBACK:
		return HANDSHAKE_FAILURE_VERSION;
	case SSL_R_NO_SHARED_CIPHER:
	case SSL_R_NO_SHARED_GROUPS:
	case SSL_R_NO_SUITABLE_GROUPS:
	case SSL_R_NO_SUITABLE_KEY_SHARE:
	case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
	case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
		return HANDSHAKE_FAILURE_NO_SHARED;
	case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
	case SSL_R_DIGEST_CHECK_FAILED:
		return HANDSHAKE_FAILURE_BAD_RECORD;
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
		return HANDSHAKE_FAILURE_NOT_TLS;
	default:
		return HANDSHAKE_FAILURE_MALFORMED;
	}
}

static enum handshake_progress failed(struct handshake *h)
{
	unsigned long error = ERR_peek_error(); /* the first is the cause */
	const char *reason = ERR_reason_error_string(error);

	if (h->io_errno)
		fail_io(h, h->io_errno);
	else if (h->eof)
		fail(h, HANDSHAKE_FAILURE_EOF, "in the middle of the handshake");
	else
		fail(h, failure_of(error), reason ? reason : "OpenSSL gives no reason");
	ERR_clear_error();
	return HANDSHAKE_FAILED;
}

/* ---- the end ---- */

static int take_1_2(struct handshake *h)
{
	struct tls_secrets *s = &h->result.secrets;
	uint8_t master[SECRETS_MASTER_SIZE], client[SECRETS_RANDOM_SIZE], server[SECRETS_RANDOM_SIZE];
	int rc = ERROR_CRYPTO;

	if (SSL_SESSION_get_master_key(SSL_get_session(h->ssl), master, sizeof(master)) == sizeof(master) &&
	    SSL_get_client_random(h->ssl, client, sizeof(client)) == sizeof(client) &&
	    SSL_get_server_random(h->ssl, server, sizeof(server)) == sizeof(server))
		rc = secrets_from_master(s, master, client, server);
	bytes_wipe(master, sizeof(master));
	s->rx.seq = s->tx.seq = 1; /* Finished was number 0 on either side */
	return rc;
}

static int take_1_3(struct handshake *h)
{
	struct tls_secrets *s = &h->result.secrets;
	int rc;

	if (!h->watch.client_seen || !h->watch.server_seen)
		return ERROR_CRYPTO;
	rc = secrets_derive(&s->rx, s->suite);
	return rc < 0 ? rc : secrets_derive(&s->tx, s->suite);
}

static int take_result(struct handshake *h)
{
	struct handshake_result *r = &h->result;
	const SSL_CIPHER *cipher = SSL_get_current_cipher(h->ssl);
	const unsigned char *alpn;
	unsigned int alpn_len;
	enum suite suite;

	if (!cipher || suite_find(&suite, SSL_CIPHER_get_protocol_id(cipher)) < 0 || SSL_has_pending(h->ssl))
		return ERROR_CRYPTO;
	r->secrets.suite = (uint8_t)suite;
	r->secrets.version = (uint16_t)SSL_version(h->ssl);
	SSL_get0_alpn_selected(h->ssl, &alpn, &alpn_len);
	r->alpn = alpn_len > 0;
	r->resumed = SSL_session_reused(h->ssl) == 1;
	return r->secrets.version == TLS_VERSION_1_3 ? take_1_3(h) : take_1_2(h);
}

static enum handshake_progress done(struct handshake *h)
{
	int rc = take_result(h);

	SSL_free(h->ssl);
	h->ssl = NULL;
	ERR_clear_error();
	return rc == 0 ? HANDSHAKE_DONE : fail(h, HANDSHAKE_FAILURE_INTERNAL, "no secrets");
}

enum handshake_progress handshake_step(struct handshake *h)
{
	bool here = false;
	int rc;

	hd_assert(h->failure == HANDSHAKE_FAILURE_NONE);
	if (!h->ssl) {
		enum handshake_progress p = look(h, &here);

		if (!here)
			return p;
		if (!begin(h))
			return fail(h, HANDSHAKE_FAILURE_INTERNAL, "out of memory");
	}
	ERR_clear_error();
	provider_kdf_look_on(&h->watch);
	rc = SSL_do_handshake(h->ssl);
	provider_kdf_look_on(NULL);
	h->second_hello |= h->answered && SSL_get_state(h->ssl) == TLS_ST_SR_CLNT_HELLO;
	if (rc == 1)
		return done(h);
	switch (SSL_get_error(h->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return HANDSHAKE_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return HANDSHAKE_WANT_WRITE;
	default:
		return failed(h);
	}
}

void handshake_take_result(struct handshake *h, struct handshake_result *result)
{
	hd_assert(h->result.secrets.version != 0 && !h->ssl);
	*result = h->result;
	secrets_wipe(&h->result.secrets);
}

/* ---- words ---- */

static const struct {
	const char *label;
	const char *text;
} failure_rows[HANDSHAKE_FAILURE_COUNT] = {
#define ROW(name, label, text) [name] = { label, text },
	HANDSHAKE_FAILURE_TABLE(ROW)
#undef ROW
};

/* What the hello says of its length; as long as can be if its header does not lie
 * in one record, or if it is the second, whose header was not looked at. */
static size_t hello_size(const struct handshake *h)
{
	if (h->second_hello)
		return HELLO_MAX;
	if (h->head_len < HEAD_SIZE)
		return 0;
	if (be_load16(h->head + 3) < HEAD_SIZE - 5)
		return HELLO_MAX;
	return (size_t)h->head[6] << 16 | be_load16(h->head + 7);
}

size_t handshake_memory(const struct handshake *h)
{
	size_t hello = hello_size(h);

	if (!h->ssl)
		return 0;
	return MEMORY_UNDER_WAY + (hello > HELLO_SMALL ? hello / 3 * 4 : 0);
}

enum handshake_failure handshake_failure(const struct handshake *h)
{
	return (enum handshake_failure)h->failure;
}

const char *handshake_detail(const struct handshake *h)
{
	return h->detail;
}

const char *handshake_failure_label(enum handshake_failure failure)
{
	hd_assert((size_t)failure < HANDSHAKE_FAILURE_COUNT);
	return failure_rows[failure].label;
}

const char *handshake_failure_text(enum handshake_failure failure)
{
	hd_assert((size_t)failure < HANDSHAKE_FAILURE_COUNT);
	return failure_rows[failure].text;
}
