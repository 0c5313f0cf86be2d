/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_box_suite(void);
Suite *test_fe_suite(void);
Suite *test_keyfile_suite(void);
Suite *test_ladder_suite(void);
Suite *test_secret_file_suite(void);
Suite *test_x25519_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = { test_box_suite, test_fe_suite, test_ladder_suite,
						test_x25519_suite, test_keyfile_suite, test_secret_file_suite };

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
