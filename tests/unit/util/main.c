/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_assert_suite(void);
Suite *test_be_suite(void);
Suite *test_bytes_suite(void);
Suite *test_cursor_suite(void);
Suite *test_error_suite(void);
Suite *test_hash_suite(void);
Suite *test_json_suite(void);
Suite *test_list_suite(void);
Suite *test_log_suite(void);
Suite *test_mono_suite(void);
Suite *test_pool_suite(void);
Suite *test_spsc_suite(void);
Suite *test_wheel_suite(void);
Suite *test_writer_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_assert_suite,
		test_be_suite,
		test_bytes_suite,
		test_cursor_suite,
		test_error_suite,
		test_hash_suite,
		test_json_suite,
		test_list_suite,
		test_log_suite,
		test_mono_suite,
		test_pool_suite,
		test_spsc_suite,
		test_wheel_suite,
		test_writer_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
