/* SPDX-License-Identifier: MIT
 * Control groups as files in a directory of the test's own. */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/quota.h"

#define PATHS_MAX 64
#define V2_MOUNT "36 25 0:31 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1_MOUNT "40 25 0:33 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 master:1 - cgroup cgroup rw,cpu,cpuacct\n"

Suite *test_quota_suite(void);

static char root[PATH_MAX];
static char paths[PATHS_MAX][PATH_MAX]; /* below root, in order of making */
static unsigned path_count;

static void make_root(void)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(root, sizeof(root), "%s/hd-quota-XXXXXX", tmp ? tmp : "/tmp");

	ck_assert_int_lt(n, (int)sizeof(root));
	ck_assert_ptr_nonnull(mkdtemp(root));
	path_count = 0;
}

static void remove_root(void)
{
	while (path_count > 0)
		remove(paths[--path_count]);
	rmdir(root);
}

static char *note_path(const char *path, size_t len)
{
	int n;

	ck_assert_uint_lt(path_count, PATHS_MAX);
	n = snprintf(paths[path_count], PATH_MAX, "%s%.*s", root, (int)len, path);
	ck_assert_int_lt(n, PATH_MAX);
	return paths[path_count++];
}

/* Writes a file and makes the directories above it. */
static void put(const char *path, const char *text)
{
	FILE *f;

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/'))
		if (mkdir(note_path(path, (size_t)(slash - path)), 0700) < 0)
			path_count--; /* is there already */
	f = fopen(note_path(path, strlen(path)), "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void put_v2(const char *group)
{
	char line[PATH_MAX];

	snprintf(line, sizeof(line), "0::%s\n", group);
	put("/proc/self/cgroup", line);
	put("/proc/self/mountinfo", "25 1 8:1 / / rw - ext4 /dev/root rw\n" V2_MOUNT);
}

START_TEST(quota_is_none_without_control_groups)
{
	ck_assert_uint_eq(quota_millicpus(root), QUOTA_NONE);
	put("/proc/self/cgroup", "");
	put("/proc/self/mountinfo", "");
	ck_assert_uint_eq(quota_millicpus(root), QUOTA_NONE);
}
END_TEST

START_TEST(quota_of_v2_group_is_quota_over_period)
{
	put_v2("/system.slice/relay.service");
	put("/sys/fs/cgroup/system.slice/relay.service/cpu.max", "250000 100000\n");
	ck_assert_uint_eq(quota_millicpus(root), 2500);
}
END_TEST

START_TEST(quota_of_v2_max_is_none)
{
	put_v2("/a");
	put("/sys/fs/cgroup/a/cpu.max", "max 100000\n");
	ck_assert_uint_eq(quota_millicpus(root), QUOTA_NONE);
}
END_TEST

START_TEST(quota_of_v2_is_the_tightest_of_all_groups_above)
{
	put_v2("/a/b/c");
	put("/sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
	put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
	put("/sys/fs/cgroup/a/cpu.max", "150000 100000\n");
	ck_assert_uint_eq(quota_millicpus(root), 1500);
}
END_TEST

START_TEST(quota_of_v2_namespace_root_counts)
{
	put_v2("/");
	put("/sys/fs/cgroup/cpu.max", "50000 100000\n");
	ck_assert_uint_eq(quota_millicpus(root), 500);
}
END_TEST

START_TEST(quota_ignores_groups_beside_and_below)
{
	put_v2("/a");
	put("/sys/fs/cgroup/ab/cpu.max", "100000 100000\n");
	put("/sys/fs/cgroup/a/x/cpu.max", "100000 100000\n");
	ck_assert_uint_eq(quota_millicpus(root), QUOTA_NONE);
}
END_TEST

START_TEST(quota_follows_a_mount_of_part_of_the_tree)
{
	put("/proc/self/cgroup", "0::/pods/one/relay\n");
	put("/proc/self/mountinfo", "36 25 0:31 /pods/one /mnt/c\\040g rw - cgroup2 none rw\n");
	put("/mnt/c g/relay/cpu.max", "300000 100000\n");
	ck_assert_uint_eq(quota_millicpus(root), 3000);
}
END_TEST

START_TEST(quota_of_v1_group_is_quota_over_period)
{
	put("/proc/self/cgroup", "5:cpuset:/x\n4:cpu,cpuacct:/d/relay\n0::/\n");
	put("/proc/self/mountinfo",
	    "39 25 0:32 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n" V1_MOUNT);
	put("/sys/fs/cgroup/cpu,cpuacct/d/relay/cpu.cfs_quota_us", "-1\n");
	put("/sys/fs/cgroup/cpu,cpuacct/d/relay/cpu.cfs_period_us", "100000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/d/cpu.cfs_quota_us", "120000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/d/cpu.cfs_period_us", "50000\n");
	ck_assert_uint_eq(quota_millicpus(root), 2400);
}
END_TEST

START_TEST(quota_without_mountinfo_looks_where_groups_usually_are)
{
	put("/proc/self/cgroup", "0::/box\n");
	put("/sys/fs/cgroup/box/cpu.max", "250000 100000\n");
	ck_assert_uint_eq(quota_millicpus(root), 2500);
	remove_root();
	make_root();
	put("/proc/self/cgroup", "3:cpu:/box\n");
	put("/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "150000\n");
	put("/sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
	ck_assert_uint_eq(quota_millicpus(root), 1500);
}
END_TEST

START_TEST(quota_of_a_named_group_is_not_that_of_this_process)
{
	put_v2("/user.slice");
	put("/sys/fs/cgroup/user.slice/cpu.max", "50000 100000\n");
	put("/sys/fs/cgroup/system.slice/cpu.max", "300000 100000\n");
	ck_assert_uint_eq(quota_millicpus(root), 500);
	/* this one is not there yet: what is above it counts */
	ck_assert_uint_eq(quota_millicpus_of(root, "/system.slice/some.service"), 3000);
	ck_assert(quota_millicpus_of(root, "/other") == QUOTA_NONE);
}
END_TEST

START_TEST(quota_takes_nonsense_for_none)
{
	static const char *const texts[] = { "",
					     "\n",
					     "100000",
					     "0 100000",
					     "100000 0",
					     "-5 100000",
					     "1e5 100000",
					     "99999999999999999999999 100000",
					     "18446744073709551615 1",
					     "1234567890123456789012345678901234567890 100000" };

	put_v2("/a");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put("/sys/fs/cgroup/a/cpu.max", texts[i]);
		ck_assert_msg(quota_millicpus(root) == QUOTA_NONE, "cpu.max of \"%s\"", texts[i]);
	}
}
END_TEST

START_TEST(quota_skips_lines_it_does_not_know)
{
	put("/proc/self/cgroup", "nonsense\n7\n:\n0::/a\n");
	put("/proc/self/mountinfo", "\n1 2 3\n1 2 3 4 - cgroup2\n - \n" V2_MOUNT);
	put("/sys/fs/cgroup/a/cpu.max", "700000 100000\n");
	ck_assert_uint_eq(quota_millicpus(root), 7000);
}
END_TEST

Suite *test_quota_suite(void)
{
	Suite *s = suite_create("quota");
	TCase *tc = tcase_create("files");

	tcase_add_checked_fixture(tc, make_root, remove_root);
	tcase_add_test(tc, quota_is_none_without_control_groups);
	tcase_add_test(tc, quota_of_v2_group_is_quota_over_period);
	tcase_add_test(tc, quota_of_v2_max_is_none);
	tcase_add_test(tc, quota_of_v2_is_the_tightest_of_all_groups_above);
	tcase_add_test(tc, quota_of_v2_namespace_root_counts);
	tcase_add_test(tc, quota_ignores_groups_beside_and_below);
	tcase_add_test(tc, quota_follows_a_mount_of_part_of_the_tree);
	tcase_add_test(tc, quota_of_v1_group_is_quota_over_period);
	tcase_add_test(tc, quota_without_mountinfo_looks_where_groups_usually_are);
	tcase_add_test(tc, quota_of_a_named_group_is_not_that_of_this_process);
	tcase_add_test(tc, quota_takes_nonsense_for_none);
	tcase_add_test(tc, quota_skips_lines_it_does_not_know);
	suite_add_tcase(s, tc);
	return s;
}
