/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "util/error.h"

Suite *test_value_suite(void);

static struct settings s;
static char reason[VALUE_REASON_MAX];

static void make_settings(void)
{
	ck_assert_int_eq(settings_init(&s), 0);
}

static void drop_settings(void)
{
	settings_release(&s);
}

static int set(const char *name, const char *text)
{
	reason[0] = '\0';
	return value_set(&s, option_by_name(name), text, reason);
}

static int add(const char *name, const char *text)
{
	reason[0] = '\0';
	return value_add(&s, option_by_name(name), text, reason);
}

START_TEST(value_set_number_takes_its_range)
{
	ck_assert_int_eq(set("accept_threads", "1"), 0);
	ck_assert_int_eq(s.accept_threads, 1);
	ck_assert_int_eq(set("accept_threads", "64"), 0);
	ck_assert_int_eq(s.accept_threads, 64);
}
END_TEST

START_TEST(value_set_number_refuses_what_is_outside)
{
	static const char *const texts[] = { "0", "65", "-1", "99999999999999999999", "-99999999999999999999",
					     "9223372036854775807", "-9223372036854775808" };

	for (size_t i = 0; i < HD_ARRAY_LEN(texts); i++) {
		ck_assert_int_eq(set("accept_threads", texts[i]), ERROR_RANGE);
		ck_assert_ptr_nonnull(strstr(reason, "is out of range, wants 1..64"));
	}
	ck_assert_int_eq(s.accept_threads, 1);
}
END_TEST

START_TEST(value_set_number_takes_plain_decimals_only)
{
	static const char *const texts[] = { "",   "-",	 "abc", "0x10", "1_000", "0777", "+5",	"1.0",
					     "1e3", " 1", "1 ",	 "1k",	 "--1",	  "00",	  "1,2", "\xd9\xa3" };

	for (size_t i = 0; i < HD_ARRAY_LEN(texts); i++) {
		ck_assert_msg(set("accept_threads", texts[i]) == ERROR_MALFORMED, "\"%s\"", texts[i]);
		ck_assert_ptr_nonnull(strstr(reason, "is not a whole decimal number, wants 1..64"));
	}
	ck_assert_int_eq(s.accept_threads, 1);
}
END_TEST

START_TEST(value_set_number_obeys_its_rule)
{
	ck_assert_int_eq(set("buf_ring_size", "256"), 0);
	ck_assert_int_eq(set("buf_ring_size", "100"), ERROR_RANGE);
	ck_assert_str_eq(reason, "'100' is out of range, wants a power of two, 8..32768");
	ck_assert_int_eq(s.buf_ring_size, 256);
}
END_TEST

START_TEST(value_set_bool_takes_six_words)
{
	static const char *const yes[] = { "true", "yes", "on" }, *const no[] = { "false", "no", "off" };

	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(set("sqpoll", yes[i]), 0);
		ck_assert(s.sqpoll);
		ck_assert_int_eq(set("sqpoll", no[i]), 0);
		ck_assert(!s.sqpoll);
	}
	ck_assert_int_eq(set("sqpoll", "True"), 0);
	ck_assert(s.sqpoll);
	ck_assert_int_eq(set("sqpoll", "FALSE"), 0);
	ck_assert(!s.sqpoll);
}
END_TEST

START_TEST(value_set_bool_refuses_other_words)
{
	static const char *const texts[] = { "", "1", "0", "truer", "y", "enabled", " on" };

	for (size_t i = 0; i < HD_ARRAY_LEN(texts); i++) {
		ck_assert_int_eq(set("sqpoll", texts[i]), ERROR_MALFORMED);
		ck_assert_ptr_nonnull(strstr(reason, "is not possible, wants true or false"));
	}
}
END_TEST

START_TEST(value_set_word_takes_known_words)
{
	ck_assert_int_eq(set("ktls", "off"), 0);
	ck_assert_int_eq(s.ktls, SETTINGS_KTLS_OFF);
	ck_assert_int_eq(set("stun.enabled", "no"), 0);
	ck_assert_int_eq(s.stun_enabled, SETTINGS_STUN_OFF);
	ck_assert_int_eq(set("ktls", "On"), ERROR_MALFORMED);
	ck_assert_str_eq(reason, "'On' is not known, wants auto, off or require");
	ck_assert_int_eq(set("ktls", ""), ERROR_MALFORMED);
	ck_assert_int_eq(s.ktls, SETTINGS_KTLS_OFF);
}
END_TEST

START_TEST(value_set_refuses_a_missing_feature)
{
	ck_assert_int_eq(set("metrics.tls_cert", "/x.pem"), ERROR_UNSUPPORTED);
	ck_assert_str_eq(reason, "this build has no TLS on the metrics port: leave the option at its default");
	ck_assert_int_eq(set("stun.port", "3479"), ERROR_UNSUPPORTED);
	ck_assert_int_eq(set("stun.enabled", "yes"), ERROR_UNSUPPORTED);
	ck_assert_int_eq(set("admission.fail_open", "on"), ERROR_UNSUPPORTED);
	ck_assert_int_eq(set("mesh.with", "relay.example.com"), ERROR_UNSUPPORTED);
	ck_assert_ptr_null(s.metrics_tls_cert);
	ck_assert_uint_eq(s.mesh_with.count, 0);
}
END_TEST

START_TEST(value_set_takes_the_default_of_a_missing_feature)
{
	ck_assert_int_eq(set("metrics.tls_cert", ""), 0);
	ck_assert_int_eq(set("stun.port", "3478"), 0);
	ck_assert_int_eq(set("http_port", "0"), 0);
	ck_assert_int_eq(set("admission.fail_open", "false"), 0);
	ck_assert_int_eq(set("mesh.with", ""), 0);
}
END_TEST

START_TEST(value_set_text_replaces_and_unsets)
{
	ck_assert_int_eq(set("key_file", "/var/lib/a b.key"), 0);
	ck_assert_int_eq(set("key_file", "/other"), 0);
	ck_assert_str_eq(s.key_file, "/other");
	ck_assert_int_eq(set("key_file", ""), 0);
	ck_assert_ptr_null(s.key_file);
}
END_TEST

START_TEST(value_set_text_that_is_never_unset_stays)
{
	ck_assert_int_eq(set("home", "blank"), 0);
	ck_assert_int_eq(set("home", ""), 0);
	ck_assert_str_eq(s.home, "");
	ck_assert_int_eq(set("metrics.address", ""), ERROR_MALFORMED);
	ck_assert_str_eq(s.metrics_address, "127.0.0.1");
}
END_TEST

START_TEST(value_set_text_refuses_what_cannot_be_printed)
{
	ck_assert_int_eq(set("key_file", "/a\nb"), ERROR_MALFORMED);
	ck_assert_str_eq(reason, "'/a\\x0ab' is not printable UTF-8 text");
	ck_assert_int_eq(set("key_file", "/\xff"), ERROR_MALFORMED);
	ck_assert_ptr_null(s.key_file);
}
END_TEST

START_TEST(value_set_text_has_a_longest_length)
{
	char *text = malloc(VALUE_TEXT_MAX + 2);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', VALUE_TEXT_MAX + 1);
	text[VALUE_TEXT_MAX + 1] = '\0';
	ck_assert_int_eq(set("key_file", text), ERROR_RANGE);
	text[VALUE_TEXT_MAX] = '\0';
	ck_assert_int_eq(set("key_file", text), 0);
	free(text);
}
END_TEST

START_TEST(value_set_list_splits_at_commas)
{
	ck_assert_int_eq(set("listen", "::1, 192.0.2.1\t,[::2]"), 0);
	ck_assert_uint_eq(s.listen.count, 3);
	ck_assert_str_eq(s.listen.items[1], "192.0.2.1");
	ck_assert_int_eq(set("listen", "::3"), 0);
	ck_assert_uint_eq(s.listen.count, 1);
	ck_assert_int_eq(set("listen", ""), 0);
	ck_assert_uint_eq(s.listen.count, 0);
}
END_TEST

START_TEST(value_set_list_is_all_or_nothing)
{
	ck_assert_int_eq(set("listen", "::1"), 0);
	ck_assert_int_eq(set("listen", "::2,here"), ERROR_MALFORMED);
	ck_assert_str_eq(reason, "'here' is not possible, wants a numeric IPv4 or IPv6 address");
	ck_assert_uint_eq(s.listen.count, 1);
	ck_assert_str_eq(s.listen.items[0], "::1");
}
END_TEST

START_TEST(value_add_is_all_or_nothing)
{
	ck_assert_int_eq(add("listen", "::1"), 0);
	ck_assert_int_eq(add("listen", "::2,::3,::1"), ERROR_MALFORMED);
	ck_assert_str_eq(reason, "'::1' is listed twice");
	ck_assert_uint_eq(s.listen.count, 1);
	ck_assert_int_eq(add("pin_cores", "4-6"), 0);
	ck_assert_int_eq(add("pin_cores", "7,8,x"), ERROR_MALFORMED);
	ck_assert_uint_eq(s.pin_cores.count, 3);
}
END_TEST

START_TEST(value_add_refuses_empty_items)
{
	static const char *const texts[] = { "", ",", "1,", ",1", "1,,2", " " };

	for (size_t i = 0; i < HD_ARRAY_LEN(texts); i++) {
		ck_assert_msg(add("pin_cores", texts[i]) == ERROR_MALFORMED, "\"%s\"", texts[i]);
		ck_assert_str_eq(reason, "an item is empty");
	}
	ck_assert_int_eq(add("listen", "::1,"), ERROR_MALFORMED);
	ck_assert_uint_eq(s.pin_cores.count, 0);
}
END_TEST

START_TEST(value_add_numbers_takes_ranges)
{
	ck_assert_int_eq(add("pin_cores", "8,0-3,6-6"), 0);
	ck_assert_uint_eq(s.pin_cores.count, 6);
	ck_assert_int_eq(s.pin_cores.items[0], 8);
	ck_assert_int_eq(s.pin_cores.items[4], 3);
	ck_assert_int_eq(s.pin_cores.items[5], 6);
}
END_TEST

START_TEST(value_add_numbers_refuses_wrong_ranges)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{ "3-1", ERROR_MALFORMED },  { "1-", ERROR_MALFORMED },	   { "-1", ERROR_RANGE },
		{ "1-2-3", ERROR_MALFORMED }, { "0-4096", ERROR_RANGE },   { "4096", ERROR_RANGE },
		{ "1-1,1", ERROR_MALFORMED }, { "2-9999999999999999999", ERROR_RANGE },
		{ "1--2", ERROR_RANGE },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++)
		ck_assert_msg(add("pin_cores", cases[i].text) == cases[i].code, "%s: %s", cases[i].text, reason);
	ck_assert_uint_eq(s.pin_cores.count, 0);
}
END_TEST

START_TEST(value_add_has_a_longest_list)
{
	char address[32];

	ck_assert_int_eq(add("pin_cores", "0-4095"), 0);
	ck_assert_uint_eq(s.pin_cores.count, VALUE_ITEMS_MAX);
	for (unsigned i = 0; i < VALUE_ITEMS_MAX; i++) {
		snprintf(address, sizeof(address), "10.0.%u.%u", i / 256, i % 256);
		ck_assert_int_eq(add("listen", address), 0);
	}
	ck_assert_int_eq(add("listen", "::1"), ERROR_RANGE);
	ck_assert_str_eq(reason, "more than 4096 items");
}
END_TEST

START_TEST(value_clear_empties_what_is_owned)
{
	ck_assert_int_eq(set("listen", "::1"), 0);
	ck_assert_int_eq(set("hostname", "a"), 0);
	value_clear(&s, option_by_name("listen"));
	value_clear(&s, option_by_name("hostname"));
	value_clear(&s, option_by_name("port"));
	ck_assert_uint_eq(s.listen.count, 0);
	ck_assert_ptr_null(s.hostname);
	ck_assert_int_eq(s.port, 3340);
}
END_TEST

Suite *test_value_suite(void)
{
	Suite *suite = suite_create("value");
	TCase *tc = tcase_create("set");

	tcase_add_checked_fixture(tc, make_settings, drop_settings);
	tcase_add_test(tc, value_set_number_takes_its_range);
	tcase_add_test(tc, value_set_number_refuses_what_is_outside);
	tcase_add_test(tc, value_set_number_takes_plain_decimals_only);
	tcase_add_test(tc, value_set_number_obeys_its_rule);
	tcase_add_test(tc, value_set_bool_takes_six_words);
	tcase_add_test(tc, value_set_bool_refuses_other_words);
	tcase_add_test(tc, value_set_word_takes_known_words);
	tcase_add_test(tc, value_set_refuses_a_missing_feature);
	tcase_add_test(tc, value_set_takes_the_default_of_a_missing_feature);
	tcase_add_test(tc, value_set_text_replaces_and_unsets);
	tcase_add_test(tc, value_set_text_that_is_never_unset_stays);
	tcase_add_test(tc, value_set_text_refuses_what_cannot_be_printed);
	tcase_add_test(tc, value_set_text_has_a_longest_length);
	suite_add_tcase(suite, tc);
	tc = tcase_create("lists");
	tcase_add_checked_fixture(tc, make_settings, drop_settings);
	tcase_add_test(tc, value_set_list_splits_at_commas);
	tcase_add_test(tc, value_set_list_is_all_or_nothing);
	tcase_add_test(tc, value_add_is_all_or_nothing);
	tcase_add_test(tc, value_add_refuses_empty_items);
	tcase_add_test(tc, value_add_numbers_takes_ranges);
	tcase_add_test(tc, value_add_numbers_refuses_wrong_ranges);
	tcase_add_test(tc, value_add_has_a_longest_list);
	tcase_add_test(tc, value_clear_empties_what_is_owned);
	suite_add_tcase(suite, tc);
	return suite;
}
