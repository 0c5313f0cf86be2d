/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/option_rows.h"
#include "util/error.h"

Suite *test_option_rows_suite(void);

#define WORDS_MAX 8

enum when { WHEN_UNSET, WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

struct values {
	bool loud;
	const char *file;
	uint32_t small;
	uint64_t large;
	uint64_t time_ns;
	uint64_t bytes;
	enum when when;
	int odd;
};

static int take_odd(struct option_found *found)
{
	struct values *v = found->to;

	if (strcmp(found->value, "even") == 0)
		return option_rows_refuse(found, "%s is not odd", found->value);
	v->odd++;
	return 0;
}

#define FIELD(member) OPTION_ROWS_FIELD(struct values, member)

static const struct option_row rows[] = {
	{ "loud", NULL, "not quiet", option_rows_flag, FIELD(loud) },
	{ "file", "FILE", "a file", option_rows_text, FIELD(file) },
	{ "small", "N", "a number", option_rows_count, FIELD(small), .min = 3, .max = UINT32_MAX },
	{ "large", "N", "a number", option_rows_count, FIELD(large), .min = 0, .max = UINT64_MAX },
	{ "time", "TIME", "a time", option_rows_duration, FIELD(time_ns), .min = 1000, .max = 1000000 },
	{ "bytes", "BYTES", "a size", option_rows_bytes, FIELD(bytes), .min = 1, .max = 4096 },
	{ "long", "TIME", "a time without end", option_rows_duration, FIELD(time_ns), .min = 1,
	  .max = UINT64_MAX },
	{ "room", "BYTES", "a size without end", option_rows_bytes, FIELD(bytes), .max = UINT64_MAX },
	{ "when", "auto|always|never", "a choice", option_rows_choice, FIELD(when), .min = WHEN_AUTO },
	{ "never", NULL, "the last of it", option_rows_set, FIELD(when), .min = WHEN_NEVER },
	{ "odd", "WORD", "a taker of one's own", take_odd, OPTION_ROWS_NO_FIELD },
	{ "help", NULL, "the end", option_rows_last, FIELD(odd), .min = 77 },
	{ .name = NULL },
};

static struct values values;
static struct option_rows_line line;
static char why[200];

static int parse(const char *const *words)
{
	char *argv[WORDS_MAX + 2] = { (char[]){ "tool" } };
	int argc = 1;

	for (; *words; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	values = (struct values){ .large = 5 };
	line = (struct option_rows_line){ .rest = -1 };
	why[0] = '\0';
	return option_rows_parse(&line, rows, &values, argc, argv, why, sizeof(why));
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(option_rows_parse_leaves_what_is_not_named)
{
	ck_assert_int_eq(PARSE("word"), 0);
	ck_assert_uint_eq(values.large, 5);
	ck_assert(!values.loud);
	ck_assert_uint_eq(line.given, 0);
	ck_assert_int_eq(line.rest, 1);
}
END_TEST

START_TEST(option_rows_parse_fills_fields_of_every_width)
{
	ck_assert_int_eq(PARSE("--loud", "--small", "4294967295", "--large=18446744073709551615",
			       "--file", "f"), 0);
	ck_assert(values.loud);
	ck_assert_uint_eq(values.small, UINT32_MAX);
	ck_assert_uint_eq(values.large, UINT64_MAX);
	ck_assert_str_eq(values.file, "f");
	ck_assert_int_eq(PARSE("--time", "2us", "--bytes", "2k", "--when", "always"), 0);
	ck_assert_uint_eq(values.time_ns, 2000);
	ck_assert_uint_eq(values.bytes, 2048);
	ck_assert_int_eq(values.when, WHEN_ALWAYS);
	ck_assert_int_eq(PARSE("--never"), 0);
	ck_assert_int_eq(values.when, WHEN_NEVER);
}
END_TEST

START_TEST(option_rows_parse_tells_what_was_given_and_where_the_rest_is)
{
	ck_assert_int_eq(PARSE("a", "--file", "f", "b", "--loud", "--", "--odd"), 0);
	ck_assert_uint_eq(line.given, 1u << 0 | 1u << 1);
	ck_assert_int_eq(line.rest, 5); /* a, b and what only looks like an option */
}
END_TEST

START_TEST(option_rows_parse_ends_at_a_last_option)
{
	ck_assert_int_eq(PARSE("--odd", "1", "--help", "--nothing", "--small", "0"), 0);
	ck_assert_int_eq(values.odd, 77);
	ck_assert_uint_eq(values.small, 0);
}
END_TEST

START_TEST(option_rows_parse_takes_the_beginning_of_a_name_if_it_is_of_one)
{
	ck_assert_int_eq(PARSE("--sm", "3"), 0);
	ck_assert_uint_eq(values.small, 3);
	ck_assert_int_eq(PARSE("--l", "3"), ERROR_USAGE); /* loud, large */
	ck_assert_str_eq(why, "unknown or ambiguous option --l");
	ck_assert_int_eq(PARSE("--lar", "3"), 0);
}
END_TEST

START_TEST(option_rows_parse_says_what_is_wrong)
{
	static const struct {
		const char *const words[WORDS_MAX];
		const char *why;
	} cases[] = {
		{ { "--nothing" }, "unknown or ambiguous option --nothing" },
		{ { "-xy", "a" }, "unknown option -x" },
		{ { "a", "--file" }, "--file needs a value" },
		{ { "--loud=3" }, "--loud takes no value" },
		{ { "--file", "" }, "--file: must not be empty" },
		{ { "--small", "2" }, "--small 2: must be a whole number, 3..4294967295" },
		{ { "--small", "4294967296" }, "--small 4294967296: must be a whole number, 3..4294967295" },
		{ { "--large", "-1" }, "--large -1: must be a whole number, 0..18446744073709551615" },
		{ { "--time", "soon" }, "--time soon: must be a time as 250ms or 3s, 1us..1ms" },
		{ { "--time", "999ns" }, "--time 999ns: must be a time as 250ms or 3s, 1us..1ms" },
		{ { "--time", "0.9us" }, "--time 0.9us: must be a time as 250ms or 3s, 1us..1ms" },
		{ { "--time", "2ms" }, "--time 2ms: must be a time as 250ms or 3s, 1us..1ms" },
		{ { "--bytes", "5k" }, "--bytes 5k: must be a size as 64K or 1M, 1..4K" },
		{ { "--long", "0" }, "--long 0: must be a time as 250ms or 3s, more than 0" },
		{ { "--long", "x" }, "--long x: must be a time as 250ms or 3s, more than 0" },
		{ { "--room", "x" }, "--room x: must be a size as 64K or 1M" },
		{ { "--when", "alway" }, "--when alway: must be auto, always or never" },
		{ { "--when", "always|never" }, "--when always|never: must be auto, always or never" },
		{ { "--when", "" }, "--when: must be auto, always or never" },
		{ { "--odd", "even" }, "--odd even: even is not odd" },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++) {
		ck_assert_int_eq(parse(cases[i].words), ERROR_USAGE);
		ck_assert_str_eq(why, cases[i].why);
		ck_assert_int_eq(line.rest, -1);
	}
}
END_TEST

START_TEST(option_rows_parse_keeps_fields_of_what_it_refuses)
{
	ck_assert_int_eq(PARSE("--large", "6", "--large", "x"), ERROR_USAGE);
	ck_assert_uint_eq(values.large, 6);
	ck_assert_int_eq(PARSE("--when", "nonsense"), ERROR_USAGE);
	ck_assert_int_eq(values.when, WHEN_UNSET);
	ck_assert_int_eq(PARSE("--file", ""), ERROR_USAGE);
	ck_assert_ptr_null(values.file);
}
END_TEST

START_TEST(option_rows_print_help_writes_a_line_for_each_row)
{
	static const char begin[] = "  --loud                not quiet\n"
				    "  --file FILE           a file\n";
	static const char end[] = "  --when auto|always|never  a choice\n"
				  "  --never               the last of it\n"
				  "  --odd WORD            a taker of one's own\n"
				  "  --help                the end\n";
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(to);
	option_rows_print_help(rows, to);
	ck_assert_int_eq(fclose(to), 0);
	ck_assert_uint_gt(len, sizeof(begin) + sizeof(end));
	ck_assert_mem_eq(text, begin, sizeof(begin) - 1);
	ck_assert_str_eq(text + len - (sizeof(end) - 1), end);
	free(text);
}
END_TEST

Suite *test_option_rows_suite(void)
{
	Suite *s = suite_create("option_rows");
	TCase *t = tcase_create("option_rows");

	tcase_add_test(t, option_rows_parse_leaves_what_is_not_named);
	tcase_add_test(t, option_rows_parse_fills_fields_of_every_width);
	tcase_add_test(t, option_rows_parse_tells_what_was_given_and_where_the_rest_is);
	tcase_add_test(t, option_rows_parse_ends_at_a_last_option);
	tcase_add_test(t, option_rows_parse_takes_the_beginning_of_a_name_if_it_is_of_one);
	tcase_add_test(t, option_rows_parse_says_what_is_wrong);
	tcase_add_test(t, option_rows_parse_keeps_fields_of_what_it_refuses);
	tcase_add_test(t, option_rows_print_help_writes_a_line_for_each_row);
	suite_add_tcase(s, t);
	return s;
}
