/* SPDX-License-Identifier: MIT */
#include "tls/ticket.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tls/hkdf.h"
#include "tls/random.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/mono.h"

#define NAME_SIZE 16
#define KEY_SIZE 32
#define IV_SIZE 16
#define MAC_SIZE 32 /* HMAC with SHA-256 */

struct ticket_key {
	uint8_t name[NAME_SIZE];
	uint8_t cipher_key[KEY_SIZE];
	uint8_t mac_key[KEY_SIZE];
	uint64_t made_ns; /* 0: none */
};

struct ticket_keys {
	_Atomic uint32_t refs;
	pthread_mutex_t lock;   /* held for a copy or a change of keys, never while sealing */
	EVP_CIPHER *cipher;
	struct ticket_key now;
	struct ticket_key before;
};

static int key_make(struct ticket_key *key, uint64_t now_ns)
{
	struct ticket_key k = { .made_ns = now_ns };
	int done = RAND_bytes(k.name, sizeof(k.name)) == 1 && RAND_priv_bytes(k.cipher_key, KEY_SIZE) == 1 &&
		   RAND_priv_bytes(k.mac_key, KEY_SIZE) == 1;

	if (done)
		*key = k;
	bytes_wipe(&k, sizeof(k));
	return done ? 0 : ERROR_CRYPTO;
}

int ticket_keys_new(struct ticket_keys **keys)
{
	struct ticket_keys *k = calloc(1, sizeof(*k));
	int rc;

	if (!k)
		return ERROR_NO_MEMORY;
	atomic_init(&k->refs, 1);
	pthread_mutex_init(&k->lock, NULL);
	k->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	rc = k->cipher ? key_make(&k->now, mono_now_ns()) : ERROR_CRYPTO;
	if (rc < 0) {
		ticket_keys_unref(k);
		return rc;
	}
	*keys = k;
	return 0;
}

struct ticket_keys *ticket_keys_ref(struct ticket_keys *keys)
{
	atomic_fetch_add_explicit(&keys->refs, 1, memory_order_relaxed);
	return keys;
}

void ticket_keys_unref(struct ticket_keys *keys)
{
	if (!keys || atomic_fetch_sub_explicit(&keys->refs, 1, memory_order_acq_rel) != 1)
		return;
	EVP_CIPHER_free(keys->cipher);
	pthread_mutex_destroy(&keys->lock);
	bytes_wipe(keys, sizeof(*keys));
	free(keys);
}

/* Another thread may have made the key since this one looked at the clock. */
static bool too_old(const struct ticket_key *k, uint64_t now_ns, uint64_t limit_s)
{
	return k->made_ns == 0 || now_ns >= k->made_ns + limit_s * MONO_NS_PER_S;
}

/* The key that seals now. Without random bytes the old one goes on. */
static struct ticket_key key_to_seal(struct ticket_keys *keys, uint64_t now_ns)
{
	struct ticket_key fresh, key;

	pthread_mutex_lock(&keys->lock);
	if (too_old(&keys->now, now_ns, TICKET_LIFETIME_S) && key_make(&fresh, now_ns) == 0) {
		keys->before = keys->now;
		keys->now = fresh;
		bytes_wipe(&fresh, sizeof(fresh));
	}
	key = keys->now;
	pthread_mutex_unlock(&keys->lock);
	return key;
}

/* The key of that name; made_ns is 0 if there is none any more. */
static struct ticket_key key_to_open(struct ticket_keys *keys, const uint8_t *name, uint64_t now_ns)
{
	struct ticket_key key = { .made_ns = 0 };

	pthread_mutex_lock(&keys->lock);
	if (memcmp(keys->now.name, name, NAME_SIZE) == 0)
		key = keys->now;
	else if (memcmp(keys->before.name, name, NAME_SIZE) == 0)
		key = keys->before;
	pthread_mutex_unlock(&keys->lock);
	if (too_old(&key, now_ns, 2 * TICKET_LIFETIME_S))
		key.made_ns = 0;
	return key;
}

/* ---- sealing, in TLS 1.3: as libssl would, for it is libssl that opens ---- */

/* Returns the bytes written, whole blocks; 0: OpenSSL failed. */
static size_t encrypt(const struct ticket_keys *keys, const struct ticket_key *key, const uint8_t *iv,
		      uint8_t *out, const void *content, size_t len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, rest = 0;
	bool done = ctx && EVP_EncryptInit_ex2(ctx, keys->cipher, key->cipher_key, iv, NULL) == 1 &&
		    EVP_EncryptUpdate(ctx, out, &n, content, (int)len) == 1 &&
		    EVP_EncryptFinal_ex(ctx, out + n, &rest) == 1;

	EVP_CIPHER_CTX_free(ctx);
	return done ? (size_t)n + (size_t)rest : 0;
}

static int seal_with(const struct ticket_keys *keys, const struct ticket_key *key, uint8_t *out,
		     const void *content, size_t len)
{
	uint8_t *iv = out + NAME_SIZE, *body = iv + IV_SIZE;
	size_t size;
	int rc;

	memcpy(out, key->name, NAME_SIZE);
	if (!random_bytes(iv, IV_SIZE))
		return ERROR_CRYPTO;
	size = encrypt(keys, key, iv, body, content, len);
	if (size == 0)
		return ERROR_CRYPTO;
	size += NAME_SIZE + IV_SIZE;
	rc = hkdf_hmac(out + size, SUITE_AES_128_GCM, (struct hkdf_bytes){ key->mac_key, KEY_SIZE },
		       (struct hkdf_bytes){ out, size });
	return rc < 0 ? rc : (int)(size + MAC_SIZE);
}

int ticket_keys_seal(struct ticket_keys *keys, uint8_t *out, const void *content, size_t len)
{
	struct ticket_key key = key_to_seal(keys, mono_now_ns());
	int n = seal_with(keys, &key, out, content, len);

	bytes_wipe(&key, sizeof(key));
	return n;
}

/* ---- opening, and TLS 1.2: by libssl ---- */

static bool set_up(const struct ticket_keys *keys, struct ticket_key *key, const uint8_t *iv,
		   EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seals)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac_key, KEY_SIZE),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_CipherInit_ex2(cipher, keys->cipher, key->cipher_key, iv, seals, NULL) == 1 &&
	       EVP_MAC_CTX_set_params(mac, params) == 1;
}

/* OpenSSL's callback: 0 gives no ticket, or does not know this one; 1 goes on;
 * 2 resumes and gives a new ticket, since each should be used once. */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
		     int seals)
{
	struct ticket_keys *keys = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct ticket_key key;
	int result = seals ? 1 : 2;

	if (seals) {
		key = key_to_seal(keys, mono_now_ns());
		if (!random_bytes(iv, IV_SIZE))
			result = 0;
		memcpy(name, key.name, NAME_SIZE);
	} else {
		key = key_to_open(keys, name, mono_now_ns());
		if (key.made_ns == 0)
			result = 0;
	}
	if (result && !set_up(keys, &key, iv, cipher, mac, seals))
		result = -1;
	bytes_wipe(&key, sizeof(key));
	return result;
}

void ticket_keys_use(struct ticket_keys *keys, SSL_CTX *ssl_ctx)
{
	SSL_CTX_set_app_data(ssl_ctx, keys);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ssl_ctx, on_ticket);
	SSL_CTX_set_timeout(ssl_ctx, TICKET_LIFETIME_S);
}
