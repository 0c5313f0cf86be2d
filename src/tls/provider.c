/* SPDX-License-Identifier: MIT */
#include "tls/provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/tls1.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "tls/provider_kdf.h"
#include "tls/provider_x25519.h"

#define NAME "hyper-derp"
#define GROUP_X25519 0x001d /* RFC 8446, 4.2.7 */

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *library;

/* ---- the group, as libssl wants to be told of it ---- */

static unsigned int group_id = GROUP_X25519, group_bits = 128, group_is_kem;
static int version_min = TLS1_VERSION, version_max, dtls_none = -1; /* 0: no bound */
static char group_name[] = "x25519", group_internal[] = "X25519";

static const OSSL_PARAM group[] = {
	OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_NAME, group_name, sizeof(group_name)),
	OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_NAME_INTERNAL, group_internal, sizeof(group_internal)),
	OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_ALG, group_internal, sizeof(group_internal)),
	OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_ID, &group_id),
	OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_SECURITY_BITS, &group_bits),
	OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_IS_KEM, &group_is_kem),
	OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MIN_TLS, &version_min),
	OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MAX_TLS, &version_max),
	OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MIN_DTLS, &dtls_none),
	OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MAX_DTLS, &dtls_none),
	OSSL_PARAM_END,
};

static int get_capabilities(void *provider, const char *capability, OSSL_CALLBACK *tell, void *arg)
{
	(void)provider;
	return strcmp(capability, "TLS-GROUP") != 0 || tell(group, arg);
}

/* ---- what is here ---- */

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_store)
{
	(void)provider;
	*no_store = 0;
	switch (operation) {
	case OSSL_OP_KEYMGMT:
		return provider_x25519_keys();
	case OSSL_OP_KEYEXCH:
		return provider_x25519_exchange();
	case OSSL_OP_KDF:
		return provider_kdf_algorithms();
	default:
		return NULL;
	}
}

static int provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
			 void **provider)
{
	static const OSSL_DISPATCH functions[] = {
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
		{ OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities },
		{ 0, NULL },
	};

	(void)in;
	*out = functions;
	*provider = (void *)(uintptr_t)handle; /* there is no state */
	return 1;
}

static void library_make(void)
{
	OSSL_LIB_CTX *made = OSSL_LIB_CTX_new();

	if (made && OSSL_PROVIDER_add_builtin(made, NAME, provider_init) == 1 && OSSL_PROVIDER_load(made, NAME) &&
	    OSSL_PROVIDER_load(made, "default"))
		library = made;
	else
		OSSL_LIB_CTX_free(made);
}

OSSL_LIB_CTX *provider_library(void)
{
	pthread_once(&library_once, library_make);
	return library;
}
