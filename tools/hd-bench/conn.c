/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/client_info.h"
#include "proto/frame.h"
#include "proto/http_response.h"
#include "proto/server_info.h"
#include "util/error.h"
#include "util/mono.h"

#define REQUEST_MAX 512
#define JSON_MAX 512
#define HTTP_SWITCHING_PROTOCOLS 101
/* Writability is told when less than this waits unsent, so that the bytes wait
 * here, where their number is bounded, and not in the kernel. */
#define NOTSENT_LOWAT (128 * 1024)

void conn_identity_make(struct conn_identity *id)
{
	memset(id, 0, sizeof(*id));
	box_new_private(id->private_key);
	box_public_of(id->public_key.bytes, id->private_key);
}

int conn_identity_share(struct conn_identity *id, const struct key *server)
{
	int err;

	if (id->shared_ready && key_equal(&id->server_key, server))
		return 0;
	err = box_share(&id->shared, server->bytes, id->private_key);
	if (err)
		return err;
	id->server_key = *server;
	id->shared_ready = true;
	return 0;
}

void conn_init(struct conn *c, const struct conn_target *target, struct conn_identity *identity)
{
	*c = (struct conn){ .target = target, .identity = identity };
	c->transport.fd = -1;
}

static int set_options(int fd, uint32_t recv_buffer)
{
	int one = 1, lowat = NOTSENT_LOWAT, size = (int)recv_buffer;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof(lowat)) != 0)
		return ERROR_IO;
	if (recv_buffer && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) != 0)
		return ERROR_IO;
	return 0;
}

int conn_open(struct conn *c, uint32_t recv_buffer)
{
	int family = c->target->address.ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	hd_assert(c->state == CONN_CLOSED);
	if (fd < 0)
		return ERROR_IO;
	if (set_options(fd, recv_buffer) != 0 ||
	    (connect(fd, (const struct sockaddr *)&c->target->address, c->target->address_len) != 0 &&
	     errno != EINPROGRESS)) {
		int why = errno;

		close(fd);
		errno = why;
		return ERROR_IO;
	}
	c->transport = (struct transport){ .rules = &c->target->rules, .fd = fd };
	c->state = CONN_CONNECTING;
	c->opened_ns = mono_now_ns();
	return 0;
}

const char *conn_why(const struct conn *c, int err)
{
	const char *why = NULL;

	if (err == ERROR_IO && errno)
		return strerror(errno);
	if (c->state != CONN_CLOSED && c->transport.rules->ops->why)
		why = c->transport.rules->ops->why(&c->transport);
	if (why && *why)
		return why;
	return err == ERROR_IO ? error_text(ERROR_CLOSED) : error_text(err);
}

void conn_close(struct conn *c)
{
	hd_assert(!c->receiving && !c->sending);
	if (c->state != CONN_CLOSED) {
		c->transport.rules->ops->release(&c->transport);
		close(c->transport.fd);
		c->transport.fd = -1;
	}
	c->state = CONN_CLOSED;
	c->carried = c->blocked = false;
	c->wire_at = c->wire_len = 0;
	free(c->rest);
	free(c->out);
	c->rest = c->out = NULL;
	c->rest_len = c->rest_cap = 0;
	c->out_at = c->out_len = c->out_cap = c->out_laid = 0;
}

/* --- writing ---------------------------------------------------------------- */

uint8_t *conn_reserve(struct conn *c, size_t n)
{
	if (conn_out_empty(c)) {
		c->out_at = c->out_len = 0;
		if (n > c->out_cap) {
			size_t cap = n > c->out_want ? n : c->out_want;
			uint8_t *grown = realloc(c->out, cap);

			if (!grown)
				return NULL;
			c->out = grown;
			c->out_cap = cap;
		}
	}
	return n <= c->out_cap - c->out_len ? c->out + c->out_len : NULL;
}

static int flush_out(struct conn *c)
{
	while (!conn_out_empty(c)) {
		const struct transport_ops *ops = c->transport.rules->ops;
		ssize_t n = ops->write(&c->transport, c->out + c->out_at, c->out_len - c->out_at);

		if (n < 0)
			return (int)n;
		c->out_at += (size_t)n;
	}
	return 0;
}

void conn_each_unsent(const struct conn *c, conn_frame_fn *each, void *ctx)
{
	size_t at = 0;

	if (conn_out_empty(c))
		return;
	while (at < c->out_len) {
		size_t len = FRAME_HEADER_SIZE + frame_header_load(c->out + at).body_len;

		if (at + len > c->out_at)
			each(ctx, c->out + at, len);
		at += len;
	}
}

/* --- carried ---------------------------------------------------------------- */

int conn_carry(struct conn *c)
{
	const struct transport_ops *ops = c->transport.rules->ops;
	int flags, err;

	hd_assert(c->state == CONN_READY && !c->carried);
	if (!ops->part)
		return ERROR_UNSUPPORTED;
	if (!conn_out_empty(c))
		return ERROR_MORE;
	flags = fcntl(c->transport.fd, F_GETFL);
	if (flags < 0)
		return ERROR_UNSUPPORTED;
	err = ops->part(&c->transport);
	if (err)
		return err;
	/* What is asked of the kernel waits there; a non-blocking socket would refuse. */
	hd_assert(fcntl(c->transport.fd, F_SETFL, flags & ~O_NONBLOCK) == 0);
	c->carried = true;
	return 0;
}

static int seal(struct conn *c)
{
	const struct transport_ops *ops = c->transport.rules->ops;
	ssize_t n = (ssize_t)(c->out_len - c->out_at);

	c->wire_plain = (size_t)n;
	c->wire = c->out + c->out_at;
	if (ops->seal)
		n = ops->seal(&c->transport, c->out + c->out_at, (size_t)n, &c->wire);
	if (n < 0)
		return (int)n;
	c->wire_at = 0;
	c->wire_len = (size_t)n;
	return 0;
}

ssize_t conn_hand_out(struct conn *c, const uint8_t **data)
{
	hd_assert(c->carried);
	if (c->sending)
		return 0;
	if (c->wire_at == c->wire_len) {
		int err = conn_out_empty(c) ? 0 : seal(c);

		if (err)
			return err;
		if (c->wire_at == c->wire_len)
			return 0;
	}
	*data = c->wire + c->wire_at;
	c->sending = true;
	return (ssize_t)(c->wire_len - c->wire_at);
}

void conn_handed(struct conn *c, size_t n)
{
	hd_assert(c->sending && n <= c->wire_len - c->wire_at);
	c->sending = c->blocked = false;
	c->wire_at += n;
	if (c->wire_at == c->wire_len)
		c->out_at += c->wire_plain;
}

void conn_settle(struct conn *c)
{
	const struct transport_ops *ops = c->transport.rules->ops;

	hd_assert(!c->sending);
	if (c->carried && c->wire_at < c->wire_len)
		c->out_at += ops->sealed ? ops->sealed(&c->transport, c->wire_at) : c->wire_at;
	c->wire_at = c->wire_len = 0;
}

/* --- login ------------------------------------------------------------------ */

static int ask_upgrade(struct conn *c)
{
	char *request = (char *)conn_reserve(c, REQUEST_MAX);
	int n;

	if (!request)
		return ERROR_NO_MEMORY;
	n = snprintf(request, REQUEST_MAX,
		     "GET /derp HTTP/1.1\r\nHost: %.255s\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n\r\n",
		     c->target->rules.host);
	hd_assert(n > 0 && n < REQUEST_MAX);
	c->out_len += (size_t)n;
	return 0;
}

static int finish_connect(struct conn *c)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int error = 0;

	/* Without a peer the connection is still under way, unless it has failed. */
	if (getpeername(c->transport.fd, (struct sockaddr *)&peer, &len) == 0)
		return 0;
	len = sizeof(error);
	if (getsockopt(c->transport.fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return ERROR_IO;
	errno = error;
	return error ? ERROR_IO : ERROR_MORE;
}

static int secure(struct conn *c)
{
	const struct transport_ops *ops = c->transport.rules->ops;
	int err = ops->secure(&c->transport);

	if (!err && !ops->upgrades)
		err = ask_upgrade(c);
	if (!err)
		c->state = ops->upgrades ? CONN_AWAITS_KEY : CONN_UPGRADING;
	return err;
}

int conn_push(struct conn *c)
{
	int err = 0;

	if (c->carried)
		return c->blocked ? ERROR_MORE : 0;
	if (c->state == CONN_CONNECTING) {
		err = finish_connect(c);
		if (!err)
			c->state = CONN_SECURING;
	}
	if (!err && c->state == CONN_SECURING) {
		err = secure(c);
	}
	return err ? err : flush_out(c);
}

/* --- reading ---------------------------------------------------------------- */

int conn_pull(struct conn *c, uint8_t *data, size_t cap, size_t *len, bool *more)
{
	size_t kept = c->rest_len;
	ssize_t n;

	hd_assert(cap > kept);
	n = c->transport.rules->ops->read(&c->transport, data + kept, cap - kept);
	if (n < 0)
		return (int)n;
	if (kept)
		memcpy(data, c->rest, kept);
	c->rest_len = 0;
	*len = kept + (size_t)n;
	*more = *len == cap;
	return 0;
}

static int grow_rest(struct conn *c, size_t cap)
{
	uint8_t *grown;

	hd_assert(cap <= CONN_FRAME_MAX);
	if (cap <= c->rest_cap)
		return 0;
	grown = realloc(c->rest, cap);
	if (!grown)
		return ERROR_NO_MEMORY;
	c->rest = grown;
	c->rest_cap = cap;
	return 0;
}

int conn_keep(struct conn *c, const uint8_t *data, size_t len)
{
	int err = grow_rest(c, len);

	if (err)
		return err;
	if (len)
		memcpy(c->rest, data, len);
	c->rest_len = len;
	return 0;
}

/* Bytes of the frame that `rest` begins, as far as one can tell. */
static size_t rest_whole(const struct conn *c)
{
	if (c->rest_len < FRAME_HEADER_SIZE)
		return FRAME_HEADER_SIZE;
	return FRAME_HEADER_SIZE + (size_t)frame_header_load(c->rest).body_len;
}

ssize_t conn_join(struct conn *c, const uint8_t *data, size_t len, bool *whole)
{
	size_t taken = 0, want;

	while (want = rest_whole(c), c->rest_len < want && taken < len) {
		size_t n = want - c->rest_len < len - taken ? want - c->rest_len : len - taken;
		int err = want > CONN_FRAME_MAX ? ERROR_MALFORMED : grow_rest(c, want);

		if (err)
			return err;
		memcpy(c->rest + c->rest_len, data + taken, n);
		c->rest_len += n;
		taken += n;
	}
	*whole = c->rest_len == want;
	return (ssize_t)taken;
}

static ssize_t take_response(struct conn *c, const uint8_t *data, size_t len)
{
	struct http_response res;
	size_t scanned = 0;
	int err = http_response_parse(&res, data, len, &scanned);

	if (err)
		return err == ERROR_MORE ? ERROR_MORE : ERROR_MALFORMED;
	if (res.status != HTTP_SWITCHING_PROTOCOLS)
		return ERROR_DENIED;
	c->state = CONN_AWAITS_KEY;
	return (ssize_t)res.head_len;
}

static int put_client_info(struct conn *c)
{
	struct client_info info = { .version = FRAME_PROTOCOL_VERSION };
	uint8_t json[JSON_MAX];
	int n = client_info_write(json, sizeof(json), &info);
	size_t body;
	uint8_t *p;

	if (n < 0)
		return n;
	body = KEY_SIZE + BOX_NONCE_SIZE + BOX_MAC_SIZE + (size_t)n;
	p = conn_reserve(c, FRAME_HEADER_SIZE + body);
	if (!p)
		return ERROR_NO_MEMORY;
	frame_header_store(p, FRAME_CLIENT_INFO, (uint32_t)body);
	p += FRAME_HEADER_SIZE;
	memcpy(p, c->identity->public_key.bytes, KEY_SIZE);
	box_seal(p + KEY_SIZE + BOX_NONCE_SIZE, p + KEY_SIZE, json, (size_t)n, &c->identity->shared);
	c->out_len += FRAME_HEADER_SIZE + body;
	return 0;
}

static int take_server_key(struct conn *c, const uint8_t *body, size_t len)
{
	int err;

	if (!frame_read_server_key(&c->server_key, body, len))
		return ERROR_MALFORMED;
	err = conn_identity_share(c->identity, &c->server_key);
	if (!err)
		err = put_client_info(c);
	if (err)
		return err;
	c->state = CONN_AWAITS_INFO;
	err = flush_out(c);
	return err == ERROR_MORE ? 0 : err;
}

static int take_server_info(struct conn *c, const uint8_t *body, size_t len)
{
	uint8_t json[JSON_MAX];
	struct server_info info;
	int err;

	if (len < BOX_NONCE_SIZE + BOX_MAC_SIZE || len - BOX_NONCE_SIZE - BOX_MAC_SIZE > sizeof(json))
		return ERROR_MALFORMED;
	err = box_open(json, body + BOX_NONCE_SIZE, len - BOX_NONCE_SIZE, body, &c->identity->shared);
	if (!err)
		err = server_info_parse(&info, json, len - BOX_NONCE_SIZE - BOX_MAC_SIZE);
	if (!err)
		c->state = CONN_READY;
	return err;
}

static ssize_t take_frame(struct conn *c, const uint8_t *data, size_t len)
{
	struct frame_header h;
	int err = ERROR_MALFORMED;

	if (len < FRAME_HEADER_SIZE)
		return ERROR_MORE;
	h = frame_header_load(data);
	if (h.body_len > REQUEST_MAX + JSON_MAX)
		return ERROR_MALFORMED;
	if (len < FRAME_HEADER_SIZE + h.body_len)
		return ERROR_MORE;
	data += FRAME_HEADER_SIZE;
	if (c->state == CONN_AWAITS_KEY && h.type == FRAME_SERVER_KEY)
		err = take_server_key(c, data, h.body_len);
	else if (c->state == CONN_AWAITS_INFO && h.type == FRAME_SERVER_INFO)
		err = take_server_info(c, data, h.body_len);
	return err ? err : (ssize_t)(FRAME_HEADER_SIZE + h.body_len);
}

ssize_t conn_login(struct conn *c, const uint8_t *data, size_t len)
{
	size_t taken = 0;

	while (c->state != CONN_READY && taken < len) {
		ssize_t n = c->state == CONN_UPGRADING ? take_response(c, data + taken, len - taken)
						       : take_frame(c, data + taken, len - taken);

		if (n == ERROR_MORE)
			break;
		if (n < 0)
			return n;
		taken += (size_t)n;
	}
	return taken ? (ssize_t)taken : ERROR_MORE;
}
