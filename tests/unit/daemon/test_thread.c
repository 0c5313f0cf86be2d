/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "daemon/thread.h"
#include "util/error.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

Suite *test_thread_suite(void);

static void *count_up(void *arg)
{
	++*(int *)arg;
	return NULL;
}

START_TEST(thread_join_within_sees_what_the_thread_did)
{
	struct thread t = { 0 };
	int count = 0;

	ck_assert_int_eq(thread_start(&t, count_up, &count, "worker %u", 12u), 0);
	ck_assert(t.running);
	ck_assert_str_eq(t.name, "worker 12");
	ck_assert(thread_join_within(&t, UINT32_MAX));
	ck_assert(!t.running);
	ck_assert_int_eq(count, 1);
}
END_TEST

START_TEST(thread_join_within_ignores_a_thread_never_started)
{
	struct thread t = { 0 };

	ck_assert(thread_join_within(&t, 1));
	ck_assert(!t.running);
}
END_TEST

static void *lock_and_unlock(void *arg)
{
	pthread_mutex_lock(arg);
	pthread_mutex_unlock(arg);
	return NULL;
}

START_TEST(thread_join_within_gives_up_and_may_be_asked_again)
{
	struct thread t = { 0 };
	pthread_mutex_t stuck = PTHREAD_MUTEX_INITIALIZER;

	ck_assert(thread_join_within(&t, 0)); /* never started */
	ck_assert_int_eq(pthread_mutex_lock(&stuck), 0);
	ck_assert_int_eq(thread_start(&t, lock_and_unlock, &stuck, "worker %u", 1u), 0);
	ck_assert(!thread_join_within(&t, 0));
	ck_assert(!thread_join_within(&t, 999));
	ck_assert(t.running);
	ck_assert_int_eq(pthread_mutex_unlock(&stuck), 0);
	ck_assert(thread_join_within(&t, UINT32_MAX));
	ck_assert(!t.running);
}
END_TEST

#ifndef SANITIZED /* whose runtimes cannot live with so little memory */
START_TEST(thread_start_says_when_the_system_gives_none)
{
	struct rlimit none = { 1, 1 };
	struct thread t = { 0 };
	int count = 0;

	/* No room for one more stack. An emulator needs room itself and sets no limit. */
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &none), 0);
	if (none.rlim_cur != 1) {
		printf("no limit of address space here: not tested\n");
		return;
	}
	ck_assert_int_eq(thread_start(&t, count_up, &count, "worker %u", 1u), ERROR_IO);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert(!t.running);
	ck_assert_int_eq(count, 0);
}
END_TEST
#endif

Suite *test_thread_suite(void)
{
	Suite *s = suite_create("thread");
	TCase *t = tcase_create("thread");

	tcase_add_test(t, thread_join_within_sees_what_the_thread_did);
	tcase_add_test(t, thread_join_within_ignores_a_thread_never_started);
	tcase_add_test(t, thread_join_within_gives_up_and_may_be_asked_again);
#ifndef SANITIZED
	tcase_add_test(t, thread_start_says_when_the_system_gives_none);
#endif
	suite_add_tcase(s, t);
	return s;
}
