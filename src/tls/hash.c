/* SPDX-License-Identifier: MIT */
#include "tls/hash.h"

#include <openssl/core_dispatch.h>
#include <pthread.h>
#include <string.h>

#include "tls/provider.h"
#include "tls/provider_default.h"
#include "util/bytes.h"
#include "util/error.h"

struct hash_functions {
	OSSL_FUNC_digest_newctx_fn *make;
	OSSL_FUNC_digest_freectx_fn *free;
	OSSL_FUNC_digest_init_fn *init;
	OSSL_FUNC_digest_update_fn *update;
	OSSL_FUNC_digest_final_fn *final;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct hash_functions sha256, sha384;

static void take(struct hash_functions *to, const OSSL_DISPATCH *from)
{
	struct hash_functions f = { NULL, NULL, NULL, NULL, NULL };

	for (; from && from->function_id; from++) {
		if (from->function_id == OSSL_FUNC_DIGEST_NEWCTX)
			f.make = OSSL_FUNC_digest_newctx(from);
		else if (from->function_id == OSSL_FUNC_DIGEST_FREECTX)
			f.free = OSSL_FUNC_digest_freectx(from);
		else if (from->function_id == OSSL_FUNC_DIGEST_INIT)
			f.init = OSSL_FUNC_digest_init(from);
		else if (from->function_id == OSSL_FUNC_DIGEST_UPDATE)
			f.update = OSSL_FUNC_digest_update(from);
		else if (from->function_id == OSSL_FUNC_DIGEST_FINAL)
			f.final = OSSL_FUNC_digest_final(from);
	}
	if (f.make && f.free && f.init && f.update && f.final)
		*to = f;
}

static void take_all(void)
{
	if (!provider_library())
		return;
	take(&sha256, provider_default_functions(OSSL_OP_DIGEST, "SHA2-256"));
	take(&sha384, provider_default_functions(OSSL_OP_DIGEST, "SHA2-384"));
}

bool hash_begin(struct hash *h, enum suite suite)
{
	const struct hash_functions *f = suite_hash_size(suite) == 32 ? &sha256 : &sha384;
	void *state;

	pthread_once(&once, take_all);
	state = f->make ? f->make(provider_default_state()) : NULL;
	if (!state)
		return false;
	*h = (struct hash){ f, state };
	if (hash_again(h))
		return true;
	hash_release(h);
	return false;
}

bool hash_again(struct hash *h)
{
	return h->functions->init(h->state, NULL) == 1;
}

bool hash_add(struct hash *h, const void *data, size_t len)
{
	return len == 0 || h->functions->update(h->state, data, len) == 1;
}

bool hash_end(struct hash *h, uint8_t *out)
{
	size_t len;

	return h->functions->final(h->state, out, &len, SUITE_HASH_MAX) == 1;
}

void hash_release(struct hash *h)
{
	if (h->functions)
		h->functions->free(h->state);
	*h = (struct hash){ NULL, NULL };
}

/* ---- HMAC ---- */

static void turn(uint8_t *pad, size_t len, uint8_t with)
{
	for (size_t i = 0; i < len; i++)
		pad[i] ^= with;
}

int hash_mac_begin(struct hash_mac *m, enum suite suite, const void *key, size_t len)
{
	struct hash_mac made = { .hash_size = suite_hash_size(suite), .block_size = suite_block_size(suite) };
	int rc = ERROR_CRYPTO;

	if (len > made.block_size)
		return ERROR_RANGE;
	if (len > 0)
		memcpy(made.pad, key, len);
	turn(made.pad, made.block_size, 0x36);
	if (hash_begin(&made.hash, suite)) {
		if (hash_add(&made.hash, made.pad, made.block_size)) {
			turn(made.pad, made.block_size, 0x36 ^ 0x5c);
			*m = made;
			rc = 0;
		} else {
			hash_release(&made.hash);
		}
	}
	bytes_wipe(made.pad, sizeof(made.pad));
	return rc;
}

bool hash_mac_add(struct hash_mac *m, const void *data, size_t len)
{
	return hash_add(&m->hash, data, len);
}

bool hash_mac_end(struct hash_mac *m, uint8_t *out)
{
	uint8_t inner[SUITE_HASH_MAX], made[SUITE_HASH_MAX];
	bool done = hash_end(&m->hash, inner) && hash_again(&m->hash) &&
		    hash_add(&m->hash, m->pad, m->block_size) && hash_add(&m->hash, inner, m->hash_size) &&
		    hash_end(&m->hash, made);

	if (done)
		memcpy(out, made, m->hash_size);
	bytes_wipe(inner, sizeof(inner));
	bytes_wipe(made, sizeof(made));
	return done;
}

void hash_mac_release(struct hash_mac *m)
{
	hash_release(&m->hash);
	bytes_wipe(m->pad, sizeof(m->pad));
}
