/* SPDX-License-Identifier: MIT
 * With a kernel of the test's (kernel.h), which takes keys and lets the bytes
 * pass as they are: what is tried, and what is said of failures. tests/vm has
 * real ones. */
#include <check.h>
#include <errno.h>
#include <linux/tls.h>
#include <string.h>

#include "tests/unit/tls/kernel.h"
#include "tls/ktls.h"
#include "tls/ktls_probe.h"
#include "util/error.h"

Suite *test_ktls_probe_suite(void);

#define CALLS_OF_A_SUITE 6 /* upper layer, TX, RX, of either end */

static struct ktls_probe probe;

static uint16_t cipher_of(const struct kernel_call *c)
{
	struct tls_crypto_info info;

	memcpy(&info, c->info, sizeof(info));
	return info.cipher_type;
}

START_TEST(ktls_probe_tries_each_suite_of_both_versions)
{
	static const uint16_t ciphers[] = { TLS_CIPHER_AES_GCM_128, TLS_CIPHER_AES_GCM_256,
					    TLS_CIPHER_CHACHA20_POLY1305 };

	ktls_probe(&probe);
	ck_assert_uint_eq(probe.working, KTLS_PROBE_PARTS);
	ck_assert_str_eq(probe.missing, "");
	ck_assert_int_eq(kernel.calls, KTLS_PROBE_PARTS * CALLS_OF_A_SUITE);
	for (int i = 0; i < KTLS_PROBE_PARTS; i++) {
		const struct kernel_call *c = &kernel.call[i * CALLS_OF_A_SUITE];

		ck_assert_int_eq(c[0].option, KERNEL_ULP);
		ck_assert_int_eq(c[1].option, KERNEL_TX);
		ck_assert_int_eq(c[2].option, KERNEL_RX);
		ck_assert_uint_eq(cipher_of(&c[1]), ciphers[i % SUITE_COUNT]);
		ck_assert_mem_eq(c[1].info, c[5].info, c[1].len); /* what one seals with the other opens with */
		ck_assert_mem_eq(c[2].info, c[4].info, c[2].len);
	}
}
END_TEST

START_TEST(ktls_probe_names_what_is_missing)
{
	kernel.fail_at = 2 * CALLS_OF_A_SUITE + 2;
	kernel.error = ENOENT;
	ktls_probe(&probe);
	ck_assert_uint_eq(probe.working, KTLS_PROBE_PARTS - 1);
	ck_assert_str_eq(probe.missing, "ChaCha20-Poly1305 of TLS 1.3 (No such file or directory)");
}
END_TEST

START_TEST(ktls_probe_finds_a_key_that_opens_nothing)
{
	kernel.swallows = true;
	ktls_probe(&probe);
	ck_assert_uint_eq(probe.working, 0);
	ck_assert_ptr_nonnull(strstr(probe.missing, "AES-128-GCM of TLS 1.3 ("));
	ck_assert_ptr_null(strchr(probe.missing, '\n'));
}
END_TEST

START_TEST(ktls_decide_require_wants_every_suite)
{
	struct ktls_status s = { .on = false };

	ck_assert_int_eq(ktls_decide(&s, KTLS_REQUIRE), 0);
	ck_assert(s.on);
	ck_assert_ptr_nonnull(strstr(s.text, "kTLS enabled, as required, on Linux "));
	kernel_begin();
	kernel.fail_at = 1 + CALLS_OF_A_SUITE + 2; /* 1: whether there is kTLS at all */
	kernel.error = EINVAL;
	ck_assert_int_eq(ktls_decide(&s, KTLS_REQUIRE), ERROR_UNSUPPORTED);
	ck_assert(!s.on);
	ck_assert_str_eq(s.text, "kTLS not available: the kernel does not do AES-256-GCM of TLS 1.3 "
			 "(Invalid argument)");
}
END_TEST

Suite *test_ktls_probe_suite(void)
{
	Suite *s = suite_create("ktls_probe");
	TCase *c = tcase_create("kernel");

	tcase_add_checked_fixture(c, kernel_begin, kernel_end);
	tcase_add_test(c, ktls_probe_tries_each_suite_of_both_versions);
	tcase_add_test(c, ktls_probe_names_what_is_missing);
	tcase_add_test(c, ktls_probe_finds_a_key_that_opens_nothing);
	tcase_add_test(c, ktls_decide_require_wants_every_suite);
	suite_add_tcase(s, c);
	return s;
}
