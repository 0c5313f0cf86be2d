/* SPDX-License-Identifier: MIT
 * Apply on file systems that are really full, or really read-only: mounted in a
 * namespace of a child's own. Where none can be made the tests say so. */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tune/folder.h"
#include "tests/unit/tune/scene.h"
#include "tools/hd-tune/journal.h"
#include "util/error.h"

#define NOT_PERMITTED 77
#define PAGES_MAX 64
#define PAGE 4096

Suite *test_apply_mounts_suite(void);

/* In a child with mounts of its own; its exit code. */
static int in_namespace(const char *folder, int run(const char *folder))
{
	int status = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
			_exit(NOT_PERMITTED);
		_exit(run(folder));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect_success(const char *what, int run(const char *folder))
{
	char folder[64];
	int code;

	snprintf(folder, sizeof(folder), "%s", folder_make());
	code = in_namespace(folder, run);
	if (code == NOT_PERMITTED)
		printf("skipped: %s: mounts are not permitted here\n", what);
	else
		ck_assert_int_eq(code, 0);
	folder_remove(folder);
}

/* Whatever fails, nothing is changed; with room enough all is. */
static int on_small_disks(const char *folder)
{
	unsigned failed = 0, done = 0;

	for (unsigned pages = 6; pages < PAGES_MAX; pages++) {
		char options[64], why[CHANGES_WHY_MAX] = "";
		int error;

		snprintf(options, sizeof(options), "size=%u", pages * PAGE);
		if (mount("none", folder, "tmpfs", 0, options) < 0)
			return NOT_PERMITTED;
		scene_fill(folder);
		error = scene_apply(why);
		if (error && (error != ERROR_IO || !strstr(why, strerror(ENOSPC)))) {
			fprintf(stderr, "%u pages: %s\n", pages, why);
			return 1;
		}
		failed += error != 0;
		done += error == 0;
		if (error) {
			scene_is_as_before();
			scene_nothing_is_staged();
			scene_no_folder_is_left();
			if (journal_last(scene_root, 0) != 0)
				return 2;
		}
		if (umount(folder) < 0)
			return 3;
	}
	return failed > 5 && done > 5 ? 0 : 4;
}

START_TEST(apply_on_a_full_disk_changes_nothing)
{
	expect_success("full disk", on_small_disks);
}
END_TEST

static int refused_on_read_only(const char *folder, const char *read_only)
{
	char why[CHANGES_WHY_MAX] = "", target[128];
	int error;

	snprintf(target, sizeof(target), "%s%s", folder, read_only);
	if (mount(target, target, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
		return NOT_PERMITTED;
	error = scene_apply(why);
	if (umount(target) < 0 || error != ERROR_IO || !strstr(why, strerror(EROFS))) {
		fprintf(stderr, "%s: %d %s\n", read_only, error, why);
		return 1;
	}
	scene_is_as_before();
	scene_nothing_is_staged();
	return journal_last(scene_root, 0) == 0 ? 0 : 2;
}

static int on_read_only_targets(const char *folder)
{
	static const char *const targets[] = { "", "/etc", "/etc/hyper-derp", "/etc/modules-load.d", "/var/lib" };
	int code = 0;

	scene_fill(folder);
	folder_put(folder, "/var/lib/x", "");
	for (size_t i = 0; i < HD_ARRAY_LEN(targets) && code == 0; i++)
		code = refused_on_read_only(folder, targets[i]);
	return code;
}

START_TEST(apply_to_a_read_only_target_changes_nothing)
{
	expect_success("read-only target", on_read_only_targets);
}
END_TEST

Suite *test_apply_mounts_suite(void)
{
	Suite *s = suite_create("apply_mounts");
	TCase *t = tcase_create("apply_mounts");

	tcase_add_test(t, apply_on_a_full_disk_changes_nothing);
	tcase_add_test(t, apply_to_a_read_only_target_changes_nothing);
	suite_add_tcase(s, t);
	return s;
}
