/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "config/rule.h"

Suite *test_rule_suite(void);

typedef bool rule_fn(const char *text);

static void expect(rule_fn *rule, bool wanted, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(rule(texts[i]) == wanted, "\"%s\" is %s", texts[i], wanted ? "refused" : "taken");
}

#define EXPECT(rule, wanted, ...)                                                                          \
	do {                                                                                               \
		static const char *const texts[] = { __VA_ARGS__ };                                        \
		expect(rule, wanted, texts, sizeof(texts) / sizeof(texts[0]));                             \
	} while (0)

START_TEST(rule_address_takes_numeric_addresses_only)
{
	EXPECT(rule_address, true, "0.0.0.0", "192.0.2.1", "::", "::1", "[::1]", "2001:db8::7",
	       "::ffff:192.0.2.1");
	EXPECT(rule_address, false, "", "localhost", "192.0.2", "192.0.2.256", "[192.0.2.1]", "[::1", "::1]", "[]",
	       "192.0.2.1:80", "[::1]:80", " ::1", "::1%lo",
	       "[0000:0000:0000:0000:0000:ffff:192.168.100.100.200]");
}
END_TEST

START_TEST(rule_hostname_takes_labels_of_letters_digits_dashes)
{
	char label[80] = "";

	EXPECT(rule_hostname, true, "relay", "derp1.example.com", "a-b.example.", "192.0.2.1", "::1", "1.x");
	EXPECT(rule_hostname, false, "", ".", "a..b", ".a", "-a", "a-", "a_b", "a b", "a/b", "http://a",
	       "\xc3\xa4.de");
	memset(label, 'a', 63);
	ck_assert(rule_hostname(label));
	label[63] = 'a';
	ck_assert(!rule_hostname(label));
}
END_TEST

START_TEST(rule_hostname_ends_at_253_bytes)
{
	char name[300] = "";

	while (strlen(name) < 252)
		memcpy(name + strlen(name), "a.", 3);
	name[252] = 'b';
	ck_assert(rule_hostname(name));
	name[253] = 'b';
	ck_assert(!rule_hostname(name));
}
END_TEST

START_TEST(rule_mesh_host_takes_one_slash)
{
	EXPECT(rule_mesh_host, true, "relay", "relay.example.com/10.0.0.1", "relay:8443", "[::1]:8443");
	EXPECT(rule_mesh_host, false, "", "/", "a/", "/a", "a/b/c", "a b", "a,b", "a?b");
}
END_TEST

START_TEST(rule_url_takes_http_and_https)
{
	EXPECT(rule_url, true, "http://a", "https://example.com/x?y=z#q", "HTTPS://example.com",
	       "http://[::1]:8080/");
	EXPECT(rule_url, false, "", "http://", "https:///x", "ftp://a", "//a", "example.com", "http://a b",
	       "http://a\"b", "http://a<b>", "http://\xc3\xa4");
}
END_TEST

START_TEST(rule_home_takes_nothing_blank_or_a_url)
{
	EXPECT(rule_home, true, "", "blank", "https://example.com");
	EXPECT(rule_home, false, "Blank", "page", "/index.html");
}
END_TEST

START_TEST(rule_power_of_two_refuses_the_rest)
{
	for (int64_t n = 1; n > 0 && n < INT64_MAX / 2; n *= 2)
		ck_assert(rule_power_of_two(n));
	ck_assert(!rule_power_of_two(0));
	ck_assert(!rule_power_of_two(3));
	ck_assert(!rule_power_of_two(-2));
	ck_assert(!rule_power_of_two(INT64_MIN));
	ck_assert(!rule_power_of_two(INT64_MAX));
}
END_TEST

START_TEST(rule_numbers_take_zero_or_enough)
{
	ck_assert(rule_sockbuf(0));
	ck_assert(rule_sockbuf(4096));
	ck_assert(!rule_sockbuf(4095));
	ck_assert(!rule_sockbuf(1));
	ck_assert(rule_client_burst(0));
	ck_assert(rule_client_burst(65573));
	ck_assert(!rule_client_burst(65572));
	ck_assert(!rule_client_burst(1));
}
END_TEST

static bool printable(const char *text)
{
	return rule_printable(text, strlen(text));
}

START_TEST(rule_printable_takes_utf8_of_graphic_characters)
{
	EXPECT(printable, true, "", "a b", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x94\x91", "\xef\xbf\xbd");
}
END_TEST

START_TEST(rule_printable_refuses_controls_and_broken_utf8)
{
	EXPECT(printable, false, "a\nb", "\t", "\x7f", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xae", "\xe2\x81\xa6",
	       "\xef\xbb\xbf", "\xef\xbf\xbe", "\xef\xbf\xbf");
	EXPECT(printable, false, "\x80", "\xc3", "\xc3(", "\xe2\x82", "\xf0\x9f\x94", "\xc0\xaf", "\xe0\x80\xaf",
	       "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff");
	ck_assert(!rule_printable("a\0b", 3));
}
END_TEST

Suite *test_rule_suite(void)
{
	Suite *s = suite_create("rule");
	TCase *tc = tcase_create("text");

	tcase_add_test(tc, rule_address_takes_numeric_addresses_only);
	tcase_add_test(tc, rule_hostname_takes_labels_of_letters_digits_dashes);
	tcase_add_test(tc, rule_hostname_ends_at_253_bytes);
	tcase_add_test(tc, rule_mesh_host_takes_one_slash);
	tcase_add_test(tc, rule_url_takes_http_and_https);
	tcase_add_test(tc, rule_home_takes_nothing_blank_or_a_url);
	tcase_add_test(tc, rule_printable_takes_utf8_of_graphic_characters);
	tcase_add_test(tc, rule_printable_refuses_controls_and_broken_utf8);
	suite_add_tcase(s, tc);
	tc = tcase_create("number");
	tcase_add_test(tc, rule_power_of_two_refuses_the_rest);
	tcase_add_test(tc, rule_numbers_take_zero_or_enough);
	suite_add_tcase(s, tc);
	return s;
}
