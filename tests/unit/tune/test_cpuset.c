/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tools/hd-tune/cpuset.h"
#include "util/error.h"

Suite *test_cpuset_suite(void);

static int parse(struct cpuset *s, const char *text)
{
	return cpuset_parse(s, text, strlen(text));
}

static void prints(const char *text, const char *wanted)
{
	struct cpuset s;
	struct bytes out;

	bytes_init(&out, 65536);
	ck_assert_int_eq(parse(&s, text), 0);
	ck_assert_int_eq(cpuset_print(&s, &out), 0);
	ck_assert_uint_eq(out.len, strlen(wanted));
	ck_assert_mem_eq(out.data ? (const char *)out.data : "", wanted, out.len);
	bytes_release(&out);
}

START_TEST(cpuset_parse_takes_what_kernel_and_systemd_write)
{
	prints("0-3,7", "0-3,7");
	prints("7 0 1,2-3\n", "0-3,7");
	prints("", "");
	prints("  (null)\n", "");
	prints("8191", "8191");
	prints("62-65", "62-65");
}
END_TEST

START_TEST(cpuset_parse_refuses_what_is_no_list)
{
	static const char *const wrong[] = { "a", "1-", "-1", "3-1", "1--2", "1;2", "0x1", "(null)x", "1-2-3" };
	struct cpuset s, before;

	ck_assert_int_eq(parse(&s, "5"), 0);
	before = s;
	for (size_t i = 0; i < HD_ARRAY_LEN(wrong); i++)
		ck_assert_int_eq(parse(&s, wrong[i]), ERROR_MALFORMED);
	ck_assert_int_eq(parse(&s, "8192"), ERROR_RANGE);
	ck_assert_int_eq(parse(&s, "0-99999999999"), ERROR_RANGE);
	ck_assert(cpuset_equal(&s, &before));
}
END_TEST

START_TEST(cpuset_next_and_count_agree)
{
	struct cpuset s;
	unsigned count = 0;

	ck_assert_int_eq(parse(&s, "1,63-64,4095,8191"), 0);
	for (int cpu = cpuset_next(&s, 0); cpu >= 0; cpu = cpuset_next(&s, (unsigned)cpu + 1))
		count++;
	ck_assert_uint_eq(count, 5);
	ck_assert_uint_eq(cpuset_count(&s), 5);
	ck_assert(!cpuset_has(&s, 8192));
}
END_TEST

START_TEST(cpuset_remove_takes_one_back)
{
	struct cpuset s, before;

	ck_assert_int_eq(parse(&s, "0-3,63-64,8191"), 0);
	before = s;
	cpuset_remove(&s, 63);
	cpuset_remove(&s, 8191);
	cpuset_remove(&s, 62); /* was not in it */
	ck_assert(!cpuset_has(&s, 63) && !cpuset_has(&s, 8191));
	ck_assert(cpuset_has(&s, 64) && cpuset_has(&s, 3));
	ck_assert_uint_eq(cpuset_count(&s), 5);
	cpuset_add(&s, 8191);
	cpuset_add(&s, 63);
	ck_assert(cpuset_equal(&s, &before));
}
END_TEST

Suite *test_cpuset_suite(void)
{
	Suite *s = suite_create("cpuset");
	TCase *t = tcase_create("cpuset");

	tcase_add_test(t, cpuset_parse_takes_what_kernel_and_systemd_write);
	tcase_add_test(t, cpuset_parse_refuses_what_is_no_list);
	tcase_add_test(t, cpuset_next_and_count_agree);
	tcase_add_test(t, cpuset_remove_takes_one_back);
	suite_add_tcase(s, t);
	return s;
}
