/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_json_writer_suite(void);
Suite *test_presence_suite(void);
Suite *test_watch_suite(void);
Suite *test_watch_random_suite(void);
Suite *test_outbox_suite(void);
Suite *test_summary_suite(void);
Suite *test_region_suite(void);
Suite *test_page_suite(void);
Suite *test_metrics_conn_suite(void);
Suite *test_metrics_server_suite(void);
Suite *test_control_suite(void);

int main(void)
{
	static runner_suite_fn *const suites[] = {
		test_json_writer_suite, test_presence_suite, test_watch_suite, test_watch_random_suite,
		test_outbox_suite, test_summary_suite, test_region_suite, test_page_suite,
		test_metrics_conn_suite, test_metrics_server_suite, test_control_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
