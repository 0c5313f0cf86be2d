/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_waker_suite(void);
Suite *test_bus_suite(void);
Suite *test_conn_count_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = { test_waker_suite, test_bus_suite, test_conn_count_suite };

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
