/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "proto/server_info.h"
#include "util/error.h"

Suite *test_server_info_suite(void);

static int parse(struct server_info *info, const char *json)
{
	return server_info_parse(info, (const uint8_t *)json, strlen(json));
}

static const struct {
	struct server_info info;
	const char *json;
} rows[] = {
	{ { 2, 0, 0 }, "{\"version\":2}" },
	{ { 0, 0, 0 }, "{}" },
	{ { 2, 1000, 65536 },
	  "{\"version\":2,\"TokenBucketBytesPerSecond\":1000,\"TokenBucketBytesBurst\":65536}" },
	{ { 0, 0, 5 }, "{\"TokenBucketBytesBurst\":5}" },
	{ { INT64_MIN, INT64_MIN, INT64_MIN },
	  "{\"version\":-9223372036854775808,\"TokenBucketBytesPerSecond\":-9223372036854775808,"
	  "\"TokenBucketBytesBurst\":-9223372036854775808}" },
};

START_TEST(server_info_goes_both_ways)
{
	struct server_info out = { 9, 9, 9 };
	uint8_t json[256];
	int len = server_info_write(json, sizeof(json), &rows[_i].info);

	ck_assert_int_eq(len, (int)strlen(rows[_i].json));
	ck_assert_mem_eq(json, rows[_i].json, (size_t)len);
	ck_assert_int_eq(server_info_parse(&out, json, (size_t)len), 0);
	ck_assert(out.version == rows[_i].info.version);
	ck_assert(out.rate_bytes_per_s == rows[_i].info.rate_bytes_per_s);
	ck_assert(out.burst_bytes == rows[_i].info.burst_bytes);
}
END_TEST

START_TEST(server_info_write_says_when_it_does_not_fit)
{
	uint8_t json[64];

	for (size_t cap = 0; cap < 13; cap++)
		ck_assert_int_eq(server_info_write(json, cap, &rows[0].info), ERROR_TOO_BIG);
	ck_assert_int_eq(server_info_write(json, 13, &rows[0].info), 13);
}
END_TEST

START_TEST(server_info_parse_skips_what_it_does_not_know)
{
	static const char json[] = "{\"Version\":3,\"new\":{\"version\":4},\"tokenbucketbytesburst\":null}";
	struct server_info info;

	ck_assert_int_eq(parse(&info, json), 0);
	ck_assert(info.version == 3 && info.rate_bytes_per_s == 0 && info.burst_bytes == 0);
	ck_assert_int_eq(parse(&info, "null"), 0);
	ck_assert(info.version == 0);
}
END_TEST

START_TEST(server_info_parse_refuses_and_leaves_the_struct)
{
	static const char *const bad[] = {
		"", "[]", "{\"version\":\"2\"}", "{\"version\":2", "{\"version\":2.0}",
		"{\"TokenBucketBytesPerSecond\":true}", "{\"TokenBucketBytesBurst\":{}}",
	};
	struct server_info info = { 9, 9, 9 };

	for (size_t i = 0; i < HD_ARRAY_LEN(bad); i++)
		ck_assert_msg(parse(&info, bad[i]) == ERROR_MALFORMED, "%s", bad[i]);
	ck_assert(info.version == 9 && info.rate_bytes_per_s == 9 && info.burst_bytes == 9);
}
END_TEST

Suite *test_server_info_suite(void)
{
	Suite *s = suite_create("server_info");
	TCase *tc = tcase_create("server_info");

	tcase_add_loop_test(tc, server_info_goes_both_ways, 0, HD_ARRAY_LEN(rows));
	tcase_add_test(tc, server_info_write_says_when_it_does_not_fit);
	tcase_add_test(tc, server_info_parse_skips_what_it_does_not_know);
	tcase_add_test(tc, server_info_parse_refuses_and_leaves_the_struct);
	suite_add_tcase(s, tc);
	return s;
}
