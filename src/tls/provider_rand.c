/* SPDX-License-Identifier: MIT */
#include "tls/provider_rand.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdint.h>

#include "tls/provider.h"
#include "tls/random.h"

#define REQUEST_MAX ((size_t)1 << 16)
#define STRENGTH 256

static void *rand_new(void *provider, void *parent, const OSSL_DISPATCH *parent_functions)
{
	(void)parent;
	(void)parent_functions;
	return provider; /* OpenSSL only wants it not to be NULL */
}

static void rand_free(void *state)
{
	(void)state;
}

static int instantiate(void *state, unsigned int strength, int prediction_resistance, const unsigned char *text,
		       size_t text_len, const OSSL_PARAM params[])
{
	(void)state;
	(void)prediction_resistance;
	(void)text;
	(void)text_len;
	(void)params;
	return strength <= STRENGTH;
}

static int uninstantiate(void *state)
{
	(void)state;
	return 1;
}

static int generate(void *state, unsigned char *out, size_t len, unsigned int strength, int prediction_resistance,
		    const unsigned char *more, size_t more_len)
{
	(void)state;
	(void)prediction_resistance;
	(void)more;
	(void)more_len;
	return strength <= STRENGTH && random_bytes(out, len);
}

/* Each thread has its own. */
static int enable_locking(void *state)
{
	(void)state;
	return 1;
}

static int get_params(void *state, OSSL_PARAM params[])
{
	OSSL_PARAM *status = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);
	OSSL_PARAM *strength = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
	OSSL_PARAM *request = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);

	(void)state;
	return (!status || OSSL_PARAM_set_int(status, EVP_RAND_STATE_READY)) &&
	       (!strength || OSSL_PARAM_set_uint(strength, STRENGTH)) &&
	       (!request || OSSL_PARAM_set_size_t(request, REQUEST_MAX));
}

static const OSSL_PARAM *gettable_params(void *state, void *provider)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, NULL),
		OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, NULL),
		OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, NULL),
		OSSL_PARAM_END,
	};

	(void)state;
	(void)provider;
	return params;
}

static const OSSL_DISPATCH functions[] = {
	{ OSSL_FUNC_RAND_NEWCTX, (void (*)(void))rand_new },
	{ OSSL_FUNC_RAND_FREECTX, (void (*)(void))rand_free },
	{ OSSL_FUNC_RAND_INSTANTIATE, (void (*)(void))instantiate },
	{ OSSL_FUNC_RAND_UNINSTANTIATE, (void (*)(void))uninstantiate },
	{ OSSL_FUNC_RAND_GENERATE, (void (*)(void))generate },
	{ OSSL_FUNC_RAND_ENABLE_LOCKING, (void (*)(void))enable_locking },
	{ OSSL_FUNC_RAND_GET_CTX_PARAMS, (void (*)(void))get_params },
	{ OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, (void (*)(void))gettable_params },
	{ 0, NULL },
};

/* OpenSSL makes a chain of the two; both are the same here. */
const OSSL_ALGORITHM *provider_rand_algorithms(void)
{
	static const OSSL_ALGORITHM table[] = {
		{ "CTR-DRBG", PROVIDER_PROPERTIES, functions, NULL },
		{ "SEED-SRC", PROVIDER_PROPERTIES, functions, NULL },
		{ NULL, NULL, NULL, NULL },
	};

	return table;
}
