/* SPDX-License-Identifier: MIT */
#include "tls/handshake_socket.h"

#include <errno.h>
#include <openssl/bio.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

/* Unlike OpenSSL's own, it sends without SIGPIPE and keeps errno. */
static int socket_result(BIO *bio, ssize_t n)
{
	struct handshake_socket *s = BIO_get_data(bio);

	if (n >= 0)
		return (int)n;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		BIO_set_flags(bio, BIO_FLAGS_SHOULD_RETRY);
	else
		s->error = errno;
	return -1;
}

static size_t take(void *to, size_t cap, const uint8_t *from, size_t len)
{
	size_t n = len < cap ? len : cap;

	memcpy(to, from, n);
	return n;
}

/* What was read when the client's first byte was looked at. */
static int take_first(struct handshake_socket *s, char *to, int cap)
{
	size_t n = take(to, (size_t)cap, s->first, s->first_len);

	s->first += n;
	s->first_len -= n;
	return (int)n;
}

/* OpenSSL asks for the last flight in pieces, header and body of each record. As
 * much of it as is surely still to come is read at once, so nothing behind it is. */
static ssize_t read_last(struct handshake_socket *s)
{
	ssize_t n = recv(s->fd, s->last, s->last_size, 0);

	if (n > 0) {
		s->last_len = (uint8_t)n;
		s->last_read = true;
	}
	return n;
}

static ssize_t read_some(struct handshake_socket *s, char *to, int cap)
{
	ssize_t n;

	if (s->first_len > 0)
		return take_first(s, to, cap);
	if (s->last_size > 0 && !s->last_read) {
		n = read_last(s);
		if (n <= 0)
			return n;
	}
	if (s->last_used == s->last_len)
		return recv(s->fd, to, (size_t)cap, 0);
	n = (ssize_t)take(to, (size_t)cap, s->last + s->last_used, (size_t)(s->last_len - s->last_used));
	s->last_used = (uint8_t)(s->last_used + n);
	return n;
}

static int socket_read(BIO *bio, char *to, int cap)
{
	struct handshake_socket *s = BIO_get_data(bio);
	int n;

	BIO_clear_retry_flags(bio);
	if (s->waits) {
		BIO_set_retry_read(bio);
		return -1;
	}
	n = socket_result(bio, read_some(s, to, cap));
	for (int i = 0; i < n && s->head_len < HANDSHAKE_SOCKET_HEAD; i++)
		s->head[s->head_len++] = (uint8_t)to[i];
	if (n == 0)
		s->eof = true;
	else if (n < 0 && BIO_should_retry(bio))
		BIO_set_retry_read(bio);
	return n;
}

static int socket_write(BIO *bio, const char *from, int len)
{
	struct handshake_socket *s = BIO_get_data(bio);
	int n;

	BIO_clear_retry_flags(bio);
	n = socket_result(bio, send(s->fd, from, (size_t)len, MSG_NOSIGNAL));
	if (n > 0)
		s->answered = s->waits = true;
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

BIO *handshake_socket_bio(struct handshake_socket *s)
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
