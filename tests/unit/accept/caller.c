/* SPDX-License-Identifier: MIT */
#include "tests/unit/accept/caller.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/frame.h"
#include "proto/http_response.h"
#include "util/error.h"

#define READ_MAX (8 * 1024 * 1024)

void caller_open(struct caller *c, const struct relay *r)
{
	uint8_t private_key[BOX_KEY_SIZE];
	const int on = 1;

	box_new_private(private_key);
	box_public_of(c->key.bytes, private_key);
	c->server = r->settings.public_key;
	ck_assert_int_eq(box_share(&c->shared, c->server.bytes, private_key), 0);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(c->fd, 0);
	ck_assert_int_eq(setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
}

void caller_dial(struct caller *c, const struct relay *r)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(r->port) };

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(c->fd, (struct sockaddr *)&in, sizeof(in)), 0);
}

void caller_connect(struct caller *c, const struct relay *r)
{
	caller_open(c, r);
	caller_dial(c, r);
}

void caller_close(struct caller *c)
{
	close(c->fd);
	c->fd = -1;
}

bool caller_try_send(struct caller *c, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len > 0) {
		ssize_t n = send(c->fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return false;
		ck_assert_msg(n > 0, "send: %s", strerror(errno));
		at += n;
		len -= (size_t)n;
	}
	return true;
}

void caller_send(struct caller *c, const void *data, size_t len)
{
	ck_assert(caller_try_send(c, data, len));
}

void caller_send_text(struct caller *c, const char *text)
{
	caller_send(c, text, strlen(text));
}

void caller_send_bytewise(struct caller *c, const void *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		caller_send(c, (const uint8_t *)data + i, 1);
}

void caller_finish(struct caller *c)
{
	(void)shutdown(c->fd, SHUT_WR); /* the relay may have closed already */
}

static void read_exactly(struct caller *c, void *to, size_t len)
{
	uint8_t *at = to;

	while (len > 0) {
		ssize_t n = recv(c->fd, at, len, 0);

		ck_assert_msg(n > 0, "the connection ended: %s", n < 0 ? strerror(errno) : "end of file");
		at += n;
		len -= (size_t)n;
	}
}

bool caller_read_end(struct caller *c, struct bytes *out)
{
	uint8_t buf[4096];

	for (;;) {
		ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

		if (n == 0)
			return true;
		if (n < 0) {
			ck_assert_int_eq(errno, ECONNRESET);
			return false;
		}
		ck_assert_int_eq(bytes_append(out, buf, (size_t)n), 0);
	}
}

/* Returns true for an orderly end. */
static bool end_of(struct caller *c)
{
	struct bytes b;
	bool orderly;

	bytes_init(&b, READ_MAX);
	orderly = caller_read_end(c, &b);
	ck_assert_uint_eq(b.len, 0);
	bytes_release(&b);
	return orderly;
}

void caller_expect_end(struct caller *c)
{
	end_of(c);
}

void caller_expect_orderly_end(struct caller *c)
{
	ck_assert(end_of(c));
}

/* Reads a response head byte by byte, so that nothing behind it is taken. */
static void read_head(struct caller *c, struct bytes *head, struct http_response *res)
{
	size_t scanned = 0;
	uint8_t byte;
	int err;

	do {
		read_exactly(c, &byte, 1);
		ck_assert_int_eq(bytes_append(head, &byte, 1), 0);
		err = http_response_parse(res, head->data, head->len, &scanned);
	} while (err == ERROR_MORE);
	ck_assert_int_eq(err, 0);
}

int caller_read_response(struct caller *c, struct bytes *out)
{
	const struct http_text *length;
	struct http_response res;
	struct bytes b;
	size_t len = 0;

	bytes_init(&b, READ_MAX);
	read_head(c, &b, &res);
	length = http_response_field_of(&res, "Content-Length");
	for (size_t i = 0; length && i < length->len; i++)
		len = len * 10 + (size_t)(length->at[i] - '0');
	ck_assert_int_eq(bytes_reserve(&b, len), 0);
	read_exactly(c, b.data + b.len, len);
	b.len += len;
	if (out)
		ck_assert_int_eq(bytes_append(out, b.data, b.len), 0);
	bytes_release(&b);
	return res.status;
}

void caller_expect_greeting(struct caller *c, bool fast)
{
	uint8_t frame[FRAME_SERVER_KEY_SIZE], want[FRAME_SERVER_KEY_SIZE];
	struct http_response res;
	char hex[KEY_HEX_SIZE];
	struct bytes head;

	if (!fast) {
		bytes_init(&head, READ_MAX);
		read_head(c, &head, &res);
		ck_assert_int_eq(res.status, 101);
		bytes_to_hex(hex, c->server.bytes, KEY_SIZE);
		ck_assert(http_text_is(*http_response_field_of(&res, "Derp-Public-Key"), hex));
		bytes_release(&head);
	}
	frame_put_server_key(want, &c->server);
	read_exactly(c, frame, sizeof(frame));
	ck_assert_mem_eq(frame, want, sizeof(frame));
}

void caller_put_request(struct bytes *b, const char *fields)
{
	ck_assert_int_eq(bytes_printf(b, "GET /derp HTTP/1.1\r\nHost: relay\r\n%s\r\n", fields), 0);
}

void caller_put_client_info(struct caller *c, struct bytes *b, const char *json, size_t len)
{
	uint32_t body_len = (uint32_t)(KEY_SIZE + FRAME_NONCE_SIZE + BOX_MAC_SIZE + len);
	uint8_t *p;

	ck_assert_int_eq(bytes_reserve(b, FRAME_HEADER_SIZE + body_len), 0);
	p = b->data + b->len;
	frame_header_store(p, FRAME_CLIENT_INFO, body_len);
	p += FRAME_HEADER_SIZE;
	memcpy(p, c->key.bytes, KEY_SIZE);
	box_seal(p + KEY_SIZE + FRAME_NONCE_SIZE, p + KEY_SIZE, (const uint8_t *)json, len, &c->shared);
	b->len += FRAME_HEADER_SIZE + body_len;
}

void caller_put_login(struct caller *c, struct bytes *b)
{
	caller_put_request(b, "Upgrade: DERP\r\nConnection: Upgrade\r\n");
	caller_put_client_info(c, b, "{}", 2);
}

bool caller_open_server_info(struct caller *c, const struct handover *h, struct server_info *info)
{
	const uint8_t *nonce = h->server_info + FRAME_HEADER_SIZE;
	const uint8_t *box = nonce + FRAME_NONCE_SIZE;
	struct frame_header head = frame_header_load(h->server_info);
	uint8_t json[HANDOVER_SERVER_INFO_MAX];
	size_t box_len = head.body_len - FRAME_NONCE_SIZE;

	return head.type == FRAME_SERVER_INFO && FRAME_HEADER_SIZE + head.body_len == h->server_info_len &&
	       box_open(json, box, box_len, nonce, &c->shared) == 0 &&
	       server_info_parse(info, json, box_len - BOX_MAC_SIZE) == 0;
}
