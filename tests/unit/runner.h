/* SPDX-License-Identifier: MIT
 * main() of a unit test program: runs the suites it is given. Exit 0 only if
 * at least one check ran and none failed. */
#ifndef HD_TESTS_UNIT_RUNNER_H
#define HD_TESTS_UNIT_RUNNER_H

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* A check's time is a bound on hanging, not on speed: the library's own four
 * seconds pass on a loaded machine, so do minutes with a sanitizer. */
#define RUNNER_TIMEOUT_S "600"

typedef Suite *runner_suite_fn(void);

static inline int runner_main(runner_suite_fn *const *suites, size_t count)
{
	SRunner *r;
	int ran, failed;

	/* Read by the library when a case is made; who has set it knows better. */
	if (setenv("CK_DEFAULT_TIMEOUT", RUNNER_TIMEOUT_S, 0) != 0)
		return 1;
	r = srunner_create(NULL);
	for (size_t i = 0; i < count; i++)
		srunner_add_suite(r, suites[i]());
	srunner_run_all(r, CK_ENV);
	ran = srunner_ntests_run(r);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	if (ran == 0)
		fprintf(stderr, "no check ran\n");
	return ran > 0 && failed == 0 ? 0 : 1;
}

#endif
