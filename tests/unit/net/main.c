/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_addr_suite(void);
Suite *test_listener_suite(void);
Suite *test_loop_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = { test_addr_suite, test_listener_suite, test_loop_suite };

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
