/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/transport_tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls/record.h"
#include "tls/suite.h"
#include "tools/lib/tls_stream.h"
#include "util/bytes.h"
#include "util/error.h"

#define OVERHEAD (RECORD_HEADER_SIZE + 1 + SUITE_TAG_SIZE) /* of a record, TLS 1.3 */
#define MESSAGE_NEW_SESSION_TICKET 4

/* OpenSSL's until it parts, then only what a record layer needs. */
struct link {
	struct tls_stream *stream;
	struct tls_record_keys *keys;
	uint8_t *rest; /* RECORD_MAX, or NULL: the start of a record that is not whole */
	size_t rest_len;
	uint8_t *sealed;
	size_t sealed_cap, sealed_len;
	size_t sealed_owed; /* bytes at its start that are not data */
	char why[80];
};

static int tls_secure(struct transport *t)
{
	struct link *l = t->state;

	if (!l) {
		int err;

		l = calloc(1, sizeof(*l));
		err = l ? tls_stream_new(&l->stream, t->rules->tls, t->fd, t->rules->host) : ERROR_NO_MEMORY;
		if (err) {
			free(l);
			return err;
		}
		t->state = l;
	}
	return tls_stream_handshake(l->stream);
}

static ssize_t tls_read(struct transport *t, void *data, size_t cap)
{
	struct link *l = t->state;
	size_t len = 0;

	while (len < cap) {
		ssize_t n = tls_stream_read(l->stream, (uint8_t *)data + len, cap - len);

		/* An end is told again by the next call. */
		if (n < 0)
			return len ? (ssize_t)len : n;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static ssize_t tls_write(struct transport *t, const void *data, size_t len)
{
	struct link *l = t->state;

	return tls_stream_write(l->stream, data, len);
}

static void tls_release(struct transport *t)
{
	struct link *l = t->state;

	if (!l)
		return;
	tls_stream_free(l->stream);
	record_keys_free(l->keys);
	free(l->rest);
	free(l->sealed);
	free(l);
	t->state = NULL;
}

static const char *tls_why(const struct transport *t)
{
	const struct link *l = t->state;

	if (!l)
		return NULL;
	return l->stream ? tls_stream_why(l->stream) : l->why;
}

/* --- carried ------------------------------------------------------------------ */

static int half_from(struct tls_secrets_half *half, enum suite suite, const struct tls_stream_secrets *secrets,
		     bool ours)
{
	memcpy(half->secret, ours ? secrets->ours : secrets->theirs, secrets->size);
	half->seq = ours ? secrets->written : secrets->read;
	return secrets_derive(half, suite);
}

static int take_over(struct link *l, const struct tls_stream_secrets *secrets)
{
	struct tls_secrets s = { .version = TLS_VERSION_1_3 };
	enum suite suite;
	int err = suite_find(&suite, secrets->suite) == 0 ? 0 : ERROR_UNSUPPORTED;

	if (!err && suite_hash_size(suite) != secrets->size)
		err = ERROR_UNSUPPORTED;
	if (!err) {
		s.suite = suite;
		err = half_from(&s.tx, suite, secrets, true);
	}
	if (!err)
		err = half_from(&s.rx, suite, secrets, false);
	if (!err)
		err = record_keys_new(&l->keys, &s);
	secrets_wipe(&s);
	return err;
}

static int tls_part(struct transport *t)
{
	struct tls_stream_secrets secrets;
	struct link *l = t->state;
	int err = tls_stream_part(l->stream, &secrets);

	if (err)
		return err;
	err = take_over(l, &secrets);
	bytes_wipe(&secrets, sizeof(secrets));
	if (err)
		return err == ERROR_MORE ? ERROR_UNSUPPORTED : err;
	tls_stream_free(l->stream);
	l->stream = NULL;
	return 0;
}

/* Adds to `rest` until there are `want` bytes: whether there are. */
static bool fill_rest(struct link *l, uint8_t **data, size_t *len, size_t want)
{
	size_t n = want - l->rest_len < *len ? want - l->rest_len : *len;

	memcpy(l->rest + l->rest_len, *data, n);
	l->rest_len += n;
	*data += n;
	*len -= n;
	return l->rest_len == want;
}

/* The record of which a part came before: its bytes. */
static ssize_t join_record(struct link *l, uint8_t **data, size_t *len, uint8_t **record)
{
	int size;

	if (l->rest_len < RECORD_HEADER_SIZE && !fill_rest(l, data, len, RECORD_HEADER_SIZE))
		return ERROR_MORE;
	size = record_peek(l->rest, l->rest_len);
	if (size < 0)
		return size;
	if (!fill_rest(l, data, len, (size_t)size))
		return ERROR_MORE;
	l->rest_len = 0;
	*record = l->rest;
	return size;
}

static ssize_t next_record(struct link *l, uint8_t **data, size_t *len, uint8_t **record)
{
	int size;

	if (l->rest_len)
		return join_record(l, data, len, record);
	size = record_peek(*data, *len);
	if (size < 0 && size != ERROR_MORE)
		return size;
	if (size > 0 && (size_t)size <= *len) {
		*record = *data;
		*data += size;
		*len -= (size_t)size;
		return size;
	}
	if (!l->rest && !(l->rest = malloc(RECORD_MAX)))
		return ERROR_NO_MEMORY;
	(void)!fill_rest(l, data, len, *len);
	return ERROR_MORE;
}

/* A ticket is for logins to come, of which there are none by this connection. */
static bool is_ticket(const struct record_opened *in)
{
	return in->type == TLS_RECORD_HANDSHAKE && in->len > 0 && in->data[0] == MESSAGE_NEW_SESSION_TICKET;
}

static int take_control(struct link *l, const struct record_opened *in)
{
	int event = is_ticket(in) ? CONTROL_NONE : record_control(l->keys, in);

	if (event == CONTROL_CLOSE_NOTIFY)
		return ERROR_CLOSED;
	if (event == CONTROL_ALERT) {
		snprintf(l->why, sizeof(l->why), "TLS alert %u from the relay", record_last_alert(l->keys));
		return ERROR_CRYPTO;
	}
	return event < 0 ? event : 0;
}

static ssize_t tls_open(struct transport *t, uint8_t **data, size_t *len, uint8_t **plain)
{
	struct link *l = t->state;

	for (;;) {
		struct record_opened opened;
		uint8_t *record;
		ssize_t n = next_record(l, data, len, &record);
		int err;

		if (n < 0)
			return n;
		err = record_open(l->keys, record, (size_t)n, &opened);
		if (err == ERROR_CRYPTO)
			snprintf(l->why, sizeof(l->why), "a TLS record does not verify");
		if (!err && opened.type != TLS_RECORD_DATA)
			err = take_control(l, &opened);
		if (err)
			return err;
		if (opened.type == TLS_RECORD_DATA && opened.len) {
			*plain = opened.data;
			return opened.len;
		}
	}
}

static ssize_t tls_seal(struct transport *t, const uint8_t *plain, size_t len, const uint8_t **wire)
{
	struct link *l = t->state;
	struct iovec slice = { .iov_base = (void *)(uintptr_t)plain, .iov_len = len };
	size_t size = record_sealed_size(l->keys, len);
	ssize_t n;

	if (size > l->sealed_cap) {
		free(l->sealed);
		l->sealed_cap = 0;
		l->sealed = malloc(size);
		if (!l->sealed)
			return ERROR_NO_MEMORY;
		l->sealed_cap = size;
	}
	l->sealed_owed = record_sealed_size(l->keys, 0);
	n = record_seal(l->keys, &slice, 1, l->sealed, l->sealed_cap);
	if (n < 0)
		return n;
	l->sealed_len = (size_t)n;
	*wire = l->sealed;
	return n;
}

/* Bytes of a record that did not go out whole are of no use to the relay. */
static size_t tls_sealed(const struct transport *t, size_t n)
{
	const struct link *l = t->state;
	size_t at = l->sealed_owed, plain = 0;

	while (at < n) {
		int size = record_peek(l->sealed + at, l->sealed_len - at);

		hd_assert(size > 0);
		if (at + (size_t)size > n)
			break;
		at += (size_t)size;
		plain += (size_t)size - OVERHEAD;
	}
	return plain;
}

const struct transport_ops transport_tls = {
	.secure = tls_secure,
	.read = tls_read,
	.write = tls_write,
	.release = tls_release,
	.why = tls_why,
	.part = tls_part,
	.open = tls_open,
	.seal = tls_seal,
	.sealed = tls_sealed,
};
