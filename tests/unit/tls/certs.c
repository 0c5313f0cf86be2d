/* SPDX-License-Identifier: MIT */
#include "tests/unit/tls/certs.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <time.h>

#include "tests/unit/crypto/folder.h"

static EVP_PKEY *rsa_key;

void certs_start(void)
{
	rsa_key = EVP_RSA_gen(2048);
	ck_assert_ptr_nonnull(rsa_key);
}

void certs_end(void)
{
	EVP_PKEY_free(rsa_key);
	rsa_key = NULL;
}

static const char *file_of(const char *name, const char *ending)
{
	char file[128];

	snprintf(file, sizeof(file), "%s.%s", name, ending);
	return folder_file(file);
}

static EVP_PKEY *key_of(enum certs_kind kind)
{
	EVP_PKEY *key = kind == CERTS_ECDSA ? EVP_EC_gen("P-256") :
			kind == CERTS_P384 ? EVP_EC_gen("P-384") :
			kind == CERTS_P521 ? EVP_EC_gen("P-521") :
			kind == CERTS_ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : rsa_key;

	ck_assert_ptr_nonnull(key);
	if (kind == CERTS_RSA)
		EVP_PKEY_up_ref(key);
	return key;
}

static X509 *sign(EVP_PKEY *key, const char *name, int from_days, int to_days)
{
	X509 *x = X509_new();
	X509_NAME *subject;

	ck_assert_ptr_nonnull(x);
	subject = X509_get_subject_name(x);
	ck_assert_int_eq(X509_set_version(x, X509_VERSION_3), 1);
	ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
	ck_assert_int_eq(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
						    -1, 0), 1);
	ck_assert_int_eq(X509_set_issuer_name(x, subject), 1);
	ck_assert_ptr_nonnull(X509_time_adj_ex(X509_getm_notBefore(x), from_days, 0, NULL));
	ck_assert_ptr_nonnull(X509_time_adj_ex(X509_getm_notAfter(x), to_days, 0, NULL));
	ck_assert_int_eq(X509_set_pubkey(x, key), 1);
	ck_assert_int_gt(X509_sign(x, key, EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256()), 0);
	return x;
}

static void write_cert(const char *path, const char *mode, X509 *x)
{
	FILE *f = fopen(path, mode);

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(PEM_write_X509(f, x), 1);
	ck_assert_int_eq(fclose(f), 0);
}

static void write_key(const char *path, EVP_PKEY *key, const char *password)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(PEM_write_PrivateKey(f, key, password ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL,
					      (void *)(uintptr_t)password), 1);
	ck_assert_int_eq(fclose(f), 0);
}

void certs_write(const char *name, enum certs_kind kind, int from_days, int to_days)
{
	EVP_PKEY *key = key_of(kind);
	X509 *x = sign(key, name, from_days, to_days);

	write_cert(file_of(name, "crt"), "w", x);
	write_key(file_of(name, "key"), key, NULL);
	X509_free(x);
	EVP_PKEY_free(key);
}

void certs_write_encrypted_key(const char *name)
{
	EVP_PKEY *key = key_of(CERTS_ECDSA);

	write_key(file_of(name, "key"), key, "secret");
	EVP_PKEY_free(key);
}

void certs_move(const char *from, const char *to)
{
	ck_assert_int_eq(rename(file_of(from, "key"), file_of(to, "key")), 0);
	ck_assert_int_eq(rename(file_of(from, "crt"), file_of(to, "crt")), 0);
}

void certs_append(const char *name, const char *other)
{
	EVP_PKEY *key = key_of(CERTS_ECDSA);
	X509 *x = sign(key, other, -1, 1);

	write_cert(file_of(name, "crt"), "a", x);
	X509_free(x);
	EVP_PKEY_free(key);
}

struct tls_context *certs_context(const char *name)
{
	return certs_context_with(name, NULL, NULL, 0, NULL);
}

struct tls_context *certs_context_with(const char *name, const char *second, struct ticket_keys *tickets,
				       uint32_t ticket_count, const uint8_t *relay_key)
{
	struct context_settings s = {
		.pairs = { { file_of(name, "crt"), file_of(name, "key") } },
		.pair_count = 1,
		.ticket_keys = tickets,
		.ticket_count = ticket_count,
		.relay_public_key = relay_key,
	};
	struct tls_context *ctx = NULL;
	struct tls_fault fault;
	int rc;

	if (second) {
		s.pairs[1] = (struct context_pair){ file_of(second, "crt"), file_of(second, "key") };
		s.pair_count = 2;
	}
	rc = context_new(&ctx, &s, &fault);
	ck_assert_msg(rc == 0, "%s", fault.text);
	return ctx;
}

static int64_t seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	ck_assert_int_eq(ASN1_TIME_to_tm(t, &tm), 1);
	return (int64_t)timegm(&tm);
}

void certs_meta_times(const struct tls_context *ctx, int64_t *begins, int64_t *ends)
{
	STACK_OF(X509) *chain = NULL;
	const X509 *meta;

	ck_assert_int_eq(SSL_CTX_get0_chain_certs(context_ssl(ctx), &chain), 1);
	ck_assert_int_gt(sk_X509_num(chain), 0);
	meta = sk_X509_value(chain, sk_X509_num(chain) - 1);
	*begins = seconds_of(X509_get0_notBefore(meta));
	*ends = seconds_of(X509_get0_notAfter(meta));
}
