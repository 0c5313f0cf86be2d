/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/json.h"

Suite *test_json_suite(void);

/* On the heap without the NUL, so that ASan sees any read past the end. */
static bool valid(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	bool ok;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	ok = json_valid(copy, len);
	free(copy);
	return ok;
}

static struct json_value value(const char *text)
{
	ck_assert_msg(json_valid(text, strlen(text)), "%s", text);
	return json_root(text, strlen(text));
}

static const char *const good[] = {
	"null", "true", "false", "0", "-0", "7", "-12", "1234567890123456789012345", "0.0", "-0.5e+07", "1E5",
	"1e-5", "2.50", "\"\"", "\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83d\\uDe00\"", "\"\\ud800\"",
	"\"\x7f\xff\xc3\"", "[]", "[ ]", "{}", "{ }", "[1]", "[1,2]", "[[],{}]", " \t\r\n1 \t\r\n", "{\"a\":1}",
	"{ \"a\" : [ null , { \"b\" : \"c\" } ] , \"a\" : 2 }", "[\"]\",\"}\",\"\\\"]\"]", "{\"\":{\"\":[]}}",
};

START_TEST(json_valid_accepts_the_grammar)
{
	ck_assert_msg(valid(good[_i], strlen(good[_i])), "%s", good[_i]);
}
END_TEST

static const char *const bad[] = {
	"", " ", "nul", "nulll", "True", "tru", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e1", "0x10",
	"1 2", "1,", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\", "\"\\u", "\"\t\"", "\"\n\"",
	"'a'", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1}", "{", "}", "{\"a\"", "{\"a\":",
	"{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\" 1}", "{a:1}", "{1:1}", "{null:1}",
	"{\"a\":1]", "{\"a\":1 \"b\":2}", "{\"a\"::1}", "{}{}", "[][]", "{} x", "\xef\xbb\xbf{}", "/**/1", "NaN",
	"[\"\x1f\"]", "\v1", "\f1", "1\xa0",
};

START_TEST(json_valid_refuses_all_else)
{
	ck_assert_msg(!valid(bad[_i], strlen(bad[_i])), "%s", bad[_i]);
}
END_TEST

START_TEST(json_valid_refuses_nul_bytes)
{
	ck_assert(!valid("1\0", 2));
	ck_assert(!valid("\0", 1));
	ck_assert(!valid("\"\0\"", 3));
	ck_assert(!valid("\"\\\0\"", 4));
}
END_TEST

START_TEST(json_valid_refuses_every_truncation)
{
	static const char text[] =
		"{\"a\":[true,false,null,-1.5e+3],\"b\":{\"c\":\"\\u00e9x\\\\\"},\"d\":[[],{}]}";

	ck_assert(valid(text, strlen(text)));
	for (size_t len = 0; len < strlen(text); len++)
		ck_assert_msg(!valid(text, len), "%zu", len);
}
END_TEST

/* depth times `open`, then `close` as often. */
static bool nested_valid(size_t depth, const char *open, char close)
{
	size_t step = strlen(open);
	char *text = malloc(depth * (step + 1) + 1);
	bool ok;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < depth; i++)
		memcpy(text + i * step, open, step);
	text[depth * step] = '1';
	memset(text + depth * step + 1, close, depth);
	ok = json_valid(text, depth * (step + 1) + 1);
	if (ok)
		ck_assert_uint_eq(json_root(text, depth * (step + 1) + 1).len, depth * (step + 1) + 1);
	free(text);
	return ok;
}

START_TEST(json_valid_goes_10000_deep_and_no_deeper)
{
	ck_assert(nested_valid(10000, "[", ']'));
	ck_assert(!nested_valid(10001, "[", ']'));
	ck_assert(nested_valid(10000, "{\"a\":", '}'));
	ck_assert(!nested_valid(10001, "{\"a\":", '}'));
	ck_assert(!nested_valid(100000, "[", ']'));
	ck_assert(!nested_valid(5, "[", '}'));
}
END_TEST

START_TEST(json_root_is_the_value_without_space)
{
	static const struct {
		const char *text, *root;
		enum json_kind kind;
	} rows[] = {
		{ " null\n", "null", JSON_NULL },     { "\ttrue ", "true", JSON_BOOL },
		{ "false", "false", JSON_BOOL },      { " -1.5e3 ", "-1.5e3", JSON_NUMBER },
		{ "7", "7", JSON_NUMBER },            { " \"a b\\\" \" ", "\"a b\\\" \"", JSON_STRING },
		{ " [ 1, 2 ] ", "[ 1, 2 ]", JSON_ARRAY }, { "{\"a\":\"}\"} ", "{\"a\":\"}\"}", JSON_OBJECT },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++) {
		struct json_value v = value(rows[i].text);

		ck_assert_uint_eq(v.len, strlen(rows[i].root));
		ck_assert_mem_eq(v.at, rows[i].root, v.len);
		ck_assert_int_eq(json_kind_of(v), rows[i].kind);
	}
}
END_TEST

START_TEST(json_members_come_in_order_with_duplicates)
{
	static const char *const expected[][2] = {
		{ "\"a\"", "1" }, { "\"b\"", "{\"a\":[1,{\"x\":2}]}" }, { "\"a\"", "\",\"" }, { "\"\"", "null" },
	};
	struct json_members m =
		json_members_of(value(" { \"a\" : 1 ,\"b\":{\"a\":[1,{\"x\":2}]}, \"a\":\",\" , \"\":null } "));
	struct json_value name, v;

	for (size_t i = 0; i < HD_ARRAY_LEN(expected); i++) {
		ck_assert(json_members_next(&m, &name, &v));
		ck_assert_uint_eq(name.len, strlen(expected[i][0]));
		ck_assert_mem_eq(name.at, expected[i][0], name.len);
		ck_assert_uint_eq(v.len, strlen(expected[i][1]));
		ck_assert_mem_eq(v.at, expected[i][1], v.len);
	}
	ck_assert(!json_members_next(&m, &name, &v));
	ck_assert(!json_members_next(&m, &name, &v));
}
END_TEST

START_TEST(json_members_of_an_empty_object_are_none)
{
	struct json_members m = json_members_of(value("{ }"));
	struct json_value name, v;

	ck_assert(!json_members_next(&m, &name, &v));
}
END_TEST

START_TEST(json_members_of_an_array_aborts)
{
	json_members_of(value("[1]"));
}
END_TEST

START_TEST(json_name_folds_case_as_go_does)
{
	ck_assert(json_name_is(value("\"IsKnown\""), "IsKnown"));
	ck_assert(json_name_is(value("\"isKNOWN\""), "IsKnown"));
	ck_assert(json_name_is(value("\"\\u0049s\\u004bnown\""), "IsKnown"));
	ck_assert(json_name_is(value("\"I\xc5\xbf\xe2\x84\xaanown\""), "IsKnown")); /* U+017F, U+212A */
	ck_assert(json_name_is(value("\"I\\u017f\\u212Anown\""), "isknown"));
	ck_assert(json_name_is(value("\"\""), ""));
}
END_TEST

START_TEST(json_name_refuses_all_other_names)
{
	ck_assert(!json_name_is(value("\"IsKnow\""), "IsKnown"));
	ck_assert(!json_name_is(value("\"IsKnown2\""), "IsKnown"));
	ck_assert(!json_name_is(value("\"IsKnown\\u0000\""), "IsKnown"));
	ck_assert(!json_name_is(value("\"\xc4\xb1sKnown\""), "IsKnown")); /* U+0131, dotless i */
	ck_assert(!json_name_is(value("\"\""), "a"));
	ck_assert(!json_name_is(value("\"a\""), ""));
	ck_assert(!json_name_is(value("\"[\""), "{")); /* 0x20 apart, but no letters */
	ck_assert(!json_name_is(value("\"@\""), "`"));
}
END_TEST

START_TEST(json_int64_takes_the_whole_range)
{
	static const struct {
		const char *text;
		int64_t number;
	} rows[] = {
		{ "0", 0 }, { "-0", 0 }, { "7", 7 }, { "-13", -13 },
		{ "9223372036854775807", INT64_MAX }, { "-9223372036854775808", INT64_MIN },
	};
	int64_t out;

	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++) {
		ck_assert_int_eq(json_int64(&out, value(rows[i].text)), 0);
		ck_assert(out == rows[i].number);
	}
}
END_TEST

START_TEST(json_int64_refuses_what_is_no_int64)
{
	int64_t out = 42;

	ck_assert_int_eq(json_int64(&out, value("1.0")), ERROR_MALFORMED);
	ck_assert_int_eq(json_int64(&out, value("1e2")), ERROR_MALFORMED);
	ck_assert_int_eq(json_int64(&out, value("1E0")), ERROR_MALFORMED);
	ck_assert_int_eq(json_int64(&out, value("9223372036854775808")), ERROR_RANGE);
	ck_assert_int_eq(json_int64(&out, value("-9223372036854775809")), ERROR_RANGE);
	ck_assert_int_eq(json_int64(&out, value("99999999999999999999999999")), ERROR_RANGE);
	ck_assert(out == 42);
}
END_TEST

START_TEST(json_bool_tells_true_from_false)
{
	ck_assert(json_is_true(value("true")));
	ck_assert(!json_is_true(value("false")));
}
END_TEST

static const struct {
	const char *text;
	uint32_t chars[8]; /* up to a 0 */
} strings[] = {
	{ "\"\"", { 0 } },
	{ "\"az~\x7f\"", { 'a', 'z', '~', 0x7f } },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", { '"', '\\', '/', '\b', '\f', '\n', '\r', '\t' } },
	{ "\"\\u0041\\u00e9\\u20AC\\uffff\"", { 'A', 0xe9, 0x20ac, 0xffff } },
	{ "\"\\ud83d\\ude00\\ud800\\udc00\\udbff\\udfff\"", { 0x1f600, 0x10000, 0x10ffff } },
	/* surrogates without their other half */
	{ "\"\\ud83d\"", { 0xfffd } },
	{ "\"\\ude00\\ud83d\"", { 0xfffd, 0xfffd } },
	{ "\"\\ude00\\ude00\"", { 0xfffd, 0xfffd } },
	{ "\"\\ud83dx\"", { 0xfffd, 'x' } },
	{ "\"\\ud83d\\u0041\"", { 0xfffd, 'A' } },
	{ "\"\\ud83d\\ud83d\\ude00\"", { 0xfffd, 0x1f600 } },
	{ "\"\\ud83d\\n\"", { 0xfffd, '\n' } },
	/* UTF-8 and its limits */
	{ "\"\xc2\x80\xdf\xbf\"", { 0x80, 0x7ff } },
	{ "\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"", { 0x800, 0xd7ff, 0xe000, 0xffff } },
	{ "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"", { 0x10000, 0x10ffff } },
	/* one U+FFFD for each byte of what is not UTF-8 */
	{ "\"\x80\"", { 0xfffd } },
	{ "\"\xff\xfe\"", { 0xfffd, 0xfffd } },
	{ "\"\xc0\x80\"", { 0xfffd, 0xfffd } },
	{ "\"\xc1\xbf\"", { 0xfffd, 0xfffd } },
	{ "\"\xe0\x9f\xbf\"", { 0xfffd, 0xfffd, 0xfffd } },
	{ "\"\xed\xa0\x80\"", { 0xfffd, 0xfffd, 0xfffd } },
	{ "\"\xf0\x8f\xbf\xbf\"", { 0xfffd, 0xfffd, 0xfffd, 0xfffd } },
	{ "\"\xf4\x90\x80\x80\"", { 0xfffd, 0xfffd, 0xfffd, 0xfffd } },
	{ "\"\xf5\x80\x80\x80\"", { 0xfffd, 0xfffd, 0xfffd, 0xfffd } },
	{ "\"\xe2\x82\"", { 0xfffd, 0xfffd } },
	{ "\"\xe2\x82x\"", { 0xfffd, 0xfffd, 'x' } },
	{ "\"\xc3\\n\"", { 0xfffd, '\n' } },
};

START_TEST(json_chars_resolve_escapes_and_utf8)
{
	struct json_chars chars = json_chars_of(value(strings[_i].text));
	uint32_t c;
	int n = 0;

	for (; json_chars_next(&chars, &c); n++) {
		ck_assert_int_lt(n, 8);
		ck_assert_uint_eq(c, strings[_i].chars[n]);
	}
	ck_assert(n == 8 || strings[_i].chars[n] == 0);
}
END_TEST

START_TEST(json_copy_ascii_wants_exactly_n)
{
	char out[4] = "....";

	ck_assert(json_copy_ascii(out, 3, value("\"a\\u0062c\"")));
	ck_assert_mem_eq(out, "abc.", 4);
	ck_assert(json_copy_ascii(out, 0, value("\"\"")));
	ck_assert(!json_copy_ascii(out, 3, value("\"ab\"")));
	ck_assert(!json_copy_ascii(out, 3, value("\"abcd\"")));
	ck_assert(!json_copy_ascii(out, 3, value("\"abc\\u0000\"")));
	ck_assert(!json_copy_ascii(out, 3, value("\"ab\\u0080\"")));
	ck_assert(!json_copy_ascii(out, 3, value("\"ab\xc3\xa9\"")));
	ck_assert_int_eq(out[3], '.');
}
END_TEST

Suite *test_json_suite(void)
{
	Suite *s = suite_create("json");
	TCase *tc = tcase_create("json");

	tcase_add_loop_test(tc, json_valid_accepts_the_grammar, 0, HD_ARRAY_LEN(good));
	tcase_add_loop_test(tc, json_valid_refuses_all_else, 0, HD_ARRAY_LEN(bad));
	tcase_add_test(tc, json_valid_refuses_nul_bytes);
	tcase_add_test(tc, json_valid_refuses_every_truncation);
	tcase_add_test(tc, json_valid_goes_10000_deep_and_no_deeper);
	tcase_add_test(tc, json_root_is_the_value_without_space);
	tcase_add_test(tc, json_members_come_in_order_with_duplicates);
	tcase_add_test(tc, json_members_of_an_empty_object_are_none);
	tcase_add_test_raise_signal(tc, json_members_of_an_array_aborts, SIGABRT);
	tcase_add_test(tc, json_name_folds_case_as_go_does);
	tcase_add_test(tc, json_name_refuses_all_other_names);
	tcase_add_test(tc, json_int64_takes_the_whole_range);
	tcase_add_test(tc, json_int64_refuses_what_is_no_int64);
	tcase_add_test(tc, json_bool_tells_true_from_false);
	tcase_add_loop_test(tc, json_chars_resolve_escapes_and_utf8, 0, HD_ARRAY_LEN(strings));
	tcase_add_test(tc, json_copy_ascii_wants_exactly_n);
	suite_add_tcase(s, tc);
	return s;
}
