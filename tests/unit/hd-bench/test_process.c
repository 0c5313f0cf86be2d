/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/hd-bench/process.h"
#include "util/error.h"

#define GROWTH (16u * 1024 * 1024)

Suite *test_process_suite(void);

START_TEST(process_read_tells_cpu_time_and_memory)
{
	struct process_usage before, after;
	uint8_t *memory = malloc(GROWTH);

	ck_assert_ptr_nonnull(memory);
	ck_assert_int_eq(process_read(&before, getpid()), 0);
	for (size_t i = 0; i < GROWTH; i += 1024)
		*(volatile uint8_t *)&memory[i] = (uint8_t)i;
	ck_assert_int_eq(process_read(&after, getpid()), 0);
	ck_assert_uint_gt(before.cpu_ns, 0);
	ck_assert_uint_gt(after.cpu_ns, before.cpu_ns);
	ck_assert_uint_ge(after.rss_bytes, before.rss_bytes + GROWTH / 2);
	free(memory);
}
END_TEST

START_TEST(process_read_of_nobody_is_not_found)
{
	struct process_usage u, untouched;
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	memset(&u, 0x5a, sizeof(u));
	untouched = u;
	ck_assert_int_eq(process_read(&u, child), ERROR_NOT_FOUND);
	ck_assert_mem_eq(&u, &untouched, sizeof(u));
}
END_TEST

Suite *test_process_suite(void)
{
	Suite *s = suite_create("process");
	TCase *t = tcase_create("process");

	tcase_add_test(t, process_read_tells_cpu_time_and_memory);
	tcase_add_test(t, process_read_of_nobody_is_not_found);
	suite_add_tcase(s, t);
	return s;
}
