/* SPDX-License-Identifier: MIT
 * What needs the kernel's io_uring. Where it cannot be had, only the words
 * about why are tested. */
#include "data/ring_probe.h"
#include "tests/unit/runner.h"

Suite *test_ring_parts_suite(void);
Suite *test_ring_probe_explain_suite(void);
Suite *test_ring_probe_suite(void);
Suite *test_ring_send_suite(void);
Suite *test_ring_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_ring_probe_explain_suite, test_ring_probe_suite, test_ring_suite, test_ring_parts_suite,
		test_ring_send_suite,
	};
	char why[512];

	if (ring_probe(why, sizeof(why)) < 0) {
		printf("ring not tested: %s\n", why);
		return runner_main(suites, 1);
	}
	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
