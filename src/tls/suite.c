/* SPDX-License-Identifier: MIT */
#include "tls/suite.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <strings.h>

#include "util/error.h"

struct suite_row {
	const char *name;
	const char *cipher_name; /* OpenSSL's */
	const char *hash_name;
	size_t key_size;
	size_t hash_size;
	size_t block_size;
	uint64_t record_limit;
	uint16_t wire_id[3];     /* TLS 1.3, TLS 1.2 with ECDSA, with RSA */
};

/* AES-GCM: 2^24.5 full records is the bound of RFC 8446; 2^24 leaves room for
 * what is sealed before the new key is there. ChaCha20-Poly1305 has none that
 * can be reached; the record number must not wrap. */
#define SUITE_GCM_LIMIT (UINT64_C(1) << 24)
#define SUITE_CHACHA_LIMIT (UINT64_C(1) << 62)

static const struct suite_row suite_rows[SUITE_COUNT] = {
	[SUITE_AES_128_GCM] = { "AES-128-GCM", "AES-128-GCM", "SHA256", 16, 32, 64, SUITE_GCM_LIMIT,
				{ 0x1301, 0xc02b, 0xc02f } },
	[SUITE_AES_256_GCM] = { "AES-256-GCM", "AES-256-GCM", "SHA384", 32, 48, 128, SUITE_GCM_LIMIT,
				{ 0x1302, 0xc02c, 0xc030 } },
	[SUITE_CHACHA20_POLY1305] = { "ChaCha20-Poly1305", "ChaCha20-Poly1305", "SHA256", 32, 32, 64,
				      SUITE_CHACHA_LIMIT, { 0x1303, 0xcca9, 0xcca8 } },
};

/* Fetching an algorithm by name costs more than sealing a packet with it. */
static pthread_once_t suite_once = PTHREAD_ONCE_INIT;
static EVP_CIPHER *suite_ciphers[SUITE_COUNT];

static void suite_fetch(void)
{
	for (size_t i = 0; i < SUITE_COUNT; i++)
		suite_ciphers[i] = EVP_CIPHER_fetch(NULL, suite_rows[i].cipher_name, NULL);
}

static const struct suite_row *row_of(enum suite suite)
{
	hd_assert((size_t)suite < SUITE_COUNT);
	return &suite_rows[suite];
}

const char *suite_name(enum suite suite)
{
	return row_of(suite)->name;
}

size_t suite_key_size(enum suite suite)
{
	return row_of(suite)->key_size;
}

size_t suite_hash_size(enum suite suite)
{
	return row_of(suite)->hash_size;
}

const char *suite_hash_name(enum suite suite)
{
	return row_of(suite)->hash_name;
}

size_t suite_block_size(enum suite suite)
{
	return row_of(suite)->block_size;
}

uint64_t suite_record_limit(enum suite suite)
{
	return row_of(suite)->record_limit;
}

uint16_t suite_wire_id(enum suite suite)
{
	return row_of(suite)->wire_id[0];
}

int suite_find(enum suite *suite, uint16_t wire_id)
{
	for (size_t i = 0; i < SUITE_COUNT; i++)
		for (size_t j = 0; j < HD_ARRAY_LEN(suite_rows[i].wire_id); j++)
			if (suite_rows[i].wire_id[j] == wire_id) {
				*suite = (enum suite)i;
				return 0;
			}
	return ERROR_NOT_FOUND;
}

/* OpenSSL says "SHA2-256" and "SHA256". */
int suite_of_hash(enum suite *suite, const char *name)
{
	if (strcasecmp(name, "SHA256") == 0 || strcasecmp(name, "SHA2-256") == 0)
		*suite = SUITE_AES_128_GCM;
	else if (strcasecmp(name, "SHA384") == 0 || strcasecmp(name, "SHA2-384") == 0)
		*suite = SUITE_AES_256_GCM;
	else
		return ERROR_NOT_FOUND;
	return 0;
}

const EVP_CIPHER *suite_cipher(enum suite suite)
{
	hd_assert((size_t)suite < SUITE_COUNT);
	pthread_once(&suite_once, suite_fetch);
	return suite_ciphers[suite];
}
