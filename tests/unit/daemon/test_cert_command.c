/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/cert_command.h"
#include "tests/unit/crypto/folder.h"

Suite *test_cert_command_suite(void);

/* The certificate goes into the current directory, what is said into files. */
static void begin(void)
{
	folder_make();
	ck_assert_int_eq(chdir(folder_path), 0);
}

static void end(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	folder_remove();
}

static enum exit_code run(const char *host)
{
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
	enum exit_code code;

	fflush(stdout);
	ck_assert_ptr_nonnull(freopen("said", "w", stdout));
	ck_assert_ptr_nonnull(freopen("complained", "w", stderr));
	code = cert_command_run(host);
	fflush(stdout);
	fflush(stderr);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	return code;
}

START_TEST(cert_command_tells_the_files_the_pin_and_the_use)
{
	const char *said, *pin;

	ck_assert_int_eq(run("relay.example.com"), EXIT_CODE_OK);
	ck_assert_int_eq(access("relay.example.com.crt", R_OK), 0);
	ck_assert_int_eq(access("relay.example.com.key", R_OK), 0);
	said = folder_read("said");
	ck_assert_ptr_nonnull(strstr(said, "certificate  ./relay.example.com.crt\n"));
	ck_assert_ptr_nonnull(strstr(said, "key          ./relay.example.com.key\n"));
	ck_assert_ptr_nonnull(strstr(said, "--tls-cert ./relay.example.com.crt "
				     "--tls-key ./relay.example.com.key\n"));
	pin = strstr(said, "CertName     sha256-raw:");
	ck_assert_ptr_nonnull(pin);
	pin += strlen("CertName     sha256-raw:");
	ck_assert_uint_eq(strspn(pin, "0123456789abcdef"), 64);
	ck_assert_str_eq(folder_read("complained"), "");
}
END_TEST

START_TEST(cert_command_leaves_what_is_there)
{
	folder_write("relay.key", "somebody's");
	ck_assert_int_eq(run("relay"), EXIT_CODE_FAILURE);
	ck_assert_ptr_nonnull(strstr(folder_read("complained"), "relay.key: is there already"));
	ck_assert_str_eq(folder_read("relay.key"), "somebody's");
	ck_assert_str_eq(folder_read("said"), "");
}
END_TEST

START_TEST(cert_command_refuses_what_is_no_host)
{
	ck_assert_int_eq(run("no host"), EXIT_CODE_CONFIG);
	ck_assert_str_eq(folder_read("complained"),
			 "hyper-derp: \"no host\" is neither an IP address nor a DNS name\n");
	ck_assert_int_eq(folder_count(), 2); /* only what it said */
}
END_TEST

Suite *test_cert_command_suite(void)
{
	Suite *s = suite_create("cert_command");
	TCase *c = tcase_create("cert_command");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, cert_command_tells_the_files_the_pin_and_the_use);
	tcase_add_test(c, cert_command_leaves_what_is_there);
	tcase_add_test(c, cert_command_refuses_what_is_no_host);
	suite_add_tcase(s, c);
	return s;
}
