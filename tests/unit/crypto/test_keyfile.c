/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/keyfile.h"
#include "tests/unit/crypto/folder.h"
#include "util/bytes.h"
#include "util/error.h"

#define HEX "58d3b1a7f0e2c49d6b1f00ff0a5c7e8812345678abcdef0099887766554433a1"
#define HEX_UPPER "58D3B1A7F0E2C49D6B1F00FF0A5C7E8812345678ABCDEF0099887766554433A1"
#define HEX_OTHER "a000000000000000000000000000000000000000000000000000000000000042"
#define HEX_ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define DOCUMENT "{\n\t\"PrivateKey\": \"privkey:" HEX "\"\n}"
#define MAKERS 8
#define RACES 20

Suite *test_keyfile_suite(void);

static char why[256], warn[256];

static void setup(void)
{
	ck_assert_int_eq(box_start(), 0);
	folder_make();
	memset(why, 'x', sizeof(why) - 1);
	memset(warn, 'x', sizeof(warn) - 1);
}

static int load(uint8_t key[BOX_KEY_SIZE], const char *name)
{
	return keyfile_load_or_make(key, folder_file(name), why, sizeof(why), warn, sizeof(warn));
}

/* The call fails, leaves the key, and says `text` of the file. */
static void expect_failure(const char *name, int error, const char *text)
{
	uint8_t key[BOX_KEY_SIZE] = { 0x5a }, before[BOX_KEY_SIZE] = { 0x5a };

	ck_assert_int_eq(load(key, name), error);
	ck_assert_mem_eq(key, before, sizeof(key));
	ck_assert_msg(strncmp(why, folder_file(name), strlen(folder_file(name))) == 0, "%s", why);
	ck_assert_msg(strstr(why, text) != NULL, "%s", why);
	ck_assert_str_eq(warn, "");
}

START_TEST(keyfile_first_start_makes_derpers_json)
{
	char document[200], hex[65];
	uint8_t key[BOX_KEY_SIZE];
	struct stat st;

	ck_assert_int_eq(load(key, "derper.key"), 0);
	bytes_to_hex(hex, key, sizeof(key));
	snprintf(document, sizeof(document), "{\n\t\"PrivateKey\": \"privkey:%s\"\n}", hex);
	ck_assert_str_eq(folder_read("derper.key"), document);
	ck_assert_int_eq(stat(folder_file("derper.key"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(key[0] & 7, 0);
	ck_assert_str_eq(why, "");
	ck_assert_str_eq(warn, "");
	ck_assert_int_eq(folder_count(), 1);
}
END_TEST

START_TEST(keyfile_second_start_has_the_same_key)
{
	uint8_t first[BOX_KEY_SIZE], second[BOX_KEY_SIZE];

	ck_assert_int_eq(load(first, "derper.key"), 0);
	ck_assert_int_eq(load(second, "derper.key"), 0);
	ck_assert_mem_eq(first, second, sizeof(first));
}
END_TEST

START_TEST(keyfile_missing_folders_are_made)
{
	uint8_t first[BOX_KEY_SIZE], second[BOX_KEY_SIZE];
	struct stat st;

	ck_assert_int_eq(load(first, "state/hyper-derp/derper.key"), 0);
	ck_assert_int_eq(stat(folder_file("state"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(load(second, "state/hyper-derp/derper.key"), 0);
	ck_assert_mem_eq(first, second, sizeof(first));
}
END_TEST

static const char *const good[] = {
	DOCUMENT,
	DOCUMENT "\n",
	" { \"PrivateKey\" : \"privkey:" HEX_UPPER "\" } ",
	"{\"privatekey\":\"privkey:" HEX "\"}",
	"{\"PRIVATE\\u004bEY\":\"privkey\\u003a" HEX "\"}",
	"{\"Other\":{\"PrivateKey\":\"no\"},\"PrivateKey\":\"privkey:" HEX "\",\"More\":[1,2]}",
	"{\"PrivateKey\":\"privkey:" HEX_OTHER "\",\"PrivateKey\":\"privkey:" HEX "\"}",
};

START_TEST(keyfile_accepts_derpers_json_as_go_reads_it)
{
	uint8_t key[BOX_KEY_SIZE], expected[BOX_KEY_SIZE];

	ck_assert(bytes_from_hex(expected, sizeof(expected), HEX));
	folder_write("derper.key", good[_i]);
	ck_assert_msg(load(key, "derper.key") == 0, "%s: %s", good[_i], why);
	ck_assert_mem_eq(key, expected, sizeof(key));
	ck_assert_str_eq(warn, "");
	ck_assert_str_eq(folder_read("derper.key"), good[_i]);
}
END_TEST

static const struct {
	const char *text, *why;
} bad[] = {
	{ "", "not a JSON document" },
	{ "privkey:" HEX, "not a JSON document" },
	{ DOCUMENT "}", "not a JSON document" },
	{ "{\"PrivateKey\":\"privkey:" HEX "\"", "not a JSON document" },
	{ "null", "not a JSON object" },
	{ "\"privkey:" HEX "\"", "not a JSON object" },
	{ "[]", "not a JSON object" },
	{ "{}", "has no PrivateKey" },
	{ "{\"Private\":\"privkey:" HEX "\"}", "has no PrivateKey" },
	{ "{\"PrivateKey\":null}", "64 hex digits" },
	{ "{\"PrivateKey\":1}", "64 hex digits" },
	{ "{\"PrivateKey\":\"\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\"" HEX "\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\"privkey:\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\"privkey:58d3\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\"privkey:" HEX "0\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\"privkey:" HEX "00\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\"nodekey:" HEX "\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\"Privkey:" HEX "\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\" privkey:" HEX "\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\"privkey:g" HEX "\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\"privkey:" HEX_ZERO "\"}", "64 hex digits" },
	{ "{\"PrivateKey\":\"privkey:" HEX "\",\"PrivateKey\":\"\"}", "64 hex digits" },
};

START_TEST(keyfile_malformed_is_refused_and_kept)
{
	folder_write("derper.key", bad[_i].text);
	expect_failure("derper.key", ERROR_MALFORMED, bad[_i].why);
	ck_assert_str_eq(folder_read("derper.key"), bad[_i].text);
	ck_assert_int_eq(folder_count(), 1);
	ck_assert_ptr_null(strstr(why, "58d3")); /* no part of a key is ever told */
}
END_TEST

START_TEST(keyfile_open_to_others_is_accepted_with_a_warning)
{
	uint8_t key[BOX_KEY_SIZE];

	folder_write("derper.key", DOCUMENT);
	ck_assert_int_eq(chmod(folder_file("derper.key"), 0640), 0);
	ck_assert_int_eq(load(key, "derper.key"), 0);
	ck_assert_ptr_nonnull(strstr(warn, "mode 0640"));
	ck_assert_int_eq(chmod(folder_file("derper.key"), 0400), 0);
	ck_assert_int_eq(load(key, "derper.key"), 0);
	ck_assert_str_eq(warn, "");
}
END_TEST

START_TEST(keyfile_unreadable_is_denied)
{
	folder_drop_root();
	folder_write("derper.key", DOCUMENT);
	ck_assert_int_eq(chmod(folder_file("derper.key"), 0), 0);
	expect_failure("derper.key", ERROR_DENIED, "Permission denied");
}
END_TEST

START_TEST(keyfile_in_a_folder_of_others_is_denied)
{
	folder_drop_root();
	ck_assert_int_eq(chmod(folder_path, 0500), 0);
	expect_failure("derper.key", ERROR_DENIED, "cannot make the key file: Permission denied");
}
END_TEST

START_TEST(keyfile_folder_instead_of_a_file_is_refused)
{
	ck_assert_int_eq(mkdir(folder_file("derper.key"), 0700), 0);
	expect_failure("derper.key", ERROR_MALFORMED, "not a regular file");
}
END_TEST

START_TEST(keyfile_below_a_file_is_refused)
{
	folder_write("file", "x");
	expect_failure("file/derper.key", ERROR_IO, "Not a directory");
}
END_TEST

START_TEST(keyfile_link_to_a_file_is_followed)
{
	uint8_t key[BOX_KEY_SIZE], expected[BOX_KEY_SIZE];

	ck_assert(bytes_from_hex(expected, sizeof(expected), HEX));
	folder_write("real.key", DOCUMENT);
	ck_assert_int_eq(symlink("real.key", folder_file("derper.key")), 0);
	ck_assert_int_eq(load(key, "derper.key"), 0);
	ck_assert_mem_eq(key, expected, sizeof(key));
}
END_TEST

START_TEST(keyfile_link_to_nothing_is_refused)
{
	ck_assert_int_eq(symlink("real.key", folder_file("derper.key")), 0);
	expect_failure("derper.key", ERROR_IO, "symbolic link to nothing");
	ck_assert_int_eq(folder_count(), 1);
}
END_TEST

/* In a child: waits until `go` is closed, makes or loads the key, tells it. */
static pid_t start_maker(const int go[2], int out_fd)
{
	uint8_t key[BOX_KEY_SIZE];
	struct pollfd closed = { .fd = go[0], .events = POLLIN };
	pid_t child = fork();

	if (child != 0)
		return child;
	close(go[1]);
	poll(&closed, 1, -1);
	if (load(key, "new/derper.key") != 0 || write(out_fd, key, sizeof(key)) != sizeof(key))
		_exit(1);
	_exit(0);
}

START_TEST(keyfile_made_by_many_at_once_is_one_key)
{
	uint8_t first[BOX_KEY_SIZE], key[BOX_KEY_SIZE];
	pid_t makers[MAKERS];
	int go[2], out[2], status;

	ck_assert_int_eq(pipe(go), 0);
	ck_assert_int_eq(pipe(out), 0);
	for (int i = 0; i < MAKERS; i++)
		makers[i] = start_maker(go, out[1]);
	close(go[1]);
	for (int i = 0; i < MAKERS; i++) {
		ck_assert_int_eq(waitpid(makers[i], &status, 0), makers[i]);
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	ck_assert_int_eq(load(first, "new/derper.key"), 0);
	for (int i = 0; i < MAKERS; i++) {
		ck_assert_int_eq(read(out[0], key, sizeof(key)), sizeof(key));
		ck_assert_mem_eq(key, first, sizeof(key));
	}
	close(go[0]);
	close(out[0]);
	close(out[1]);
}
END_TEST

static const char *const good_mesh[] = { HEX, HEX_UPPER "\n", " \t\r\n\v\f" HEX " \n\n" };

START_TEST(keyfile_mesh_key_is_trimmed)
{
	uint8_t key[KEYFILE_MESH_KEY_SIZE], expected[KEYFILE_MESH_KEY_SIZE];

	ck_assert(bytes_from_hex(expected, sizeof(expected), HEX));
	folder_write("mesh", good_mesh[_i]);
	ck_assert_int_eq(keyfile_load_mesh(key, folder_file("mesh"), why, sizeof(why)), 0);
	ck_assert_mem_eq(key, expected, sizeof(key));
	ck_assert_str_eq(why, "");
}
END_TEST

static const char *const bad_mesh[] = { "", " ", "58d3", HEX "0", HEX "00", "0" HEX, HEX " " HEX, "\"" HEX "\"",
					"g" HEX, "privkey:" HEX };

static void expect_mesh_failure(const char *name, int error, const char *text)
{
	uint8_t key[KEYFILE_MESH_KEY_SIZE] = { 0x5a }, before[KEYFILE_MESH_KEY_SIZE] = { 0x5a };

	ck_assert_int_eq(keyfile_load_mesh(key, folder_file(name), why, sizeof(why)), error);
	ck_assert_msg(strstr(why, text) != NULL, "%s", why);
	ck_assert_mem_eq(key, before, sizeof(key));
}

START_TEST(keyfile_mesh_key_of_another_shape_is_refused)
{
	folder_write("mesh", bad_mesh[_i]);
	expect_mesh_failure("mesh", ERROR_MALFORMED, "not 64 hex digits");
}
END_TEST

START_TEST(keyfile_mesh_key_that_is_not_there_is_not_made)
{
	expect_mesh_failure("mesh", ERROR_IO, "No such file");
	expect_mesh_failure(".", ERROR_MALFORMED, "not a regular file");
	ck_assert_int_eq(folder_count(), 0);
}
END_TEST

START_TEST(keyfile_mesh_key_unreadable_is_denied)
{
	folder_drop_root();
	folder_write("mesh", HEX);
	ck_assert_int_eq(chmod(folder_file("mesh"), 0), 0);
	expect_mesh_failure("mesh", ERROR_DENIED, "Permission denied");
}
END_TEST

Suite *test_keyfile_suite(void)
{
	Suite *s = suite_create("keyfile");
	TCase *tc = tcase_create("keyfile");

	tcase_add_checked_fixture(tc, setup, folder_remove);
	tcase_add_test(tc, keyfile_first_start_makes_derpers_json);
	tcase_add_test(tc, keyfile_second_start_has_the_same_key);
	tcase_add_test(tc, keyfile_missing_folders_are_made);
	tcase_add_loop_test(tc, keyfile_accepts_derpers_json_as_go_reads_it, 0, HD_ARRAY_LEN(good));
	tcase_add_loop_test(tc, keyfile_malformed_is_refused_and_kept, 0, HD_ARRAY_LEN(bad));
	tcase_add_test(tc, keyfile_open_to_others_is_accepted_with_a_warning);
	tcase_add_test(tc, keyfile_unreadable_is_denied);
	tcase_add_test(tc, keyfile_in_a_folder_of_others_is_denied);
	tcase_add_test(tc, keyfile_folder_instead_of_a_file_is_refused);
	tcase_add_test(tc, keyfile_below_a_file_is_refused);
	tcase_add_test(tc, keyfile_link_to_a_file_is_followed);
	tcase_add_test(tc, keyfile_link_to_nothing_is_refused);
	tcase_add_loop_test(tc, keyfile_made_by_many_at_once_is_one_key, 0, RACES);
	tcase_add_loop_test(tc, keyfile_mesh_key_is_trimmed, 0, HD_ARRAY_LEN(good_mesh));
	tcase_add_loop_test(tc, keyfile_mesh_key_of_another_shape_is_refused, 0, HD_ARRAY_LEN(bad_mesh));
	tcase_add_test(tc, keyfile_mesh_key_that_is_not_there_is_not_made);
	tcase_add_test(tc, keyfile_mesh_key_unreadable_is_denied);
	suite_add_tcase(s, tc);
	return s;
}
