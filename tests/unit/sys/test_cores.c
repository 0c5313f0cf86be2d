/* SPDX-License-Identifier: MIT
 * data/ holds machines recorded with lstopo: one with CPUs 1, 4 and 5 of 8
 * offline, so that cores stand at two depths, and one with a cpuset of 2-5. */
#include <check.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "sys/cores.h"
#include "util/error.h"

Suite *test_cores_suite(void);

static const char *data_file(const char *name)
{
	static char path[PATH_MAX];
	const char *top = getenv("HD_SRCDIR");

	snprintf(path, sizeof(path), "%s/tests/unit/sys/data/%s", top ? top : ".", name);
	return path;
}

static struct affinity cpus(unsigned first, unsigned last)
{
	struct affinity a = { CPU_ALLOC(1024), CPU_ALLOC_SIZE(1024) };

	ck_assert_ptr_nonnull(a.set);
	CPU_ZERO_S(a.size, a.set);
	for (unsigned cpu = first; cpu <= last; cpu++)
		CPU_SET_S(cpu, a.size, a.set);
	return a;
}

static unsigned count(const struct cores_source *source)
{
	unsigned n = 12345;

	ck_assert_int_eq(cores_count(source, &n), 0);
	return n;
}

static unsigned count_within(const char *synthetic, unsigned first, unsigned last)
{
	struct affinity within = cpus(first, last);
	struct cores_source source = { .synthetic = synthetic, .within = &within };
	unsigned n = count(&source);

	affinity_release(&within);
	return n;
}

START_TEST(cores_count_takes_siblings_as_one)
{
	ck_assert_uint_eq(count(&(struct cores_source){ .synthetic = "pack:2 core:8 pu:2" }), 16);
	ck_assert_uint_eq(count(&(struct cores_source){ .synthetic = "pack:1 l3:2 core:4 pu:1" }), 8);
	ck_assert_uint_eq(count(&(struct cores_source){ .synthetic = "core:1 pu:1" }), 1);
}
END_TEST

START_TEST(cores_count_takes_a_pu_without_core_as_one)
{
	ck_assert_uint_eq(count(&(struct cores_source){ .synthetic = "numa:1 pu:5" }), 5);
}
END_TEST

START_TEST(cores_count_keeps_within_affinity)
{
	/* CPUs 2n and 2n + 1 are siblings. */
	ck_assert_uint_eq(count_within("core:4 pu:2", 0, 7), 4);
	ck_assert_uint_eq(count_within("core:4 pu:2", 2, 3), 1);
	ck_assert_uint_eq(count_within("core:4 pu:2", 1, 2), 2);
	ck_assert_uint_eq(count_within("core:4 pu:2", 8, 20), 0);
}
END_TEST

START_TEST(cores_count_finds_cores_at_two_depths)
{
	ck_assert_uint_eq(count(&(struct cores_source){ .xml = data_file("vm-4c-smt-offline.xml") }), 3);
}
END_TEST

START_TEST(cores_count_leaves_out_what_a_cpuset_forbids)
{
	ck_assert_uint_eq(count(&(struct cores_source){ .xml = data_file("vm-4c-smt-cpuset.xml") }), 2);
}
END_TEST

START_TEST(cores_count_of_this_machine_is_at_most_its_cpus)
{
	struct affinity self;
	unsigned n;

	ck_assert_int_eq(affinity_of_self(&self), 0);
	n = count(&(struct cores_source){ .within = &self });
	ck_assert_uint_ge(n, 1);
	ck_assert_uint_le(n, (unsigned)CPU_COUNT_S(self.size, self.set));
	affinity_release(&self);
}
END_TEST

START_TEST(cores_count_leaves_the_environment_as_it_was)
{
	unsetenv("HWLOC_PLUGINS_PATH");
	count(&(struct cores_source){ .synthetic = "core:1 pu:1" });
	ck_assert_ptr_null(getenv("HWLOC_PLUGINS_PATH"));
	setenv("HWLOC_PLUGINS_PATH", "/nowhere", 1);
	count(&(struct cores_source){ .synthetic = "core:1 pu:1" });
	ck_assert_str_eq(getenv("HWLOC_PLUGINS_PATH"), "/nowhere");
}
END_TEST

START_TEST(cores_count_of_a_missing_file_is_an_error)
{
	unsigned n = 12345;

	ck_assert_int_eq(cores_count(&(struct cores_source){ .xml = data_file("none.xml") }, &n), ERROR_IO);
	ck_assert_int_eq(cores_count(&(struct cores_source){ .synthetic = "no such thing" }, &n), ERROR_IO);
	ck_assert_uint_eq(n, 12345);
}
END_TEST

Suite *test_cores_suite(void)
{
	Suite *s = suite_create("cores");
	TCase *tc = tcase_create("count");

	tcase_add_test(tc, cores_count_takes_siblings_as_one);
	tcase_add_test(tc, cores_count_takes_a_pu_without_core_as_one);
	tcase_add_test(tc, cores_count_keeps_within_affinity);
	tcase_add_test(tc, cores_count_finds_cores_at_two_depths);
	tcase_add_test(tc, cores_count_leaves_out_what_a_cpuset_forbids);
	tcase_add_test(tc, cores_count_of_this_machine_is_at_most_its_cpus);
	tcase_add_test(tc, cores_count_leaves_the_environment_as_it_was);
	tcase_add_test(tc, cores_count_of_a_missing_file_is_an_error);
	suite_add_tcase(s, tc);
	return s;
}
