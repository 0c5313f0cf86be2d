/* SPDX-License-Identifier: MIT */
#include "tls/record.h"

#include <stdlib.h>
#include <string.h>

#include "tls/aead.h"
#include "tls/secrets.h"
#include "tls/suite.h"
#include "util/be.h"
#include "util/bytes.h"
#include "util/error.h"

#define EXPLICIT_SIZE 8 /* of the nonce, in front of the body */
#define INNER_TYPE_SIZE 1
#define AAD_MAX 13

struct half {
	struct aead aead;             /* holds the key */
	struct tls_secrets_half keys; /* without key */
};

struct tls_record_keys {
	struct half rx;
	struct half tx;
	uint16_t version;         /* enum tls_version */
	uint8_t suite;            /* enum suite */
	uint8_t explicit_size;    /* of the nonce: 0 or EXPLICIT_SIZE */
	uint8_t overhead;         /* bytes of a sealed record besides its data */
	bool update_due;
	bool update_asks;
	uint64_t tx_limit;        /* records our key may seal */
	struct control control;
};

/* ---- keys ---- */

static int half_init(struct half *h, const struct tls_secrets_half *keys, enum suite suite, enum aead_use use)
{
	int rc = aead_init(&h->aead, suite, use, keys->key);

	h->keys = *keys;
	bytes_wipe(h->keys.key, sizeof(h->keys.key));
	return rc;
}

static int half_rekey(struct half *h, enum suite suite)
{
	struct tls_secrets_half next = h->keys;
	int rc = secrets_next(&next, suite);

	if (rc == 0)
		rc = aead_rekey(&h->aead, next.key);
	if (rc == 0) {
		bytes_wipe(next.key, sizeof(next.key));
		h->keys = next;
	}
	bytes_wipe(&next, sizeof(next));
	return rc;
}

int record_keys_new(struct tls_record_keys **keys, const struct tls_secrets *s)
{
	struct tls_record_keys *k = calloc(1, sizeof(*k));

	if (!k)
		return ERROR_NO_MEMORY;
	k->version = s->version;
	k->suite = s->suite;
	k->explicit_size = secrets_nonce_is_explicit(s) ? EXPLICIT_SIZE : 0;
	k->overhead = (uint8_t)(RECORD_HEADER_SIZE + k->explicit_size + SUITE_TAG_SIZE +
				(s->version == TLS_VERSION_1_3 ? INNER_TYPE_SIZE : 0));
	k->tx_limit = suite_record_limit(s->suite);
	control_init(&k->control);
	if (half_init(&k->rx, &s->rx, s->suite, AEAD_OPEN) < 0 ||
	    half_init(&k->tx, &s->tx, s->suite, AEAD_SEAL) < 0) {
		record_keys_free(k);
		return ERROR_NO_MEMORY;
	}
	*keys = k;
	return 0;
}

void record_keys_free(struct tls_record_keys *keys)
{
	if (!keys)
		return;
	aead_release(&keys->rx.aead);
	aead_release(&keys->tx.aead);
	bytes_wipe(keys, sizeof(*keys));
	free(keys);
}

/* ---- one record ---- */

static void nonce_of(uint8_t nonce[SUITE_IV_SIZE], const struct tls_secrets_half *keys,
		     const uint8_t *explicit_part)
{
	memcpy(nonce, keys->iv, SUITE_IV_SIZE);
	if (explicit_part)
		memcpy(nonce + SUITE_IV_SIZE - EXPLICIT_SIZE, explicit_part, EXPLICIT_SIZE);
	else
		be_store64(nonce + SUITE_IV_SIZE - 8, be_load64(nonce + SUITE_IV_SIZE - 8) ^ keys->seq);
}

/* What is authenticated besides the data. TLS 1.3: the header as it is on the
 * wire. TLS 1.2: record number, and the header with the length of the plain
 * text; made in `aad`. */
static struct aead_label label_of(uint8_t aad[AAD_MAX], const struct tls_record_keys *k, const struct half *h,
				  const uint8_t *header, size_t plain)
{
	struct aead_label label = { .aad = header, .aad_len = RECORD_HEADER_SIZE };

	nonce_of(label.nonce, &h->keys, k->explicit_size ? header + RECORD_HEADER_SIZE : NULL);
	if (k->version != TLS_VERSION_1_3) {
		be_store64(aad, h->keys.seq);
		memcpy(aad + 8, header, 3);
		be_store16(aad + 11, (uint16_t)plain);
		label.aad = aad;
		label.aad_len = AAD_MAX;
	}
	return label;
}

/* Opens `len` bytes at `data`, the tag being behind them. */
static bool open_body(struct tls_record_keys *k, const uint8_t *header, uint8_t *data, size_t len)
{
	uint8_t aad[AAD_MAX];
	struct aead_label label = label_of(aad, k, &k->rx, header, len);

	return aead_open(&k->rx.aead, &label, data, len);
}

/* Seals `len` bytes at `data` in place and puts the tag behind them. */
static bool seal_body(struct tls_record_keys *k, const uint8_t *header, uint8_t *data, size_t len)
{
	uint8_t aad[AAD_MAX];
	struct aead_label label = label_of(aad, k, &k->tx, header, len);

	return aead_seal(&k->tx.aead, &label, data, len);
}

/* ---- receiving ---- */

int record_peek(const uint8_t *data, size_t len)
{
	uint16_t body;

	if (len < RECORD_HEADER_SIZE)
		return ERROR_MORE;
	if (data[0] < TLS_RECORD_ALERT || data[0] > TLS_RECORD_DATA || be_load16(data + 1) != TLS_VERSION_1_2)
		return ERROR_MALFORMED;
	body = be_load16(data + 3);
	if (body > RECORD_BODY_MAX)
		return ERROR_TOO_BIG;
	return RECORD_HEADER_SIZE + body;
}

/* TLS 1.3: the content ends before its type, which the last byte that is not 0
 * tells; behind it is padding. */
static int strip_padding(struct record_opened *out)
{
	size_t len = out->len;

	if (len > RECORD_PLAIN_MAX + INNER_TYPE_SIZE)
		return ERROR_CRYPTO;
	while (len > 0 && out->data[len - 1] == 0)
		len--;
	if (len == 0)
		return ERROR_CRYPTO;
	out->type = out->data[len - 1];
	out->len = (uint32_t)(len - 1);
	return 0;
}

int record_open(struct tls_record_keys *keys, uint8_t *record, size_t len, struct record_opened *out)
{
	struct record_opened o = { .type = record[0] };
	size_t front = RECORD_HEADER_SIZE + (size_t)keys->explicit_size;

	hd_assert(len >= RECORD_HEADER_SIZE && len == (size_t)RECORD_HEADER_SIZE + be_load16(record + 3));
	if (keys->version == TLS_VERSION_1_3 && o.type != TLS_RECORD_DATA)
		return ERROR_MALFORMED;
	if (len < front + SUITE_TAG_SIZE || len - front - SUITE_TAG_SIZE > RECORD_BODY_MAX ||
	    keys->rx.keys.seq == UINT64_MAX)
		return ERROR_CRYPTO;
	o.data = record + front;
	o.len = (uint32_t)(len - front - SUITE_TAG_SIZE);
	if (!open_body(keys, record, o.data, o.len))
		return ERROR_CRYPTO;
	keys->rx.keys.seq++;
	if (keys->version == TLS_VERSION_1_3) {
		if (strip_padding(&o) < 0)
			return ERROR_CRYPTO;
	} else if (o.len > RECORD_PLAIN_MAX) {
		return ERROR_CRYPTO;
	}
	if (hd_likely(o.type == TLS_RECORD_DATA)) {
		int rc = control_data(&keys->control, o.len);

		if (rc < 0)
			return rc;
	}
	*out = o;
	return 0;
}

int record_control(struct tls_record_keys *keys, const struct record_opened *in)
{
	int event = control_take(&keys->control, keys->version, in->type, in->data, in->len);

	if (event == CONTROL_KEY_UPDATE || event == CONTROL_KEY_UPDATE_ASKED) {
		int rc = half_rekey(&keys->rx, keys->suite);

		if (rc < 0)
			return rc;
	}
	if (event == CONTROL_KEY_UPDATE_ASKED)
		keys->update_due = true;
	return event;
}

uint8_t record_last_alert(const struct tls_record_keys *keys)
{
	return control_last_alert(&keys->control);
}

/* ---- sending ---- */

bool record_owes(const struct tls_record_keys *keys)
{
	return keys->update_due || (keys->version == TLS_VERSION_1_3 && keys->tx.keys.seq >= keys->tx_limit);
}

bool record_used_up(const struct tls_record_keys *keys)
{
	return keys->version == TLS_VERSION_1_2 && keys->tx.keys.seq >= keys->tx_limit;
}

/* A quarter of the limit for what is still to be said when it is reached. */
static bool exhausted(const struct tls_record_keys *k)
{
	return k->tx.keys.seq >= k->tx_limit + k->tx_limit / 4;
}

void record_want_key_update(struct tls_record_keys *keys, bool ask)
{
	hd_assert(keys->version == TLS_VERSION_1_3);
	keys->update_due = true;
	keys->update_asks = keys->update_asks || ask;
}

static size_t owed_size(const struct tls_record_keys *k)
{
	return record_owes(k) ? (size_t)CONTROL_KEY_UPDATE_SIZE + k->overhead : 0;
}

size_t record_sealed_size(const struct tls_record_keys *keys, size_t plain)
{
	size_t records = (plain + RECORD_PLAIN_MAX - 1) / RECORD_PLAIN_MAX;

	return plain + records * keys->overhead + owed_size(keys);
}

size_t record_plain_max(const struct tls_record_keys *keys, size_t cap)
{
	size_t full = (size_t)RECORD_PLAIN_MAX + keys->overhead;
	size_t owed = owed_size(keys);
	size_t rest;

	if (cap < owed)
		return 0;
	cap -= owed;
	rest = cap % full;
	return cap / full * RECORD_PLAIN_MAX + (rest > keys->overhead ? rest - keys->overhead : 0);
}

/* Where the data of a record that begins at `out` goes. */
static uint8_t *plain_of(const struct tls_record_keys *k, uint8_t *out)
{
	return out + RECORD_HEADER_SIZE + k->explicit_size;
}

/* Makes the record at `out` whose `plain` bytes are in place. Returns its size. */
static ssize_t seal_one(struct tls_record_keys *k, enum tls_record_type type, uint8_t *out, size_t plain)
{
	uint8_t *data = plain_of(k, out);

	if (exhausted(k))
		return ERROR_RANGE;
	out[0] = (uint8_t)type;
	if (k->version == TLS_VERSION_1_3) {
		out[0] = TLS_RECORD_DATA;
		data[plain++] = (uint8_t)type;
	}
	be_store16(out + 1, TLS_VERSION_1_2);
	be_store16(out + 3, (uint16_t)(k->explicit_size + plain + SUITE_TAG_SIZE));
	if (k->explicit_size)
		be_store64(out + RECORD_HEADER_SIZE, k->tx.keys.seq);
	if (!seal_body(k, out, data, plain))
		return ERROR_CRYPTO;
	k->tx.keys.seq++;
	return data + plain + SUITE_TAG_SIZE - out;
}

static ssize_t seal_key_update(struct tls_record_keys *k, uint8_t *out)
{
	ssize_t n;
	int rc;

	control_put_key_update(plain_of(k, out), k->update_asks);
	n = seal_one(k, TLS_RECORD_HANDSHAKE, out, CONTROL_KEY_UPDATE_SIZE);
	if (n < 0)
		return n;
	rc = half_rekey(&k->tx, k->suite);
	if (rc < 0)
		return rc;
	k->update_due = false;
	k->update_asks = false;
	return n;
}

/* A place in a list of slices. */
struct reader {
	const struct iovec *slice;
	size_t used; /* of *slice */
};

/* The next n bytes. Copying them together and sealing once is as quick as
 * sealing slice by slice, or quicker: ciphers like whole blocks. */
static void reader_copy(struct reader *r, uint8_t *to, size_t n)
{
	while (n > 0) {
		size_t part = r->slice->iov_len - r->used;

		if (part > n)
			part = n;
		memcpy(to, (const uint8_t *)r->slice->iov_base + r->used, part);
		to += part;
		n -= part;
		r->used += part;
		if (r->used == r->slice->iov_len) {
			r->slice++;
			r->used = 0;
		}
	}
}

static size_t total_of(const struct iovec *slices, size_t count)
{
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += slices[i].iov_len;
	return sum;
}

ssize_t record_seal(struct tls_record_keys *keys, const struct iovec *slices, size_t count, uint8_t *out,
		    size_t cap)
{
	struct reader r = { .slice = slices };
	size_t left = total_of(slices, count);
	uint8_t *at = out;
	ssize_t n;

	if (record_sealed_size(keys, left) > cap)
		return ERROR_TOO_BIG;
	if (record_owes(keys)) {
		n = seal_key_update(keys, at);
		if (n < 0)
			return n;
		at += n;
	}
	while (left > 0) {
		size_t plain = left < RECORD_PLAIN_MAX ? left : RECORD_PLAIN_MAX;

		reader_copy(&r, plain_of(keys, at), plain);
		n = seal_one(keys, TLS_RECORD_DATA, at, plain);
		if (n < 0)
			return n;
		at += n;
		left -= plain;
	}
	return at - out;
}

ssize_t record_seal_handshake(struct tls_record_keys *keys, const void *data, size_t len, uint8_t *out)
{
	hd_assert(len <= RECORD_PLAIN_MAX);
	memcpy(plain_of(keys, out), data, len);
	return seal_one(keys, TLS_RECORD_HANDSHAKE, out, len);
}

ssize_t record_seal_alert(struct tls_record_keys *keys, enum tls_alert alert, uint8_t *out)
{
	control_put_alert(plain_of(keys, out), alert);
	return seal_one(keys, TLS_RECORD_ALERT, out, CONTROL_ALERT_SIZE);
}

uint64_t record_rx_seq(const struct tls_record_keys *keys)
{
	return keys->rx.keys.seq;
}

uint64_t record_tx_seq(const struct tls_record_keys *keys)
{
	return keys->tx.keys.seq;
}
