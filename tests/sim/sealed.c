/* SPDX-License-Identifier: MIT */
#include "tests/sim/sealed.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/alloc.h"
#include "tests/sim/sim.h"
#include "tls/record.h"
#include "tls/secrets.h"
#include "util/error.h"

#define KEY_UPDATES_MAX 2 /* of one client: more have to be earned by data */

static uint8_t record_memory[2 * RECORD_MAX];

static void draw(void *to, size_t n)
{
	uint8_t *at = to;

	while (n-- > 0)
		*at++ = (uint8_t)sim_below(256);
}

static void draw_half(struct tls_secrets_half *half, const struct tls_secrets *s)
{
	if (s->version == TLS_VERSION_1_3) {
		draw(half->secret, sizeof(half->secret));
		sim_check(secrets_derive(half, s->suite) == 0, "no keys from a secret");
		return;
	}
	draw(half->key, sizeof(half->key));
	draw(half->iv, sizeof(half->iv));
}

void sealed_init(struct conn *c, struct handover *h)
{
	static const enum suite suites[] = { SUITE_AES_128_GCM, SUITE_CHACHA20_POLY1305 };
	struct tls_secrets s = { .version = sim_one_in(3) ? TLS_VERSION_1_2 : TLS_VERSION_1_3,
				 .suite = (uint8_t)suites[sim_below(2)] };
	struct tls_secrets client;

	draw_half(&s.rx, &s);
	draw_half(&s.tx, &s);
	client = s;
	client.rx = s.tx;
	client.tx = s.rx;
	sim_check(record_keys_new(&h->keys, &s) == 0 && record_keys_new(&c->keys, &client) == 0, "no keys");
	h->transport = PEER_TRANSPORT_TLS;
	c->tls_1_3 = s.version == TLS_VERSION_1_3;
	c->record = sim_alloc(RECORD_MAX);
}

void sealed_release(struct conn *c)
{
	record_keys_free(c->keys);
	free(c->record);
	free(c->plain);
}

void sealed_write(struct conn *c, const void *data, size_t len)
{
	if (len == 0)
		return;
	c->plain = sim_realloc(c->plain, c->plain_len + len);
	memcpy(c->plain + c->plain_len, data, len);
	c->plain_len += len;
}

size_t sealed_opened(struct conn *c, void *to, size_t n)
{
	if (n > c->plain_len)
		n = c->plain_len;
	if (n == 0)
		return 0;
	memcpy(to, c->plain, n);
	c->plain_len -= n;
	memmove(c->plain, c->plain + n, c->plain_len);
	return n;
}

static void seal(struct conn *c, const uint8_t *data, size_t n)
{
	const struct iovec iov = { (void *)(uintptr_t)data, n };
	ssize_t len = record_seal(c->keys, &iov, 1, record_memory, sizeof(record_memory));

	sim_check(len > 0, "client %u cannot seal %zu bytes", c->number, n);
	sock_write(&c->sock, record_memory, (size_t)len);
}

void sealed_flush(struct conn *c)
{
	size_t at = 0;

	while (at < c->plain_len) {
		size_t left = c->plain_len - at;
		size_t n = left < RECORD_PLAIN_MAX ? left : RECORD_PLAIN_MAX;

		if (c->tls_1_3 && c->key_updates < KEY_UPDATES_MAX && sim_one_in(100)) {
			record_want_key_update(c->keys, sim_one_in(2));
			c->key_updates++;
		}
		if (sim_one_in(3))
			n = sim_range(1, (uint32_t)n);
		if (sim_one_in(10))
			n = n < 8 ? n : sim_range(1, 8);
		seal(c, c->plain + at, n);
		at += n;
	}
	c->plain_len = 0;
}

void sealed_alert(struct conn *c, bool close_notify)
{
	enum tls_alert alert = close_notify ? TLS_ALERT_CLOSE_NOTIFY : TLS_ALERT_BAD_RECORD_MAC;
	ssize_t len = record_seal_alert(c->keys, alert, record_memory);

	sim_check(len > 0, "client %u cannot seal an alert", c->number);
	sock_write(&c->sock, record_memory, (size_t)len);
}

void sealed_damage(struct conn *c)
{
	static const uint8_t data[40];
	const struct iovec iov = { (void *)(uintptr_t)data, sim_range(1, sizeof(data)) };
	ssize_t len = record_seal(c->keys, &iov, 1, record_memory, sizeof(record_memory));

	sim_check(len > 0, "client %u cannot seal", c->number);
	record_memory[sim_range(RECORD_HEADER_SIZE, (uint32_t)len - 1)] ^= (uint8_t)sim_range(1, 255);
	sock_write(&c->sock, record_memory, (size_t)len);
}

/* A whole record. */
static void got_record(struct conn *c)
{
	struct record_opened o;

	sim_check(!c->alerted, "client %u got a record behind an alert", c->number);
	sim_check(record_open(c->keys, c->record, c->record_len, &o) == 0,
		  "client %u got a record that does not verify", c->number);
	c->record_len = 0;
	if (o.type == TLS_RECORD_DATA) {
		client_got_plain(c, o.data, o.len);
		return;
	}
	switch (record_control(c->keys, &o)) {
	case CONTROL_NONE:
	case CONTROL_KEY_UPDATE:
		break;
	case CONTROL_CLOSE_NOTIFY:
	case CONTROL_ALERT:
		c->alerted = true;
		break;
	default:
		sim_fail("client %u got an odd record of type %u", c->number, o.type);
	}
}

void sealed_got(struct conn *c, const uint8_t *data, size_t n)
{
	while (n > 0) {
		int size = record_peek(c->record, c->record_len);
		size_t want;

		sim_check(size > 0 || size == ERROR_MORE, "client %u got what is no record", c->number);
		want = (size > 0 ? (size_t)size : RECORD_HEADER_SIZE) - c->record_len;
		if (want > n)
			want = n;
		memcpy(c->record + c->record_len, data, want);
		c->record_len += (uint32_t)want;
		data += want;
		n -= want;
		size = record_peek(c->record, c->record_len);
		if (size > 0 && (uint32_t)size == c->record_len)
			got_record(c);
	}
}
