/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_conn_suite(void);
Suite *test_due_suite(void);
Suite *test_hist_suite(void);
Suite *test_keys_suite(void);
Suite *test_merge_suite(void);
Suite *test_mix_suite(void);
Suite *test_options_suite(void);
Suite *test_pace_suite(void);
Suite *test_payload_suite(void);
Suite *test_process_suite(void);
Suite *test_receiver_suite(void);
Suite *test_report_suite(void);
Suite *test_sender_suite(void);
Suite *test_track_suite(void);
Suite *test_transport_tls_suite(void);
Suite *test_transport_ws_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_due_suite,	    test_hist_suite,  test_mix_suite,	       test_options_suite,
		test_pace_suite,    test_payload_suite, test_track_suite,      test_transport_ws_suite,
		test_keys_suite,    test_merge_suite, test_process_suite,      test_report_suite,
		test_conn_suite,    test_receiver_suite, test_transport_tls_suite,  test_sender_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
