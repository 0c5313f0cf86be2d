/* SPDX-License-Identifier: MIT */
#include "accept/transport_tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "accept/transport.h"
#include "tls/record.h"
#include "util/bytes.h"
#include "util/error.h"

/* One write seals at most this much: what a client with a full socket makes us
 * hold is small. */
#define WRITE_MAX RECORD_PLAIN_MAX
#define SEALED_MAX (2 * RECORD_MAX)

struct transport_tls {
	struct tls_record_keys *keys;
	struct bytes sealed; /* received: the beginning of a record */
	struct bytes plain;  /* opened, and not read yet */
	struct bytes out;    /* sealed, and not sent yet */
	bool held;           /* what is in `out` goes with the next write */
	bool ended;          /* the client said close_notify */
};

int transport_tls_new(struct transport_tls **out, const struct tls_secrets *secrets)
{
	struct transport_tls *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return ERROR_NO_MEMORY;
	rc = record_keys_new(&t->keys, secrets);
	if (rc < 0) {
		free(t);
		return rc;
	}
	bytes_init(&t->sealed, RECORD_MAX);
	bytes_init(&t->plain, RECORD_PLAIN_MAX);
	bytes_init(&t->out, SEALED_MAX);
	*out = t;
	return 0;
}

void transport_tls_free(struct transport_tls *t)
{
	if (!t)
		return;
	record_keys_free(t->keys);
	bytes_release(&t->sealed);
	bytes_release(&t->plain);
	bytes_release(&t->out);
	free(t);
}

/* ---- receiving ---- */

/* A record that is not data. */
static int take_control(struct transport_tls *t, const struct record_opened *o)
{
	int event = record_control(t->keys, o);

	switch (event) {
	case CONTROL_CLOSE_NOTIFY:
		t->ended = true;
		return 0;
	case CONTROL_ALERT:
		return ERROR_CLOSED;
	case ERROR_CRYPTO: /* it verified; there was no memory for the next key */
		return ERROR_NO_MEMORY;
	default:
		return event < 0 ? ERROR_CRYPTO : 0;
	}
}

/* The record in `sealed` is whole. */
static int take_record(struct transport_tls *t)
{
	struct record_opened o;
	int rc = record_open(t->keys, t->sealed.data, t->sealed.len, &o);

	if (rc < 0)
		return ERROR_CRYPTO;
	if (o.type != TLS_RECORD_DATA)
		rc = take_control(t, &o);
	else if (o.len > 0)
		rc = bytes_append(&t->plain, o.data, o.len);
	bytes_consume(&t->sealed, t->sealed.len);
	return rc;
}

/* Bytes that the record at the front still lacks; negative: not a record. */
static ssize_t missing(const struct transport_tls *t)
{
	int size = record_peek(t->sealed.data, t->sealed.len);

	if (size == ERROR_MORE)
		return (ssize_t)(RECORD_HEADER_SIZE - t->sealed.len);
	return size < 0 ? ERROR_CRYPTO : (ssize_t)((size_t)size - t->sealed.len);
}

/* Reads towards one record, and never past it: what follows stays in the socket. */
static int read_record(struct transport_tls *t, int fd)
{
	for (;;) {
		ssize_t want = missing(t), n;
		int rc;

		if (want < 0)
			return ERROR_CRYPTO;
		if (want == 0)
			return take_record(t);
		rc = bytes_reserve(&t->sealed, (size_t)want);
		if (rc < 0)
			return rc;
		n = recv(fd, t->sealed.data + t->sealed.len, (size_t)want, 0);
		if (n < 0)
			return transport_error(errno);
		if (n == 0)
			return ERROR_CLOSED;
		t->sealed.len += (size_t)n;
	}
}

ssize_t transport_tls_read(struct transport_tls *t, int fd, void *to, size_t cap)
{
	size_t n;

	while (t->plain.len == 0) {
		int rc = t->ended ? ERROR_CLOSED : read_record(t, fd);

		if (rc < 0)
			return rc;
	}
	n = t->plain.len < cap ? t->plain.len : cap;
	memcpy(to, t->plain.data, n);
	bytes_consume(&t->plain, n);
	if (t->plain.len == 0)
		bytes_release(&t->plain);
	if (t->sealed.len == 0)
		bytes_release(&t->sealed);
	return (ssize_t)n;
}

bool transport_tls_pending(const struct transport_tls *t)
{
	return t->plain.len > 0;
}

size_t transport_tls_held(const struct transport_tls *t)
{
	return t->sealed.cap + t->plain.cap + t->out.cap;
}

/* ---- sending ---- */

int transport_tls_put_tickets(struct transport_tls *t, const uint8_t *messages, size_t len)
{
	ssize_t sealed;
	int rc;

	hd_assert(t->out.len == 0);
	rc = bytes_reserve(&t->out, len + RECORD_OVERHEAD_MAX);
	if (rc < 0)
		return rc;
	sealed = record_seal_handshake(t->keys, messages, len, t->out.data);
	if (sealed < 0)
		return ERROR_IO;
	t->out.len = (size_t)sealed;
	t->held = true;
	return 0;
}

int transport_tls_flush(struct transport_tls *t, int fd)
{
	t->held = false;
	while (t->out.len > 0) {
		ssize_t n = send(fd, t->out.data, t->out.len, MSG_NOSIGNAL);

		if (n < 0)
			return transport_error(errno);
		bytes_consume(&t->out, (size_t)n);
	}
	bytes_release(&t->out);
	return 0;
}

bool transport_tls_unsent(const struct transport_tls *t)
{
	return t->out.len > 0 && !t->held;
}

ssize_t transport_tls_write(struct transport_tls *t, int fd, const void *from, size_t len)
{
	size_t plain = len < WRITE_MAX ? len : WRITE_MAX;
	struct iovec iov = { (void *)(uintptr_t)from, plain };
	size_t size;
	ssize_t sealed;
	int rc = t->held ? 0 : transport_tls_flush(t, fd);

	if (rc < 0)
		return rc;
	size = record_sealed_size(t->keys, plain);
	rc = bytes_reserve(&t->out, size);
	if (rc < 0)
		return rc;
	sealed = record_seal(t->keys, &iov, 1, t->out.data + t->out.len, size);
	if (sealed < 0)
		return ERROR_IO;
	t->out.len += (size_t)sealed;
	rc = transport_tls_flush(t, fd);
	return rc < 0 && rc != ERROR_MORE ? rc : (ssize_t)plain;
}

void transport_tls_goodbye(struct transport_tls *t, int fd)
{
	uint8_t record[RECORD_ALERT_MAX];
	ssize_t n;

	if (transport_tls_flush(t, fd) < 0)
		return;
	n = record_seal_alert(t->keys, TLS_ALERT_CLOSE_NOTIFY, record);
	if (n > 0)
		(void)!send(fd, record, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* ---- giving away ---- */

const uint8_t *transport_tls_plain(const struct transport_tls *t, size_t *len)
{
	*len = t->plain.len;
	return t->plain.data;
}

void transport_tls_give(struct transport_tls *t, struct handover *h)
{
	size_t len;

	hd_assert(t->out.len == 0);
	h->keys = t->keys;
	t->keys = NULL;
	h->sealed = bytes_steal(&t->sealed, &len);
	h->sealed_len = (uint32_t)len;
	bytes_release(&t->plain);
}
