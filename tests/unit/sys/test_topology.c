/* SPDX-License-Identifier: MIT
 * data/ holds machines recorded with lstopo, see test_cores.c. */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "sys/topology.h"
#include "util/error.h"

Suite *test_topology_suite(void);

static int read_data(struct topology *t, const char *name)
{
	static char path[PATH_MAX];
	const char *top = getenv("HD_SRCDIR");

	snprintf(path, sizeof(path), "%s/tests/unit/sys/data/%s", top ? top : ".", name);
	return topology_read(t, &(struct topology_source){ .xml = path });
}

START_TEST(topology_finds_cores_that_stand_at_two_depths)
{
	struct topology t;

	/* CPUs 1, 4 and 5 of 8 are offline: cores {0}, {2,3}, {6,7} */
	ck_assert_int_eq(read_data(&t, "vm-4c-smt-offline.xml"), 0);
	ck_assert_uint_eq(t.pu_count, 5);
	ck_assert(!t.whole);
	ck_assert_uint_eq(t.pus[0].core_threads, 1);
	ck_assert_uint_eq(t.pus[1].os_index, 2);
	ck_assert_uint_eq(t.pus[1].core_threads, 2);
	ck_assert_int_eq(t.pus[1].core, t.pus[2].core);
	ck_assert_int_ne(t.pus[2].core, t.pus[3].core);
	topology_release(&t);
}
END_TEST

START_TEST(topology_has_only_what_a_cpuset_allows)
{
	struct topology t;

	ck_assert_int_eq(read_data(&t, "vm-4c-smt-cpuset.xml"), 0);
	ck_assert_uint_eq(t.pu_count, 4);
	ck_assert_uint_eq(t.pus[0].os_index, 2);
	ck_assert_uint_eq(t.pus[3].os_index, 5);
	ck_assert_int_eq(t.pus[0].node, 0);
	ck_assert(!t.whole);
	ck_assert_uint_eq(t.nic_count, 1);
	ck_assert_str_eq(t.nics[0].name, "eth0");
	ck_assert_uint_eq(t.nics[0].local_count, 4);
	topology_release(&t);
}
END_TEST

START_TEST(topology_of_this_machine_can_be_read)
{
	struct topology t;

	ck_assert_int_eq(topology_read(&t, &(struct topology_source){ .xml = NULL }), 0);
	ck_assert_uint_gt(t.pu_count, 0);
	for (size_t i = 1; i < t.pu_count; i++)
		ck_assert_uint_lt(t.pus[i - 1].os_index, t.pus[i].os_index);
	topology_release(&t);
	topology_release(&t);
}
END_TEST

START_TEST(topology_that_is_not_there_leaves_the_output_alone)
{
	struct topology t = { .pu_count = 77 };

	ck_assert_int_eq(read_data(&t, "no-such-machine.xml"), ERROR_IO);
	ck_assert_int_eq(topology_read(&t, &(struct topology_source){ .xml = "/dev/null" }), ERROR_IO);
	ck_assert_uint_eq(t.pu_count, 77);
}
END_TEST

Suite *test_topology_suite(void)
{
	Suite *s = suite_create("topology");
	TCase *t = tcase_create("topology");

	tcase_add_test(t, topology_finds_cores_that_stand_at_two_depths);
	tcase_add_test(t, topology_has_only_what_a_cpuset_allows);
	tcase_add_test(t, topology_of_this_machine_can_be_read);
	tcase_add_test(t, topology_that_is_not_there_leaves_the_output_alone);
	suite_add_tcase(s, t);
	return s;
}
