/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_client_info_suite(void);
Suite *test_frame_suite(void);
Suite *test_http_head_suite(void);
Suite *test_http_request_suite(void);
Suite *test_http_response_suite(void);
Suite *test_http_status_suite(void);
Suite *test_http_text_suite(void);
Suite *test_json_fields_suite(void);
Suite *test_key_suite(void);
Suite *test_server_info_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_client_info_suite,
		test_frame_suite,
		test_http_head_suite,
		test_http_request_suite,
		test_http_response_suite,
		test_http_status_suite,
		test_http_text_suite,
		test_json_fields_suite,
		test_key_suite,
		test_server_info_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
