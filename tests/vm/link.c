/* SPDX-License-Identifier: MIT */
#include "tests/vm/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/box.h"
#include "proto/frame.h"
#include "util/be.h"

#define WAIT_MS 60000 /* an emulated machine is slow */
#define CHUNK 65536

_Noreturn void link_die(const char *what)
{
	unsigned long error = ERR_peek_last_error();

	fprintf(stderr, "%s%s%s\n", what, error ? ": " : "", error ? ERR_reason_error_string(error) : "");
	exit(1);
}

/* ---- the wire ---- */

static int dial(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		link_die("cannot connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* The relay may have closed: then what is sent is lost, as it must be. */
void link_flush(struct link *l)
{
	char *data;
	long len = BIO_get_mem_data(l->out, &data);

	while (len > 0) {
		ssize_t n = send(l->fd, data, (size_t)len, MSG_NOSIGNAL);

		if (n < 0 && errno != EPIPE && errno != ECONNRESET)
			link_die("send");
		if (n < 0)
			break;
		data += n;
		len -= n;
	}
	(void)BIO_reset(l->out);
}

/* False at the end of the stream. */
static bool fill(struct link *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };
	uint8_t chunk[CHUNK];
	ssize_t n;

	if (poll(&p, 1, WAIT_MS) <= 0)
		link_die("nothing comes from the relay");
	n = recv(l->fd, chunk, sizeof(chunk), 0);
	if (n < 0 && errno != ECONNRESET)
		link_die("recv");
	if (n <= 0)
		return false;
	if (BIO_write(l->in, chunk, (int)n) != n)
		link_die("out of memory");
	return true;
}

/* ---- TLS ---- */

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct link *l = SSL_get_app_data(ssl);

	l->tickets++;
	SSL_SESSION_free(l->session);
	l->session = session;
	return 1; /* the reference is ours */
}

static void set_up(struct link *l, const struct link_options *o)
{
	l->ctx = SSL_CTX_new(TLS_client_method());
	if (!l->ctx || !SSL_CTX_set_min_proto_version(l->ctx, o->version) ||
	    !SSL_CTX_set_max_proto_version(l->ctx, o->version))
		link_die("SSL_CTX_new");
	if (o->version == TLS1_3_VERSION ? !SSL_CTX_set_ciphersuites(l->ctx, o->suite) :
					   !SSL_CTX_set_cipher_list(l->ctx, o->suite))
		link_die("cipher");
	SSL_CTX_set_session_cache_mode(l->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(l->ctx, keep_session);
	l->ssl = SSL_new(l->ctx);
	l->in = BIO_new(BIO_s_mem());
	l->out = BIO_new(BIO_s_mem());
	if (!l->ssl || !l->in || !l->out)
		link_die("out of memory");
	BIO_set_mem_eof_return(l->in, -1);
	SSL_set_bio(l->ssl, l->in, l->out);
	SSL_set_app_data(l->ssl, l);
	SSL_set_connect_state(l->ssl);
	if (o->session && !SSL_set_session(l->ssl, o->session))
		link_die("SSL_set_session");
}

/* The last flight stays unsent. */
static void shake_hands(struct link *l, const struct link_options *o)
{
	int rc;

	while ((rc = SSL_do_handshake(l->ssl)) != 1) {
		if (SSL_get_error(l->ssl, rc) != SSL_ERROR_WANT_READ)
			link_die("TLS handshake");
		link_flush(l);
		if (!fill(l))
			link_die("the relay ended the TLS handshake");
	}
	if (o->session && !SSL_session_reused(l->ssl))
		link_die("the session was not resumed");
}

void link_seal(struct link *l, const void *data, size_t len)
{
	if (len > 0 && SSL_write(l->ssl, data, (int)len) != (int)len)
		link_die("SSL_write");
}

/* More plain text; false when the relay has ended the connection. */
static bool read_more(struct link *l)
{
	uint8_t chunk[CHUNK];

	for (;;) {
		int n = SSL_read(l->ssl, chunk, sizeof(chunk));
		int error = SSL_get_error(l->ssl, n);

		if (n > 0) {
			if (bytes_append(&l->plain, chunk, (size_t)n) < 0)
				link_die("out of memory");
			return true;
		}
		link_flush(l); /* an answer of TLS itself */
		if (error != SSL_ERROR_WANT_READ || !fill(l))
			return false;
	}
}

static bool have(struct link *l, size_t n)
{
	while (l->plain.len - l->taken < n)
		if (!read_more(l))
			return false;
	return true;
}

/* ---- login ---- */

static void seal_bytes(struct link *l, struct bytes *b)
{
	link_seal(l, b->data, b->len);
	bytes_release(b);
}

static void seal_request(struct link *l)
{
	struct bytes b;

	bytes_init(&b, CHUNK);
	if (derp_client_write_request(l->derp, &b) < 0)
		link_die("request");
	seal_bytes(l, &b);
}

static void seal_client_info(struct link *l)
{
	struct bytes b;

	bytes_init(&b, CHUNK);
	if (derp_client_write_client_info(l->derp, &b) < 0)
		link_die("ClientInfo");
	seal_bytes(l, &b);
}

static void know_server(struct link *l, const struct key *server_key)
{
	struct derp_client_options o = {
		.address = "127.0.0.1",
		.private_key = l->private_key,
		.server_key = server_key,
		.fast_start = true,
	};

	derp_client_free(l->derp);
	if (derp_client_new(&l->derp, &o) < 0)
		link_die("derp_client_new");
}

/* Of the frames that tests wait for; others come when they come. */
static bool is_aside(uint8_t type)
{
	return type == FRAME_KEEP_ALIVE || type == FRAME_PEER_GONE;
}

/* The body stays until the next call; false at the end of the connection. */
static bool next_frame(struct link *l, struct frame_header *h, const uint8_t **body)
{
	do {
		bytes_consume(&l->plain, l->taken);
		l->taken = 0;
		if (!have(l, FRAME_HEADER_SIZE))
			return false;
		*h = frame_header_load(l->plain.data);
		if (!have(l, FRAME_HEADER_SIZE + h->body_len))
			return false;
		*body = l->plain.data + FRAME_HEADER_SIZE;
		l->taken = FRAME_HEADER_SIZE + h->body_len;
	} while (is_aside(h->type));
	return true;
}

static const uint8_t *expect_frame(struct link *l, uint8_t type, struct frame_header *h)
{
	const uint8_t *body;

	if (!next_frame(l, h, &body))
		link_die("the relay ended the connection");
	if (h->type != type)
		link_die(frame_type_name(h->type));
	return body;
}

/* Reading the relay's key first, if it is not known. */
static void log_in(struct link *l, const struct link_options *o)
{
	struct frame_header h;
	struct key server_key;
	const uint8_t *body;

	know_server(l, o->server_key);
	seal_request(l);
	if (o->server_key)
		seal_client_info(l);
	if (o->early_to)
		link_seal_packet(l, o->early_to, LINK_EARLY_SIZE, 1);
	link_flush(l);
	body = expect_frame(l, FRAME_SERVER_KEY, &h);
	if (!frame_read_server_key(&server_key, body, h.body_len))
		link_die("ServerKey");
	if (!o->server_key) {
		know_server(l, &server_key);
		seal_client_info(l);
		link_flush(l);
	}
	(void)expect_frame(l, FRAME_SERVER_INFO, &h);
}

void link_open(struct link *l, const struct link_options *o)
{
	*l = (struct link){ .fd = dial(o->port) };
	bytes_init(&l->plain, 8 * FRAME_SEND_BODY_MAX);
	box_new_private(l->private_key);
	set_up(l, o);
	shake_hands(l, o);
	if (!o->server_key)
		link_flush(l);
	log_in(l, o);
}

void link_close(struct link *l)
{
	SSL_free(l->ssl);
	SSL_CTX_free(l->ctx);
	SSL_SESSION_free(l->session);
	derp_client_free(l->derp);
	bytes_release(&l->plain);
	close(l->fd);
}

const struct key *link_key(const struct link *l)
{
	return derp_client_key(l->derp);
}

const struct key *link_server_key(const struct link *l)
{
	return derp_client_server_key(l->derp);
}

/* ---- frames ---- */

static uint8_t byte_at(size_t at, size_t len, uint8_t seed)
{
	return (uint8_t)(at * 31 + (at >> 8) * 7 + len + seed);
}

void link_seal_packet(struct link *l, const struct key *to, size_t len, uint8_t seed)
{
	size_t size = FRAME_HEADER_SIZE + KEY_SIZE + len;
	uint8_t *frame = malloc(size), *packet = frame + FRAME_HEADER_SIZE + KEY_SIZE;

	if (!frame)
		link_die("out of memory");
	frame_header_store(frame, FRAME_SEND_PACKET, (uint32_t)(KEY_SIZE + len));
	memcpy(frame + FRAME_HEADER_SIZE, to->bytes, KEY_SIZE);
	for (size_t i = 0; i < len; i++)
		packet[i] = byte_at(i, len, seed);
	link_seal(l, frame, size);
	free(frame);
}

void link_expect_packet(struct link *l, const struct key *from, size_t len, uint8_t seed)
{
	struct frame_header h;
	const uint8_t *body = expect_frame(l, FRAME_RECV_PACKET, &h);

	if (h.body_len != KEY_SIZE + len)
		link_die("a packet of another length");
	if (memcmp(body, from->bytes, KEY_SIZE) != 0)
		link_die("a packet from another one");
	for (size_t i = 0; i < len; i++)
		if (body[KEY_SIZE + i] != byte_at(i, len, seed))
			link_die("a packet with other contents");
}

void link_seal_ping(struct link *l, uint8_t value)
{
	uint8_t frame[FRAME_HEADER_SIZE + FRAME_PING_SIZE];

	frame_header_store(frame, FRAME_PING, FRAME_PING_SIZE);
	memset(frame + FRAME_HEADER_SIZE, value, FRAME_PING_SIZE);
	link_seal(l, frame, sizeof(frame));
}

bool link_pong(struct link *l, uint8_t value)
{
	struct frame_header h;
	const uint8_t *body;

	if (!next_frame(l, &h, &body))
		return false;
	if (h.type != FRAME_PONG || h.body_len != FRAME_PING_SIZE || body[0] != value)
		link_die("not the pong");
	return true;
}

bool link_end(struct link *l, int *alert)
{
	unsigned long error;

	ERR_clear_error();
	while (read_more(l))
		;
	error = ERR_peek_error();
	*alert = 0;
	if (error && ERR_GET_REASON(error) > SSL_AD_REASON_OFFSET)
		*alert = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;
	return SSL_get_shutdown(l->ssl) & SSL_RECEIVED_SHUTDOWN && *alert == 0;
}
