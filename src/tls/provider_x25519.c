/* SPDX-License-Identifier: MIT
 * X25519 as OpenSSL's keys and key exchange, for libssl alone: keys are made
 * for one handshake, public keys come and go encoded; nothing is imported,
 * exported or printed. */
#include "tls/provider_x25519.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "crypto/x25519.h"
#include "tls/provider.h"
#include "tls/provider_default.h"

#define NAMES "X25519:1.3.101.110" /* as OpenSSL's own, which know each other by name */
#define GROUP "x25519"
#define FIELD_BITS 253
#define SECURITY_BITS 128

struct key {
	uint8_t public_key[X25519_SIZE];
	uint8_t private_key[X25519_SIZE];
	bool has_public;
	bool has_private;
};

/* ---- keys ---- */

static void *key_new(void *provider)
{
	(void)provider;
	return OPENSSL_zalloc(sizeof(struct key));
}

static void key_free(void *key)
{
	OPENSSL_clear_free(key, sizeof(struct key));
}

/* libssl copies a key's parameters, of which there are none, for TLS 1.2. */
static void *key_dup(const void *key, int selection)
{
	const struct key *from = key;
	struct key *to = key_new(NULL);

	if (to && selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY && from->has_public) {
		memcpy(to->public_key, from->public_key, X25519_SIZE);
		to->has_public = true;
	}
	if (to && selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY && from->has_private) {
		memcpy(to->private_key, from->private_key, X25519_SIZE);
		to->has_private = true;
	}
	return to;
}

static int key_has(const void *key, int selection)
{
	const struct key *k = key;

	return k && (!(selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) || k->has_public) &&
	       (!(selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) || k->has_private);
}

/* Any 32 bytes are a public key; what gives no secret is refused when it is used. */
static int key_validate(const void *key, int selection, int how)
{
	(void)how;
	return key_has(key, selection);
}

static int key_match(const void *a, const void *b, int selection)
{
	const struct key *left = a, *right = b;

	if (!(selection & OSSL_KEYMGMT_SELECT_KEYPAIR))
		return 1;
	return left->has_public && right->has_public &&
	       memcmp(left->public_key, right->public_key, X25519_SIZE) == 0;
}

static int set_int(OSSL_PARAM params[], const char *name, int value)
{
	OSSL_PARAM *p = OSSL_PARAM_locate(params, name);

	return !p || OSSL_PARAM_set_int(p, value);
}

static int key_get_params(void *key, OSSL_PARAM params[])
{
	const struct key *k = key;
	OSSL_PARAM *p = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY);

	if (p && !(k->has_public && OSSL_PARAM_set_octet_string(p, k->public_key, X25519_SIZE)))
		return 0;
	return set_int(params, OSSL_PKEY_PARAM_BITS, FIELD_BITS) &&
	       set_int(params, OSSL_PKEY_PARAM_SECURITY_BITS, SECURITY_BITS) &&
	       set_int(params, OSSL_PKEY_PARAM_MAX_SIZE, X25519_SIZE);
}

static const OSSL_PARAM *key_gettable_params(void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provider;
	return params;
}

/* The client's key share: whatever was here is gone with it. */
static int key_set_params(void *key, const OSSL_PARAM params[])
{
	const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY);
	struct key *k = key;

	if (!p)
		return 1;
	if (p->data_type != OSSL_PARAM_OCTET_STRING || p->data_size != X25519_SIZE || !p->data) {
		ERR_raise(ERR_LIB_PROV, PROV_R_INVALID_KEY_LENGTH);
		return 0;
	}
	OPENSSL_cleanse(k, sizeof(*k));
	memcpy(k->public_key, p->data, X25519_SIZE);
	k->has_public = true;
	k->has_private = false;
	return 1;
}

static const OSSL_PARAM *key_settable_params(void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provider;
	return params;
}

/* ---- making keys: all that is to be known beforehand is whether one is wanted,
 * or only an empty one that a public key will be put into ---- */

static const char gen_pair, gen_empty;

static void *gen_init(void *provider, int selection, const OSSL_PARAM params[])
{
	(void)provider;
	(void)params;
	return (void *)(uintptr_t)(selection & OSSL_KEYMGMT_SELECT_KEYPAIR ? &gen_pair : &gen_empty);
}

static int gen_set_params(void *gen, const OSSL_PARAM params[])
{
	const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_GROUP_NAME);

	(void)gen;
	if (!p || (p->data_type == OSSL_PARAM_UTF8_STRING && p->data && strcasecmp(p->data, GROUP) == 0))
		return 1;
	ERR_raise(ERR_LIB_PROV, ERR_R_PASSED_INVALID_ARGUMENT);
	return 0;
}

static const OSSL_PARAM *gen_settable_params(void *gen, void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)gen;
	(void)provider;
	return params;
}

static bool make_private(uint8_t private_key[X25519_SIZE])
{
	return RAND_priv_bytes_ex(provider_default_library(), private_key, X25519_SIZE, 0) == 1;
}

static bool make_pair(struct key *k)
{
	if (!make_private(k->private_key))
		return false;
	x25519_public_of(k->public_key, k->private_key);
	k->has_public = k->has_private = true;
	return true;
}

static void *gen_run(void *gen, OSSL_CALLBACK *progress, void *arg)
{
	struct key *k = OPENSSL_zalloc(sizeof(*k));

	(void)progress;
	(void)arg;
	if (!k || gen == &gen_empty || make_pair(k))
		return k;
	key_free(k);
	return NULL;
}

static void gen_cleanup(void *gen)
{
	(void)gen;
}

static const OSSL_DISPATCH key_functions[] = {
	{ OSSL_FUNC_KEYMGMT_NEW, (void (*)(void))key_new },
	{ OSSL_FUNC_KEYMGMT_FREE, (void (*)(void))key_free },
	{ OSSL_FUNC_KEYMGMT_DUP, (void (*)(void))key_dup },
	{ OSSL_FUNC_KEYMGMT_HAS, (void (*)(void))key_has },
	{ OSSL_FUNC_KEYMGMT_VALIDATE, (void (*)(void))key_validate },
	{ OSSL_FUNC_KEYMGMT_MATCH, (void (*)(void))key_match },
	{ OSSL_FUNC_KEYMGMT_GET_PARAMS, (void (*)(void))key_get_params },
	{ OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (void (*)(void))key_gettable_params },
	{ OSSL_FUNC_KEYMGMT_SET_PARAMS, (void (*)(void))key_set_params },
	{ OSSL_FUNC_KEYMGMT_SETTABLE_PARAMS, (void (*)(void))key_settable_params },
	{ OSSL_FUNC_KEYMGMT_GEN_INIT, (void (*)(void))gen_init },
	{ OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS, (void (*)(void))gen_set_params },
	{ OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS, (void (*)(void))gen_settable_params },
	{ OSSL_FUNC_KEYMGMT_GEN, (void (*)(void))gen_run },
	{ OSSL_FUNC_KEYMGMT_GEN_CLEANUP, (void (*)(void))gen_cleanup },
	{ 0, NULL },
};

const OSSL_ALGORITHM *provider_x25519_keys(void)
{
	static const OSSL_ALGORITHM table[] = {
		{ NAMES, PROVIDER_PROPERTIES, key_functions, NULL },
		{ NULL, NULL, NULL, NULL },
	};

	return table;
}

/* ---- what two keys agree on ---- */

static int derived(int rc)
{
	if (rc == 0)
		return 1;
	ERR_raise(ERR_LIB_PROV, PROV_R_FAILED_DURING_DERIVATION);
	return 0;
}

static int agree(uint8_t *secret, const struct key *ours, const struct key *theirs)
{
	return derived(x25519_agree(secret, ours->private_key, theirs->public_key));
}

/* ---- key exchange: of two keys that outlive it ---- */

struct exchange {
	const struct key *ours;
	const struct key *theirs;
};

static void *exchange_new(void *provider)
{
	(void)provider;
	return OPENSSL_zalloc(sizeof(struct exchange));
}

static void exchange_free(void *exchange)
{
	OPENSSL_free(exchange);
}

static int exchange_init(void *exchange, void *key, const OSSL_PARAM params[])
{
	struct exchange *x = exchange;

	(void)params;
	*x = (struct exchange){ .ours = key };
	return key_has(key, OSSL_KEYMGMT_SELECT_PRIVATE_KEY);
}

static int exchange_set_peer(void *exchange, void *key)
{
	struct exchange *x = exchange;

	x->theirs = key;
	return key_has(key, OSSL_KEYMGMT_SELECT_PUBLIC_KEY);
}

static int exchange_derive(void *exchange, unsigned char *secret, size_t *len, size_t room)
{
	const struct exchange *x = exchange;

	if (!x->ours || !x->theirs) {
		ERR_raise(ERR_LIB_PROV, PROV_R_MISSING_KEY);
		return 0;
	}
	*len = X25519_SIZE;
	if (!secret)
		return 1;
	if (room < X25519_SIZE) {
		ERR_raise(ERR_LIB_PROV, PROV_R_OUTPUT_BUFFER_TOO_SMALL);
		return 0;
	}
	return agree(secret, x->ours, x->theirs);
}

static const OSSL_DISPATCH exchange_functions[] = {
	{ OSSL_FUNC_KEYEXCH_NEWCTX, (void (*)(void))exchange_new },
	{ OSSL_FUNC_KEYEXCH_INIT, (void (*)(void))exchange_init },
	{ OSSL_FUNC_KEYEXCH_SET_PEER, (void (*)(void))exchange_set_peer },
	{ OSSL_FUNC_KEYEXCH_DERIVE, (void (*)(void))exchange_derive },
	{ OSSL_FUNC_KEYEXCH_FREECTX, (void (*)(void))exchange_free },
	{ 0, NULL },
};

const OSSL_ALGORITHM *provider_x25519_exchange(void)
{
	static const OSSL_ALGORITHM table[] = {
		{ NAMES, PROVIDER_PROPERTIES, exchange_functions, NULL },
		{ NULL, NULL, NULL, NULL },
	};

	return table;
}

/* ---- the same as libssl asks a mechanism for encapsulating keys, in one call:
 * what is "encapsulated" is a public key made for it ---- */

static int encapsulate_init(void *exchange, void *key, const OSSL_PARAM params[])
{
	struct exchange *x = exchange;

	(void)params;
	*x = (struct exchange){ .theirs = key };
	return key_has(key, OSSL_KEYMGMT_SELECT_PUBLIC_KEY);
}

static int encapsulate(void *exchange, unsigned char *out, size_t *len, unsigned char *secret, size_t *secret_len)
{
	const struct exchange *x = exchange;
	size_t room = len ? *len : X25519_SIZE, secret_room = secret_len ? *secret_len : X25519_SIZE;
	uint8_t private_key[X25519_SIZE];
	int done;

	if (len)
		*len = X25519_SIZE;
	if (secret_len)
		*secret_len = X25519_SIZE;
	if (!out)
		return 1;
	if (!secret || room < X25519_SIZE || secret_room < X25519_SIZE) {
		ERR_raise(ERR_LIB_PROV, PROV_R_OUTPUT_BUFFER_TOO_SMALL);
		return 0;
	}
	done = make_private(private_key) &&
	       derived(x25519_encapsulate(out, secret, private_key, x->theirs->public_key));
	OPENSSL_cleanse(private_key, sizeof(private_key));
	return done;
}

/* The other end's part, without which OpenSSL takes none of it. */
static int decapsulate_init(void *exchange, void *key, const OSSL_PARAM params[])
{
	return exchange_init(exchange, key, params);
}

static int decapsulate(void *exchange, unsigned char *secret, size_t *len, const unsigned char *in, size_t in_len)
{
	const struct exchange *x = exchange;
	size_t room = len && secret ? *len : X25519_SIZE;
	struct key theirs = { .has_public = true };

	if (len)
		*len = X25519_SIZE;
	if (!secret)
		return 1;
	if (in_len != X25519_SIZE || room < X25519_SIZE) {
		ERR_raise(ERR_LIB_PROV, PROV_R_INVALID_KEY_LENGTH);
		return 0;
	}
	memcpy(theirs.public_key, in, X25519_SIZE);
	return agree(secret, x->ours, &theirs);
}

static const OSSL_DISPATCH encapsulation_functions[] = {
	{ OSSL_FUNC_KEM_NEWCTX, (void (*)(void))exchange_new },
	{ OSSL_FUNC_KEM_FREECTX, (void (*)(void))exchange_free },
	{ OSSL_FUNC_KEM_ENCAPSULATE_INIT, (void (*)(void))encapsulate_init },
	{ OSSL_FUNC_KEM_ENCAPSULATE, (void (*)(void))encapsulate },
	{ OSSL_FUNC_KEM_DECAPSULATE_INIT, (void (*)(void))decapsulate_init },
	{ OSSL_FUNC_KEM_DECAPSULATE, (void (*)(void))decapsulate },
	{ 0, NULL },
};

const OSSL_ALGORITHM *provider_x25519_encapsulation(void)
{
	static const OSSL_ALGORITHM table[] = {
		{ NAMES, PROVIDER_PROPERTIES, encapsulation_functions, NULL },
		{ NULL, NULL, NULL, NULL },
	};

	return table;
}
