/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tls/random.h"

Suite *test_random_suite(void);

#define SIZE 32

START_TEST(random_bytes_are_others_each_time)
{
	uint8_t all[64][SIZE];

	for (size_t i = 0; i < 64; i++)
		ck_assert(random_bytes(all[i], SIZE));
	for (size_t i = 0; i < 64; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_mem_ne(all[i], all[j], SIZE);
}
END_TEST

/* Blocks are drawn anew when what is left does not do. */
START_TEST(random_bytes_come_in_any_number)
{
	static uint8_t bytes[5000];

	for (size_t len = 0; len < sizeof(bytes); len += 1 + len / 3) {
		size_t zeros = 0;

		memset(bytes, 0, sizeof(bytes));
		ck_assert(random_bytes(bytes, len));
		for (size_t i = 0; i < len; i++)
			zeros += bytes[i] == 0;
		ck_assert_uint_lt(zeros, 8 + len / 16); /* one in 256 is expected */
		for (size_t i = len; i < sizeof(bytes); i++)
			ck_assert_uint_eq(bytes[i], 0);
	}
}
END_TEST

static void *draw(void *to)
{
	return random_bytes(to, SIZE) ? to : NULL;
}

START_TEST(random_bytes_are_others_in_each_thread)
{
	uint8_t here[SIZE], there[SIZE];
	pthread_t thread;
	void *done;

	ck_assert(random_bytes(here, SIZE));
	ck_assert_int_eq(pthread_create(&thread, NULL, draw, there), 0);
	ck_assert_int_eq(pthread_join(thread, &done), 0);
	ck_assert_ptr_eq(done, there);
	ck_assert_mem_ne(here, there, SIZE);
}
END_TEST

/* Both have the rest of one block when they part. */
START_TEST(random_bytes_are_others_in_a_child)
{
	uint8_t here[SIZE], there[SIZE];
	int pipe_fd[2], status;
	pid_t child;

	ck_assert(random_bytes(here, SIZE));
	ck_assert_int_eq(pipe(pipe_fd), 0);
	child = fork();
	if (child == 0)
		_exit(random_bytes(there, SIZE) && write(pipe_fd[1], there, SIZE) == SIZE ? 0 : 1);
	ck_assert_int_gt(child, 0);
	ck_assert(random_bytes(here, SIZE));
	ck_assert_int_eq(read(pipe_fd[0], there, SIZE), SIZE);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_mem_ne(here, there, SIZE);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}
END_TEST

Suite *test_random_suite(void)
{
	Suite *s = suite_create("random");
	TCase *t = tcase_create("random");

	tcase_add_test(t, random_bytes_are_others_each_time);
	tcase_add_test(t, random_bytes_come_in_any_number);
	tcase_add_test(t, random_bytes_are_others_in_each_thread);
	tcase_add_test(t, random_bytes_are_others_in_a_child);
	suite_add_tcase(s, t);
	return s;
}
