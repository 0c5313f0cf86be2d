/* SPDX-License-Identifier: MIT
 * The truth of the tables is what Go's encoding/json does with Tailscale's
 * derp.ClientInfo; each row was tried there. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "proto/client_info.h"
#include "util/error.h"

#define MESH "6d529e9d4ef632d22d4a4214cb49da8f1ba1b72697061fb24e312984c35ec8d8"
#define MESH_UPPER "6D529E9D4EF632D22D4A4214CB49DA8F1BA1B72697061FB24E312984C35EC8D8"
#define MESH_REST "529e9d4ef632d22d4a4214cb49da8f1ba1b72697061fb24e312984c35ec8d8" /* without the first byte */
#define MESH_ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

Suite *test_client_info_suite(void);

/* On the heap, so that ASan sees any read past the end. */
static int parse(struct client_info *info, const char *text, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	int rc;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	rc = client_info_parse(info, copy, len);
	free(copy);
	return rc;
}

static const struct {
	const char *json;
	int64_t version;
	bool mesh, can_ack, prober;
	const char *app;
} good[] = {
	{ "{}", 0, false, false, false, "" },
	{ "null", 0, false, false, false, "" },
	{ " \t\r\n{ } \n", 0, false, false, false, "" },
	{ "{\"version\":2,\"CanAckPings\":true}", 2, false, true, false, "" },
	{ "{\"meshKey\":\"" MESH "\",\"version\":2,\"CanAckPings\":true,\"IsProber\":true,\"AppName\":\"x y\"}",
	  2, true, true, true, "x y" },
	/* names in any case, folded as Unicode folds them */
	{ "{\"MESHKEY\":\"" MESH_UPPER "\",\"VERSION\":3}", 3, true, false, false, "" },
	{ "{\"mesh\xe2\x84\xaa" "ey\":\"" MESH "\",\"ver\xc5\xbfion\":4}", 4, true, false, false, "" },
	{ "{\"canackping\\u017f\":true,\"i\\u0053prober\":true}", 0, false, true, true, "" },
	{ "{\"ver\xc4\xb1on\":\"not ours\",\"version \":[]}", 0, false, false, false, "" },
	/* the last of equal names wins, null changes nothing */
	{ "{\"version\":1,\"Version\":2,\"version\":3}", 3, false, false, false, "" },
	{ "{\"CanAckPings\":true,\"canackpings\":false}", 0, false, false, false, "" },
	{ "{\"version\":5,\"IsProber\":true,\"AppName\":\"a\","
	  "\"version\":null,\"IsProber\":null,\"AppName\":null}",
	  5, false, false, true, "a" },
	{ "{\"meshKey\":\"" MESH_ZERO "\",\"meshKey\":\"" MESH "\"}", 0, true, false, false, "" },
	{ "{\"meshKey\":\"" MESH "\",\"meshKey\":\"" MESH_ZERO "\"}", 0, false, false, false, "" },
	{ "{\"meshKey\":\"\\u0036\\u0064" MESH_REST "\"}", 0, true, false, false, "" },
	/* unknown members hold what they like */
	{ "{\"x\":[1e400,{\"version\":\"no\"},null],\"y\":\"\\ud800\",\"version\":1}",
	  1, false, false, false, "" },
	/* numbers */
	{ "{\"version\":-0}", 0, false, false, false, "" },
	{ "{\"version\":-7}", -7, false, false, false, "" },
	{ "{\"version\":9223372036854775807}", INT64_MAX, false, false, false, "" },
	{ "{\"version\":-9223372036854775808}", INT64_MIN, false, false, false, "" },
	/* names of applications become printable, one '?' for each other character */
	{ "{\"AppName\":\"a\\u0000\\n\xc3\xa9\\ud83d\\ude00\\ud800\xff\x7f~\"}",
	  0, false, false, false, "a???????~" },
	{ "{\"AppName\":\"" SIXTY "abcdefgh\"}", 0, false, false, false, SIXTY "abcd" },
	{ "{\"AppName\":\"" SIXTY "abcd\"}", 0, false, false, false, SIXTY "abcd" },
	{ "{\"AppName\":\"long " SIXTY "\",\"AppName\":\"short\"}", 0, false, false, false, "short" },
	{ "{\"AppName\":\"a\",\"AppName\":\"\"}", 0, false, false, false, "" },
};

START_TEST(client_info_parse_fills_as_go_does)
{
	static const char mesh[] = "\x6d\x52\x9e\x9d\x4e\xf6\x32\xd2\x2d\x4a\x42\x14\xcb\x49\xda\x8f"
				   "\x1b\xa1\xb7\x26\x97\x06\x1f\xb2\x4e\x31\x29\x84\xc3\x5e\xc8\xd8";
	struct client_info info;

	ck_assert_msg(parse(&info, good[_i].json, strlen(good[_i].json)) == 0, "%s", good[_i].json);
	ck_assert(info.version == good[_i].version);
	ck_assert_int_eq(info.has_mesh_key, good[_i].mesh);
	ck_assert_int_eq(info.can_ack_pings, good[_i].can_ack);
	ck_assert_int_eq(info.is_prober, good[_i].prober);
	ck_assert_str_eq(info.app_name, good[_i].app);
	if (info.has_mesh_key)
		ck_assert_mem_eq(info.mesh_key, mesh, sizeof(info.mesh_key));
}
END_TEST

static const char *const bad[] = {
	/* not a document, or not of this kind */
	"", " ", "{", "}", "{}x", "{}{}", "{} null", "[]", "1", "\"x\"", "true", "nul", "nullx", "{\"version\":2",
	"{\"version\":2,}", "{\"version\" 2}", "{version:2}", "{'version':2}", "\xef\xbb\xbf{}",
	/* the mesh key: no null, 64 hex digits */
	"{\"meshKey\":null}", "{\"meshKey\":\"\"}", "{\"meshKey\":\"abcdef\"}", "{\"meshKey\":1}",
	"{\"meshKey\":true}",
	"{\"meshKey\":[]}", "{\"meshKey\":{}}", "{\"meshKey\":\"" MESH "0\"}", "{\"meshKey\":\"" MESH "00\"}",
	"{\"meshKey\":\"" MESH_REST "\"}", "{\"meshKey\":\"0" MESH_REST "\"}", "{\"meshKey\":\" " MESH "\"}",
	"{\"meshKey\":\"6g" MESH_REST "\"}", "{\"meshKey\":\"\xff\xfe" MESH_REST "\"}",
	"{\"meshKey\":\"" MESH "\\u0000\"}", "{\"meshKey\":\"\\u0000d" MESH_REST "\"}",
	"{\"meshKey\":\"" MESH "\",\"meshKey\":null}", "{\"meshKey\":\"short\",\"meshKey\":\"" MESH "\"}",
	/* wrong types, also before a right one */
	"{\"version\":\"2\"}", "{\"version\":true}", "{\"version\":[2]}", "{\"version\":{}}", "{\"version\":1.0}",
	"{\"version\":1e2}", "{\"version\":1E0}", "{\"version\":9223372036854775808}",
	"{\"version\":-9223372036854775809}", "{\"version\":01}", "{\"version\":+1}",
	"{\"version\":\"x\",\"version\":1}",
	"{\"CanAckPings\":1}", "{\"CanAckPings\":\"true\"}", "{\"CanAckPings\":[]}", "{\"CanAckPings\":True}",
	"{\"IsProber\":0}", "{\"IsProber\":{}}", "{\"IsProber\":\"\"}", "{\"AppName\":1}", "{\"AppName\":true}",
	"{\"AppName\":[\"x\"]}", "{\"AppName\":{}}",
	/* bad JSON where it does not matter to us */
	"{\"x\":tru}", "{\"x\":[1,]}", "{\"x\":\"\\x\"}", "{\"x\":\"\t\"}", "{\"x\":\"\\u12\"}", "{\"x\":01}",
	"{\"x\":[}", "{\"x\":{]}", "{\"a\\\":1}",
};

START_TEST(client_info_parse_refuses_and_leaves_the_struct)
{
	struct client_info info, before;

	memset(&info, 0x5a, sizeof(info));
	memcpy(&before, &info, sizeof(info));
	ck_assert_msg(parse(&info, bad[_i], strlen(bad[_i])) == ERROR_MALFORMED, "%s", bad[_i]);
	ck_assert_mem_eq(&info, &before, sizeof(info));
}
END_TEST

START_TEST(client_info_parse_refuses_every_truncation)
{
	static const char json[] = "{\"meshKey\":\"" MESH "\",\"version\":2,\"AppName\":\"h\\u00e9\",\"x\":[{}]}";
	struct client_info info;

	ck_assert_int_eq(parse(&info, json, strlen(json)), 0);
	for (size_t len = 0; len < strlen(json); len++)
		ck_assert_int_eq(parse(&info, json, len), ERROR_MALFORMED);
}
END_TEST

/* {"x":[[[...]]],"version":3} with this many levels, the outer object included. */
static int parse_nested(struct client_info *info, size_t levels)
{
	static const char head[] = "{\"x\":", tail[] = ",\"version\":3}";
	size_t inner = levels - 1, len = strlen(head) + 2 * inner + strlen(tail);
	char *text = malloc(len);
	int rc;

	ck_assert_ptr_nonnull(text);
	memcpy(text, head, strlen(head));
	memset(text + strlen(head), '[', inner);
	memset(text + strlen(head) + inner, ']', inner);
	memcpy(text + strlen(head) + 2 * inner, tail, strlen(tail));
	rc = parse(info, text, len);
	free(text);
	return rc;
}

START_TEST(client_info_parse_goes_10000_levels_deep)
{
	struct client_info info = { 0 };

	ck_assert_int_eq(parse_nested(&info, 10000), 0);
	ck_assert(info.version == 3);
	ck_assert_int_eq(parse_nested(&info, 10001), ERROR_MALFORMED);
}
END_TEST

START_TEST(client_info_write_can_be_parsed)
{
	struct client_info in = { .version = 2, .has_mesh_key = true, .can_ack_pings = true, .is_prober = true,
				  .app_name = "a \"b\\ <c>" };
	struct client_info out;
	uint8_t json[512];
	int len;

	memset(in.mesh_key, 0xa7, sizeof(in.mesh_key));
	len = client_info_write(json, sizeof(json), &in);
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(client_info_parse(&out, json, (size_t)len), 0);
	ck_assert(out.version == 2 && out.has_mesh_key && out.can_ack_pings && out.is_prober);
	ck_assert_mem_eq(out.mesh_key, in.mesh_key, sizeof(in.mesh_key));
	ck_assert_str_eq(out.app_name, in.app_name);
}
END_TEST

START_TEST(client_info_write_leaves_out_what_is_not_set)
{
	struct client_info in = { .version = 2 };
	uint8_t json[64];
	int len = client_info_write(json, sizeof(json), &in);

	ck_assert_int_eq(len, 33);
	ck_assert_mem_eq(json, "{\"version\":2,\"CanAckPings\":false}", 33);
}
END_TEST

START_TEST(client_info_write_says_when_it_does_not_fit)
{
	struct client_info in = { .version = 2 };
	uint8_t json[64];

	for (size_t cap = 0; cap < 33; cap++)
		ck_assert_int_eq(client_info_write(json, cap, &in), ERROR_TOO_BIG);
	ck_assert_int_eq(client_info_write(json, 33, &in), 33);
}
END_TEST

Suite *test_client_info_suite(void)
{
	Suite *s = suite_create("client_info");
	TCase *tc = tcase_create("client_info");

	tcase_add_loop_test(tc, client_info_parse_fills_as_go_does, 0, HD_ARRAY_LEN(good));
	tcase_add_loop_test(tc, client_info_parse_refuses_and_leaves_the_struct, 0, HD_ARRAY_LEN(bad));
	tcase_add_test(tc, client_info_parse_refuses_every_truncation);
	tcase_add_test(tc, client_info_parse_goes_10000_levels_deep);
	tcase_add_test(tc, client_info_write_can_be_parsed);
	tcase_add_test(tc, client_info_write_leaves_out_what_is_not_set);
	tcase_add_test(tc, client_info_write_says_when_it_does_not_fit);
	suite_add_tcase(s, tc);
	return s;
}
