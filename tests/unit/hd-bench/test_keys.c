/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/hd-bench/keys.h"
#include "util/bytes.h"
#include "util/error.h"

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

Suite *test_keys_suite(void);

static char path[32];
static struct conn_identity identities[3];
static uint32_t line;

static void set_up(void)
{
	int fd;

	ck_assert_int_eq(box_start(), 0);
	snprintf(path, sizeof(path), "/tmp/hd-keys-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void tear_down(void)
{
	unlink(path);
}

static int load(const char *text, uint32_t count)
{
	FILE *to = fopen(path, "we");

	ck_assert_ptr_nonnull(to);
	fputs(text, to);
	ck_assert_int_eq(fclose(to), 0);
	return keys_load(identities, count, path, &line);
}

START_TEST(keys_load_reads_what_keys_print_made)
{
	FILE *to = fopen(path, "we");
	char text[2 * KEY_SIZE + 1], all[1024] = "";

	ck_assert_int_eq(keys_print(to, 3), 0);
	fclose(to);
	ck_assert_int_eq(keys_load(identities, 3, path, &line), 0);
	ck_assert_int_eq(key_equal(&identities[0].public_key, &identities[1].public_key), 0);
	to = fopen(path, "re");
	ck_assert_uint_gt(fread(all, 1, sizeof(all) - 1, to), 0);
	fclose(to);
	/* The public key that is derived is the one that was printed. */
	for (int i = 0; i < 3; i++) {
		bytes_to_hex(text, identities[i].public_key.bytes, KEY_SIZE);
		ck_assert_ptr_nonnull(strstr(all, text));
	}
}
END_TEST

START_TEST(keys_load_takes_the_lines_it_needs)
{
	ck_assert_int_eq(load("privkey:" HEX64 "\nprivkey:" HEX64 " and more\nnothing\n", 2), 0);
	ck_assert_uint_eq(identities[1].private_key[31], 0xff);
	ck_assert_int_eq(load("privkey:" HEX64, 1), 0); /* no newline at the end */
}
END_TEST

START_TEST(keys_load_tells_how_many_are_missing)
{
	ck_assert_int_eq(load("privkey:" HEX64 "\n", 2), ERROR_NOT_FOUND);
	ck_assert_uint_eq(line, 1);
	ck_assert_int_eq(load("", 1), ERROR_NOT_FOUND);
	ck_assert_uint_eq(line, 0);
}
END_TEST

START_TEST(keys_load_refuses_other_lines)
{
	static const char *const bad[] = {
		"\n", "nodekey:" HEX64 "\n", HEX64 "\n", "privkey:00\n", "privkey:" HEX64 "0\n",
		"privkey:g0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(bad); i++) {
		char text[256];

		snprintf(text, sizeof(text), "privkey:%s\n%s", HEX64, bad[i]);
		ck_assert_int_eq(load(text, 2), ERROR_MALFORMED);
		ck_assert_uint_eq(line, 2);
	}
}
END_TEST

START_TEST(keys_load_needs_a_file)
{
	unlink(path);
	ck_assert_int_eq(keys_load(identities, 1, path, &line), ERROR_IO);
}
END_TEST

Suite *test_keys_suite(void)
{
	Suite *s = suite_create("keys");
	TCase *t = tcase_create("keys");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, keys_load_reads_what_keys_print_made);
	tcase_add_test(t, keys_load_takes_the_lines_it_needs);
	tcase_add_test(t, keys_load_tells_how_many_are_missing);
	tcase_add_test(t, keys_load_refuses_other_lines);
	tcase_add_test(t, keys_load_needs_a_file);
	suite_add_tcase(s, t);
	return s;
}
