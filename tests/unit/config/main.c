/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_cli_suite(void);
Suite *test_draft_suite(void);
Suite *test_draft_check_suite(void);
Suite *test_nearest_suite(void);
Suite *test_option_suite(void);
Suite *test_option_table_suite(void);
Suite *test_quote_suite(void);
Suite *test_rule_suite(void);
Suite *test_settings_suite(void);
Suite *test_settings_diff_suite(void);
Suite *test_settings_dump_suite(void);
Suite *test_settings_help_suite(void);
Suite *test_value_suite(void);
Suite *test_value_print_suite(void);
Suite *test_yaml_file_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_quote_suite,	  test_nearest_suite,	    test_rule_suite,
		test_option_suite,	  test_option_table_suite,  test_value_suite,
		test_value_print_suite,	  test_draft_suite,	    test_draft_check_suite,
		test_cli_suite,		  test_yaml_file_suite,	    test_settings_suite,
		test_settings_dump_suite, test_settings_help_suite, test_settings_diff_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
