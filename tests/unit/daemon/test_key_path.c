/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/key_path.h"
#include "util/error.h"

Suite *test_key_path_suite(void);

static char path[PATH_MAX];

static void no_environment(void)
{
	unsetenv("STATE_DIRECTORY");
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	memcpy(path, "untouched", sizeof("untouched"));
}

START_TEST(key_path_find_prefers_what_is_configured)
{
	setenv("STATE_DIRECTORY", "/state", 1);
	ck_assert_int_eq(key_path_find(path, "relative/key", true), 0);
	ck_assert_str_eq(path, "relative/key");
}
END_TEST

START_TEST(key_path_find_takes_first_state_directory_before_root)
{
	setenv("STATE_DIRECTORY", "/state/a:/state/b", 1);
	ck_assert_int_eq(key_path_find(path, NULL, true), 0);
	ck_assert_str_eq(path, "/state/a/derper.key");
}
END_TEST

START_TEST(key_path_find_keeps_roots_key_in_var_lib)
{
	setenv("HOME", "/root", 1);
	ck_assert_int_eq(key_path_find(path, NULL, true), 0);
	ck_assert_str_eq(path, "/var/lib/hyper-derp/derper.key");
}
END_TEST

START_TEST(key_path_find_follows_xdg_for_others)
{
	setenv("HOME", "/home/u", 1);
	ck_assert_int_eq(key_path_find(path, NULL, false), 0);
	ck_assert_str_eq(path, "/home/u/.local/state/hyper-derp/derper.key");
	setenv("XDG_STATE_HOME", "/home/u/st", 1);
	ck_assert_int_eq(key_path_find(path, NULL, false), 0);
	ck_assert_str_eq(path, "/home/u/st/hyper-derp/derper.key");
}
END_TEST

START_TEST(key_path_find_ignores_relative_directories)
{
	setenv("STATE_DIRECTORY", "state", 1);
	setenv("XDG_STATE_HOME", "", 1);
	setenv("HOME", "home", 1);
	ck_assert_int_eq(key_path_find(path, NULL, false), ERROR_NOT_FOUND);
	ck_assert_str_eq(path, "untouched");
}
END_TEST

START_TEST(key_path_find_refuses_what_does_not_fit)
{
	static char home[PATH_MAX + 1];

	memset(home, 'h', PATH_MAX);
	home[0] = '/';
	setenv("HOME", home, 1);
	ck_assert_int_eq(key_path_find(path, NULL, false), ERROR_TOO_BIG);
	ck_assert_str_eq(path, "untouched");
}
END_TEST

Suite *test_key_path_suite(void)
{
	Suite *s = suite_create("key_path");
	TCase *t = tcase_create("key_path");

	tcase_add_checked_fixture(t, no_environment, NULL);
	tcase_add_test(t, key_path_find_prefers_what_is_configured);
	tcase_add_test(t, key_path_find_takes_first_state_directory_before_root);
	tcase_add_test(t, key_path_find_keeps_roots_key_in_var_lib);
	tcase_add_test(t, key_path_find_follows_xdg_for_others);
	tcase_add_test(t, key_path_find_ignores_relative_directories);
	tcase_add_test(t, key_path_find_refuses_what_does_not_fit);
	suite_add_tcase(s, t);
	return s;
}
