/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_cert_command_suite(void);
Suite *test_derp_map_suite(void);
Suite *test_gate_suite(void);
Suite *test_key_path_suite(void);
Suite *test_plane_settings_suite(void);
Suite *test_relay_tls_suite(void);
Suite *test_thread_suite(void);
Suite *test_watchdog_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_derp_map_suite,	   test_gate_suite,   test_key_path_suite,
		test_plane_settings_suite, test_thread_suite, test_watchdog_suite,
		test_cert_command_suite,   test_relay_tls_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
