/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_apply_suite(void);
Suite *test_apply_mounts_suite(void);
Suite *test_cpuset_suite(void);
Suite *test_decimal_suite(void);
Suite *test_command_suite(void);
Suite *test_facts_suite(void);
Suite *test_gather_suite(void);
Suite *test_gather_service_suite(void);
Suite *test_manual_suite(void);
Suite *test_measure_suite(void);
Suite *test_plan_suite(void);
Suite *test_program_suite(void);
Suite *test_properties_suite(void);
Suite *test_read_all_suite(void);
Suite *test_yaml_edit_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_cpuset_suite, test_decimal_suite, test_command_suite,
		test_facts_suite, test_gather_suite, test_gather_service_suite,
		test_plan_suite, test_properties_suite, test_yaml_edit_suite,
		test_apply_suite, test_apply_mounts_suite, test_manual_suite,
		test_measure_suite, test_program_suite, test_read_all_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
