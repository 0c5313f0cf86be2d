/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_x25519_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = { test_x25519_suite };

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
