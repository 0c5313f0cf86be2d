/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"
#include "tests/unit/tls/peer.h"
#include "tls/make_cert.h"
#include "tls/pem.h"
#include "util/bytes.h"
#include "util/error.h"

Suite *test_make_cert_suite(void);

static struct make_cert made;
static struct tls_fault fault;

static void make(const char *host)
{
	ck_assert_msg(make_cert(&made, folder_path, host, &fault) == 0, "%s", fault.text);
}

static X509 *load(void)
{
	struct pem_chain chain;
	X509 *x;

	ck_assert_int_eq(pem_read_chain(&chain, made.cert_path, &fault), 0);
	x = chain.leaf;
	X509_up_ref(x);
	pem_chain_release(&chain);
	return x;
}

START_TEST(make_cert_is_for_the_name)
{
	X509 *x;

	make("relay.example.com");
	ck_assert_str_eq(made.cert_path, folder_file("relay.example.com.crt"));
	ck_assert_str_eq(made.key_path, folder_file("relay.example.com.key"));
	x = load();
	ck_assert_int_eq(X509_check_host(x, "relay.example.com", 0, 0, NULL), 1);
	ck_assert_int_eq(X509_check_host(x, "other.example.com", 0, 0, NULL), 0);
	ck_assert(EVP_PKEY_is_a(X509_get0_pubkey(x), "EC"));
	ck_assert_int_eq(X509_verify(x, X509_get0_pubkey(x)), 1);
	X509_free(x);
}
END_TEST

START_TEST(make_cert_is_for_the_address)
{
	static const char *const hosts[] = { "192.0.2.7", "2001:db8::7" };
	static const char *const files[] = { "192.0.2.7.crt", "2001db87.crt" };
	X509 *x;

	make(hosts[_i]);
	ck_assert_str_eq(made.cert_path, folder_file(files[_i]));
	x = load();
	ck_assert_int_eq(X509_check_ip_asc(x, hosts[_i], 0), 1);
	ck_assert_int_eq(X509_check_ip_asc(x, "192.0.2.8", 0), 0);
	X509_free(x);
}
END_TEST

START_TEST(make_cert_pin_is_the_hash_of_the_der)
{
	unsigned char *der = NULL;
	uint8_t hash[32];
	char pin[128] = "sha256-raw:";
	X509 *x;
	int len;

	make("192.0.2.7");
	x = load();
	len = i2d_X509(x, &der);
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(), NULL), 1);
	bytes_to_hex(pin + 11, hash, sizeof(hash));
	ck_assert_str_eq(made.pin, pin);
	OPENSSL_free(der);
	X509_free(x);
}
END_TEST

START_TEST(make_cert_ends_when_it_says)
{
	int64_t now = (int64_t)time(NULL);
	X509 *x;

	make("a.example");
	x = load();
	ck_assert_int_eq(ASN1_TIME_cmp_time_t(X509_get0_notAfter(x), (time_t)made.not_after), 0);
	ck_assert_int_ge(made.not_after, now + (int64_t)MAKE_CERT_DAYS * 86400 - 60);
	ck_assert_int_le(X509_cmp_time(X509_get0_notBefore(x), NULL), 0);
	X509_free(x);
}
END_TEST

START_TEST(make_cert_keeps_the_key_secret)
{
	struct stat st;

	umask(0);
	make("a.example");
	ck_assert_int_eq(stat(made.key_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	umask(077);
	make("b.example");
	ck_assert_int_eq(stat(made.cert_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_int_eq(folder_count(), 4); /* nothing else is left there */
}
END_TEST

START_TEST(make_cert_is_what_a_context_loads)
{
	static struct peer peer;
	struct tls_context *ctx;

	make("a.example");
	ctx = certs_context("a.example");
	ck_assert_int_eq(context_not_after(ctx), made.not_after);
	peer_connect(&peer, ctx, NULL);
	peer_client_sends(&peer, "hello", 5);
	peer_close(&peer);
	context_unref(ctx);
}
END_TEST

START_TEST(make_cert_never_overwrites)
{
	static const char *const kept[] = { "a.example.crt", "a.example.key" };

	folder_write(kept[_i], "mine");
	memset(&made, 0x55, sizeof(made));
	ck_assert_int_eq(make_cert(&made, folder_path, "a.example", &fault), ERROR_EXISTS);
	ck_assert_ptr_nonnull(strstr(fault.text, kept[_i]));
	ck_assert_str_eq(folder_read(kept[_i]), "mine");
	ck_assert_int_eq(folder_count(), 1); /* not half a pair either */
	ck_assert_uint_eq((uint8_t)made.pin[0], 0x55);
}
END_TEST

START_TEST(make_cert_rejects_what_is_no_host)
{
	static const char *const hosts[] = { "", ".", "a..b", ".a", "a.", "a b", "a/b", "../a", "a_b", "*.example",
					     "a,DNS:b", "256.0.0.1:1", "::g" };
	char label[66];

	for (size_t i = 0; i < HD_ARRAY_LEN(hosts); i++)
		ck_assert_msg(make_cert(&made, folder_path, hosts[i], &fault) == ERROR_USAGE, "%s", hosts[i]);
	memset(label, 'a', sizeof(label) - 1);
	label[64] = '\0';
	ck_assert_int_eq(make_cert(&made, folder_path, label, &fault), ERROR_USAGE);
	label[63] = '\0';
	make(label);
	ck_assert_int_eq(folder_count(), 2);
}
END_TEST

START_TEST(make_cert_takes_names_too_long_for_a_common_name)
{
	char host[200];
	X509 *x;

	for (size_t i = 0; i < sizeof(host); i++)
		host[i] = i % 50 == 49 ? '.' : 'a';
	host[sizeof(host) - 1] = '\0';
	make(host);
	x = load();
	ck_assert_int_eq(X509_check_host(x, host, 0, 0, NULL), 1);
	X509_free(x);
}
END_TEST

START_TEST(make_cert_names_a_folder_it_may_not_use)
{
	ck_assert_int_eq(make_cert(&made, folder_file("none"), "a.example", &fault), ERROR_IO);
	ck_assert_ptr_nonnull(strstr(fault.text, "No such file"));
	ck_assert_int_eq(mkdir(folder_file("shut"), 0500), 0);
	folder_drop_root();
	ck_assert_int_eq(make_cert(&made, folder_file("shut"), "a.example", &fault), ERROR_DENIED);
}
END_TEST

Suite *test_make_cert_suite(void)
{
	Suite *s = suite_create("make_cert");
	TCase *c = tcase_create("files");

	tcase_add_checked_fixture(c, folder_make, folder_remove);
	tcase_add_test(c, make_cert_is_for_the_name);
	tcase_add_loop_test(c, make_cert_is_for_the_address, 0, 2);
	tcase_add_test(c, make_cert_pin_is_the_hash_of_the_der);
	tcase_add_test(c, make_cert_ends_when_it_says);
	tcase_add_test(c, make_cert_keeps_the_key_secret);
	tcase_add_test(c, make_cert_is_what_a_context_loads);
	tcase_add_loop_test(c, make_cert_never_overwrites, 0, 2);
	tcase_add_test(c, make_cert_rejects_what_is_no_host);
	tcase_add_test(c, make_cert_takes_names_too_long_for_a_common_name);
	tcase_add_test(c, make_cert_names_a_folder_it_may_not_use);
	suite_add_tcase(s, c);
	return s;
}
