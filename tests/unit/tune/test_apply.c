/* SPDX-License-Identifier: MIT
 * Apply and undo in a folder of the test's own, stopped at every step, without
 * room, without permission, over links and over edited files. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tune/folder.h"
#include "tools/hd-tune/apply.h"
#include "tools/hd-tune/journal.h"
#include "util/error.h"

#define STEPS_MAX 400
#define STOPPED 42 /* exit code of a child that a step stopped */
#define NOBODY 65534
#define SOMAXCONN "/proc/sys/net/core/somaxconn"

Suite *test_apply_suite(void);

static const char conf[] = "# mine\nport: 3341 # keep\nworkers: 2\npin_cores:\n  - 0\n  - 1\nlog_level: debug\n";
static char root[64];
static struct apply_place at;

static void make_root(void)
{
	snprintf(root, sizeof(root), "%s", folder_make());
	folder_put(root, PLAN_CONFIG_PATH, conf);
	folder_put(root, PLAN_MODULES_PATH, "# of an earlier plan\n");
	folder_put(root, SOMAXCONN, "128\n");
	at = (struct apply_place){ root, root };
}

static void remove_root(void)
{
	folder_remove(root);
}

/* The plan of a machine of 8 cores, 2 threads each, as facts say of this root. */
static struct plan *plan(void)
{
	struct options o;
	struct facts f;
	struct plan *p;

	facts_init(&f);
	options_init(&o);
	f.pus = calloc(16, sizeof(*f.pus));
	ck_assert_ptr_nonnull(f.pus);
	f.pu_count = 16;
	for (unsigned i = 0; i < 16; i++) {
		f.pus[i].os_index = i;
		f.pus[i].core = (int)(i % 8);
	}
	f.ktls = 0; /* the file of modules goes away */
	ck_assert_int_eq(facts_sysctl_add(&f, "net.core.somaxconn", "128"), 0);
	p = plan_make(&f, &o);
	ck_assert_ptr_nonnull(p);
	facts_release(&f);
	return p;
}

static int changes(struct changes *c, char why[CHANGES_WHY_MAX])
{
	struct plan *p = plan();
	int error;

	changes_init(c);
	error = changes_of_plan(c, p, root, 0, true, true, why);
	plan_free(p);
	return error;
}

static int apply(char why[CHANGES_WHY_MAX])
{
	struct changes c;
	unsigned id = 0;
	int error = changes(&c, why);

	if (!error)
		error = apply_changes(&at, &c, &id, why);
	changes_release(&c);
	return error;
}

static void applies(void)
{
	char why[CHANGES_WHY_MAX] = "";

	ck_assert_msg(apply(why) == 0, "%s", why);
}

static int undo(bool force)
{
	char why[CHANGES_WHY_MAX] = "";
	unsigned id = 0;

	return apply_undo(&at, &id, force, why);
}

static bool is(const char *path, const char *text)
{
	char *now = folder_get(root, path);
	bool same = now && text ? strcmp(now, text) == 0 : !now && !text;

	free(now);
	return same;
}

static bool contains(const char *path, const char *text)
{
	char *now = folder_get(root, path);
	bool found = now && strstr(now, text);

	free(now);
	return found;
}

static void is_as_before(void)
{
	ck_assert(is(PLAN_CONFIG_PATH, conf));
	ck_assert(is(PLAN_MODULES_PATH, "# of an earlier plan\n"));
	ck_assert(is(PLAN_SYSCTL_PATH, NULL));
	ck_assert(is(PLAN_UNIT_PATH, NULL));
	ck_assert(contains(SOMAXCONN, "128"));
}

static void no_folder_is_left(void)
{
	ck_assert(!folder_has(root, "/etc/sysctl.d"));
	ck_assert(!folder_has(root, "/etc/systemd"));
	ck_assert(folder_has(root, "/etc/modules-load.d"));
	ck_assert(folder_has(root, "/etc/hyper-derp"));
}

static void nothing_is_staged(void)
{
	char path[256];

	for (unsigned i = 0; i < PLAN_FILES; i++) {
		ck_assert(place_staged_path("", plan_file_path(i), path, sizeof(path)));
		ck_assert_msg(!folder_has(root, path), "%s is left", path);
	}
}

START_TEST(apply_and_undo_restore_byte_for_byte)
{
	char path[128];
	struct stat before, after;

	make_root();
	snprintf(path, sizeof(path), "%s" PLAN_CONFIG_PATH, root);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(stat(path, &before), 0);
	applies();
	ck_assert(contains(PLAN_CONFIG_PATH,
			   "port: 3341 # keep\nworkers: 8\npin_cores: [0, 1, 2, 3, 4, 5, 6, 7]\n"));
	ck_assert(contains(PLAN_SYSCTL_PATH, "\nnet.core.somaxconn = 4096\n"));
	ck_assert(contains(PLAN_UNIT_PATH, "\nLimitNOFILE=65536\n"));
	ck_assert(is(PLAN_MODULES_PATH, NULL));
	ck_assert(is(SOMAXCONN, "4096"));
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	ck_assert_uint_eq(after.st_uid, before.st_uid);
	nothing_is_staged();
	ck_assert_int_eq(undo(false), 0);
	is_as_before();
	no_folder_is_left();
	ck_assert_int_eq(undo(false), ERROR_NOT_FOUND);
	remove_root();
}
END_TEST

START_TEST(undo_keeps_folders_that_others_use)
{
	make_root();
	applies();
	folder_put(root, "/etc/systemd/system/hyper-derp.service.d/90-mine.conf", "[Service]\n");
	ck_assert_int_eq(undo(false), 0);
	ck_assert(folder_has(root, "/etc/systemd/system/hyper-derp.service.d/90-mine.conf"));
	ck_assert(!folder_has(root, "/etc/sysctl.d"));
	remove_root();
}
END_TEST

START_TEST(apply_a_second_time_writes_nothing)
{
	struct changes c;
	char why[CHANGES_WHY_MAX] = "";
	unsigned id = 7;

	make_root();
	applies();
	ck_assert_int_eq(changes(&c, why), 0);
	for (unsigned i = 0; i < PLAN_FILES; i++)
		ck_assert(!changes_file_differs(&c.files[i]));
	c.live_count = 0; /* the facts of this test stay those from before */
	ck_assert(!changes_any(&c));
	ck_assert_int_eq(apply_changes(&at, &c, &id, why), 0);
	ck_assert_uint_eq(id, 0);
	changes_release(&c);
	remove_root();
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
		_exit((undoing ? undo(false) : apply(why)) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_msg(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == STOPPED, "step %u: %d", n,
		      WEXITSTATUS(status));
	return WEXITSTATUS(status) == STOPPED;
}

START_TEST(apply_stopped_at_any_step_can_be_undone)
{
	unsigned n = 0;

	for (bool more = true; more; n++) {
		int error;

		make_root();
		more = stopped_at(n, false);
		/* whole, old or new */
		ck_assert(is(PLAN_CONFIG_PATH, conf) || contains(PLAN_CONFIG_PATH, "sqpoll: false\n"));
		ck_assert(is(PLAN_SYSCTL_PATH, NULL) || contains(PLAN_SYSCTL_PATH, "= 4096\n"));
		ck_assert(is(PLAN_UNIT_PATH, NULL) || contains(PLAN_UNIT_PATH, "=65536\n"));
		error = undo(false);
		ck_assert_msg(error == 0 || error == ERROR_NOT_FOUND, "step %u: %s", n, error_text(error));
		is_as_before();
		/* and it can be done again */
		applies();
		ck_assert_int_eq(undo(false), 0);
		is_as_before();
		nothing_is_staged();
		remove_root();
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

		make_root();
		applies();
		more = stopped_at(n, true);
		error = undo(false);
		ck_assert_msg(error == 0 || error == ERROR_NOT_FOUND, "step %u: %s", n, error_text(error));
		is_as_before();
		no_folder_is_left();
		remove_root();
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
		_exit(-apply(why));
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

		make_root();
		error = apply_with_room_for(rooms[i]);
		ck_assert_msg(error == ERROR_IO || error == 0, "%lu: %s", (unsigned long)rooms[i],
			      error_text(error));
		failed += error != 0;
		if (error) {
			is_as_before();
			nothing_is_staged();
		}
		remove_root();
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

	make_root();
	snprintf(folder, sizeof(folder), "%s/etc/hyper-derp", root);
	folder_put(root, "/var/lib/hd-tune/x", "");
	ck_assert_int_eq(chmod(root, 0755), 0);
	ck_assert_int_eq(chmod(folder, 0555), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char why[CHANGES_WHY_MAX] = "";

		if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) < 0)
			_exit(0);
		_exit(-apply(why));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(-WEXITSTATUS(status), ERROR_DENIED);
	is_as_before();
	ck_assert_int_eq(chmod(folder, 0755), 0);
	remove_root();
}
END_TEST

START_TEST(apply_refuses_symbolic_links)
{
	char why[CHANGES_WHY_MAX] = "";

	make_root();
	folder_put(root, "/elsewhere/file", "untouched\n");
	folder_link(root, PLAN_SYSCTL_PATH, "/etc/passwd");
	ck_assert_int_eq(apply(why), ERROR_DENIED);
	ck_assert_ptr_nonnull(strstr(why, "symbolic link"));
	remove_root();

	make_root();
	folder_put(root, "/elsewhere/file", "untouched\n");
	folder_link(root, "/etc/systemd/system/hyper-derp.service.d", "../../../elsewhere");
	ck_assert_int_eq(apply(why), ERROR_DENIED);
	ck_assert(!folder_has(root, "/elsewhere/50-hd-tune.conf"));
	ck_assert(is(PLAN_CONFIG_PATH, conf));
	remove_root();
}
END_TEST

START_TEST(undo_refuses_what_was_edited_since)
{
	make_root();
	applies();
	folder_put(root, PLAN_UNIT_PATH, "[Service]\nLimitNOFILE=1\n");
	ck_assert_int_eq(undo(false), ERROR_EXISTS);
	ck_assert(contains(PLAN_CONFIG_PATH, "workers: 8\n"));
	ck_assert(is(PLAN_UNIT_PATH, "[Service]\nLimitNOFILE=1\n"));
	ck_assert_int_eq(undo(true), 0);
	is_as_before();
	remove_root();
}
END_TEST

START_TEST(undo_skips_live_values_that_others_changed)
{
	make_root();
	applies();
	folder_put(root, SOMAXCONN, "9999\n");
	ck_assert_int_eq(undo(false), 0);
	ck_assert(is(SOMAXCONN, "9999\n"));
	ck_assert(is(PLAN_CONFIG_PATH, conf));
	remove_root();
}
END_TEST

START_TEST(apply_leaves_a_configuration_alone_that_is_not_right)
{
	static const char *const wrong[] = {
		"port: [\n", "prot: 1\n", "port: 99999\n", "workers: 1\nworkers: 2\n", "{port: 1}\n", "- a\n",
	};
	char why[CHANGES_WHY_MAX] = "";

	for (size_t i = 0; i < HD_ARRAY_LEN(wrong); i++) {
		make_root();
		folder_put(root, PLAN_CONFIG_PATH, wrong[i]);
		ck_assert_msg(apply(why) == ERROR_MALFORMED, "%s", wrong[i]);
		ck_assert(is(PLAN_CONFIG_PATH, wrong[i]));
		ck_assert(is(PLAN_UNIT_PATH, NULL));
		ck_assert_int_eq(undo(false), ERROR_NOT_FOUND);
		nothing_is_staged();
		remove_root();
	}
}
END_TEST

START_TEST(apply_makes_a_configuration_where_there_is_none)
{
	char path[128];

	make_root();
	snprintf(path, sizeof(path), "%s" PLAN_CONFIG_PATH, root);
	ck_assert_int_eq(unlink(path), 0);
	applies();
	ck_assert(contains(PLAN_CONFIG_PATH, "\nworkers: 8\n"));
	ck_assert_int_eq(undo(false), 0);
	ck_assert(is(PLAN_CONFIG_PATH, NULL));
	remove_root();
}
END_TEST

START_TEST(apply_rolls_back_if_the_kernel_refuses)
{
	char why[CHANGES_WHY_MAX] = "", path[128];

	make_root();
	snprintf(path, sizeof(path), "%s" SOMAXCONN, root);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(apply(why), ERROR_IO);
	ck_assert(is(PLAN_CONFIG_PATH, conf));
	ck_assert(is(PLAN_UNIT_PATH, NULL));
	ck_assert(is(PLAN_MODULES_PATH, "# of an earlier plan\n"));
	ck_assert_uint_eq(journal_last(root, 0), 0);
	remove_root();
}
END_TEST

START_TEST(apply_is_one_at_a_time)
{
	char why[CHANGES_WHY_MAX] = "";
	int fd;

	make_root();
	ck_assert_int_eq(journal_lock(root, &fd), 0);
	ck_assert_int_eq(apply(why), ERROR_BUSY);
	is_as_before();
	close(fd);
	applies();
	remove_root();
}
END_TEST

static int drift(struct bytes *out)
{
	char why[CHANGES_WHY_MAX] = "";

	out->len = 0;
	return apply_check(&at, out, why);
}

START_TEST(check_tells_what_drifted)
{
	struct bytes out;
	char *text;

	bytes_init(&out, 65536);
	make_root();
	ck_assert_int_eq(drift(&out), ERROR_NOT_FOUND);
	applies();
	ck_assert_int_eq(drift(&out), 0);
	ck_assert_uint_eq(out.len, 0);
	/* other keys of the configuration are the administrator's */
	text = folder_get(root, PLAN_CONFIG_PATH);
	ck_assert_ptr_nonnull(text);
	*strstr(text, "3341") = '4';
	folder_put(root, PLAN_CONFIG_PATH, text);
	ck_assert_int_eq(drift(&out), 0);
	ck_assert_uint_eq(out.len, 0);
	*strstr(text, "workers: 8") = '#';
	folder_put(root, PLAN_CONFIG_PATH, text);
	free(text);
	folder_put(root, SOMAXCONN, "1\n");
	ck_assert_int_eq(drift(&out), 0);
	ck_assert_int_eq(bytes_append(&out, "", 1), 0);
	ck_assert_ptr_nonnull(strstr((char *)out.data, PLAN_CONFIG_PATH));
	ck_assert_ptr_nonnull(strstr((char *)out.data, "net.core.somaxconn is not 4096"));
	bytes_release(&out);
	remove_root();
}
END_TEST

START_TEST(changes_print_is_what_patch_takes)
{
	char why[CHANGES_WHY_MAX] = "";
	struct changes c;
	struct bytes out;

	bytes_init(&out, 65536);
	make_root();
	ck_assert_int_eq(changes(&c, why), 0);
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
	remove_root();
}
END_TEST

Suite *test_apply_suite(void)
{
	Suite *s = suite_create("apply");
	TCase *t = tcase_create("apply");

	tcase_set_timeout(t, 0);
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
