/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_rate_suite(void);
Suite *test_trim_suite(void);
Suite *test_wake_suite(void);
Suite *test_page_suite(void);
Suite *test_transport_suite(void);
Suite *test_transport_offload_suite(void);
Suite *test_transport_tls_suite(void);
Suite *test_step_suite(void);
Suite *test_login_suite(void);
Suite *test_login_bad_suite(void);
Suite *test_login_stall_suite(void);
Suite *test_login_page_suite(void);
Suite *test_intake_suite(void);
Suite *test_accept_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_rate_suite, test_wake_suite, test_trim_suite, test_page_suite, test_transport_suite,
		test_transport_offload_suite, test_transport_tls_suite,
		test_step_suite,
		test_login_suite, test_login_bad_suite, test_login_stall_suite, test_login_page_suite,
		test_intake_suite, test_accept_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
