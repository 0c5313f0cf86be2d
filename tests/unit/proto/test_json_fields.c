/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "proto/json_fields.h"
#include "util/error.h"

Suite *test_json_fields_suite(void);

struct pair {
	int64_t number;
	bool flag;
};

static int set_number(void *into, struct json_value v)
{
	return json_fields_int64(&((struct pair *)into)->number, v);
}

static int set_flag(void *into, struct json_value v)
{
	return json_fields_bool(&((struct pair *)into)->flag, v);
}

static const struct json_field fields[] = { { "number", set_number }, { "flag", set_flag } };

static int fill(struct pair *p, const char *text)
{
	*p = (struct pair){ .number = 7 };
	return json_fields_fill(p, fields, HD_ARRAY_LEN(fields), (const uint8_t *)text, strlen(text));
}

static const struct {
	const char *text;
	int64_t number;
	bool flag;
} good[] = {
	{ "null", 7, false },
	{ " {} ", 7, false },
	{ "{\"number\":12}", 12, false },
	{ "{\"FLAG\":true,\"Number\":-1}", -1, true },
	{ "{\"number\":1,\"number\":2,\"NUMBER\":3}", 3, false },
	{ "{\"number\":5,\"number\":null}", 5, false },
	{ "{\"number\":null,\"flag\":null}", 7, false },
	{ "{\"flag\":true,\"flag\":false}", 7, false },
	{ "{\"numbe\":\"x\",\"other\":[{\"number\":9}],\"\":1e9}", 7, false },
};

START_TEST(json_fields_fill_takes_what_it_knows)
{
	struct pair p;

	ck_assert_msg(fill(&p, good[_i].text) == 0, "%s", good[_i].text);
	ck_assert(p.number == good[_i].number && p.flag == good[_i].flag);
}
END_TEST

static const char *const bad[] = {
	"", "{", "[]", "1", "\"x\"", "true", "{}{}", "null null", "{\"number\":\"1\"}", "{\"number\":1.0}",
	"{\"number\":1e2}", "{\"number\":true}", "{\"number\":{}}", "{\"number\":[]}",
	"{\"number\":9223372036854775808}", "{\"number\":\"x\",\"number\":1}", "{\"flag\":1}",
	"{\"flag\":\"true\"}",
	"{\"flag\":[]}", "{\"flag\":{}}", "{\"number\":1,}",
};

START_TEST(json_fields_fill_refuses_wrong_types_and_bad_json)
{
	struct pair p;

	ck_assert_msg(fill(&p, bad[_i]) < 0, "%s", bad[_i]);
}
END_TEST

Suite *test_json_fields_suite(void)
{
	Suite *s = suite_create("json_fields");
	TCase *tc = tcase_create("json_fields");

	tcase_add_loop_test(tc, json_fields_fill_takes_what_it_knows, 0, HD_ARRAY_LEN(good));
	tcase_add_loop_test(tc, json_fields_fill_refuses_wrong_types_and_bad_json, 0, HD_ARRAY_LEN(bad));
	suite_add_tcase(s, tc);
	return s;
}
