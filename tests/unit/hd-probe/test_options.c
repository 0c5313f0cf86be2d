/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tools/hd-probe/options.h"
#include "util/error.h"
#include "util/mono.h"

Suite *test_options_suite(void);

#define ARGS_MAX 16

static struct options o;
static enum options_verdict verdict;
static char why[200];

/* Words between blanks. */
static int parse(const char *line)
{
	static char copy[200];
	char *argv[ARGS_MAX + 1] = { (char[]){ "hd-probe" } }, *rest = copy;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word; argc < ARGS_MAX && (word = strsep(&rest, " ")) != NULL;)
		if (*word)
			argv[argc++] = word;
	return options_parse(&o, &verdict, argc, argv, why, sizeof(why));
}

START_TEST(options_have_defaults)
{
	ck_assert_int_eq(parse("derp.example.com:1"), 0);
	ck_assert_int_eq(verdict, OPTIONS_RUN);
	ck_assert_str_eq(o.relay, "derp.example.com:1");
	ck_assert(!o.tls && !o.insecure && !o.json && !o.pin && !o.ca_file && !o.address);
	ck_assert_uint_eq(o.timeout_ns, 5 * MONO_NS_PER_S);
	ck_assert_uint_eq(o.pings, 5);
	ck_assert_uint_eq(o.packets, 10);
	ck_assert_uint_eq(o.latency_warn_ns, 0);
	ck_assert_uint_eq(o.cert_warn_days, 14);
}
END_TEST

START_TEST(options_are_taken)
{
	ck_assert_int_eq(parse("--json --timeout 250ms --pings=7 --packets 8 x --warn-latency 1ms --warn-cert 30 "
			       "--address ::1"), 0);
	ck_assert(o.json);
	ck_assert_uint_eq(o.timeout_ns, 250 * MONO_NS_PER_MS);
	ck_assert_uint_eq(o.pings, 7);
	ck_assert_uint_eq(o.packets, 8);
	ck_assert_uint_eq(o.latency_warn_ns, MONO_NS_PER_MS);
	ck_assert_uint_eq(o.cert_warn_days, 30);
	ck_assert_str_eq(o.address, "::1");
	ck_assert_str_eq(o.relay, "x");
}
END_TEST

START_TEST(options_of_trust_mean_tls)
{
	ck_assert_int_eq(parse("--tls x"), 0);
	ck_assert(o.tls);
	ck_assert_int_eq(parse("--insecure x"), 0);
	ck_assert(o.tls && o.insecure);
	ck_assert_int_eq(parse("--pin 00 x"), 0);
	ck_assert(o.tls);
	ck_assert_int_eq(parse("--ca file x"), 0);
	ck_assert(o.tls);
	ck_assert_int_eq(parse("--ca file --pin 00 x"), ERROR_USAGE);
	ck_assert_str_eq(why, "of --ca, --pin and --insecure one at most");
}
END_TEST

START_TEST(options_that_are_wrong_are_named)
{
	static const struct {
		const char *line;
		const char *why;
	} cases[] = {
		{ "", "which relay? (HOST[:PORT])" },
		{ "x y", "one relay at a time" },
		{ "--nothing x", "unknown or ambiguous option --nothing" },
		{ "x --timeout", "--timeout needs a value" },
		{ "--timeout 0 x", "--timeout 0: must be a time as 250ms or 3s, 1ms..10m" },
		{ "--timeout 11m x", "--timeout 11m: must be a time as 250ms or 3s, 1ms..10m" },
		{ "--timeout soon x", "--timeout soon: must be a time as 250ms or 3s, 1ms..10m" },
		{ "--pings 0 x", "--pings 0: must be a whole number, 1..1000" },
		{ "--packets 1001 x", "--packets 1001: must be a whole number, 1..1000" },
		{ "--warn-cert -1 x", "--warn-cert -1: must be a whole number, 0..10000" },
		{ "--p 1 x", "unknown or ambiguous option --p" },
		{ "--address= x", "--address: must not be empty" },
	};

	ck_assert_int_eq(parse("before"), 0);
	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++) {
		ck_assert_msg(parse(cases[i].line) == ERROR_USAGE, "%s", cases[i].line);
		ck_assert_str_eq(why, cases[i].why);
		ck_assert_uint_eq(o.pings, 5);
	}
}
END_TEST

START_TEST(options_help_and_version_end_the_line)
{
	ck_assert_int_eq(parse("--help --nothing"), 0);
	ck_assert_int_eq(verdict, OPTIONS_HELP);
	ck_assert_int_eq(parse("--version"), 0);
	ck_assert_int_eq(verdict, OPTIONS_VERSION);
}
END_TEST

Suite *test_options_suite(void)
{
	Suite *s = suite_create("options");
	TCase *tc = tcase_create("options");

	tcase_add_test(tc, options_have_defaults);
	tcase_add_test(tc, options_are_taken);
	tcase_add_test(tc, options_of_trust_mean_tls);
	tcase_add_test(tc, options_that_are_wrong_are_named);
	tcase_add_test(tc, options_help_and_version_end_the_line);
	suite_add_tcase(s, tc);
	return s;
}
