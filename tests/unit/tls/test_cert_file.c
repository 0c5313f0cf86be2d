/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"
#include "tls/cert_file.h"
#include "tls/make_cert.h"
#include "util/error.h"

Suite *test_cert_file_suite(void);

static struct cert_file cert;
static struct tls_fault fault;

static struct make_cert make(const char *host)
{
	struct make_cert made;

	ck_assert_msg(make_cert(&made, folder_path, host, &fault) == 0, "%s", fault.text);
	return made;
}

static void read_well(const char *path)
{
	ck_assert_msg(cert_file_read(&cert, path, &fault) == 0, "%s", fault.text);
}

START_TEST(cert_file_has_the_pin_of_make_cert)
{
	struct make_cert made = make("relay.example.com");

	read_well(made.cert_path);
	ck_assert_str_eq(cert.pin, made.pin);
	ck_assert_str_eq(cert.name, "relay.example.com");
	ck_assert(cert.self_signed);
}
END_TEST

START_TEST(cert_file_has_an_address_for_a_name)
{
	read_well(make("192.0.2.7").cert_path);
	ck_assert_str_eq(cert.name, "192.0.2.7");
	read_well(make("2001:db8::7").cert_path);
	ck_assert_str_eq(cert.name, "2001:db8::7");
}
END_TEST

START_TEST(cert_file_takes_no_name_from_the_subject)
{
	certs_write("nameless", CERTS_RSA, -1, 1);
	read_well(folder_file("nameless.crt"));
	ck_assert_str_eq(cert.name, "");
	ck_assert(cert.self_signed);
}
END_TEST

START_TEST(cert_file_looks_at_the_first_of_a_chain)
{
	struct make_cert made = make("relay.example.com");

	certs_write("other", CERTS_RSA, -1, 1);
	certs_append("relay.example.com", "other");
	read_well(made.cert_path);
	ck_assert_str_eq(cert.pin, made.pin);
}
END_TEST

START_TEST(cert_file_reads_one_that_has_expired)
{
	certs_write("old", CERTS_ECDSA, -9, -2);
	read_well(folder_file("old.crt"));
	ck_assert_uint_eq(strlen(cert.pin), strlen("sha256-raw:") + 64);
}
END_TEST

START_TEST(cert_file_knows_what_an_authority_signed)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/golden/derp-map/signed.crt", getenv("HD_SRCDIR"));
	read_well(path);
	ck_assert(!cert.self_signed);
	/* Neither the wildcard nor the address in front of it. */
	ck_assert_str_eq(cert.name, "derp.example.com");
}
END_TEST

START_TEST(cert_file_says_why_it_fails)
{
	struct cert_file before = cert;

	ck_assert_int_eq(cert_file_read(&cert, folder_file("absent.crt"), &fault), ERROR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(fault.text, "absent.crt"));
	ck_assert_int_eq(cert_file_read(&cert, folder_path, &fault), ERROR_IO);
	certs_write("only", CERTS_ECDSA, -1, 1);
	ck_assert_int_eq(cert_file_read(&cert, folder_file("only.key"), &fault), ERROR_MALFORMED);
	ck_assert_mem_eq(&before, &cert, sizeof(cert));
}
END_TEST

Suite *test_cert_file_suite(void)
{
	Suite *s = suite_create("cert_file");
	TCase *tc = tcase_create("read");

	tcase_add_unchecked_fixture(tc, certs_start, certs_end);
	tcase_add_checked_fixture(tc, folder_make, folder_remove);
	tcase_add_test(tc, cert_file_has_the_pin_of_make_cert);
	tcase_add_test(tc, cert_file_has_an_address_for_a_name);
	tcase_add_test(tc, cert_file_takes_no_name_from_the_subject);
	tcase_add_test(tc, cert_file_looks_at_the_first_of_a_chain);
	tcase_add_test(tc, cert_file_reads_one_that_has_expired);
	tcase_add_test(tc, cert_file_knows_what_an_authority_signed);
	tcase_add_test(tc, cert_file_says_why_it_fails);
	suite_add_tcase(s, tc);
	return s;
}
