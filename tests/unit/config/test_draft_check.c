/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "config/draft.h"
#include "tests/unit/config/config_load.h"
#include "util/error.h"

Suite *test_draft_check_suite(void);

START_TEST(draft_check_takes_one_pin_per_worker)
{
	struct settings s = config_load_good_line("-w 3 --pin-workers 0,2,4");

	ck_assert_int_eq(s.workers, 3);
	settings_release(&s);
}
END_TEST

START_TEST(draft_check_counts_workers_by_pins)
{
	struct settings s = config_load_good_yaml("pin_cores: [0, 2]");

	ck_assert_int_eq(s.workers, 2);
	settings_release(&s);
}
END_TEST

START_TEST(draft_check_refuses_other_counts_of_pins)
{
	config_load_expect_line_error("-w 2 --pin-workers 0-2", ERROR_USAGE,
				      "--pin-workers: names 3 CPUs for 2 workers: one each is needed");
	config_load_expect_yaml_error("workers: 2\npin_cores: [1]\n", ERROR_MALFORMED,
				      "FILE:2:12: pin_cores: names 1 CPUs for 2 workers: one each is needed");
	config_load_expect_line_error("--pin-workers 0-256", ERROR_USAGE,
				      "--pin-workers: names 257 CPUs, but there are at most 256 workers");
}
END_TEST

/* Certificates are no matter of this build's parsers, so they are put in by hand. */
static int check_with(size_t count, const size_t offsets[], char message[SETTINGS_MESSAGE_MAX])
{
	struct draft d;
	int error;

	ck_assert_int_eq(draft_init(&d, message), 0);
	for (size_t i = 0; i < count; i++) {
		char **field = (char **)(void *)((char *)&d.settings + offsets[i]);

		*field = strdup("/some/file.pem");
		ck_assert_ptr_nonnull(*field);
	}
	error = draft_check(&d);
	draft_release(&d);
	return error;
}

START_TEST(draft_check_wants_certificate_and_key_together)
{
	char message[SETTINGS_MESSAGE_MAX];
	const size_t cert = offsetof(struct settings, tls_cert), key = offsetof(struct settings, tls_key);
	const size_t metrics_cert = offsetof(struct settings, metrics_tls_cert);
	const size_t metrics_key = offsetof(struct settings, metrics_tls_key);

	ck_assert_int_eq(check_with(2, (size_t[]){ cert, key }, message), 0);
	ck_assert_int_eq(check_with(1, (size_t[]){ cert }, message), ERROR_MALFORMED);
	ck_assert_str_eq(message, "tls_cert: goes with tls_key, which is not set: set both or neither");
	ck_assert_int_eq(check_with(1, (size_t[]){ key }, message), ERROR_MALFORMED);
	ck_assert_str_eq(message, "tls_key: goes with tls_cert, which is not set: set both or neither");
	ck_assert_int_eq(check_with(2, (size_t[]){ metrics_cert, metrics_key }, message), 0);
	ck_assert_int_eq(check_with(2, (size_t[]){ cert, metrics_key }, message), ERROR_MALFORMED);
	ck_assert_int_eq(check_with(1, (size_t[]){ metrics_key }, message), ERROR_MALFORMED);
}
END_TEST

Suite *test_draft_check_suite(void)
{
	Suite *s = suite_create("draft_check");
	TCase *tc = tcase_create("together");

	tcase_add_test(tc, draft_check_takes_one_pin_per_worker);
	tcase_add_test(tc, draft_check_counts_workers_by_pins);
	tcase_add_test(tc, draft_check_refuses_other_counts_of_pins);
	tcase_add_test(tc, draft_check_wants_certificate_and_key_together);
	suite_add_tcase(s, tc);
	return s;
}
