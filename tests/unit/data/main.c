/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_begun_suite(void);
Suite *test_buf_suite(void);
Suite *test_data_plane_suite(void);
Suite *test_forward_suite(void);
Suite *test_hold_suite(void);
Suite *test_hold_packets_suite(void);
Suite *test_hold_vital_suite(void);
Suite *test_life_suite(void);
Suite *test_linger_suite(void);
Suite *test_offload_suite(void);
Suite *test_peer_suite(void);
Suite *test_policy_suite(void);
Suite *test_route_suite(void);
Suite *test_rx_suite(void);
Suite *test_rx_pause_suite(void);
Suite *test_secure_suite(void);
Suite *test_seen_suite(void);
Suite *test_shrink_suite(void);
Suite *test_slice_suite(void);
Suite *test_tell_suite(void);
Suite *test_tx_suite(void);
Suite *test_tx_memory_suite(void);
Suite *test_xfer_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_policy_suite, test_linger_suite, test_slice_suite, test_peer_suite,
		test_route_suite, test_seen_suite, test_buf_suite, test_shrink_suite,
		test_begun_suite, test_rx_suite, test_rx_pause_suite, test_secure_suite,
		test_offload_suite, test_tx_suite, test_tx_memory_suite, test_hold_suite,
		test_hold_packets_suite, test_hold_vital_suite,
		test_forward_suite, test_xfer_suite, test_life_suite,
		test_tell_suite, test_data_plane_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
