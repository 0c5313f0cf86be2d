/* SPDX-License-Identifier: MIT
 * First byte: version and suite, and whether the rest is
 *  - what comes over the wire, as it is (bit 7 set), or
 *  - a script of what a client that has the keys does: records of any type and
 *    content, damaged ones, and what we send in between.
 * Each input is given to each library of ciphers. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/driver.h"
#include "tls/aead.h"
#include "tls/record.h"
#include "util/be.h"
#include "util/cursor.h"
#include "util/error.h"

static const struct {
	enum tls_version version;
	enum suite suite;
} kinds[] = {
	{ TLS_VERSION_1_3, SUITE_AES_128_GCM }, { TLS_VERSION_1_3, SUITE_AES_256_GCM },
	{ TLS_VERSION_1_3, SUITE_CHACHA20_POLY1305 }, { TLS_VERSION_1_2, SUITE_AES_128_GCM },
	{ TLS_VERSION_1_2, SUITE_AES_256_GCM }, { TLS_VERSION_1_2, SUITE_CHACHA20_POLY1305 },
};

struct world {
	struct tls_secrets client;      /* tx: what the client seals with */
	struct tls_record_keys *ours;
	struct tls_record_keys *theirs; /* opens what we seal */
	uint8_t wire[2 * RECORD_MAX];
};

static void world_make(struct world *w, uint8_t kind)
{
	struct tls_secrets ours;

	memset(&w->client, 0, sizeof(w->client));
	w->client.version = (uint16_t)kinds[kind % HD_ARRAY_LEN(kinds)].version;
	w->client.suite = (uint8_t)kinds[kind % HD_ARRAY_LEN(kinds)].suite;
	memset(w->client.tx.secret, 1, sizeof(w->client.tx.secret));
	memset(w->client.rx.secret, 2, sizeof(w->client.rx.secret));
	memset(w->client.tx.key, 3, sizeof(w->client.tx.key));
	if (w->client.version == TLS_VERSION_1_3) {
		hd_assert(secrets_derive(&w->client.tx, w->client.suite) == 0);
		hd_assert(secrets_derive(&w->client.rx, w->client.suite) == 0);
	}
	ours = w->client;
	ours.rx = w->client.tx;
	ours.tx = w->client.rx;
	hd_assert(record_keys_new(&w->ours, &ours) == 0);
	hd_assert(record_keys_new(&w->theirs, &w->client) == 0);
}

static void world_release(struct world *w)
{
	record_keys_free(w->ours);
	record_keys_free(w->theirs);
}

/* What the client sends: content, in TLS 1.3 with type and padding behind it.
 * Returns the size of the record at w->wire. */
static size_t client_seal(struct world *w, uint8_t type, const uint8_t *content, size_t len, size_t padding)
{
	struct tls_secrets_half *tx = &w->client.tx;
	bool new_version = w->client.version == TLS_VERSION_1_3;
	size_t front = secrets_nonce_is_explicit(&w->client) ? 8 : 0;
	uint8_t nonce[SUITE_IV_SIZE], aad[13], *data = w->wire + RECORD_HEADER_SIZE + front;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, aad_len = sizeof(aad);

	be_store64(aad, tx->seq);
	aad[8] = type;
	be_store16(aad + 9, 0x0303);
	be_store16(aad + 11, (uint16_t)len);
	if (len > 0)
		memcpy(data, content, len);
	if (new_version) {
		data[len++] = type;
		memset(data + len, 0, padding);
		len += padding;
		type = TLS_RECORD_DATA;
	}
	w->wire[0] = type;
	be_store16(w->wire + 1, 0x0303);
	be_store16(w->wire + 3, (uint16_t)(front + len + SUITE_TAG_SIZE));
	if (new_version) {
		memcpy(aad, w->wire, RECORD_HEADER_SIZE);
		aad_len = RECORD_HEADER_SIZE;
	}
	memcpy(nonce, tx->iv, sizeof(nonce));
	if (front) {
		be_store64(w->wire + RECORD_HEADER_SIZE, ~tx->seq); /* any will do */
		memcpy(nonce + 4, w->wire + RECORD_HEADER_SIZE, 8);
	} else {
		be_store64(nonce + 4, be_load64(nonce + 4) ^ tx->seq);
	}
	hd_assert(c && EVP_EncryptInit_ex(c, suite_cipher(w->client.suite), NULL, tx->key, nonce) == 1 &&
		  EVP_EncryptUpdate(c, NULL, &n, aad, aad_len) == 1 &&
		  (len == 0 || EVP_EncryptUpdate(c, data, &n, data, (int)len) == 1) &&
		  EVP_EncryptFinal_ex(c, data + len, &n) == 1 &&
		  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, SUITE_TAG_SIZE, data + len) == 1);
	EVP_CIPHER_CTX_free(c);
	tx->seq++;
	return (size_t)(data - w->wire) + len + SUITE_TAG_SIZE;
}

/* A record of the client's: opened, it is what was sealed. False: the
 * connection is over. */
static bool client_sends(struct world *w, uint8_t type, const uint8_t *content, size_t len, size_t padding)
{
	size_t n = client_seal(w, type, content, len, padding);
	bool owed = record_owes(w->ours);
	struct record_opened o;
	int rc;

	rc = record_peek(w->wire, n);
	if (w->client.version == TLS_VERSION_1_2 && (type < TLS_RECORD_ALERT || type > TLS_RECORD_DATA)) {
		hd_assert(rc == ERROR_MALFORMED);
		return false;
	}
	hd_assert(rc == (int)n);
	rc = record_open(w->ours, w->wire, n, &o);
	if (type == 0)
		return false; /* the type is then taken from the content, if there is one */
	if (rc < 0) { /* data inside of a message, or too often none */
		hd_assert(type == TLS_RECORD_DATA && (rc == ERROR_MALFORMED || (rc == ERROR_FULL && len == 0)));
		return false;
	}
	hd_assert(o.type == type && o.len == len && (len == 0 || memcmp(o.data, content, len) == 0));
	if (type == TLS_RECORD_DATA)
		return true;
	rc = record_control(w->ours, &o);
	hd_assert(rc >= 0 || rc == ERROR_MALFORMED || rc == ERROR_FULL);
	if (rc == CONTROL_KEY_UPDATE || rc == CONTROL_KEY_UPDATE_ASKED) {
		hd_assert(w->client.version == TLS_VERSION_1_3 && record_rx_seq(w->ours) == 0);
		hd_assert(secrets_next(&w->client.tx, w->client.suite) == 0);
	}
	hd_assert(record_owes(w->ours) == (owed || rc == CONTROL_KEY_UPDATE_ASKED));
	return rc == CONTROL_NONE || rc == CONTROL_KEY_UPDATE || rc == CONTROL_KEY_UPDATE_ASKED;
}

/* What we send is what the client opens, with what we owed in front. */
static bool we_send(struct world *w, const uint8_t *data, size_t len)
{
	struct iovec slices[2] = { { (void *)(uintptr_t)data, len / 3 },
				   { (void *)(uintptr_t)(data + len / 3), len - len / 3 } };
	size_t size = record_sealed_size(w->ours, len), at = 0, have = 0;
	bool owed = record_owes(w->ours);
	ssize_t n = record_seal(w->ours, slices, 2, w->wire, sizeof(w->wire));

	if (size > sizeof(w->wire)) {
		hd_assert(n == ERROR_TOO_BIG);
		return true;
	}
	hd_assert(n == (ssize_t)size && !record_owes(w->ours));
	while (at < size) {
		struct record_opened o;
		int one = record_peek(w->wire + at, size - at);

		hd_assert(one > 0 && (size_t)one <= size - at);
		hd_assert(record_open(w->theirs, w->wire + at, (size_t)one, &o) == 0);
		hd_assert((o.type == TLS_RECORD_HANDSHAKE) == (owed && at == 0));
		at += (size_t)one;
		if (o.type == TLS_RECORD_HANDSHAKE) {
			if (record_control(w->theirs, &o) == ERROR_FULL)
				return false; /* more updates than a client must take */
			continue;
		}
		hd_assert(o.len <= len - have && memcmp(o.data, data + have, o.len) == 0);
		have += o.len;
	}
	hd_assert(have == len);
	return true;
}

static void damaged_record(struct world *w, const uint8_t *content, size_t len, uint16_t where)
{
	size_t n = client_seal(w, TLS_RECORD_DATA, content, len, 0);
	struct record_opened o = { .len = 7 };
	size_t at = RECORD_HEADER_SIZE + where % (n - RECORD_HEADER_SIZE);

	w->wire[at] ^= (uint8_t)(1 << where % 8);
	hd_assert(record_open(w->ours, w->wire, n, &o) == ERROR_CRYPTO && o.len == 7);
}

/* Operation, a parameter, a length, so many bytes. */
static bool script_step(struct world *w, struct cursor *c)
{
	uint8_t op = cursor_u8(c), parameter = cursor_u8(c);
	size_t len = cursor_be16(c);
	const uint8_t *content;

	if (len > cursor_left(c))
		len = cursor_left(c);
	content = cursor_take(c, len);
	if (c->failed || len > RECORD_PLAIN_MAX)
		return false;
	switch (op % 5) {
	case 0:
		return client_sends(w, parameter, content, len, 0);
	case 1:
		if (len + parameter > RECORD_PLAIN_MAX)
			parameter = 0;
		return client_sends(w, TLS_RECORD_DATA, content, len, parameter);
	case 2:
		return we_send(w, content, len);
	case 3:
		if (w->client.version == TLS_VERSION_1_3)
			record_want_key_update(w->ours, parameter & 1);
		return true;
	default:
		damaged_record(w, content, len, parameter);
		return false;
	}
}

/* Bytes as they come: nobody has the keys, so nothing opens. */
static void raw(struct world *w, const uint8_t *data, size_t size)
{
	while (size > 0) {
		struct record_opened o = { .len = 7 };
		int n = record_peek(data, size), rc;

		if (n < 0) {
			hd_assert((n == ERROR_MORE) == (size < RECORD_HEADER_SIZE));
			hd_assert(n == ERROR_MORE || n == ERROR_MALFORMED || n == ERROR_TOO_BIG);
			return;
		}
		hd_assert(n >= RECORD_HEADER_SIZE && n <= RECORD_MAX);
		if ((size_t)n > size)
			return;
		memcpy(w->wire, data, (size_t)n);
		rc = record_open(w->ours, w->wire, (size_t)n, &o);
		hd_assert((rc == ERROR_CRYPTO || rc == ERROR_MALFORMED) && o.len == 7);
		data += n;
		size -= (size_t)n;
	}
}

static void one_input(const uint8_t *data, size_t size)
{
	static struct world w;

	world_make(&w, data[0] & 0x7f);
	if (data[0] & 0x80) {
		raw(&w, data + 1, size - 1);
	} else {
		struct cursor c = cursor_over(data + 1, size - 1);

		while (cursor_left(&c) > 0 && script_step(&w, &c))
			;
	}
	world_release(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int library = 0; library < AEAD_LIBRARIES && size > 0; library++)
		if (aead_choose((enum aead_library)library))
			one_input(data, size);
	return 0;
}
