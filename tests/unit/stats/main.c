/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_reasons_suite(void);
Suite *test_stats_suite(void);
Suite *test_prometheus_suite(void);

int main(void)
{
	static runner_suite_fn *const suites[] = { test_reasons_suite, test_stats_suite, test_prometheus_suite };

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
