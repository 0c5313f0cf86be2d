/* SPDX-License-Identifier: MIT
 * Apply and undo in a folder of the test's own, stopped at every step, without
 * room, without permission, over links and over edited files. */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tune/folder.h"
#include "tests/unit/tune/scene.h"
#include "tools/hd-tune/apply.h"
#include "tools/hd-tune/journal.h"
#include "util/error.h"

#define STEPS_MAX 400
#define STOPPED 42 /* exit code of a child that a step stopped */
#define NOBODY 65534

Suite *test_apply_suite(void);

START_TEST(apply_and_undo_restore_byte_for_byte)
{
	char path[128];
	struct stat before, after;

	scene_make();
	snprintf(path, sizeof(path), "%s" PLAN_CONFIG_PATH, scene_root);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(stat(path, &before), 0);
	scene_applies();
	ck_assert(scene_contains(PLAN_CONFIG_PATH,
			   "port: 3341 # keep\nworkers: 8\npin_cores: [0, 1, 2, 3, 4, 5, 6, 7]\n"));
	ck_assert(scene_contains(PLAN_SYSCTL_PATH, "\nnet.core.somaxconn = 4096\n"));
	ck_assert(scene_contains(PLAN_UNIT_PATH, "\nLimitNOFILE=65536\n"));
	ck_assert(scene_is(PLAN_MODULES_PATH, NULL));
	ck_assert(scene_is(SCENE_SOMAXCONN, "4096"));
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	ck_assert_uint_eq(after.st_uid, before.st_uid);
	scene_nothing_is_staged();
	ck_assert_int_eq(scene_undo(false), 0);
	scene_is_as_before();
	scene_no_folder_is_left();
	ck_assert_int_eq(scene_undo(false), ERROR_NOT_FOUND);
	scene_remove();
}
END_TEST

START_TEST(undo_keeps_folders_that_others_use)
{
	scene_make();
	scene_applies();
	folder_put(scene_root, "/etc/systemd/system/hyper-derp.service.d/90-mine.conf", "[Service]\n");
	ck_assert_int_eq(scene_undo(false), 0);
	ck_assert(folder_has(scene_root, "/etc/systemd/system/hyper-derp.service.d/90-mine.conf"));
	ck_assert(!folder_has(scene_root, "/etc/sysctl.d"));
	scene_remove();
}
END_TEST

START_TEST(apply_a_second_time_writes_nothing)
{
	struct changes c;
	char why[CHANGES_WHY_MAX] = "";
	unsigned id = 7;

	scene_make();
	scene_applies();
	ck_assert_int_eq(scene_changes(&c, why), 0);
	for (unsigned i = 0; i < PLAN_FILES; i++)
		ck_assert(!changes_file_differs(&c.files[i]));
	c.live_count = 0; /* the facts of this test stay those from before */
	ck_assert(!changes_any(&c));
	ck_assert_int_eq(apply_changes(&scene_at, &c, &id, why), 0);
	ck_assert_uint_eq(id, 0);
	changes_release(&c);
	scene_remove();
}
END_TEST

static unsigned steps_left;

static void stop_at_step(void)
{
	if (steps_left-- == 0)
		_exit(STOPPED);
}

/* In a child that ends before its n-th step; false if it came to its end. */
static bool stopped_at(unsigned n, bool undoing)
{
	int status = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char why[CHANGES_WHY_MAX];

		steps_left = n;
		place_before_step = stop_at_step;
		_exit((undoing ? scene_undo(false) : scene_apply(why)) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_msg(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == STOPPED, "step %u: %d", n,
		      WEXITSTATUS(status));
	return WEXITSTATUS(status) == STOPPED;
}

/* A folder made for a file that was staged before there was a journal stays, and
 * has nothing in it: rmdir(2) takes no other. */
static void only_empty_folders_are_left(void)
{
	static const char *const folders[] = { "/etc/sysctl.d", "/etc/systemd/system/hyper-derp.service.d",
					       "/etc/systemd/system", "/etc/systemd" };
	char path[PATH_MAX];

	for (size_t i = 0; i < HD_ARRAY_LEN(folders); i++) {
		snprintf(path, sizeof(path), "%s%s", scene_root, folders[i]);
		(void)!rmdir(path);
	}
	scene_no_folder_is_left();
}

START_TEST(apply_stopped_at_any_step_can_be_undone)
{
	unsigned n = 0;

	for (bool more = true; more; n++) {
		int error;

		scene_make();
		more = stopped_at(n, false);
		/* whole, old or new */
		ck_assert(scene_is(PLAN_CONFIG_PATH, scene_conf) ||
			  scene_contains(PLAN_CONFIG_PATH, "sqpoll: false\n"));
		ck_assert(scene_is(PLAN_SYSCTL_PATH, NULL) || scene_contains(PLAN_SYSCTL_PATH, "= 4096\n"));
		ck_assert(scene_is(PLAN_UNIT_PATH, NULL) || scene_contains(PLAN_UNIT_PATH, "=65536\n"));
		error = scene_undo(false);
		ck_assert_msg(error == 0 || error == ERROR_NOT_FOUND, "step %u: %s", n, error_text(error));
		scene_is_as_before();
		/* and it can be done again; a journal's place that was not written
		 * to its end is the next one's */
		scene_applies();
		ck_assert_uint_eq(journal_last(scene_root, 0), error == 0 ? 2 : 1);
		ck_assert_int_eq(scene_undo(false), 0);
		scene_is_as_before();
		scene_nothing_is_staged();
		only_empty_folders_are_left();
		scene_remove();
		ck_assert_uint_lt(n, STEPS_MAX);
	}
	printf("stopped at %u steps of apply\n", n - 1);
	ck_assert_uint_gt(n, 30);
}
END_TEST

START_TEST(undo_stopped_at_any_step_can_be_repeated)
{
	unsigned n = 0;

	for (bool more = true; more; n++) {
		int error;

		scene_make();
		scene_applies();
		more = stopped_at(n, true);
		error = scene_undo(false);
		ck_assert_msg(error == 0 || error == ERROR_NOT_FOUND, "step %u: %s", n, error_text(error));
		scene_is_as_before();
		scene_no_folder_is_left();
		scene_remove();
		ck_assert_uint_lt(n, STEPS_MAX);
	}
	printf("stopped at %u steps of undo\n", n - 1);
	ck_assert_uint_gt(n, 8);
}
END_TEST

/* Files larger than this cannot be written: at some size each write fails. */
static int apply_with_room_for(rlim_t bytes)
{
	int status = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct sigaction ignore = { .sa_handler = SIG_IGN };
		struct rlimit limit = { bytes, bytes };
		char why[CHANGES_WHY_MAX] = "";

		sigaction(SIGXFSZ, &ignore, NULL);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(-scene_apply(why));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

START_TEST(apply_without_room_changes_nothing)
{
	static const rlim_t rooms[] = { 0, 1, 50, 100, 150, 200, 250, 300, 400, 500 };
	unsigned failed = 0;

	for (size_t i = 0; i < HD_ARRAY_LEN(rooms); i++) {
		int error;

		scene_make();
		error = apply_with_room_for(rooms[i]);
		ck_assert_msg(error == ERROR_IO || error == 0, "%lu: %s", (unsigned long)rooms[i],
			      error_text(error));
		failed += error != 0;
		if (error) {
			scene_is_as_before();
			scene_nothing_is_staged();
		}
		scene_remove();
	}
	ck_assert_uint_gt(failed, 3);
}
END_TEST

/* As a user who may not write there. */
START_TEST(apply_without_permission_says_so)
{
	int status = 0;
	char folder[128];
	pid_t pid;

	scene_make();
	snprintf(folder, sizeof(folder), "%s/etc/hyper-derp", scene_root);
	folder_put(scene_root, "/var/lib/hd-tune/x", "");
	ck_assert_int_eq(chmod(scene_root, 0755), 0);
	ck_assert_int_eq(chmod(folder, 0555), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char why[CHANGES_WHY_MAX] = "";

		if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) < 0)
			_exit(0);
		_exit(-scene_apply(why));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(-WEXITSTATUS(status), ERROR_DENIED);
	scene_is_as_before();
	ck_assert_int_eq(chmod(folder, 0755), 0);
	scene_remove();
}
END_TEST

START_TEST(apply_refuses_symbolic_links)
{
	char why[CHANGES_WHY_MAX] = "";

	scene_make();
	folder_put(scene_root, "/elsewhere/file", "untouched\n");
	folder_link(scene_root, PLAN_SYSCTL_PATH, "/etc/passwd");
	ck_assert_int_eq(scene_apply(why), ERROR_DENIED);
	ck_assert_ptr_nonnull(strstr(why, "symbolic link"));
	scene_remove();

	scene_make();
	folder_put(scene_root, "/elsewhere/file", "untouched\n");
	folder_link(scene_root, "/etc/systemd/system/hyper-derp.service.d", "../../../elsewhere");
	ck_assert_int_eq(scene_apply(why), ERROR_DENIED);
	ck_assert(!folder_has(scene_root, "/elsewhere/50-hd-tune.conf"));
	ck_assert(scene_is(PLAN_CONFIG_PATH, scene_conf));
	scene_remove();
}
END_TEST

START_TEST(undo_refuses_what_was_edited_since)
{
	scene_make();
	scene_applies();
	folder_put(scene_root, PLAN_UNIT_PATH, "[Service]\nLimitNOFILE=1\n");
	ck_assert_int_eq(scene_undo(false), ERROR_EXISTS);
	ck_assert(scene_contains(PLAN_CONFIG_PATH, "workers: 8\n"));
	ck_assert(scene_is(PLAN_UNIT_PATH, "[Service]\nLimitNOFILE=1\n"));
	ck_assert_int_eq(scene_undo(true), 0);
	scene_is_as_before();
	scene_remove();
}
END_TEST

START_TEST(undo_skips_live_values_that_others_changed)
{
	struct bytes said;

	scene_make();
	scene_applies();
	folder_put(scene_root, SCENE_SOMAXCONN, "9999\n");
	bytes_init(&said, 4096);
	scene_at.said = &said;
	ck_assert_int_eq(scene_undo(false), 0);
	ck_assert_int_eq(bytes_append(&said, "", 1), 0);
	ck_assert_str_eq((char *)said.data, "net.core.somaxconn is not 4096 any more: left alone\n");
	bytes_release(&said);
	ck_assert(scene_is(SCENE_SOMAXCONN, "9999\n"));
	ck_assert(scene_is(PLAN_CONFIG_PATH, scene_conf));
	scene_remove();
}
END_TEST

START_TEST(apply_leaves_a_configuration_alone_that_is_not_right)
{
	static const char *const wrong[] = {
		"port: [\n", "prot: 1\n", "port: 99999\n", "workers: 1\nworkers: 2\n", "{port: 1}\n", "- a\n",
	};
	char why[CHANGES_WHY_MAX] = "";

	for (size_t i = 0; i < HD_ARRAY_LEN(wrong); i++) {
		scene_make();
		folder_put(scene_root, PLAN_CONFIG_PATH, wrong[i]);
		ck_assert_msg(scene_apply(why) == ERROR_MALFORMED, "%s", wrong[i]);
		ck_assert(scene_is(PLAN_CONFIG_PATH, wrong[i]));
		ck_assert(scene_is(PLAN_UNIT_PATH, NULL));
		ck_assert_int_eq(scene_undo(false), ERROR_NOT_FOUND);
		scene_nothing_is_staged();
		scene_remove();
	}
}
END_TEST

START_TEST(apply_makes_a_configuration_where_there_is_none)
{
	char path[128];

	scene_make();
	snprintf(path, sizeof(path), "%s" PLAN_CONFIG_PATH, scene_root);
	ck_assert_int_eq(unlink(path), 0);
	scene_applies();
	ck_assert(scene_contains(PLAN_CONFIG_PATH, "\nworkers: 8\n"));
	ck_assert_int_eq(scene_undo(false), 0);
	ck_assert(scene_is(PLAN_CONFIG_PATH, NULL));
	scene_remove();
}
END_TEST

START_TEST(apply_rolls_back_if_the_kernel_refuses)
{
	char why[CHANGES_WHY_MAX] = "", path[128];

	scene_make();
	snprintf(path, sizeof(path), "%s" SCENE_SOMAXCONN, scene_root);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(scene_apply(why), ERROR_IO);
	ck_assert(scene_is(PLAN_CONFIG_PATH, scene_conf));
	ck_assert(scene_is(PLAN_UNIT_PATH, NULL));
	ck_assert(scene_is(PLAN_MODULES_PATH, "# of an earlier plan\n"));
	ck_assert_uint_eq(journal_last(scene_root, 0), 0);
	scene_remove();
}
END_TEST

START_TEST(apply_is_one_at_a_time)
{
	char why[CHANGES_WHY_MAX] = "";
	int fd;

	scene_make();
	ck_assert_int_eq(journal_lock(scene_root, &fd), 0);
	ck_assert_int_eq(scene_apply(why), ERROR_BUSY);
	scene_is_as_before();
	close(fd);
	scene_applies();
	scene_remove();
}
END_TEST

static int drift(struct bytes *out)
{
	char why[CHANGES_WHY_MAX] = "";

	out->len = 0;
	return apply_check(&scene_at, out, why);
}

START_TEST(check_tells_what_drifted)
{
	struct bytes out;
	char *text;

	bytes_init(&out, 65536);
	scene_make();
	ck_assert_int_eq(drift(&out), ERROR_NOT_FOUND);
	scene_applies();
	ck_assert_int_eq(drift(&out), 0);
	ck_assert_uint_eq(out.len, 0);
	/* other keys of the configuration are the administrator's */
	text = folder_get(scene_root, PLAN_CONFIG_PATH);
	ck_assert_ptr_nonnull(text);
	*strstr(text, "3341") = '4';
	folder_put(scene_root, PLAN_CONFIG_PATH, text);
	ck_assert_int_eq(drift(&out), 0);
	ck_assert_uint_eq(out.len, 0);
	*strstr(text, "workers: 8") = '#';
	folder_put(scene_root, PLAN_CONFIG_PATH, text);
	free(text);
	folder_put(scene_root, SCENE_SOMAXCONN, "1\n");
	ck_assert_int_eq(drift(&out), 0);
	ck_assert_int_eq(bytes_append(&out, "", 1), 0);
	ck_assert_ptr_nonnull(strstr((char *)out.data, PLAN_CONFIG_PATH));
	ck_assert_ptr_nonnull(strstr((char *)out.data, "net.core.somaxconn is not 4096"));
	bytes_release(&out);
	scene_remove();
}
END_TEST

START_TEST(changes_print_is_what_patch_takes)
{
	char why[CHANGES_WHY_MAX] = "";
	struct changes c;
	struct bytes out;

	bytes_init(&out, 65536);
	scene_make();
	ck_assert_int_eq(scene_changes(&c, why), 0);
	ck_assert_int_eq(changes_print(&c, "", &out), 0);
	ck_assert_int_eq(bytes_append(&out, "", 1), 0);
	ck_assert_ptr_nonnull(strstr((char *)out.data,
				     "--- " PLAN_CONFIG_PATH "\n+++ " PLAN_CONFIG_PATH "\n@@ -1,7 +1,7 @@\n # "
					"mine\n"
				     " port: 3341 # keep\n-workers: 2\n"));
	ck_assert_ptr_nonnull(strstr((char *)out.data, "--- /dev/null\n+++ " PLAN_UNIT_PATH "\n@@ -0,0 +1,"));
	ck_assert_ptr_nonnull(strstr((char *)out.data, "+++ /dev/null\n@@ -1,1 +0,0 @@\n-# of an earlier plan\n"));
	bytes_release(&out);
	changes_release(&c);
	scene_remove();
}
END_TEST

Suite *test_apply_suite(void)
{
	Suite *s = suite_create("apply");
	TCase *t = tcase_create("apply");

	tcase_add_test(t, apply_and_undo_restore_byte_for_byte);
	tcase_add_test(t, undo_keeps_folders_that_others_use);
	tcase_add_test(t, apply_a_second_time_writes_nothing);
	tcase_add_test(t, apply_stopped_at_any_step_can_be_undone);
	tcase_add_test(t, undo_stopped_at_any_step_can_be_repeated);
	tcase_add_test(t, apply_without_room_changes_nothing);
	tcase_add_test(t, apply_without_permission_says_so);
	tcase_add_test(t, apply_refuses_symbolic_links);
	tcase_add_test(t, undo_refuses_what_was_edited_since);
	tcase_add_test(t, undo_skips_live_values_that_others_changed);
	tcase_add_test(t, apply_leaves_a_configuration_alone_that_is_not_right);
	tcase_add_test(t, apply_makes_a_configuration_where_there_is_none);
	tcase_add_test(t, apply_rolls_back_if_the_kernel_refuses);
	tcase_add_test(t, apply_is_one_at_a_time);
	tcase_add_test(t, check_tells_what_drifted);
	tcase_add_test(t, changes_print_is_what_patch_takes);
	suite_add_tcase(s, t);
	return s;
}
