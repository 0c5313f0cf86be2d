/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "tls/meta_cert.h"
#include "util/bytes.h"

Suite *test_meta_cert_suite(void);

#define DAY 86400

static uint8_t key[META_CERT_KEY_SIZE];

static X509 *make(int64_t now)
{
	X509 *x = NULL;

	for (uint8_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(0xf0 + i);
	ck_assert_int_eq(meta_cert_new(&x, key, now), 0);
	ck_assert_ptr_nonnull(x);
	return x;
}

START_TEST(meta_cert_tells_key_and_protocol_version)
{
	X509 *x = make(1700000000);
	char name[128], expected[128] = "derpkey";

	bytes_to_hex(expected + 7, key, sizeof(key));
	ck_assert_int_eq(X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, sizeof(name)),
			 71);
	ck_assert_str_eq(name, expected);
	ck_assert_int_eq(ASN1_INTEGER_get(X509_get0_serialNumber(x)), 2);
	X509_free(x);
}
END_TEST

START_TEST(meta_cert_is_self_signed_with_ed25519)
{
	X509 *x = make(1700000000);

	ck_assert_int_eq(X509_get_version(x), X509_VERSION_3);
	ck_assert(EVP_PKEY_is_a(X509_get0_pubkey(x), "ED25519"));
	ck_assert_int_eq(X509_verify(x, X509_get0_pubkey(x)), 1);
	ck_assert_int_eq(X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)), 0);
	X509_free(x);
}
END_TEST

START_TEST(meta_cert_has_valid_basic_constraints)
{
	X509 *x = make(1700000000);
	int critical = -1;
	BASIC_CONSTRAINTS *b = X509_get_ext_d2i(x, NID_basic_constraints, &critical, NULL);

	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(critical, 1);
	ck_assert_int_eq(b->ca, 0);
	BASIC_CONSTRAINTS_free(b);
	X509_free(x);
}
END_TEST

START_TEST(meta_cert_is_valid_30_days_either_way)
{
	int64_t now = (int64_t)time(NULL);
	X509 *x = make(now);
	time_t before = (time_t)(now - META_CERT_DAYS * DAY), after = (time_t)(now + META_CERT_DAYS * DAY);

	ck_assert_int_eq(ASN1_TIME_cmp_time_t(X509_get0_notBefore(x), before), 0);
	ck_assert_int_eq(ASN1_TIME_cmp_time_t(X509_get0_notAfter(x), after), 0);
	X509_free(x);
}
END_TEST

START_TEST(meta_cert_has_a_new_key_each_time)
{
	X509 *a = make(1700000000), *b = make(1700000000);

	ck_assert_int_ne(EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)), 1);
	X509_free(a);
	X509_free(b);
}
END_TEST

Suite *test_meta_cert_suite(void)
{
	Suite *s = suite_create("meta_cert");
	TCase *c = tcase_create("certificate");

	tcase_add_test(c, meta_cert_tells_key_and_protocol_version);
	tcase_add_test(c, meta_cert_is_self_signed_with_ed25519);
	tcase_add_test(c, meta_cert_has_valid_basic_constraints);
	tcase_add_test(c, meta_cert_is_valid_30_days_either_way);
	tcase_add_test(c, meta_cert_has_a_new_key_each_time);
	suite_add_tcase(s, c);
	return s;
}
