/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/secret_file.h"
#include "tests/unit/crypto/folder.h"
#include "util/error.h"

Suite *test_secret_file_suite(void);

static struct secret_file file;

static mode_t mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(folder_file(name), &st), 0);
	return st.st_mode & 07777;
}

START_TEST(secret_file_create_can_be_read_back)
{
	ck_assert_int_eq(secret_file_create(folder_file("key"), "secret", 6), 0);
	ck_assert_int_eq(secret_file_read(&file, folder_file("key")), 0);
	ck_assert_uint_eq(file.len, 6);
	ck_assert_mem_eq(file.data, "secret", 6);
	ck_assert_uint_eq(file.mode, 0600);
	ck_assert_int_eq(folder_count(), 1); /* no temporary file is left */
}
END_TEST

START_TEST(secret_file_create_makes_folders_and_ignores_the_umask)
{
	static const mode_t umasks[] = { 0, 022, 0777 };
	mode_t old = umask(umasks[_i]);

	ck_assert_int_eq(secret_file_create(folder_file("a//b/c/key"), "s", 1), 0);
	umask(old);
	ck_assert_uint_eq(mode_of("a"), 0700);
	ck_assert_uint_eq(mode_of("a/b"), 0700);
	ck_assert_uint_eq(mode_of("a/b/c"), 0700);
	ck_assert_uint_eq(mode_of("a/b/c/key"), 0600);
	ck_assert_str_eq(folder_read("a/b/c/key"), "s");
}
END_TEST

START_TEST(secret_file_create_leaves_modes_of_old_folders)
{
	ck_assert_int_eq(mkdir(folder_file("a"), 0755), 0);
	ck_assert_int_eq(chmod(folder_file("a"), 0755), 0);
	ck_assert_int_eq(secret_file_create(folder_file("a/b/key"), "s", 1), 0);
	ck_assert_uint_eq(mode_of("a"), 0755);
	ck_assert_uint_eq(mode_of("a/b"), 0700);
}
END_TEST

START_TEST(secret_file_create_takes_a_relative_name)
{
	ck_assert_int_eq(chdir(folder_path), 0);
	ck_assert_int_eq(secret_file_create("key", "s", 1), 0);
	ck_assert_int_eq(secret_file_create("sub/key", "s", 1), 0);
	ck_assert_str_eq(folder_read("sub/key"), "s");
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(secret_file_create_never_replaces)
{
	folder_write("key", "old");
	ck_assert_int_eq(secret_file_create(folder_file("key"), "new", 3), ERROR_EXISTS);
	ck_assert_str_eq(folder_read("key"), "old");
	ck_assert_int_eq(mkdir(folder_file("dir"), 0700), 0);
	ck_assert_int_eq(secret_file_create(folder_file("dir"), "new", 3), ERROR_EXISTS);
	ck_assert_int_eq(symlink("nowhere", folder_file("link")), 0);
	ck_assert_int_eq(secret_file_create(folder_file("link"), "new", 3), ERROR_EXISTS);
	ck_assert_int_eq(folder_count(), 3);
}
END_TEST

START_TEST(secret_file_create_below_a_file_fails)
{
	folder_write("key", "old");
	ck_assert_int_eq(secret_file_create(folder_file("key/below"), "new", 3), ERROR_IO);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_int_eq(secret_file_create(folder_file("key/far/below"), "new", 3), ERROR_IO);
	ck_assert_str_eq(folder_read("key"), "old");
}
END_TEST

START_TEST(secret_file_create_without_permission_is_denied)
{
	folder_drop_root();
	ck_assert_int_eq(chmod(folder_path, 0500), 0);
	ck_assert_int_eq(secret_file_create(folder_file("key"), "new", 3), ERROR_DENIED);
	ck_assert_int_eq(secret_file_create(folder_file("sub/key"), "new", 3), ERROR_DENIED);
}
END_TEST

START_TEST(secret_file_create_of_a_long_name_fails)
{
	char path[PATH_MAX + 1];

	memset(path, 'a', PATH_MAX);
	path[PATH_MAX] = '\0';
	ck_assert_int_eq(secret_file_create(path, "s", 1), ERROR_IO);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	path[PATH_MAX - 8] = '\0'; /* fits with its suffix, but no file system takes it */
	ck_assert_int_eq(secret_file_create(path, "s", 1), ERROR_IO);
	ck_assert_int_eq(errno, ENAMETOOLONG);
}
END_TEST

START_TEST(secret_file_read_tells_what_is_wrong)
{
	char big[SECRET_FILE_MAX + 2];

	ck_assert_int_eq(secret_file_read(&file, folder_file("none")), ERROR_NOT_FOUND);
	ck_assert_int_eq(secret_file_read(&file, folder_path), ERROR_UNSUPPORTED);
	ck_assert_int_eq(mkfifo(folder_file("fifo"), 0600), 0);
	ck_assert_int_eq(secret_file_read(&file, folder_file("fifo")), ERROR_UNSUPPORTED);
	ck_assert_int_eq(secret_file_read(&file, "/dev/zero"), ERROR_UNSUPPORTED);
	ck_assert_int_eq(symlink("loop", folder_file("loop")), 0);
	ck_assert_int_eq(secret_file_read(&file, folder_file("loop")), ERROR_IO);
	ck_assert_int_eq(errno, ELOOP);
	memset(big, 'x', sizeof(big) - 1);
	big[SECRET_FILE_MAX] = '\0';
	folder_write("big", big);
	ck_assert_int_eq(secret_file_read(&file, folder_file("big")), ERROR_TOO_BIG);
	big[SECRET_FILE_MAX - 1] = '\0';
	folder_write("big", big);
	ck_assert_int_eq(secret_file_read(&file, folder_file("big")), 0);
	ck_assert_uint_eq(file.len, SECRET_FILE_MAX - 1);
}
END_TEST

START_TEST(secret_file_read_without_permission_is_denied)
{
	folder_drop_root();
	folder_write("key", "s");
	ck_assert_int_eq(chmod(folder_file("key"), 0), 0);
	ck_assert_int_eq(secret_file_read(&file, folder_file("key")), ERROR_DENIED);
}
END_TEST

START_TEST(secret_file_wipe_leaves_zeroes)
{
	static const struct secret_file zero;

	folder_write("key", "s");
	ck_assert_int_eq(secret_file_read(&file, folder_file("key")), 0);
	secret_file_wipe(&file);
	ck_assert_mem_eq(&file, &zero, sizeof(zero));
}
END_TEST

Suite *test_secret_file_suite(void)
{
	Suite *s = suite_create("secret_file");
	TCase *tc = tcase_create("secret_file");

	tcase_add_checked_fixture(tc, folder_make, folder_remove);
	tcase_add_test(tc, secret_file_create_can_be_read_back);
	tcase_add_loop_test(tc, secret_file_create_makes_folders_and_ignores_the_umask, 0, 3);
	tcase_add_test(tc, secret_file_create_leaves_modes_of_old_folders);
	tcase_add_test(tc, secret_file_create_takes_a_relative_name);
	tcase_add_test(tc, secret_file_create_never_replaces);
	tcase_add_test(tc, secret_file_create_below_a_file_fails);
	tcase_add_test(tc, secret_file_create_without_permission_is_denied);
	tcase_add_test(tc, secret_file_create_of_a_long_name_fails);
	tcase_add_test(tc, secret_file_read_tells_what_is_wrong);
	tcase_add_test(tc, secret_file_read_without_permission_is_denied);
	tcase_add_test(tc, secret_file_wipe_leaves_zeroes);
	suite_add_tcase(s, tc);
	return s;
}
