/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"
#include "tests/unit/tls/peer.h"
#include "tls/meta_cert.h"
#include "util/error.h"

Suite *test_context_suite(void);

#define DAY 86400

static struct tls_fault fault;

static int load(const char *cert, const char *key)
{
	struct context_settings s = { .pairs = { { folder_file(cert), folder_file(key) } }, .pair_count = 1 };
	struct tls_context *ctx = NULL;
	int rc = context_new(&ctx, &s, &fault);

	if (rc == 0)
		context_unref(ctx);
	else
		ck_assert_ptr_null(ctx);
	return rc;
}

/* The fault names this file, and says this. */
static void expect_fault(const char *file, const char *words)
{
	const char *path = folder_file(file);

	ck_assert_msg(strncmp(fault.text, path, strlen(path)) == 0, "%s", fault.text);
	ck_assert_msg(strstr(fault.text, words) != NULL, "%s", fault.text);
	ck_assert_ptr_null(strchr(fault.text, '\n'));
}

START_TEST(context_loads_ecdsa_and_rsa)
{
	certs_write("a", CERTS_ECDSA, -1, 30);
	certs_write("b", CERTS_RSA, -1, 30);
	ck_assert_int_eq(load("a.crt", "a.key"), 0);
	ck_assert_int_eq(load("b.crt", "b.key"), 0);
}
END_TEST

START_TEST(context_not_after_is_the_first_to_expire)
{
	struct tls_context *ctx;
	int64_t now = (int64_t)time(NULL);

	certs_write("a", CERTS_ECDSA, -1, 30);
	certs_write("b", CERTS_RSA, -1, 20);
	ctx = certs_context("a");
	ck_assert_int_ge(context_not_after(ctx), now + 30 * DAY - 60);
	ck_assert_int_le(context_not_after(ctx), now + 30 * DAY + 60);
	context_unref(ctx);
	ctx = certs_context_with("a", "b", NULL, 0, NULL);
	ck_assert_int_le(context_not_after(ctx), now + 20 * DAY + 60);
	context_unref(ctx);
}
END_TEST

START_TEST(context_names_a_missing_file)
{
	certs_write("a", CERTS_ECDSA, -1, 30);
	ck_assert_int_eq(load("none.crt", "a.key"), ERROR_NOT_FOUND);
	expect_fault("none.crt", "No such file");
	ck_assert_int_eq(load("a.crt", "none.key"), ERROR_NOT_FOUND);
	expect_fault("none.key", "No such file");
}
END_TEST

START_TEST(context_names_a_file_that_may_not_be_read)
{
	certs_write("a", CERTS_ECDSA, -1, 30);
	ck_assert_int_eq(chmod(folder_file("a.key"), 0), 0);
	folder_drop_root();
	ck_assert_int_eq(load("a.crt", "a.key"), ERROR_DENIED);
	expect_fault("a.key", "Permission denied");
}
END_TEST

START_TEST(context_names_a_file_that_is_none)
{
	certs_write("a", CERTS_ECDSA, -1, 30);
	ck_assert_int_eq(mkdir(folder_file("dir"), 0700), 0);
	ck_assert_int_eq(load("dir", "a.key"), ERROR_IO);
	expect_fault("dir", "not a regular file");
	ck_assert_int_eq(mkfifo(folder_file("fifo"), 0600), 0);
	ck_assert_int_eq(load("a.crt", "fifo"), ERROR_IO);
	expect_fault("fifo", "not a regular file");
}
END_TEST

START_TEST(context_refuses_an_expired_certificate)
{
	certs_write("old", CERTS_ECDSA, -30, -1);
	ck_assert_int_eq(load("old.crt", "old.key"), ERROR_RANGE);
	expect_fault("old.crt", "expired on 20");
}
END_TEST

START_TEST(context_refuses_a_certificate_of_the_future)
{
	certs_write("new", CERTS_ECDSA, 2, 30);
	ck_assert_int_eq(load("new.crt", "new.key"), ERROR_RANGE);
	expect_fault("new.crt", "not valid before 20");
}
END_TEST

START_TEST(context_refuses_the_key_of_another_certificate)
{
	certs_write("a", CERTS_ECDSA, -1, 30);
	certs_write("b", CERTS_ECDSA, -1, 30);
	certs_write("c", CERTS_RSA, -1, 30);
	ck_assert_int_eq(load("a.crt", "b.key"), ERROR_CRYPTO);
	expect_fault("b.key", "is not the key of");
	ck_assert_int_eq(load("a.crt", "c.key"), ERROR_CRYPTO);
	expect_fault("c.key", "is not the key of");
}
END_TEST

START_TEST(context_refuses_an_encrypted_key)
{
	certs_write("a", CERTS_ECDSA, -1, 30);
	certs_write_encrypted_key("a");
	ck_assert_int_eq(load("a.crt", "a.key"), ERROR_UNSUPPORTED);
	expect_fault("a.key", "encrypted");
}
END_TEST

START_TEST(context_refuses_other_kinds_of_keys)
{
	certs_write("ed", CERTS_ED25519, -1, 30);
	ck_assert_int_eq(load("ed.crt", "ed.key"), ERROR_UNSUPPORTED);
	expect_fault("ed.key", "neither RSA nor ECDSA");
}
END_TEST

START_TEST(context_refuses_two_of_one_kind)
{
	struct context_settings s = { .pair_count = 2 };
	struct tls_context *ctx = NULL;

	certs_write("a", CERTS_ECDSA, -1, 30);
	certs_write("b", CERTS_ECDSA, -1, 30);
	s.pairs[0] = (struct context_pair){ folder_file("a.crt"), folder_file("a.key") };
	s.pairs[1] = (struct context_pair){ folder_file("b.crt"), folder_file("b.key") };
	ck_assert_int_eq(context_new(&ctx, &s, &fault), ERROR_EXISTS);
	expect_fault("b.crt", "other kind");
}
END_TEST

START_TEST(context_sends_the_chain_of_the_file)
{
	static struct peer peer;
	struct peer_options o = { .version = _i };
	struct tls_context *ctx;
	STACK_OF(X509) *chain;
	char name[64];

	certs_write("a", CERTS_ECDSA, -1, 30);
	certs_append("a", "above");
	certs_append("a", "root");
	ctx = certs_context("a");
	peer_connect(&peer, ctx, &o);
	chain = SSL_get_peer_cert_chain(peer.client);
	ck_assert_int_eq(sk_X509_num(chain), 3);
	X509_NAME_get_text_by_NID(X509_get_subject_name(sk_X509_value(chain, 1)), NID_commonName, name,
				  sizeof(name));
	ck_assert_str_eq(name, "above");
	peer_close(&peer);
	context_unref(ctx);
}
END_TEST

START_TEST(context_adds_the_meta_certificate_in_tls_1_3_only)
{
	static const uint8_t key[META_CERT_KEY_SIZE] = { 0xab, 1, 2 };
	static struct peer peer;
	const char *sigalgs[] = { NULL, "RSA-PSS+SHA256:RSA+SHA256", "ECDSA+SHA256" };
	struct tls_context *ctx;

	certs_write("a", CERTS_ECDSA, -1, 30);
	certs_append("a", "above");
	certs_write("b", CERTS_RSA, -1, 30);
	ctx = certs_context_with("a", "b", NULL, 0, key);
	for (size_t i = 0; i < HD_ARRAY_LEN(sigalgs); i++) {
		struct peer_options o = { .version = _i, .sigalgs = sigalgs[i] };
		STACK_OF(X509) *chain;
		char name[96];
		int own = i == 1 ? 1 : 2;

		peer_connect(&peer, ctx, &o);
		chain = SSL_get_peer_cert_chain(peer.client);
		ck_assert_int_eq(sk_X509_num(chain), own + (_i == TLS1_3_VERSION));
		X509_NAME_get_text_by_NID(X509_get_subject_name(sk_X509_value(chain, sk_X509_num(chain) - 1)),
					  NID_commonName, name, sizeof(name));
		ck_assert_int_eq(strncmp(name, "derpkeyab0102", 13) == 0, _i == TLS1_3_VERSION);
		peer_close(&peer);
	}
	context_unref(ctx);
}
END_TEST

START_TEST(context_renew_at_is_before_the_meta_certificate_ends)
{
	static const uint8_t key[META_CERT_KEY_SIZE];
	int64_t now = (int64_t)time(NULL);
	struct tls_context *ctx;

	certs_write("a", CERTS_ECDSA, -1, 300);
	ctx = certs_context("a");
	ck_assert(context_renew_at(ctx) == INT64_MAX);
	context_unref(ctx);
	ctx = certs_context_with("a", NULL, NULL, 0, key);
	ck_assert_int_gt(context_renew_at(ctx), now + DAY);
	ck_assert_int_lt(context_renew_at(ctx), now + (META_CERT_DAYS - 1) * DAY);
	context_unref(ctx);
}
END_TEST

/* A bad pair is refused; what was loaded before is as good as it was. */
START_TEST(context_reload_of_a_bad_pair_leaves_the_old_one)
{
	static struct peer peer;
	struct tls_context *ctx;

	certs_write("a", CERTS_ECDSA, -1, 30);
	ctx = certs_context("a");
	certs_write("b", CERTS_ECDSA, -1, 30);
	ck_assert_int_eq(rename(folder_file("b.key"), folder_file("a.key")), 0);
	ck_assert_int_eq(load("a.crt", "a.key"), ERROR_CRYPTO);
	peer_connect(&peer, ctx, NULL);
	peer_client_sends(&peer, "still here", 10);
	peer_close(&peer);
	context_unref(ctx);
}
END_TEST

START_TEST(context_unref_takes_null)
{
	context_unref(NULL);
}
END_TEST

Suite *test_context_suite(void)
{
	Suite *s = suite_create("context");
	TCase *c = tcase_create("files");

	tcase_add_unchecked_fixture(c, certs_start, certs_end);
	tcase_add_checked_fixture(c, folder_make, folder_remove);
	tcase_add_test(c, context_loads_ecdsa_and_rsa);
	tcase_add_test(c, context_not_after_is_the_first_to_expire);
	tcase_add_test(c, context_names_a_missing_file);
	tcase_add_test(c, context_names_a_file_that_may_not_be_read);
	tcase_add_test(c, context_names_a_file_that_is_none);
	tcase_add_test(c, context_refuses_an_expired_certificate);
	tcase_add_test(c, context_refuses_a_certificate_of_the_future);
	tcase_add_test(c, context_refuses_the_key_of_another_certificate);
	tcase_add_test(c, context_refuses_an_encrypted_key);
	tcase_add_test(c, context_refuses_other_kinds_of_keys);
	tcase_add_test(c, context_refuses_two_of_one_kind);
	tcase_add_loop_test(c, context_sends_the_chain_of_the_file, TLS1_2_VERSION, TLS1_3_VERSION + 1);
	tcase_add_loop_test(c, context_adds_the_meta_certificate_in_tls_1_3_only, TLS1_2_VERSION,
			    TLS1_3_VERSION + 1);
	tcase_add_test(c, context_renew_at_is_before_the_meta_certificate_ends);
	tcase_add_test(c, context_reload_of_a_bad_pair_leaves_the_old_one);
	tcase_add_test(c, context_unref_takes_null);
	suite_add_tcase(s, c);
	return s;
}
