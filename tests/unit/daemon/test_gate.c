/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <pthread.h>

#include "daemon/gate.h"
#include "util/error.h"

#define THREADS 8

Suite *test_gate_suite(void);

static void *pass_well(void *arg)
{
	gate_pass(arg, 0);
	return NULL;
}

START_TEST(gate_wait_returns_when_all_passed)
{
	pthread_t threads[THREADS];
	struct gate g;

	gate_init(&g, THREADS);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, pass_well, &g), 0);
	ck_assert_int_eq(gate_wait(&g), 0);
	ck_assert_uint_eq(g.awaited, 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	gate_release(&g);
}
END_TEST

START_TEST(gate_wait_returns_first_error_after_all_passed)
{
	struct gate g;

	gate_init(&g, 3);
	gate_pass(&g, ERROR_UNSUPPORTED);
	gate_pass(&g, 0);
	gate_pass(&g, ERROR_IO);
	ck_assert_int_eq(gate_wait(&g), ERROR_UNSUPPORTED);
	gate_release(&g);
}
END_TEST

Suite *test_gate_suite(void)
{
	Suite *s = suite_create("gate");
	TCase *t = tcase_create("gate");

	tcase_add_test(t, gate_wait_returns_when_all_passed);
	tcase_add_test(t, gate_wait_returns_first_error_after_all_passed);
	suite_add_tcase(s, t);
	return s;
}
