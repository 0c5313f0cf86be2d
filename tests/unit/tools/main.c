/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_derp_stream_suite(void);
Suite *test_number_suite(void);
Suite *test_option_rows_suite(void);
Suite *test_target_suite(void);
Suite *test_tls_stream_suite(void);
Suite *test_ws_frame_suite(void);
Suite *test_ws_upgrade_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_derp_stream_suite, test_number_suite,     test_option_rows_suite, test_target_suite,
		test_tls_stream_suite,	test_ws_frame_suite,   test_ws_upgrade_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
