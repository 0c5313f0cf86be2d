/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"
#include "tls/pem.h"
#include "util/error.h"

Suite *test_pem_suite(void);

static struct tls_fault fault;
static struct pem_chain chain;
static EVP_PKEY *key;

START_TEST(pem_read_chain_keeps_the_order_of_the_file)
{
	char name[64];

	certs_write("a", CERTS_ECDSA, -1, 30);
	certs_append("a", "one");
	certs_append("a", "two");
	ck_assert_int_eq(pem_read_chain(&chain, folder_file("a.crt"), &fault), 0);
	ck_assert_int_eq(sk_X509_num(chain.above), 2);
	X509_NAME_get_text_by_NID(X509_get_subject_name(chain.leaf), NID_commonName, name, sizeof(name));
	ck_assert_str_eq(name, "a");
	X509_NAME_get_text_by_NID(X509_get_subject_name(sk_X509_value(chain.above, 1)), NID_commonName, name,
				  sizeof(name));
	ck_assert_str_eq(name, "two");
	pem_chain_release(&chain);
	ck_assert_ptr_null(chain.leaf);
}
END_TEST

START_TEST(pem_read_takes_one_file_with_both)
{
	char both[8192];

	certs_write("a", CERTS_ECDSA, -1, 30);
	snprintf(both, sizeof(both), "%s", folder_read("a.key"));
	snprintf(both + strlen(both), sizeof(both) - strlen(both), "%s", folder_read("a.crt"));
	folder_write("both.pem", both);
	ck_assert_int_eq(pem_read_chain(&chain, folder_file("both.pem"), &fault), 0);
	ck_assert_int_eq(pem_read_key(&key, folder_file("both.pem"), &fault), 0);
	ck_assert_int_eq(X509_check_private_key(chain.leaf, key), 1);
	EVP_PKEY_free(key);
	pem_chain_release(&chain);
}
END_TEST

START_TEST(pem_read_says_what_is_not_there)
{
	static const char *const texts[] = {
		"",
		"no PEM at all\n",
		"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n",
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(texts); i++) {
		folder_write("file", texts[i]);
		ck_assert_int_eq(pem_read_chain(&chain, folder_file("file"), &fault), ERROR_MALFORMED);
		ck_assert_ptr_nonnull(strstr(fault.text, "certificate"));
		ck_assert_int_eq(pem_read_key(&key, folder_file("file"), &fault), ERROR_MALFORMED);
		ck_assert_ptr_nonnull(strstr(fault.text, "no private key"));
	}
}
END_TEST

START_TEST(pem_read_chain_rejects_a_broken_certificate)
{
	char text[2048];

	certs_write("a", CERTS_ECDSA, -1, 30);
	snprintf(text, sizeof(text), "%s", folder_read("a.crt"));
	text[100] = text[100] == 'A' ? 'B' : 'A';
	text[strlen(text) / 2] = '*';
	folder_write("broken.crt", text);
	ck_assert_int_eq(pem_read_chain(&chain, folder_file("broken.crt"), &fault), ERROR_MALFORMED);
	ck_assert_ptr_nonnull(strstr(fault.text, "broken"));
	/* also when the first one is whole */
	snprintf(text, sizeof(text), "%s-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		 folder_read("a.crt"));
	folder_write("half.crt", text);
	ck_assert_int_eq(pem_read_chain(&chain, folder_file("half.crt"), &fault), ERROR_MALFORMED);
}
END_TEST

START_TEST(pem_read_key_asks_nobody_for_a_password)
{
	certs_write_encrypted_key("a");
	ck_assert_int_eq(pem_read_key(&key, folder_file("a.key"), &fault), ERROR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(fault.text, "encrypted"));
}
END_TEST

Suite *test_pem_suite(void)
{
	Suite *s = suite_create("pem");
	TCase *c = tcase_create("files");

	tcase_add_checked_fixture(c, folder_make, folder_remove);
	tcase_add_test(c, pem_read_chain_keeps_the_order_of_the_file);
	tcase_add_test(c, pem_read_takes_one_file_with_both);
	tcase_add_test(c, pem_read_says_what_is_not_there);
	tcase_add_test(c, pem_read_chain_rejects_a_broken_certificate);
	tcase_add_test(c, pem_read_key_asks_nobody_for_a_password);
	suite_add_tcase(s, c);
	return s;
}
