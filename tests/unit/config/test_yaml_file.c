/* SPDX-License-Identifier: MIT
 * The file's own rules; values and ranges are in tests/golden. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/draft.h"
#include "config/yaml_file.h"
#include "tests/unit/config/config_load.h"
#include "util/error.h"

Suite *test_yaml_file_suite(void);

static void expect_malformed(const char *text, const char *message)
{
	config_load_expect_yaml_error(text, ERROR_MALFORMED, message);
}

static void expect_port(const char *text, int64_t port)
{
	struct settings s = config_load_good_yaml(text);

	ck_assert_msg(s.port == port, "%s", text);
	settings_release(&s);
}

START_TEST(yaml_file_without_content_is_fine)
{
	expect_port("", 3340);
	expect_port("\n\n# only this\n", 3340);
	expect_port("---\n", 3340);
	expect_port("---\n...\n", 3340);
	expect_port("~", 3340);
	expect_port("{}", 3340);
	expect_port("%YAML 1.1\n---\nport: 5\n", 5);
	expect_port("\xef\xbb\xbfport: 6\n", 6);
}
END_TEST

START_TEST(yaml_file_takes_block_and_flow)
{
	struct settings s = config_load_good_yaml("listen:\n  - ::1\n  - \"192.0.2.1\"\n"
						  "metrics: {port: 9090, address: '::1'}\n");

	ck_assert_uint_eq(s.listen.count, 2);
	ck_assert_str_eq(s.listen.items[0], "::1");
	ck_assert_int_eq(s.metrics_port, 9090);
	ck_assert_str_eq(s.metrics_address, "::1");
	settings_release(&s);
}
END_TEST

START_TEST(yaml_file_takes_a_list_as_text)
{
	struct settings s = config_load_good_yaml("pin_cores: \"0,2,4-5\"\nlisten: ::1\n");

	ck_assert_uint_eq(s.pin_cores.count, 4);
	ck_assert_int_eq(s.pin_cores.items[3], 5);
	ck_assert_uint_eq(s.listen.count, 1);
	settings_release(&s);
	s = config_load_good_yaml("pin_cores: [7, 9-10]\n");
	ck_assert_uint_eq(s.pin_cores.count, 3);
	settings_release(&s);
}
END_TEST

START_TEST(yaml_file_takes_nothing_for_text_and_lists)
{
	struct settings s = config_load_good_yaml("hostname:\nlisten: ~\nkey_file: null\nmetrics:\n");

	ck_assert_ptr_null(s.hostname);
	ck_assert_ptr_null(s.key_file);
	ck_assert_uint_eq(s.listen.count, 0);
	ck_assert_int_eq(s.metrics_port, 0);
	settings_release(&s);
	s = config_load_good_yaml("hostname: \"null\"");
	ck_assert_str_eq(s.hostname, "null");
	settings_release(&s);
}
END_TEST

START_TEST(yaml_file_refuses_nothing_for_the_rest)
{
	expect_malformed("port:\n", "FILE:1:6: port: has no value, wants 0..65535");
	expect_malformed("sqpoll: ~\n", "FILE:1:9: sqpoll: has no value, wants true or false");
	expect_malformed("listen: ['::1', ~]",
			 "FILE:1:17: listen: an item has no value, wants a numeric IPv4 or IPv6 address");
}
END_TEST

START_TEST(yaml_file_refuses_the_wrong_shape)
{
	expect_malformed("- port\n", "FILE:1:1: wants a map of options (\"port: 3340\")");
	expect_malformed("port\n", "FILE:1:1: wants a map of options (\"port: 3340\")");
	expect_malformed("port: [1]", "FILE:1:7: port: is a list, wants 0..65535");
	expect_malformed("port: {a: 1}", "FILE:1:7: port: is a map, wants 0..65535");
	expect_malformed("listen: {a: 1}", "FILE:1:9: listen: is a map, wants a numeric IPv4 or IPv6 address");
	expect_malformed("listen: [[::1]]",
			 "FILE:1:10: listen: an item is a list or map, wants a numeric IPv4 or IPv6 address");
	expect_malformed("metrics: 9090", "FILE:1:10: metrics: is a group of options, wants a map");
	expect_malformed("metrics: [port]", "FILE:1:10: metrics: is a group of options, wants a map");
	expect_malformed("? [port]\n: 1\n", "FILE:1:3: a key is a list or map, wants the name of an option");
	expect_malformed("port: \"3340\"", "FILE:1:7: port: is text in quotes, wants 0..65535");
	expect_malformed("sqpoll: 'true'", "FILE:1:9: sqpoll: is text in quotes, wants true or false");
}
END_TEST

START_TEST(yaml_file_names_an_unknown_key)
{
	expect_malformed("prot: 1", "FILE:1:1: unknown key 'prot' (did you mean port?)");
	expect_malformed("port: 1\nelephant: 1", "FILE:2:1: unknown key 'elephant'");
	expect_malformed("metrics:\n  prot: 1",
			 "FILE:2:3: unknown key 'prot' in metrics (did you mean metrics.port?)");
	expect_malformed("metrics.port: 1",
			 "FILE:1:1: unknown key 'metrics.port' (write \"metrics:\" and inside it \"port:\")");
	expect_malformed("metrics: {stun: {port: 1}}", "FILE:1:11: unknown key 'stun' in metrics");
	expect_malformed("<<: {port: 1}", "FILE:1:1: unknown key '<<'");
	expect_malformed("\"\": 1", "FILE:1:1: unknown key ''");
	expect_malformed("\"port\\0\": 1", "FILE:1:1: unknown key 'port\\x00'");
	expect_malformed("\"a\\nb\": 1", "FILE:1:1: unknown key 'a\\x0ab'");
}
END_TEST

START_TEST(yaml_file_refuses_a_key_twice)
{
	expect_malformed("port: 1\nport: 1", "FILE:2:1: port: is here twice, first in line 1");
	expect_malformed("listen: []\n\nlisten: []", "FILE:3:1: listen: is here twice, first in line 1");
	expect_malformed("metrics: {port: 1,\n port: 2}",
			 "FILE:2:2: metrics.port: is here twice, first in line 1");
	expect_malformed("metrics:\nmetrics: {}", "FILE:2:1: metrics: is here twice, first in line 1");
	expect_malformed("hostname:\nhostname: a", "FILE:2:1: hostname: is here twice, first in line 1");
}
END_TEST

START_TEST(yaml_file_refuses_anchors_aliases_and_tags)
{
	expect_malformed("port: &a 1", "FILE:1:7: anchors (&name) are not taken");
	expect_malformed("listen: &a [::1]", "FILE:1:9: anchors (&name) are not taken");
	expect_malformed("&a {port: 1}", "FILE:1:1: anchors (&name) are not taken");
	expect_malformed("port: *a", "FILE:1:7: aliases (*name) are not taken");
	expect_malformed("port: !!int 1", "FILE:1:7: tags (!name) are not taken");
	expect_malformed("metrics: !x {port: 1}", "FILE:1:10: tags (!name) are not taken");
	expect_malformed("%TAG ! a:\n---\nport: 1", "FILE:1:1: tags (%TAG) are not taken");
	expect_malformed("%YAML 1.1\n%TAG !a! b\n---\n", "FILE:2:1: tags (%TAG) are not taken");
	expect_port("%YAML 1.1\n---\nport: 7 # %TAG\n", 7);
}
END_TEST

START_TEST(yaml_file_refuses_a_second_document)
{
	expect_malformed("port: 1\n---\nport: 2\n", "FILE:2:1: wants one document, but here begins another");
	expect_malformed("---\n---\n", "FILE:2:1: wants one document, but here begins another");
}
END_TEST

/* The rest of the message is libyaml's. */
static void expect_not_yaml(const char *text, const char *place)
{
	char message[SETTINGS_MESSAGE_MAX] = "", expected[64];
	struct settings s;

	snprintf(expected, sizeof(expected), "%s: not YAML: ", place);
	ck_assert_int_eq(config_load_yaml(&s, text, message), ERROR_MALFORMED);
	ck_assert_msg(strncmp(message, expected, strlen(expected)) == 0, "%s", message);
	ck_assert_uint_gt(strlen(message), strlen(expected));
}

START_TEST(yaml_file_places_syntax_errors)
{
	expect_not_yaml("workers: 1\n\tport: 2", "FILE:2:1");
	expect_not_yaml("listen: ['::1'\n}", "FILE:2:1");
	expect_not_yaml("port: 1\nhostname: \"x", "FILE:2:13");
	expect_not_yaml("port: 1\nhostname: \xff", "FILE:2:11");
	expect_not_yaml("port: 1 \x01", "FILE:1:9");
	expect_not_yaml("port: 1\n]", "FILE:2:1");
	expect_not_yaml("hostname: @a", "FILE:1:11");
}
END_TEST

START_TEST(yaml_file_refuses_nul_in_text)
{
	expect_malformed("hostname: \"a\\0b\"",
			 "FILE:1:11: hostname: holds a NUL byte, wants a host name or a numeric address");
	expect_malformed("listen: [\"::1\\0\"]",
			 "FILE:1:10: listen: an item holds a NUL byte, wants a numeric IPv4 or IPv6 address");
}
END_TEST

/* However deep or wide, it ends at the first thing that has no place. */
START_TEST(yaml_file_ends_early_on_deep_nesting)
{
	const size_t len = 200000;
	char *text = malloc(len + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, '[', len);
	text[len] = '\0';
	expect_malformed(text, "FILE:1:1: wants a map of options (\"port: 3340\")");
	memcpy(text, "listen: ", 8);
	expect_malformed(text,
			 "FILE:1:10: listen: an item is a list or map, wants a numeric IPv4 or IPv6 address");
	for (size_t i = 0; i + 1 < len; i += 2)
		memcpy(text + i, "- ", 2);
	memcpy(text, "port:\n", 6);
	expect_malformed(text, "FILE:2:1: port: is a list, wants 0..65535");
	free(text);
}
END_TEST

START_TEST(yaml_file_has_a_largest_size)
{
	char message[SETTINGS_MESSAGE_MAX];
	char *text = malloc(YAML_FILE_MAX + 1);
	struct draft d;

	ck_assert_ptr_nonnull(text);
	memset(text, '\n', YAML_FILE_MAX + 1);
	ck_assert_int_eq(draft_init(&d, message), 0);
	ck_assert_int_eq(yaml_file_parse(&d, "FILE", text, YAML_FILE_MAX), 0);
	ck_assert_int_eq(yaml_file_parse(&d, "FILE", text, YAML_FILE_MAX + 1), ERROR_TOO_BIG);
	ck_assert_str_eq(message, "FILE: larger than 1048576 bytes");
	draft_release(&d);
	free(text);
}
END_TEST

static int read_path(const char *path, char message[SETTINGS_MESSAGE_MAX])
{
	struct draft d;
	int error;

	ck_assert_int_eq(draft_init(&d, message), 0);
	error = yaml_file_read(&d, path);
	draft_release(&d);
	return error;
}

START_TEST(yaml_file_read_tells_why_it_cannot)
{
	char message[SETTINGS_MESSAGE_MAX];

	ck_assert_int_eq(read_path("/nowhere/relay.yaml", message), ERROR_IO);
	ck_assert_str_eq(message, "/nowhere/relay.yaml: cannot be read: No such file or directory");
	ck_assert_int_eq(read_path("/", message), ERROR_IO);
	ck_assert_str_eq(message, "/: cannot be read: Is a directory");
	ck_assert_int_eq(read_path("/dev/null", message), 0);
}
END_TEST

START_TEST(yaml_file_read_stops_past_the_largest_size)
{
	char message[SETTINGS_MESSAGE_MAX];

	ck_assert_int_eq(read_path("/dev/zero", message), ERROR_TOO_BIG);
	ck_assert_str_eq(message, "/dev/zero: larger than 1048576 bytes");
}
END_TEST

Suite *test_yaml_file_suite(void)
{
	Suite *s = suite_create("yaml_file");
	TCase *tc = tcase_create("shape");

	tcase_add_test(tc, yaml_file_without_content_is_fine);
	tcase_add_test(tc, yaml_file_takes_block_and_flow);
	tcase_add_test(tc, yaml_file_takes_a_list_as_text);
	tcase_add_test(tc, yaml_file_takes_nothing_for_text_and_lists);
	tcase_add_test(tc, yaml_file_refuses_nothing_for_the_rest);
	tcase_add_test(tc, yaml_file_refuses_the_wrong_shape);
	tcase_add_test(tc, yaml_file_names_an_unknown_key);
	tcase_add_test(tc, yaml_file_refuses_a_key_twice);
	tcase_add_test(tc, yaml_file_refuses_anchors_aliases_and_tags);
	tcase_add_test(tc, yaml_file_refuses_a_second_document);
	tcase_add_test(tc, yaml_file_refuses_nul_in_text);
	suite_add_tcase(s, tc);
	tc = tcase_create("bytes");
	tcase_add_test(tc, yaml_file_places_syntax_errors);
	tcase_add_test(tc, yaml_file_ends_early_on_deep_nesting);
	tcase_add_test(tc, yaml_file_has_a_largest_size);
	tcase_add_test(tc, yaml_file_read_tells_why_it_cannot);
	tcase_add_test(tc, yaml_file_read_stops_past_the_largest_size);
	suite_add_tcase(s, tc);
	return s;
}
