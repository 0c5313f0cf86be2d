/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/util/capture.h"
#include "util/assert.h"

Suite *test_assert_suite(void);

START_TEST(assert_true_goes_on)
{
	int evaluated = 0;

	hd_assert(++evaluated == 1);
	ck_assert_int_eq(evaluated, 1);
}
END_TEST

START_TEST(assert_false_aborts)
{
	int one = 1;

	hd_assert(one == 2);
}
END_TEST

START_TEST(assert_false_names_expression_and_place)
{
	struct capture capture;
	int status, one = 1;
	char *text;
	pid_t child;

	capture_begin(&capture);
	child = fork();
	if (child == 0) {
		hd_assert(one == 2);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	text = capture_end(&capture);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	ck_assert_ptr_nonnull(strstr(text, "assertion failed: one == 2 ("));
	ck_assert_ptr_nonnull(strstr(text, "test_assert.c:"));
	free(text);
}
END_TEST

Suite *test_assert_suite(void)
{
	Suite *s = suite_create("assert");
	TCase *tc = tcase_create("assert");

	tcase_add_test(tc, assert_true_goes_on);
	tcase_add_test_raise_signal(tc, assert_false_aborts, SIGABRT);
	tcase_add_test(tc, assert_false_names_expression_and_place);
	suite_add_tcase(s, tc);
	return s;
}
