/* SPDX-License-Identifier: MIT */
#include "tls/provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/tls1.h>
#include <pthread.h>
#include <string.h>

#include "tls/provider_default.h"
#include "tls/provider_kdf.h"
#include "tls/provider_mac.h"
#include "tls/provider_rand.h"
#include "tls/provider_x25519.h"

#define NAME "hyper-derp"
#define GROUP_X25519 0x001d /* RFC 8446, 4.2.7 */

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *library, *library_1_2;

/* ---- the group, as libssl wants to be told of it ---- */

static unsigned int group_id = GROUP_X25519, group_bits = 128, group_is_kem = 1, group_is_not;
static int version_any = 0, version_1_2 = TLS1_2_VERSION, version_1_3 = TLS1_3_VERSION, dtls_none = -1;
static char group_name[] = "x25519", group_internal[] = "X25519";

#define GROUP(is_kem, version_min, version_max)                                                                 \
	{                                                                                                       \
		OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_NAME, group_name, sizeof(group_name)),         \
		OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_NAME_INTERNAL, group_internal,                 \
				       sizeof(group_internal)),                                                 \
		OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_ALG, group_internal, sizeof(group_internal)),  \
		OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_ID, &group_id),                                       \
		OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_SECURITY_BITS, &group_bits),                          \
		OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_IS_KEM, is_kem),                                      \
		OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MIN_TLS, version_min),                                 \
		OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MAX_TLS, version_max),                                 \
		OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MIN_DTLS, &dtls_none),                                 \
		OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MAX_DTLS, &dtls_none),                                 \
		OSSL_PARAM_END,                                                                                 \
	}

/* In TLS 1.3 libssl takes a group for a key encapsulation if told so, and then
 * does with one call what else takes five, with their objects. */
static const OSSL_PARAM group[] = GROUP(&group_is_kem, &version_1_3, &version_any);
static const OSSL_PARAM group_1_2[] = GROUP(&group_is_not, &version_1_2, &version_1_2);

static int tell_groups(const OSSL_PARAM *ours, const char *capability, OSSL_CALLBACK *tell, void *arg)
{
	return strcmp(capability, "TLS-GROUP") != 0 || (tell(ours, arg) && provider_default_groups(tell, arg));
}

static int get_capabilities(void *provider, const char *capability, OSSL_CALLBACK *tell, void *arg)
{
	(void)provider;
	return tell_groups(group, capability, tell, arg);
}

static int get_capabilities_1_2(void *provider, const char *capability, OSSL_CALLBACK *tell, void *arg)
{
	(void)provider;
	return tell_groups(group_1_2, capability, tell, arg);
}

/* ---- what is here ---- */

static const OSSL_ALGORITHM *own(int operation)
{
	switch (operation) {
	case OSSL_OP_KEYMGMT:
		return provider_x25519_keys();
	case OSSL_OP_KEYEXCH:
		return provider_x25519_exchange();
	case OSSL_OP_KEM:
		return provider_x25519_encapsulation();
	case OSSL_OP_KDF:
		return provider_kdf_algorithms();
	case OSSL_OP_MAC:
		return provider_mac_algorithms();
	case OSSL_OP_RAND:
		return provider_rand_algorithms();
	default:
		return NULL;
	}
}

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_store)
{
	(void)provider;
	*no_store = 0;
	return provider_default_algorithms(operation);
}

static const OSSL_DISPATCH functions[] = {
	{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
	{ OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities },
	{ 0, NULL },
};

static const OSSL_DISPATCH functions_1_2[] = {
	{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
	{ OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities_1_2 },
	{ 0, NULL },
};

/* What is passed on finds its own provider's state here. */
static int provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
			 void **provider)
{
	(void)handle;
	(void)in;
	*out = functions;
	*provider = provider_default_state();
	return 1;
}

static int provider_init_1_2(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
			     void **provider)
{
	int rc = provider_init(handle, in, out, provider);

	*out = functions_1_2;
	return rc;
}

static OSSL_LIB_CTX *library_with(OSSL_provider_init_fn *init)
{
	OSSL_LIB_CTX *made = OSSL_LIB_CTX_new();

	if (made && OSSL_PROVIDER_add_builtin(made, NAME, init) == 1 && OSSL_PROVIDER_load(made, NAME))
		return made;
	OSSL_LIB_CTX_free(made);
	return NULL;
}

static void library_make(void)
{
	if (!provider_default_load(own))
		return;
	library = library_with(provider_init);
	library_1_2 = library_with(provider_init_1_2);
}

OSSL_LIB_CTX *provider_library(void)
{
	pthread_once(&library_once, library_make);
	return library;
}

OSSL_LIB_CTX *provider_library_1_2(void)
{
	pthread_once(&library_once, library_make);
	return library_1_2;
}
