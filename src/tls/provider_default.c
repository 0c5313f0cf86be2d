/* SPDX-License-Identifier: MIT */
#include "tls/provider_default.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "tls/provider.h"
#include "util/assert.h"

#define NAMES_MAX 8 /* passed on for one operation */
#define OWN_MAX 2   /* ours, for one operation */

/* By the first of an algorithm's names. The longer hashes are for signatures that
 * a client may prefer; HMAC's keys and signatures check that it has the key of its
 * ticket; SHA1, MD5 and AES-256-CBC libssl looks for when it starts. */
static const struct passed {
	int operation;
	const char *names[NAMES_MAX];
} passed[] = {
	{ OSSL_OP_DIGEST, { "SHA2-256", "SHA2-384", "SHA2-512", "SHA2-224", "SHA1", "MD5", "MD5-SHA1" } },
	{ OSSL_OP_CIPHER, { "AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305", "AES-256-CBC" } },
	{ OSSL_OP_MAC, { NULL } },
	{ OSSL_OP_KDF, { "TLS1-PRF" } },
	{ OSSL_OP_RAND, { NULL } },
	{ OSSL_OP_KEYMGMT, { "RSA", "RSA-PSS", "EC", "HMAC" } },
	{ OSSL_OP_KEYEXCH, { "ECDH" } },
	{ OSSL_OP_KEM, { NULL } },
	{ OSSL_OP_SIGNATURE, { "RSA", "ECDSA", "HMAC" } },
};
#define TABLES (sizeof(passed) / sizeof(passed[0]))

static OSSL_ALGORITHM tables[TABLES][OWN_MAX + NAMES_MAX + 1];
static OSSL_LIB_CTX *source_library;
static OSSL_PROVIDER *source;

static bool is_named(const OSSL_ALGORITHM *a, const char *name)
{
	size_t len = strcspn(a->algorithm_names, ":");

	return strlen(name) == len && strncasecmp(name, a->algorithm_names, len) == 0;
}

static bool is_passed(const struct passed *p, const OSSL_ALGORITHM *a)
{
	for (size_t i = 0; i < NAMES_MAX && p->names[i]; i++)
		if (is_named(a, p->names[i]))
			return true;
	return false;
}

static void fill(OSSL_ALGORITHM *to, const struct passed *p, const OSSL_ALGORITHM *own, const OSSL_ALGORITHM *from)
{
	size_t n = 0;

	for (; own && own->algorithm_names; own++) {
		hd_assert(n < OWN_MAX);
		to[n++] = *own;
	}
	for (; from && from->algorithm_names; from++)
		if (is_passed(p, from)) {
			hd_assert(n < OWN_MAX + NAMES_MAX);
			to[n] = *from;
			to[n++].property_definition = PROVIDER_PROPERTIES;
		}
}

bool provider_default_load(const OSSL_ALGORITHM *(*own)(int operation))
{
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
	int no_store;

	source = library ? OSSL_PROVIDER_load(library, "default") : NULL;
	if (!source) {
		OSSL_LIB_CTX_free(library);
		return false;
	}
	source_library = library;
	for (size_t i = 0; i < TABLES; i++)
		fill(tables[i], &passed[i], own(passed[i].operation),
		     OSSL_PROVIDER_query_operation(source, passed[i].operation, &no_store));
	return true;
}

OSSL_LIB_CTX *provider_default_library(void)
{
	return source_library;
}

void *provider_default_state(void)
{
	return OSSL_PROVIDER_get0_provider_ctx(source);
}

const OSSL_ALGORITHM *provider_default_algorithms(int operation)
{
	for (size_t i = 0; i < TABLES; i++)
		if (passed[i].operation == operation)
			return tables[i];
	return NULL;
}

const OSSL_DISPATCH *provider_default_functions(int operation, const char *name)
{
	int no_store;
	const OSSL_ALGORITHM *a = OSSL_PROVIDER_query_operation(source, operation, &no_store);

	for (; a && a->algorithm_names; a++)
		if (is_named(a, name))
			return a->implementation;
	return NULL;
}

/* ---- groups ---- */

struct listener {
	OSSL_CALLBACK *tell;
	void *arg;
};

/* That of P-521 is not offered (context.c), but in TLS 1.2 a certificate serves only
 * if libssl knows its curve. */
static int on_group(const OSSL_PARAM params[], void *arg)
{
	static const char *const names[] = { "secp256r1", "secp384r1", "secp521r1" };
	const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, OSSL_CAPABILITY_TLS_GROUP_NAME);
	const struct listener *l = arg;

	for (size_t i = 0; p && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(p->data, names[i]) == 0)
			return l->tell(params, l->arg);
	return 1;
}

bool provider_default_groups(OSSL_CALLBACK *tell, void *arg)
{
	struct listener l = { tell, arg };

	return OSSL_PROVIDER_get_capabilities(source, "TLS-GROUP", on_group, &l) == 1;
}
