/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_cert_suite(void);
Suite *test_latency_suite(void);
Suite *test_options_suite(void);
Suite *test_report_suite(void);
Suite *test_result_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_cert_suite, test_latency_suite, test_options_suite, test_report_suite, test_result_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
