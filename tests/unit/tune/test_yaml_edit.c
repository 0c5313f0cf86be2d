/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tools/hd-tune/yaml_edit.h"
#include "util/error.h"

Suite *test_yaml_edit_suite(void);

static void gives(const char *text, const char *key, const char *value, const char *wanted)
{
	struct bytes once, twice;

	bytes_init(&once, 65536);
	bytes_init(&twice, 65536);
	ck_assert_int_eq(yaml_edit_set(text, strlen(text), key, value, &once), 0);
	ck_assert_int_eq(bytes_append(&once, "", 1), 0);
	ck_assert_str_eq((char *)once.data, wanted);
	/* a second time changes nothing */
	ck_assert_int_eq(yaml_edit_set((char *)once.data, once.len - 1, key, value, &twice), 0);
	ck_assert_uint_eq(twice.len, once.len - 1);
	ck_assert_mem_eq(twice.data, once.data, twice.len);
	bytes_release(&once);
	bytes_release(&twice);
}

START_TEST(yaml_edit_replaces_a_value_and_keeps_all_else)
{
	gives("# top\nport: 1\n\nworkers:   2   # why\nx: y\n", "workers", "8",
	      "# top\nport: 1\n\nworkers: 8   # why\nx: y\n");
	gives("workers: 2", "workers", "8", "workers: 8\n");
	gives("workers:\n", "workers", "8", "workers: 8\n");
	gives("\"workers\" : 2\n", "workers", "8", "\"workers\" : 8\n");
	gives("workers: 2#3\n", "workers", "8", "workers: 8\n");
	gives("workers: '#' # x\n", "workers", "8", "workers: 8 # x\n");
	gives("workers: # x\n", "workers", "8", "workers: 8 # x\n");
	gives("a: 1\r\nworkers: 2\r\nb: 3\r\n", "workers", "8", "a: 1\r\nworkers: 8\r\nb: 3\r\n");
	gives("\xef\xbb\xbfworkers: 2\n", "workers", "8", "\xef\xbb\xbfworkers: 8\n");
}
END_TEST

START_TEST(yaml_edit_leaves_a_text_alone_that_says_so)
{
	gives("workers:    8    # x\n", "workers", "8", "workers:    8    # x\n");
	gives("workers: 8", "workers", "8", "workers: 8");
}
END_TEST

START_TEST(yaml_edit_adds_what_is_not_there)
{
	gives("", "workers", "8", "workers: 8\n");
	gives("a: 1", "workers", "8", "a: 1\nworkers: 8\n");
	gives("#workers: 3\nmy_workers: 4\nworkers_x: 5\ngroup:\n  workers: 6\n", "workers", "8",
	      "#workers: 3\nmy_workers: 4\nworkers_x: 5\ngroup:\n  workers: 6\nworkers: 8\n");
}
END_TEST

START_TEST(yaml_edit_replaces_lists_of_any_form)
{
	gives("pin_cores:\n  - 0 # a\n  # b\n\n  - 1\n# c\nx: 1\n", "pin_cores", "[4]",
	      "pin_cores: [4]\n# a\n# b\n# c\nx: 1\n");
	gives("pin_cores:\n- 0\n- 1\nx: 1\n", "pin_cores", "[]", "pin_cores: []\nx: 1\n");
	gives("pin_cores: [0, # a\n1,\n2\n]\nx: 1\n", "pin_cores", "[4]", "pin_cores: [4] # a\nx: 1\n");
	gives("pin_cores: [0,\n  1] # a\nx: 1\n", "pin_cores", "[4]", "pin_cores: [4]\n# a\nx: 1\n");
	gives("pin_cores: [0]\n\n# of x\nx: 1\n", "pin_cores", "[4]", "pin_cores: [4]\n\n# of x\nx: 1\n");
	gives("pin_cores: [0,\n", "pin_cores", "[4]", "pin_cores: [4]\n");
}
END_TEST

START_TEST(yaml_edit_set_all_sets_each_line)
{
	static const char text[] = "workers: 1\n";
	struct bytes keys, out;

	bytes_init(&keys, 4096);
	bytes_init(&out, 4096);
	ck_assert_int_eq(bytes_append_text(&keys, "workers: 2\npin_cores: [0, 1]\n"), 0);
	ck_assert_int_eq(yaml_edit_set_all(text, strlen(text), &keys, &out), 0);
	ck_assert_uint_eq(out.len, keys.len);
	ck_assert_mem_eq(out.data, keys.data, keys.len);
	ck_assert_int_eq(bytes_append_text(&keys, "nonsense\n"), 0);
	ck_assert_int_eq(yaml_edit_set_all(text, strlen(text), &keys, &out), ERROR_MALFORMED);
	ck_assert_uint_eq(out.len, strlen("workers: 2\npin_cores: [0, 1]\n"));
	bytes_release(&keys);
	bytes_release(&out);
}
END_TEST

Suite *test_yaml_edit_suite(void)
{
	Suite *s = suite_create("yaml_edit");
	TCase *t = tcase_create("yaml_edit");

	tcase_add_test(t, yaml_edit_replaces_a_value_and_keeps_all_else);
	tcase_add_test(t, yaml_edit_leaves_a_text_alone_that_says_so);
	tcase_add_test(t, yaml_edit_adds_what_is_not_there);
	tcase_add_test(t, yaml_edit_replaces_lists_of_any_form);
	tcase_add_test(t, yaml_edit_set_all_sets_each_line);
	suite_add_tcase(s, t);
	return s;
}
