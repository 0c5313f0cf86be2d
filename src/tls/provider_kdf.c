/* SPDX-License-Identifier: MIT
 * "TLS13-KDF" as libssl calls it: one call derives one secret, and everything is
 * said with that call, so there is no state between calls. */
#include "tls/provider_kdf.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <string.h>

#include "tls/hkdf.h"
#include "tls/provider.h"
#include "tls/secrets.h"
#include "util/bytes.h"
#include "util/error.h"

#define PREFIX "tls13 "
#define CLIENT_LABEL "c ap traffic"
#define SERVER_LABEL "s ap traffic"
#define RESUMPTION_LABEL "res master"

static _Thread_local struct provider_kdf_watch *looking_on;

void provider_kdf_look_on(struct provider_kdf_watch *watch)
{
	looking_on = watch;
}

static bool is_label(struct hkdf_bytes label, const char *text)
{
	return label.len == strlen(text) && memcmp(label.data, text, label.len) == 0;
}

static void show(enum suite suite, struct hkdf_bytes label, const uint8_t *secret, size_t len)
{
	struct provider_kdf_watch *w = looking_on;

	if (!w || len != suite_hash_size(suite))
		return;
	w->suite = suite;
	if (is_label(label, CLIENT_LABEL)) {
		memcpy(w->secrets->rx.secret, secret, len);
		w->client_seen = true;
	} else if (is_label(label, SERVER_LABEL)) {
		memcpy(w->secrets->tx.secret, secret, len);
		w->server_seen = true;
	} else if (is_label(label, RESUMPTION_LABEL)) {
		memcpy(w->resumption, secret, len);
		w->resumption_seen = true;
	}
}

/* ---- what is asked for ---- */

struct order {
	int mode;
	bool has_suite;
	enum suite suite; /* one with that hash */
	struct hkdf_bytes key, salt, label, context;
};

static bool take_int(int *value, const OSSL_PARAM *p)
{
	return OSSL_PARAM_get_int(p, value) == 1;
}

static bool take_bytes(struct hkdf_bytes *bytes, const OSSL_PARAM *p)
{
	*bytes = (struct hkdf_bytes){ p->data, p->data_size };
	return p->data_type == OSSL_PARAM_OCTET_STRING && (p->data || p->data_size == 0);
}

static bool take_digest(struct order *o, const OSSL_PARAM *p)
{
	o->has_suite = p->data_type == OSSL_PARAM_UTF8_STRING && p->data && suite_of_hash(&o->suite, p->data) == 0;
	return o->has_suite;
}

static bool is_prefix(const OSSL_PARAM *p)
{
	struct hkdf_bytes b;

	return take_bytes(&b, p) && b.len == strlen(PREFIX) && memcmp(b.data, PREFIX, b.len) == 0;
}

static bool take_param(struct order *o, const OSSL_PARAM *p)
{
	if (strcmp(p->key, OSSL_KDF_PARAM_MODE) == 0)
		return take_int(&o->mode, p);
	if (strcmp(p->key, OSSL_KDF_PARAM_DIGEST) == 0)
		return take_digest(o, p);
	if (strcmp(p->key, OSSL_KDF_PARAM_KEY) == 0)
		return take_bytes(&o->key, p);
	if (strcmp(p->key, OSSL_KDF_PARAM_SALT) == 0)
		return take_bytes(&o->salt, p);
	if (strcmp(p->key, OSSL_KDF_PARAM_LABEL) == 0)
		return take_bytes(&o->label, p);
	if (strcmp(p->key, OSSL_KDF_PARAM_DATA) == 0)
		return take_bytes(&o->context, p);
	return strcmp(p->key, OSSL_KDF_PARAM_PREFIX) != 0 || is_prefix(p);
}

static bool take_order(struct order *o, const OSSL_PARAM params[])
{
	*o = (struct order){ .mode = -1 };
	for (; params && params->key; params++)
		if (!take_param(o, params))
			return false;
	return o->has_suite;
}

/* ---- deriving ---- */

/* One step down the key schedule: what was there, by way of "derived", is the
 * salt of what comes in; nothing was there at the top, and nothing comes in
 * without a key that both had before, or at the bottom. */
static int next_secret(uint8_t *out, const struct order *o)
{
	static const uint8_t zeros[SUITE_HASH_MAX];
	size_t size = suite_hash_size(o->suite);
	struct hkdf_bytes salt = { "", 0 }, input = o->key.len ? o->key : (struct hkdf_bytes){ zeros, size };
	uint8_t empty[SUITE_HASH_MAX], derived[SUITE_HASH_MAX];
	int rc = 0;

	if (o->salt.len && o->salt.len != size)
		return ERROR_RANGE;
	if (o->salt.len) {
		rc = hkdf_hash(empty, o->suite, (struct hkdf_bytes){ "", 0 });
		if (rc == 0)
			rc = hkdf_expand_label(derived, size, o->suite, o->salt.data, o->label,
					       (struct hkdf_bytes){ empty, size });
		salt = (struct hkdf_bytes){ derived, size };
	}
	if (rc == 0)
		rc = hkdf_extract(out, o->suite, salt, input);
	bytes_wipe(derived, sizeof(derived));
	return rc;
}

static int derive(void *state, unsigned char *out, size_t len, const OSSL_PARAM params[])
{
	struct order o;
	int rc = ERROR_RANGE;

	(void)state;
	if (take_order(&o, params)) {
		size_t size = suite_hash_size(o.suite);

		if (o.mode == EVP_KDF_HKDF_MODE_EXTRACT_ONLY && len == size)
			rc = next_secret(out, &o);
		else if (o.mode == EVP_KDF_HKDF_MODE_EXPAND_ONLY && o.key.len == size)
			rc = hkdf_expand_label(out, len, o.suite, o.key.data, o.label, o.context);
	}
	if (rc < 0) {
		ERR_raise(ERR_LIB_PROV, rc == ERROR_RANGE ? ERR_R_PASSED_INVALID_ARGUMENT : ERR_R_INTERNAL_ERROR);
		return 0;
	}
	if (o.mode == EVP_KDF_HKDF_MODE_EXPAND_ONLY)
		show(o.suite, o.label, out, len);
	return 1;
}

static void *state_new(void *provider)
{
	return provider; /* OpenSSL only wants it not to be NULL */
}

static void state_free(void *state)
{
	(void)state;
}

static const OSSL_DISPATCH functions[] = {
	{ OSSL_FUNC_KDF_NEWCTX, (void (*)(void))state_new },
	{ OSSL_FUNC_KDF_FREECTX, (void (*)(void))state_free },
	{ OSSL_FUNC_KDF_RESET, (void (*)(void))state_free },
	{ OSSL_FUNC_KDF_DERIVE, (void (*)(void))derive },
	{ 0, NULL },
};

const OSSL_ALGORITHM *provider_kdf_algorithms(void)
{
	static const OSSL_ALGORITHM table[] = {
		{ "TLS13-KDF", PROVIDER_PROPERTIES, functions, NULL },
		{ NULL, NULL, NULL, NULL },
	};

	return table;
}
