/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "tls/fault.h"

Suite *test_fault_suite(void);

START_TEST(fault_set_cuts_what_is_too_long)
{
	struct tls_fault f;

	fault_set(&f, "%s: %d", "file", 7);
	ck_assert_str_eq(f.text, "file: 7");
	fault_set(&f, "%1000d", 1);
	ck_assert_uint_eq(strlen(f.text), sizeof(f.text) - 1);
}
END_TEST

START_TEST(fault_openssl_tells_the_latest_error_once)
{
	ck_assert_int_eq(OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL), 1);
	ERR_clear_error();
	ERR_raise(ERR_LIB_SSL, SSL_R_NO_SHARED_CIPHER);
	ck_assert_ptr_nonnull(strstr(fault_openssl(), "no shared cipher"));
	ck_assert_uint_eq(ERR_peek_error(), 0);
	ck_assert_str_eq(fault_openssl(), "unknown error of OpenSSL");
}
END_TEST

Suite *test_fault_suite(void)
{
	Suite *s = suite_create("fault");
	TCase *c = tcase_create("text");

	tcase_add_test(c, fault_set_cuts_what_is_too_long);
	tcase_add_test(c, fault_openssl_tells_the_latest_error_once);
	suite_add_tcase(s, c);
	return s;
}
