/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "control/json_writer.h"
#include "util/error.h"

Suite *test_json_writer_suite(void);

static struct bytes out;
static struct json_writer j;

static void setup(void)
{
	bytes_init(&out, 4096);
	json_writer_init(&j, &out);
}

static void teardown(void)
{
	bytes_release(&out);
}

static void assert_text(const char *want)
{
	ck_assert_int_eq(j.error, 0);
	ck_assert_uint_eq(out.len, strlen(want));
	ck_assert_mem_eq(out.data, want, out.len);
}

START_TEST(members_and_elements_are_separated_by_commas)
{
	json_writer_object(&j);
	json_writer_name(&j, "a");
	json_writer_number(&j, UINT64_MAX);
	json_writer_name(&j, "b");
	json_writer_array(&j);
	json_writer_bool(&j, true);
	json_writer_bool(&j, false);
	json_writer_object(&j);
	json_writer_object_end(&j);
	json_writer_array(&j);
	json_writer_array_end(&j);
	json_writer_text(&j, "x");
	json_writer_array_end(&j);
	json_writer_name(&j, "c");
	json_writer_object(&j);
	json_writer_name(&j, "d");
	json_writer_number(&j, 0);
	json_writer_object_end(&j);
	json_writer_object_end(&j);
	assert_text("{\"a\":18446744073709551615,\"b\":[true,false,{},[],\"x\"],\"c\":{\"d\":0}}");
}
END_TEST

START_TEST(text_is_escaped)
{
	json_writer_text(&j, "a\"b\\c\n\x01\x7f/\xc3\xa4");
	assert_text("\"a\\\"b\\\\c\\u000a\\u0001\\u007f/\\ufffd\\ufffd\"");
}
END_TEST

START_TEST(document_goes_on_in_another_buffer)
{
	struct json_writer later;

	json_writer_array(&j);
	json_writer_number(&j, 1);
	bytes_consume(&out, out.len);
	later = j;
	later.out = &out;
	json_writer_number(&later, 2);
	json_writer_array_end(&later);
	assert_text(",2]");
}
END_TEST

START_TEST(error_is_kept_and_ends_the_writing)
{
	struct bytes small;

	bytes_init(&small, 4);
	json_writer_init(&j, &small);
	json_writer_array(&j);
	json_writer_text(&j, "too long for it");
	ck_assert_int_eq(j.error, ERROR_TOO_BIG);
	json_writer_array_end(&j);
	ck_assert_int_eq(j.error, ERROR_TOO_BIG);
	ck_assert_uint_le(small.len, 4);
	ck_assert_ptr_null(memchr(small.data, ']', small.len));
	bytes_release(&small);
}
END_TEST

Suite *test_json_writer_suite(void)
{
	Suite *s = suite_create("json_writer");
	TCase *t = tcase_create("json_writer");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, members_and_elements_are_separated_by_commas);
	tcase_add_test(t, text_is_escaped);
	tcase_add_test(t, document_goes_on_in_another_buffer);
	tcase_add_test(t, error_is_kept_and_ends_the_writing);
	suite_add_tcase(s, t);
	return s;
}
