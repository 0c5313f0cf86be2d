/* SPDX-License-Identifier: MIT
 * Results printed as JSON, read back, added up. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/hd-bench/merge.h"
#include "tools/hd-bench/raw.h"
#include "tools/hd-bench/report.h"
#include "util/error.h"

#define SECOND UINT64_C(1000000000)
#define BEGIN_NS (UINT64_C(1700000000) * SECOND)

Suite *test_merge_suite(void);

static struct raw_file one, two, read_back;
static char why[300];

/* Every number different, every histogram filled. */
static void make(struct raw_file *f, uint64_t seed)
{
	struct run_result *r = &f->result;

	memset(f, 0, sizeof(*f));
	snprintf(f->relay, sizeof(f->relay), "relay \"%d\"", 1);
	snprintf(f->scenario, sizeof(f->scenario), "pairs");
	for (int i = 0; i < RUN_MOMENTS; i++) {
		uint64_t *numbers = (uint64_t *)&r->at[i];

		for (size_t n = 0; n < sizeof(r->at[i]) / sizeof(uint64_t); n++)
			numbers[n] = seed * 1000000 + (uint64_t)i * 1000 + n;
		r->at[i].unix_ns = BEGIN_NS + (uint64_t)i * 10 * SECOND;
	}
	for (size_t n = 0; n < sizeof(r->total) / sizeof(uint64_t); n++)
		((uint64_t *)&r->total)[n] = seed * 100 + n;
	for (int role = 0; role < PLAN_FLOW_ROLES; role++)
		for (uint64_t n = 1; n < 300; n++) {
			hist_add(&r->latency[role], n * n * n * seed + (uint64_t)role);
			hist_add(&r->lag[role], n * seed);
		}
	hist_add(&r->login, seed);
	r->clients = seed * 10;
	r->senders = seed * 5;
	r->relay_known = 1;
}

static char *print(const struct raw_file *f, size_t *len)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, len);

	ck_assert_ptr_nonnull(to);
	ck_assert_int_eq(report_print(to, OPTIONS_JSON, f->relay, f->scenario, &f->result), 0);
	fclose(to);
	return text;
}

static void set_up(void)
{
	make(&one, 1);
	make(&two, 3);
	memset(&read_back, 0, sizeof(read_back));
}

START_TEST(raw_parse_gives_back_every_number)
{
	size_t len;
	char *text = print(&one, &len);

	ck_assert_int_eq(raw_parse(&read_back, text, len), 0);
	ck_assert_mem_eq(&read_back.result, &one.result, sizeof(one.result));
	ck_assert_str_eq(read_back.relay, one.relay);
	ck_assert_str_eq(read_back.scenario, one.scenario);
	free(text);
}
END_TEST

/* Replaces the first `what` by `by` in what was printed. */
static int parse_with(const char *what, const char *by)
{
	size_t len, at;
	char *text = print(&one, &len), *found = strstr(text, what), *changed;
	int err;

	ck_assert_ptr_nonnull(found);
	at = (size_t)(found - text);
	changed = malloc(len + strlen(by) + 1);
	ck_assert_ptr_nonnull(changed);
	snprintf(changed, len + strlen(by) + 1, "%.*s%s%s", (int)at, text, by, found + strlen(what));
	err = raw_parse(&read_back, changed, strlen(changed));
	free(changed);
	free(text);
	return err;
}

START_TEST(raw_parse_refuses_what_it_did_not_print)
{
	static const struct {
		const char *what, *by;
		int err;
	} cases[] = {
		{ "{", "[", ERROR_MALFORMED },
		{ "\"raw\"", "\"row\"", ERROR_MALFORMED },
		{ "\"relay\": \"", "\"relay\": 1, \"x\": \"", ERROR_MALFORMED },
		{ "\"version\": 2", "\"version\": 3", ERROR_UNSUPPORTED },
		{ "\"version\"", "\"v\"", ERROR_MALFORMED },
		{ "\"begin.probe.stale\"", "\"x\"", ERROR_MALFORMED },
		{ "\"clients\": 10", "\"clients\": -1", ERROR_RANGE },
		{ "\"clients\": 10", "\"clients\": \"10\"", ERROR_MALFORMED },
		{ "\"clients\": 10", "\"clients\": 1.5", ERROR_MALFORMED },
		{ "\"clients\": 10", "\"clients\": 99999999999999999999", ERROR_RANGE },
		{ "\"login\": {", "\"login\": {\"2752\": 1, ", ERROR_RANGE }, /* a bucket too many */
		{ "\"login\": {", "\"login\": {\"-1\": 1, ", ERROR_MALFORMED },
		{ "\"login\": {", "\"login\": {\"\": 1, ", ERROR_MALFORMED },
	};

	_Static_assert(HIST_BUCKETS == 2752, "the case above");
	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++) {
		ck_assert_int_eq(parse_with(cases[i].what, cases[i].by), cases[i].err);
		ck_assert_str_eq(read_back.relay, ""); /* untouched */
	}
	ck_assert_int_eq(raw_parse(&read_back, "", 0), ERROR_MALFORMED);
}
END_TEST

/* The same as if one process had seen it all, to the bucket. */
START_TEST(merge_add_is_exact)
{
	static struct hist both;

	hist_init(&both);
	hist_merge(&both, &one.result.latency[PLAN_PROBE]);
	for (uint64_t n = 1; n < 300; n++)
		hist_add(&both, n * n * n * 3 + PLAN_PROBE);
	ck_assert_int_eq(merge_add(&one, &two), 0);
	ck_assert_mem_eq(&one.result.latency[PLAN_PROBE], &both, sizeof(both));
	ck_assert_uint_eq(one.result.login.count, 2);
	ck_assert_uint_eq(one.result.total.flow[0][COUNT_SENT], 100 + 300);
	ck_assert_uint_eq(one.result.total.other[COUNT_GONE],
			  2 * two.result.total.other[COUNT_GONE] - 200);
	ck_assert_uint_eq(one.result.clients, 40);
	ck_assert_uint_eq(one.result.senders, 20);
	ck_assert_uint_eq(one.result.merged, 1);
	ck_assert_str_eq(one.scenario, "pairs");
}
END_TEST

START_TEST(merge_add_takes_the_relay_from_who_looked)
{
	one.result.relay_known = 0;
	ck_assert_int_eq(merge_add(&one, &two), 0);
	ck_assert_uint_eq(one.result.relay_known, 1);
	ck_assert_uint_eq(one.result.at[RUN_END].relay.cpu_ns, two.result.at[RUN_END].relay.cpu_ns);
	make(&one, 1);
	ck_assert_int_eq(merge_add(&one, &two), 0);
	ck_assert_uint_ne(one.result.at[RUN_END].relay.cpu_ns, two.result.at[RUN_END].relay.cpu_ns);
}
END_TEST

START_TEST(merge_add_spans_all_windows)
{
	two.result.at[RUN_BEGIN].unix_ns += SECOND / 10;
	two.result.at[RUN_END].unix_ns += SECOND / 10;
	ck_assert_int_eq(merge_add(&one, &two), 0);
	ck_assert_uint_eq(one.result.at[RUN_END].at_ns - one.result.at[RUN_BEGIN].at_ns, 101 * SECOND / 10);
}
END_TEST

START_TEST(merge_add_refuses_what_ran_at_another_time)
{
	static const uint64_t shifts[] = { SECOND + SECOND / 5, 10 * SECOND, 3600 * SECOND };

	for (size_t i = 0; i < HD_ARRAY_LEN(shifts); i++) {
		make(&two, 3);
		two.result.at[RUN_BEGIN].unix_ns += shifts[i];
		two.result.at[RUN_END].unix_ns += shifts[i];
		read_back = one;
		ck_assert_int_eq(merge_add(&one, &two), ERROR_RANGE);
		ck_assert_mem_eq(&one, &read_back, sizeof(one));
	}
	/* A storm has no measured time, the other has. */
	two.result.at[RUN_BEGIN].unix_ns = two.result.at[RUN_END].unix_ns = 0;
	ck_assert_int_eq(merge_add(&one, &two), ERROR_RANGE);
	one.result.at[RUN_BEGIN].unix_ns = one.result.at[RUN_END].unix_ns = 0;
	ck_assert_int_eq(merge_add(&one, &two), 0);
	ck_assert_uint_eq(one.result.at[RUN_END].at_ns, 0);
}
END_TEST

START_TEST(merge_add_names_what_differs)
{
	snprintf(two.scenario, sizeof(two.scenario), "fan-in");
	ck_assert_int_eq(merge_add(&one, &two), 0);
	ck_assert_str_eq(one.scenario, "several");
	ck_assert_str_eq(one.relay, two.relay);
}
END_TEST

static void write_file(const char *path, const struct raw_file *f)
{
	size_t len;
	char *text = print(f, &len);
	FILE *to = fopen(path, "we");

	ck_assert_ptr_nonnull(to);
	ck_assert_uint_eq(fwrite(text, 1, len, to), len);
	ck_assert_int_eq(fclose(to), 0);
	free(text);
}

START_TEST(merge_files_reads_them_all)
{
	char folder[] = "/tmp/hd-merge-XXXXXX", paths[3][64];
	char *files[3] = { paths[0], paths[1], paths[2] };

	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (int i = 0; i < 3; i++)
		snprintf(paths[i], sizeof(paths[i]), "%s/%d", folder, i);
	write_file(paths[0], &one);
	write_file(paths[1], &two);
	ck_assert_int_eq(merge_files(&read_back, files, 2, why, sizeof(why)), 0);
	ck_assert_str_eq(why, "");
	ck_assert_uint_eq(read_back.result.clients, 40);
	ck_assert_int_eq(merge_files(&read_back, files, 3, why, sizeof(why)), ERROR_IO);
	ck_assert_ptr_nonnull(strstr(why, paths[2]));
	ck_assert_int_eq(truncate(paths[1], 500), 0);
	ck_assert_int_eq(merge_files(&read_back, files, 2, why, sizeof(why)), ERROR_MALFORMED);
	ck_assert_ptr_nonnull(strstr(why, paths[1]));
	unlink(paths[0]);
	unlink(paths[1]);
	rmdir(folder);
}
END_TEST

Suite *test_merge_suite(void)
{
	Suite *s = suite_create("merge");
	TCase *t = tcase_create("merge");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, raw_parse_gives_back_every_number);
	tcase_add_test(t, raw_parse_refuses_what_it_did_not_print);
	tcase_add_test(t, merge_add_is_exact);
	tcase_add_test(t, merge_add_takes_the_relay_from_who_looked);
	tcase_add_test(t, merge_add_spans_all_windows);
	tcase_add_test(t, merge_add_refuses_what_ran_at_another_time);
	tcase_add_test(t, merge_add_names_what_differs);
	tcase_add_test(t, merge_files_reads_them_all);
	suite_add_tcase(s, t);
	return s;
}
