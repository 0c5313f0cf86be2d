/* SPDX-License-Identifier: MIT */
#include "tls/provider_mac.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <stdbool.h>
#include <string.h>

#include "tls/hash.h"
#include "tls/provider.h"
#include "util/error.h"

struct mac {
	struct hash_mac hmac; /* hash.functions: there is a key */
	bool has_suite;
	enum suite suite; /* one with that hash */
};

static void *mac_new(void *provider)
{
	(void)provider;
	return OPENSSL_zalloc(sizeof(struct mac));
}

static void mac_free(void *mac)
{
	struct mac *m = mac;

	if (m)
		hash_mac_release(&m->hmac);
	OPENSSL_free(m);
}

static int refuse(int reason)
{
	ERR_raise(ERR_LIB_PROV, reason);
	return 0;
}

static int set_key(struct mac *m, const void *key, size_t len)
{
	int rc;

	if (!m->has_suite)
		return refuse(PROV_R_MISSING_MESSAGE_DIGEST);
	hash_mac_release(&m->hmac);
	rc = hash_mac_begin(&m->hmac, m->suite, key, len);
	if (rc < 0)
		return refuse(rc == ERROR_RANGE ? PROV_R_INVALID_KEY_LENGTH : ERR_R_INTERNAL_ERROR);
	return 1;
}

static int set_params(void *mac, const OSSL_PARAM params[])
{
	const OSSL_PARAM *digest = OSSL_PARAM_locate_const(params, OSSL_MAC_PARAM_DIGEST);
	const OSSL_PARAM *key = OSSL_PARAM_locate_const(params, OSSL_MAC_PARAM_KEY);
	struct mac *m = mac;

	if (digest) {
		if (digest->data_type != OSSL_PARAM_UTF8_STRING || !digest->data ||
		    suite_of_hash(&m->suite, digest->data) < 0)
			return refuse(PROV_R_INVALID_DIGEST);
		m->has_suite = true;
	}
	if (key && key->data_type != OSSL_PARAM_OCTET_STRING)
		return refuse(ERR_R_PASSED_INVALID_ARGUMENT);
	return !key || set_key(m, key->data, key->data_size);
}

static const OSSL_PARAM *settable_params(void *mac, void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_MAC_PARAM_KEY, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)mac;
	(void)provider;
	return params;
}

static int get_params(void *mac, OSSL_PARAM params[])
{
	OSSL_PARAM *size = OSSL_PARAM_locate(params, OSSL_MAC_PARAM_SIZE);
	OSSL_PARAM *block = OSSL_PARAM_locate(params, OSSL_MAC_PARAM_BLOCK_SIZE);
	const struct mac *m = mac;

	return (!size || OSSL_PARAM_set_size_t(size, m->has_suite ? suite_hash_size(m->suite) : 0)) &&
	       (!block || OSSL_PARAM_set_size_t(block, m->has_suite ? suite_block_size(m->suite) : 0));
}

static const OSSL_PARAM *gettable_params(void *mac, void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_size_t(OSSL_MAC_PARAM_SIZE, NULL),
		OSSL_PARAM_size_t(OSSL_MAC_PARAM_BLOCK_SIZE, NULL),
		OSSL_PARAM_END,
	};

	(void)mac;
	(void)provider;
	return params;
}

static int mac_init(void *mac, const unsigned char *key, size_t len, const OSSL_PARAM params[])
{
	return set_params(mac, params) && (!key || set_key(mac, key, len));
}

static int mac_update(void *mac, const unsigned char *data, size_t len)
{
	struct mac *m = mac;

	return m->hmac.hash.functions ? hash_mac_add(&m->hmac, data, len) : refuse(PROV_R_NO_KEY_SET);
}

static int mac_final(void *mac, unsigned char *out, size_t *len, size_t room)
{
	struct mac *m = mac;
	int done;

	if (!m->hmac.hash.functions)
		return refuse(PROV_R_NO_KEY_SET);
	if (room < m->hmac.hash_size)
		return refuse(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
	*len = m->hmac.hash_size;
	done = hash_mac_end(&m->hmac, out);
	hash_mac_release(&m->hmac); /* the next one wants its key again */
	return done;
}

static const OSSL_DISPATCH functions[] = {
	{ OSSL_FUNC_MAC_NEWCTX, (void (*)(void))mac_new },
	{ OSSL_FUNC_MAC_FREECTX, (void (*)(void))mac_free },
	{ OSSL_FUNC_MAC_INIT, (void (*)(void))mac_init },
	{ OSSL_FUNC_MAC_UPDATE, (void (*)(void))mac_update },
	{ OSSL_FUNC_MAC_FINAL, (void (*)(void))mac_final },
	{ OSSL_FUNC_MAC_GET_CTX_PARAMS, (void (*)(void))get_params },
	{ OSSL_FUNC_MAC_GETTABLE_CTX_PARAMS, (void (*)(void))gettable_params },
	{ OSSL_FUNC_MAC_SET_CTX_PARAMS, (void (*)(void))set_params },
	{ OSSL_FUNC_MAC_SETTABLE_CTX_PARAMS, (void (*)(void))settable_params },
	{ 0, NULL },
};

const OSSL_ALGORITHM *provider_mac_algorithms(void)
{
	static const OSSL_ALGORITHM table[] = {
		{ "HMAC", PROVIDER_PROPERTIES, functions, NULL },
		{ NULL, NULL, NULL, NULL },
	};

	return table;
}
