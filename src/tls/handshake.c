/* SPDX-License-Identifier: MIT */
#include "tls/handshake.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tls/context.h"
#include "tls/fault.h"
#include "tls/handshake_socket.h"
#include "tls/provider_kdf.h"
#include "tls/ticket_message.h"
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
#define CONTENT_TYPE_HANDSHAKE 22 /* what a client speaking TLS begins with */
#define FIRST_READ 2048           /* a hello, with a ticket or with a key of ML-KEM */

/* The least that is left to come when our Finished of TLS 1.3 is out: a record's
 * header, the header of the message, a hash, the record's type, its tag. */
#define FINISHED_SIZE(hash) (uint8_t)(5 + 4 + (hash) + 1 + SUITE_TAG_SIZE)

_Static_assert(FINISHED_SIZE(SUITE_HASH_MAX) == HANDSHAKE_SOCKET_LAST, "each suite's fits");
_Static_assert(CONTEXT_TICKETS_MAX * TICKET_MESSAGE_MAX <= HANDSHAKE_TICKETS_MAX, "all tickets fit");

struct handshake {
	struct tls_context *ctx;
	SSL *ssl; /* from the first byte to the end of the handshake */
	struct handshake_socket socket;
	bool wants_ticket;
	bool second_hello;       /* begun, after HelloRetryRequest */
	uint8_t failure;         /* enum handshake_failure */
	char detail[96];
	struct provider_kdf_watch watch; /* of TLS 1.3; server_seen: our Finished is on its way */
	uint8_t resumption[SUITE_HASH_MAX];
	struct handshake_result result;
};

/* ---- what OpenSSL tells ---- */

void handshake_wants_ticket(SSL *ssl)
{
	struct handshake *h = SSL_get_app_data(ssl);

	h->wants_ticket = true;
}

/* ---- life ---- */

int handshake_new(struct handshake **h, struct tls_context *ctx, int fd)
{
	struct handshake *made = calloc(1, sizeof(*made));

	if (!made)
		return ERROR_NO_MEMORY;
	made->ctx = context_ref(ctx);
	made->socket.fd = fd;
	made->watch.secrets = &made->result.secrets;
	made->watch.resumption = made->resumption;
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

/* ---- the first bytes ---- */

/* A connection that says nothing, or does not speak TLS, costs no object of
 * OpenSSL's. The client can say no more than its hello before it has our answer,
 * so whatever has come is the handshake's. */
static enum handshake_progress look(struct handshake *h, uint8_t *first, size_t *len)
{
	ssize_t n = recv(h->socket.fd, first, FIRST_READ, 0);

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return HANDSHAKE_WANT_READ;
	if (n < 0)
		return fail_io(h, errno);
	if (n == 0)
		return fail(h, HANDSHAKE_FAILURE_EOF, "before the first byte");
	if (first[0] != CONTENT_TYPE_HANDSHAKE)
		return fail(h, HANDSHAKE_FAILURE_NOT_TLS, "the first byte is not that of a handshake");
	*len = (size_t)n;
	return HANDSHAKE_WANT_READ;
}

static bool begin(struct handshake *h)
{
	BIO *bio = handshake_socket_bio(&h->socket);

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

	if (h->socket.error)
		fail_io(h, h->socket.error);
	else if (h->socket.eof)
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

/* OpenSSL reads ahead as long as there can be nothing behind what it reads. */
static enum handshake_progress go_on(struct handshake *h)
{
	int rc;

	ERR_clear_error();
	h->socket.waits = false;
	if (h->watch.server_seen)
		h->socket.last_size = FINISHED_SIZE(suite_hash_size(h->watch.suite));
	provider_kdf_look_on(&h->watch);
	rc = SSL_do_handshake(h->ssl);
	provider_kdf_look_on(NULL);
	h->second_hello |= h->socket.answered && SSL_get_state(h->ssl) == TLS_ST_SR_CLNT_HELLO;
	if (rc == 1)
		return done(h);
	if (h->socket.answered)
		SSL_set_read_ahead(h->ssl, 0);
	switch (SSL_get_error(h->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return HANDSHAKE_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return HANDSHAKE_WANT_WRITE;
	default:
		return failed(h);
	}
}

enum handshake_progress handshake_step(struct handshake *h)
{
	uint8_t first[FIRST_READ];
	size_t len = 0;
	enum handshake_progress p;

	hd_assert(h->failure == HANDSHAKE_FAILURE_NONE);
	if (h->ssl)
		return go_on(h);
	p = look(h, first, &len);
	if (len == 0)
		return p;
	if (!begin(h))
		return fail(h, HANDSHAKE_FAILURE_INTERNAL, "out of memory");
	h->socket.first = first;
	h->socket.first_len = len;
	p = go_on(h);
	h->socket.first = NULL;
	if (h->socket.first_len > 0 && p != HANDSHAKE_FAILED) /* OpenSSL's buffer holds more, and it reads ahead */
		return fail(h, HANDSHAKE_FAILURE_INTERNAL, "the hello was not read");
	return p;
}

void handshake_take_result(struct handshake *h, struct handshake_result *result)
{
	hd_assert(h->result.secrets.version != 0 && !h->ssl);
	*result = h->result;
	secrets_wipe(&h->result.secrets);
}

size_t handshake_put_tickets(struct handshake *h, uint8_t out[HANDSHAKE_TICKETS_MAX])
{
	uint32_t count = h->wants_ticket && h->watch.resumption_seen ? context_ticket_count(h->ctx) : 0;
	size_t len = 0;

	for (uint32_t i = 0; i < count; i++) {
		int n = ticket_message_put(out + len, context_ticket_keys(h->ctx), h->watch.suite, h->resumption,
					   (uint8_t)i);

		if (n < 0)
			break;
		len += (size_t)n;
	}
	return len;
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
	const uint8_t *head = h->socket.head;

	if (h->second_hello)
		return HELLO_MAX;
	if (h->socket.head_len < HANDSHAKE_SOCKET_HEAD)
		return 0;
	if (be_load16(head + 3) < HANDSHAKE_SOCKET_HEAD - 5)
		return HELLO_MAX;
	return (size_t)head[6] << 16 | be_load16(head + 7);
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
