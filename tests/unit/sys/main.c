/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_affinity_suite(void);
Suite *test_cores_suite(void);
Suite *test_cpu_suite(void);
Suite *test_limits_suite(void);
Suite *test_notify_suite(void);
Suite *test_quota_suite(void);
Suite *test_topology_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_affinity_suite, test_cores_suite, test_cpu_suite,
		test_limits_suite,   test_notify_suite, test_quota_suite,
		test_topology_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
