/* SPDX-License-Identifier: MIT */
#include "tools/lib/tls_stream.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/frame.h"
#include "tools/lib/tls_client.h"
#include "util/bytes.h"
#include "util/error.h"

#define RECORD_PLAIN_MAX 16384
#define META_CERT_NAME "derpkey" /* and the key in hex: CommonName of the meta certificate */

struct tls_stream {
	SSL *ssl;
	int fd;
	int io_errno;
	size_t record_max;
	struct tls_stream_secrets secrets;
	uint64_t begun; /* records whose header was read */
	bool open; /* the handshake is over: records are counted */
	bool rekeyed;
	short wants;
	char why[120];
};

/* ---- the socket, as OpenSSL sees it: no SIGPIPE, errno is kept ---- */

static int socket_result(BIO *bio, ssize_t n)
{
	struct tls_stream *s = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_flags(bio, BIO_FLAGS_SHOULD_RETRY);
	else if (n < 0)
		s->io_errno = errno;
	return (int)n;
}

static int socket_read(BIO *bio, char *to, int cap)
{
	const struct tls_stream *s = BIO_get_data(bio);
	int n = socket_result(bio, recv(s->fd, to, (size_t)cap, 0));

	if (n < 0 && BIO_should_retry(bio))
		BIO_set_retry_read(bio);
	return n;
}

static int socket_write(BIO *bio, const char *from, int len)
{
	const struct tls_stream *s = BIO_get_data(bio);
	int n = socket_result(bio, send(s->fd, from, (size_t)len, MSG_NOSIGNAL));

	if (n < 0 && BIO_should_retry(bio))
		BIO_set_retry_write(bio);
	return n;
}

static long socket_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio, (void)number, (void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static pthread_once_t socket_once = PTHREAD_ONCE_INIT;
static BIO_METHOD *socket_methods;

static void socket_register(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket of a client");

	if (m && BIO_meth_set_read(m, socket_read) == 1 && BIO_meth_set_write(m, socket_write) == 1 &&
	    BIO_meth_set_ctrl(m, socket_ctrl) == 1)
		socket_methods = m;
	else
		BIO_meth_free(m);
}

static BIO *socket_new(struct tls_stream *s)
{
	BIO *bio;

	pthread_once(&socket_once, socket_register);
	bio = socket_methods ? BIO_new(socket_methods) : NULL;
	if (bio) {
		BIO_set_data(bio, s);
		BIO_set_init(bio, 1);
	}
	return bio;
}

/* ---- secrets, for those who part with them ---- */

/* "LABEL CLIENT_RANDOM SECRET", the latter two in hex. */
static bool read_secret(uint8_t secret[TLS_STREAM_SECRET_MAX], uint8_t *size, const char *line, const char *label)
{
	size_t len = strlen(label);
	const char *hex;

	if (strncmp(line, label, len) != 0 || line[len] != ' ')
		return false;
	hex = strrchr(line, ' ') + 1;
	len = strlen(hex) / 2;
	if (len > TLS_STREAM_SECRET_MAX || !bytes_from_hex(secret, len, hex))
		return false;
	*size = (uint8_t)len;
	return true;
}

void tls_stream_on_secret(const SSL *ssl, const char *line)
{
	struct tls_stream *s = SSL_get_app_data(ssl);

	if (s && !read_secret(s->secrets.ours, &s->secrets.size, line, "CLIENT_TRAFFIC_SECRET_0"))
		(void)!read_secret(s->secrets.theirs, &s->secrets.size, line, "SERVER_TRAFFIC_SECRET_0");
}

/* OpenSSL tells of each header of a record, and of each record that it opened. */
static void on_message(int writes, int version, int type, const void *data, size_t len, SSL *ssl, void *stream)
{
	struct tls_stream *s = stream;

	(void)version, (void)ssl;
	if (!s->open)
		return;
	if (type == SSL3_RT_HEADER)
		*(writes ? &s->secrets.written : &s->begun) += 1;
	else if (type == SSL3_RT_INNER_CONTENT_TYPE && !writes)
		s->secrets.read++;
	else if (type == SSL3_RT_HANDSHAKE && len > 0 && *(const uint8_t *)data == SSL3_MT_KEY_UPDATE)
		s->rekeyed = true;
}

int tls_stream_part(struct tls_stream *s, struct tls_stream_secrets *secrets)
{
	if (!s->open || s->rekeyed || SSL_version(s->ssl) != TLS1_3_VERSION || s->secrets.size == 0)
		return ERROR_UNSUPPORTED;
	if (s->begun != s->secrets.read || SSL_has_pending(s->ssl))
		return ERROR_MORE;
	*secrets = s->secrets;
	secrets->suite = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(s->ssl));
	return 0;
}

/* ---- life ---- */

int tls_stream_new(struct tls_stream **out, struct tls_client *client, int fd, const char *name)
{
	struct tls_stream *s = calloc(1, sizeof(*s));
	BIO *bio;

	if (!s)
		return ERROR_NO_MEMORY;
	s->fd = fd;
	s->record_max = RECORD_PLAIN_MAX;
	s->wants = POLLIN;
	bio = socket_new(s);
	s->ssl = bio ? tls_client_object(client, name) : NULL;
	if (!s->ssl) {
		BIO_free(bio);
		free(s);
		return ERROR_NO_MEMORY;
	}
	SSL_set_bio(s->ssl, bio, bio);
	if (tls_client_parts(client)) {
		SSL_set_app_data(s->ssl, s);
		SSL_set_msg_callback(s->ssl, on_message);
		SSL_set_msg_callback_arg(s->ssl, s);
	}
	*out = s;
	return 0;
}

void tls_stream_free(struct tls_stream *s)
{
	if (!s)
		return;
	/* OpenSSL never resumes the session of a connection that ended otherwise. */
	SSL_set_shutdown(s->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(s->ssl);
	bytes_wipe(&s->secrets, sizeof(s->secrets));
	free(s);
}

/* ---- results ---- */

static int refused(struct tls_stream *s)
{
	long verdict = SSL_get_verify_result(s->ssl);
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	if (verdict != X509_V_OK)
		reason = X509_verify_cert_error_string(verdict);
	snprintf(s->why, sizeof(s->why), "%s", reason ? reason : "OpenSSL gives no reason");
	return ERROR_CRYPTO;
}

static int error_of(struct tls_stream *s, int rc)
{
	switch (SSL_get_error(s->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		s->wants = POLLIN;
		return ERROR_MORE;
	case SSL_ERROR_WANT_WRITE:
		s->wants = POLLOUT;
		return ERROR_MORE;
	case SSL_ERROR_ZERO_RETURN:
		return ERROR_CLOSED;
	case SSL_ERROR_SYSCALL:
		errno = s->io_errno;
		return ERROR_IO;
	default:
		break;
	}
	if (ERR_GET_REASON(ERR_peek_error()) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return refused(s);
	errno = 0;
	return ERROR_IO;
}

/* Of a call of OpenSSL's: positive is well. What it left in the thread's queue
 * of errors must not be taken for the next call's. */
static int result_of(struct tls_stream *s, int rc)
{
	if (rc > 0)
		return rc;
	rc = error_of(s, rc);
	ERR_clear_error();
	return rc;
}

/* ---- the connection ---- */

int tls_stream_handshake(struct tls_stream *s)
{
	int rc = result_of(s, SSL_do_handshake(s->ssl));

	s->open = rc > 0;
	return rc > 0 ? 0 : rc;
}

ssize_t tls_stream_read(struct tls_stream *s, void *data, size_t cap)
{
	return result_of(s, SSL_read(s->ssl, data, cap < RECORD_PLAIN_MAX ? (int)cap : RECORD_PLAIN_MAX));
}

void tls_stream_set_record_max(struct tls_stream *s, size_t bytes)
{
	hd_assert(bytes >= 1 && bytes <= RECORD_PLAIN_MAX);
	s->record_max = bytes;
}

ssize_t tls_stream_write(struct tls_stream *s, const void *data, size_t len)
{
	if (len == 0)
		return 0;
	return result_of(s, SSL_write(s->ssl, data, (int)(len < s->record_max ? len : s->record_max)));
}

int tls_stream_close(struct tls_stream *s)
{
	int rc = SSL_shutdown(s->ssl);

	return rc >= 0 ? 0 : result_of(s, rc);
}

int tls_stream_update_key(struct tls_stream *s, bool ask)
{
	int rc = SSL_key_update(s->ssl, ask ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);

	if (rc == 1)
		return 0;
	rc = refused(s);
	ERR_clear_error();
	return rc;
}

short tls_stream_wants(const struct tls_stream *s)
{
	return s->wants;
}

const char *tls_stream_why(const struct tls_stream *s)
{
	return s->why;
}

/* ---- what came out of the handshake ---- */

uint16_t tls_stream_version(const struct tls_stream *s)
{
	return (uint16_t)SSL_version(s->ssl);
}

const char *tls_stream_suite(const struct tls_stream *s)
{
	return SSL_get_cipher_name(s->ssl);
}

bool tls_stream_resumed(const struct tls_stream *s)
{
	return SSL_session_reused(s->ssl) == 1;
}

bool tls_stream_relay_key(const struct tls_stream *s, struct key *key)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(s->ssl);
	char name[sizeof(META_CERT_NAME) + (size_t)2 * KEY_SIZE];
	X509 *last;

	if (!chain || sk_X509_num(chain) < 2)
		return false;
	last = sk_X509_value(chain, sk_X509_num(chain) - 1);
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(last), NID_commonName, name, sizeof(name)) !=
	    (int)sizeof(name) - 1)
		return false;
	return memcmp(name, META_CERT_NAME, strlen(META_CERT_NAME)) == 0 &&
	       ASN1_INTEGER_get(X509_get0_serialNumber(last)) == FRAME_PROTOCOL_VERSION &&
	       bytes_from_hex(key->bytes, KEY_SIZE, name + strlen(META_CERT_NAME));
}

SSL *tls_stream_object(struct tls_stream *s)
{
	return s->ssl;
}
