/* SPDX-License-Identifier: MIT */
#include "tests/e2e/rogue.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/frame.h"
#include "tests/e2e/client_fixture.h"
#include "tests/e2e/tls_fixture.h"
#include "tools/lib/tls_client.h"
#include "tools/lib/tls_stream.h"
#include "util/be.h"
#include "util/error.h"

#define HANDSHAKE_KEY_UPDATE 24
#define HANDSHAKE_TICKET 4
#define EXPLICIT_SIZE 8
#define OUT_ENOUGH (64 * 1024)
#define OUT_MAX (256 * 1024)
#define PLAIN_MAX (1024 * 1024)

struct rogue {
	struct derp_client *c;
	int fd;
	struct tls_secrets secrets;    /* as the client has them: tx is what it seals with */
	struct tls_record_keys *keys;  /* opens what the relay sends */
	struct bytes out;
	struct bytes in;
	struct bytes plain;
	bool ended;                    /* by the relay */
	uint8_t alert;
	unsigned key_updates;
};

/* --- the handshake -------------------------------------------------------- */

static void take_1_3(struct rogue *r, struct tls_stream *tls)
{
	struct tls_stream_secrets s;
	enum suite suite;

	ck_assert_int_eq(tls_stream_part(tls, &s), 0);
	ck_assert_int_eq(suite_find(&suite, s.suite), 0);
	r->secrets.suite = (uint8_t)suite;
	memcpy(r->secrets.tx.secret, s.ours, s.size);
	memcpy(r->secrets.rx.secret, s.theirs, s.size);
	r->secrets.tx.seq = s.written;
	r->secrets.rx.seq = s.read;
	ck_assert_int_eq(secrets_derive(&r->secrets.tx, suite), 0);
	ck_assert_int_eq(secrets_derive(&r->secrets.rx, suite), 0);
}

static void take_1_2(struct rogue *r, const SSL *ssl)
{
	uint8_t master[SECRETS_MASTER_SIZE], client[SECRETS_RANDOM_SIZE], server[SECRETS_RANDOM_SIZE];
	struct tls_secrets_half theirs;
	enum suite suite;

	ck_assert_int_eq(suite_find(&suite, SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl))), 0);
	r->secrets.suite = (uint8_t)suite;
	ck_assert_uint_eq(SSL_SESSION_get_master_key(SSL_get_session(ssl), master, sizeof(master)),
			  sizeof(master));
	ck_assert_uint_eq(SSL_get_client_random(ssl, client, sizeof(client)), sizeof(client));
	ck_assert_uint_eq(SSL_get_server_random(ssl, server, sizeof(server)), sizeof(server));
	ck_assert_int_eq(secrets_from_master(&r->secrets, master, client, server), 0); /* the server's view */
	theirs = r->secrets.tx;
	r->secrets.tx = r->secrets.rx;
	r->secrets.rx = theirs;
	r->secrets.tx.seq = r->secrets.rx.seq = 1; /* Finished was number 0 */
}

static struct tls_client *client_of(enum tls_version version)
{
	static struct tls_client *clients[2];
	struct tls_client_options o = { .version_min = (uint16_t)version, .version_max = (uint16_t)version,
					.parts = version == TLS_VERSION_1_3 };
	struct tls_client **c = &clients[version == TLS_VERSION_1_3];

	if (!*c)
		*c = tls_fixture_client(&o);
	return *c;
}

struct rogue *rogue_shake_hands(struct daemon *d, enum tls_version version)
{
	struct derp_client_options o = client_options(d);
	struct key relay = daemon_public_key(d);
	struct rogue *r = calloc(1, sizeof(*r));
	struct tls_stream *tls;

	ck_assert_ptr_nonnull(r);
	o.tls = client_of(version);
	o.server_key = &relay;
	o.fast_start = true;
	ck_assert_int_eq(derp_client_new(&r->c, &o), 0);
	ck_assert_int_eq(derp_client_connect(r->c), 0);
	r->fd = derp_client_stream(r->c)->fd;
	r->secrets.version = (uint16_t)version;
	r->alert = ROGUE_NO_ALERT;
	bytes_init(&r->out, OUT_MAX);
	bytes_init(&r->in, 2 * RECORD_MAX);
	bytes_init(&r->plain, PLAIN_MAX);
	tls = derp_client_stream(r->c)->tls;
	if (version == TLS_VERSION_1_3)
		take_1_3(r, tls);
	else
		take_1_2(r, tls_stream_object(tls));
	ck_assert_int_eq(record_keys_new(&r->keys, &r->secrets), 0);
	return r;
}

void rogue_free(struct rogue *r)
{
	derp_client_free(r->c);
	record_keys_free(r->keys);
	bytes_release(&r->out);
	bytes_release(&r->in);
	bytes_release(&r->plain);
	secrets_wipe(&r->secrets);
	free(r);
}

/* --- sending -------------------------------------------------------------- */

static void await(const struct rogue *r, short events)
{
	struct pollfd p = { .fd = r->fd, .events = events };

	ck_assert_msg(poll(&p, 1, DAEMON_FIXTURE_WAIT_MS) == 1, "the relay does nothing");
}

/* The relay may have closed already: that is found out by reading. */
void rogue_flush(struct rogue *r)
{
	while (r->out.len > 0) {
		ssize_t n = send(r->fd, r->out.data, r->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			bytes_consume(&r->out, (size_t)n);
		} else if (errno == EAGAIN) {
			await(r, POLLOUT);
		} else {
			ck_assert_msg(errno == EPIPE || errno == ECONNRESET, "send: %s", strerror(errno));
			break;
		}
	}
	bytes_release(&r->out);
}

void rogue_half_close(struct rogue *r)
{
	rogue_flush(r);
	ck_assert(shutdown(r->fd, SHUT_WR) == 0 || errno == ENOTCONN);
}

void rogue_put_raw(struct rogue *r, const void *data, size_t len)
{
	ck_assert_int_eq(bytes_append(&r->out, data, len), 0);
	if (r->out.len >= OUT_ENOUGH)
		rogue_flush(r);
}

/* Seals `len` bytes; the header of `head` bytes is on the wire as it is. */
static void put_sealed(struct rogue *r, const uint8_t *head, size_t head_size, const uint8_t *aad, int aad_size,
		       const uint8_t nonce[SUITE_IV_SIZE], const uint8_t *data, size_t len)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t *sealed = malloc(len + SUITE_TAG_SIZE);
	int n;

	ck_assert(c && sealed);
	ck_assert(EVP_EncryptInit_ex(c, suite_cipher(r->secrets.suite), NULL, r->secrets.tx.key, nonce) == 1 &&
		  EVP_EncryptUpdate(c, NULL, &n, aad, aad_size) == 1 &&
		  EVP_EncryptUpdate(c, sealed, &n, data, (int)len) == 1 &&
		  EVP_EncryptFinal_ex(c, sealed + len, &n) == 1 &&
		  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, SUITE_TAG_SIZE, sealed + len) == 1);
	EVP_CIPHER_CTX_free(c);
	r->secrets.tx.seq++;
	ck_assert_int_eq(bytes_append(&r->out, head, head_size), 0);
	rogue_put_raw(r, sealed, len + SUITE_TAG_SIZE);
	free(sealed);
}

static void put_header(uint8_t head[RECORD_HEADER_SIZE], uint8_t type, size_t body)
{
	head[0] = type;
	be_store16(head + 1, TLS_VERSION_1_2);
	be_store16(head + 3, (uint16_t)body);
}

static void silent_nonce(uint8_t nonce[SUITE_IV_SIZE], const struct tls_secrets_half *half)
{
	memcpy(nonce, half->iv, SUITE_IV_SIZE);
	be_store64(nonce + 4, be_load64(nonce + 4) ^ half->seq);
}

/* What is inside: data, type, zeroes. */
static void put_inner(struct rogue *r, const uint8_t *inner, size_t len)
{
	uint8_t head[RECORD_HEADER_SIZE], nonce[SUITE_IV_SIZE];

	put_header(head, TLS_RECORD_DATA, len + SUITE_TAG_SIZE);
	silent_nonce(nonce, &r->secrets.tx);
	put_sealed(r, head, sizeof(head), head, sizeof(head), nonce, inner, len);
}

static void put_1_3(struct rogue *r, uint8_t type, const void *data, size_t len, size_t padding)
{
	uint8_t *inner = calloc(1, len + 1 + padding);

	ck_assert_ptr_nonnull(inner);
	if (len > 0)
		memcpy(inner, data, len);
	inner[len] = type;
	put_inner(r, inner, len + 1 + padding);
	free(inner);
}

static void put_1_2(struct rogue *r, uint8_t type, const void *data, size_t len)
{
	const struct tls_secrets_half *tx = &r->secrets.tx;
	uint8_t head[RECORD_HEADER_SIZE + EXPLICIT_SIZE], aad[8 + RECORD_HEADER_SIZE], nonce[SUITE_IV_SIZE];
	size_t explicit_size = secrets_nonce_is_explicit(&r->secrets) ? EXPLICIT_SIZE : 0;

	put_header(head, type, explicit_size + len + SUITE_TAG_SIZE);
	be_store64(head + RECORD_HEADER_SIZE, tx->seq);
	be_store64(aad, tx->seq);
	put_header(aad + 8, type, len);
	silent_nonce(nonce, tx);
	if (explicit_size > 0) {
		memcpy(nonce, tx->iv, SUITE_IV_SIZE - EXPLICIT_SIZE);
		be_store64(nonce + SUITE_IV_SIZE - EXPLICIT_SIZE, tx->seq);
	}
	put_sealed(r, head, RECORD_HEADER_SIZE + explicit_size, aad, sizeof(aad), nonce, data, len);
}

void rogue_put(struct rogue *r, uint8_t type, const void *data, size_t len, size_t padding)
{
	if (r->secrets.version == TLS_VERSION_1_3)
		put_1_3(r, type, data, len, padding);
	else
		put_1_2(r, type, data, len);
}

void rogue_put_alert(struct rogue *r, uint8_t level, uint8_t alert)
{
	rogue_put(r, TLS_RECORD_ALERT, (const uint8_t[]){ level, alert }, CONTROL_ALERT_SIZE, 0);
}

void rogue_put_key_update(struct rogue *r, bool ask)
{
	const uint8_t message[CONTROL_KEY_UPDATE_SIZE] = { HANDSHAKE_KEY_UPDATE, 0, 0, 1, ask };

	rogue_put(r, TLS_RECORD_HANDSHAKE, message, sizeof(message), 0);
	ck_assert_int_eq(secrets_next(&r->secrets.tx, r->secrets.suite), 0);
}

void rogue_put_zeroes(struct rogue *r, size_t len)
{
	uint8_t *zeroes = calloc(1, len);

	ck_assert_ptr_nonnull(zeroes);
	put_inner(r, zeroes, len);
	free(zeroes);
}

void rogue_put_damaged(struct rogue *r)
{
	uint64_t seq = r->secrets.tx.seq;

	r->secrets.tx.key[0] ^= 1;
	rogue_put(r, TLS_RECORD_DATA, &seq, sizeof(seq), 0);
	r->secrets.tx.key[0] ^= 1;
}

void rogue_put_frame(struct rogue *r, uint8_t type, const void *body, size_t len, size_t record, size_t padding)
{
	uint8_t *frame = malloc(FRAME_HEADER_SIZE + len);
	size_t size = FRAME_HEADER_SIZE + len;

	ck_assert_ptr_nonnull(frame);
	frame_header_store(frame, type, (uint32_t)len);
	if (len > 0)
		memcpy(frame + FRAME_HEADER_SIZE, body, len);
	for (size_t at = 0; at < size; at += record)
		rogue_put(r, TLS_RECORD_DATA, frame + at, size - at < record ? size - at : record, padding);
	free(frame);
}

/* --- receiving ------------------------------------------------------------ */

static void take_control(struct rogue *r, const struct record_opened *o)
{
	int event;

	if (o->type == TLS_RECORD_HANDSHAKE && o->len > 0 && o->data[0] == HANDSHAKE_TICKET)
		return;
	event = record_control(r->keys, o);
	ck_assert_msg(event >= 0, "the relay says what it may not: %s", error_text(event));
	if (event == CONTROL_KEY_UPDATE || event == CONTROL_KEY_UPDATE_ASKED)
		r->key_updates++;
	else if (event == CONTROL_CLOSE_NOTIFY || event == CONTROL_ALERT)
		r->alert = event == CONTROL_ALERT ? record_last_alert(r->keys) : TLS_ALERT_CLOSE_NOTIFY;
}

static void open_records(struct rogue *r)
{
	struct record_opened o;
	int size;

	while ((size = record_peek(r->in.data, r->in.len)) >= 0 && (size_t)size <= r->in.len) {
		ck_assert_int_eq(record_open(r->keys, r->in.data, (size_t)size, &o), 0);
		if (o.type != TLS_RECORD_DATA)
			take_control(r, &o);
		else
			ck_assert_int_eq(bytes_append(&r->plain, o.data, o.len), 0);
		bytes_consume(&r->in, (size_t)size);
	}
	ck_assert(size >= 0 || size == ERROR_MORE);
}

static void receive(struct rogue *r)
{
	ssize_t n;

	ck_assert_int_eq(bytes_reserve(&r->in, RECORD_MAX), 0);
	await(r, POLLIN);
	n = recv(r->fd, r->in.data + r->in.len, RECORD_MAX, MSG_DONTWAIT);
	ck_assert_msg(n >= 0 || errno == ECONNRESET, "recv: %s", strerror(errno));
	if (n > 0)
		r->in.len += (size_t)n;
	else
		r->ended = true;
	open_records(r);
}

/* Skips frames up to the first of this type. */
static void await_frame(struct rogue *r, uint8_t type)
{
	for (;;) {
		struct frame_header h = { 0 };

		if (r->plain.len >= FRAME_HEADER_SIZE)
			h = frame_header_load(r->plain.data);
		if (r->plain.len < FRAME_HEADER_SIZE || r->plain.len - FRAME_HEADER_SIZE < h.body_len) {
			ck_assert_msg(!r->ended, "the relay has closed");
			receive(r);
			continue;
		}
		bytes_consume(&r->plain, FRAME_HEADER_SIZE + h.body_len);
		if (h.type == type)
			return;
	}
}

void rogue_login(struct rogue *r)
{
	struct bytes b;

	bytes_init(&b, RECORD_PLAIN_MAX);
	ck_assert_int_eq(derp_client_write_request(r->c, &b), 0);
	ck_assert_int_eq(derp_client_write_client_info(r->c, &b), 0);
	rogue_put(r, TLS_RECORD_DATA, b.data, b.len, 0);
	bytes_release(&b);
	rogue_flush(r);
	await_frame(r, FRAME_SERVER_INFO);
}

struct rogue *rogue_connect(struct daemon *d, enum tls_version version)
{
	struct rogue *r = rogue_shake_hands(d, version);

	rogue_login(r);
	return r;
}

void rogue_sync(struct rogue *r)
{
	static const uint8_t ping[FRAME_PING_SIZE] = "ping";

	rogue_put_frame(r, FRAME_PING, ping, sizeof(ping), RECORD_PLAIN_MAX, 0);
	rogue_flush(r);
	await_frame(r, FRAME_PONG);
}

uint8_t rogue_expect_closed(struct rogue *r)
{
	rogue_flush(r);
	while (!r->ended)
		receive(r);
	return r->alert;
}

unsigned rogue_key_updates(const struct rogue *r)
{
	return r->key_updates;
}
