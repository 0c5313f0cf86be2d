/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hd-bench/report.h"
#include "util/error.h"
#include "util/json.h"

#define SECOND UINT64_C(1000000000)

Suite *test_report_suite(void);

static struct run_result result;
static char *text;

static void set_up(void)
{
	memset(&result, 0, sizeof(result));
	text = NULL;
}

static void tear_down(void)
{
	free(text);
}

/* A run of two seconds: 1000 packets sent, 900 of them arrived, 10 us of the relay's each. */
static void fill(void)
{
	struct run_snapshot *begin = &result.at[RUN_BEGIN], *end = &result.at[RUN_END];

	begin->at_ns = SECOND;
	end->at_ns = 3 * SECOND;
	end->count.flow[PLAN_TRAFFIC][COUNT_RECEIVED] = 900;
	end->count.flow[PLAN_TRAFFIC][COUNT_RECEIVED_BYTES] = 900 * 1000;
	end->relay.cpu_ns = 900 * 10000;
	end->own_cpu_ns = 900 * 5000;
	result.total.flow[PLAN_TRAFFIC][COUNT_SENT_MEASURED] = 1000;
	result.total.flow[PLAN_TRAFFIC][COUNT_RECEIVED_MEASURED] = 900;
	for (int i = 0; i < 900; i++)
		hist_add(&result.latency[PLAN_TRAFFIC], 1000 * 1000);
	result.relay_known = 1;
}

static const char *print(enum options_form form)
{
	size_t len;
	FILE *to;

	free(text);
	to = open_memstream(&text, &len);
	ck_assert_ptr_nonnull(to);
	ck_assert_int_eq(report_print(to, form, "a \"relay\"", "pairs", &result), 0);
	fclose(to);
	return text;
}

static int commas(const char *line)
{
	int n = 0;

	for (; *line && *line != '\n'; line++)
		n += *line == ',';
	return n;
}

START_TEST(report_json_is_valid_and_tells_what_was_measured)
{
	fill();
	print(OPTIONS_JSON);
	ck_assert(json_valid(text, strlen(text)));
	ck_assert_ptr_nonnull(strstr(text, "\"relay\": \"a \\\"relay\\\"\""));
	ck_assert_ptr_nonnull(strstr(text, "\n  \"seconds\": 2.00,"));
	ck_assert_ptr_nonnull(strstr(text, "\n  \"packets_per_second\": 450,"));
	ck_assert_ptr_nonnull(strstr(text, "\n  \"mbit_per_second\": 3.6,"));
	ck_assert_ptr_nonnull(strstr(text, "\n  \"lost\": 100,"));
	ck_assert_ptr_nonnull(strstr(text, "\n  \"loss_percent\": 10.0000,"));
	ck_assert_ptr_nonnull(strstr(text, "\n  \"load_p99_us\": 1000.0,"));
	ck_assert_ptr_nonnull(strstr(text, "\n  \"relay_ns_per_packet\": 10000,"));
	ck_assert_ptr_nonnull(strstr(text, "\n  \"own_ns_per_packet\": 5000,"));
}
END_TEST

START_TEST(report_leaves_out_what_was_not_measured)
{
	print(OPTIONS_JSON);
	ck_assert(json_valid(text, strlen(text)));
	ck_assert_ptr_nonnull(strstr(text, "\"relay_ns_per_packet\": null"));
	ck_assert_ptr_nonnull(strstr(text, "\"probe_p99_us\": null"));
	print(OPTIONS_TABLE);
	ck_assert_ptr_null(strstr(text, "p99"));
	ck_assert_ptr_null(strstr(text, "relay's CPU"));
}
END_TEST

/* So that lines of several runs go into one file. */
START_TEST(report_csv_has_the_same_names_in_every_run)
{
	char *names, *end;

	print(OPTIONS_CSV);
	ck_assert_int_eq(commas(text), commas(strchr(text, '\n') + 1));
	names = strdup(text);
	ck_assert_ptr_nonnull(names);
	end = strchr(names, '\n');
	end[1] = '\0';
	fill();
	print(OPTIONS_CSV);
	ck_assert_int_eq(strncmp(text, names, strlen(names)), 0);
	ck_assert_int_eq(commas(text), commas(strchr(text, '\n') + 1));
	free(names);
}
END_TEST

START_TEST(report_merged_logins_have_no_rate)
{
	fill();
	result.at[RUN_AFTER_LOGIN].at_ns = SECOND;
	result.at[RUN_AFTER_LOGIN].count.other[COUNT_LOGINS] = 7;
	result.at[RUN_AFTER_LOGIN].relay.cpu_ns = SECOND;
	ck_assert_ptr_nonnull(strstr(print(OPTIONS_JSON), "\"logins_per_second\": 7"));
	result.merged = 1;
	print(OPTIONS_JSON);
	ck_assert_ptr_nonnull(strstr(text, "\"logins_per_second\": null"));
	ck_assert_ptr_nonnull(strstr(text, "\"relay_logins_per_cpu_second\": null"));
}
END_TEST

START_TEST(report_loss_is_rounded_up)
{
	result.total.flow[PLAN_TRAFFIC][COUNT_SENT_MEASURED] = 10 * 1000 * 1000;
	result.total.flow[PLAN_TRAFFIC][COUNT_RECEIVED_MEASURED] = 10 * 1000 * 1000;
	ck_assert_uint_eq(report_loss_ppm(&result), 0);
	result.total.flow[PLAN_TRAFFIC][COUNT_RECEIVED_MEASURED]--;
	ck_assert_uint_eq(report_loss_ppm(&result), 1);
	/* What slow readers miss is not lost. */
	result.total.flow[PLAN_TRAFFIC][COUNT_RECEIVED_MEASURED]++;
	result.total.flow[PLAN_SLOW][COUNT_SENT_MEASURED] = 5;
	ck_assert_uint_eq(report_loss_ppm(&result), 0);
}
END_TEST

START_TEST(report_faulty_is_what_no_relay_may_do)
{
	static const enum count_flow flows[] = { COUNT_REORDERED, COUNT_DUPLICATE, COUNT_STALE, COUNT_CORRUPT };
	static const enum count_other others[] = { COUNT_PROTOCOL, COUNT_CLOSED };

	ck_assert(!report_faulty(&result));
	fill(); /* loss is no fault */
	ck_assert(!report_faulty(&result));
	for (size_t i = 0; i < HD_ARRAY_LEN(flows); i++)
		for (int role = 0; role < PLAN_FLOW_ROLES; role++) {
			result.total.flow[role][flows[i]] = 1;
			ck_assert(report_faulty(&result));
			result.total.flow[role][flows[i]] = 0;
		}
	for (size_t i = 0; i < HD_ARRAY_LEN(others); i++) {
		result.total.other[others[i]] = 1;
		ck_assert(report_faulty(&result));
		result.total.other[others[i]] = 0;
	}
	ck_assert(!report_faulty(&result));
}
END_TEST

START_TEST(report_print_tells_a_full_disk)
{
	FILE *full = fopen("/dev/full", "we");

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(report_print(full, OPTIONS_TABLE, "r", "pairs", &result), ERROR_IO);
	fclose(full);
}
END_TEST

Suite *test_report_suite(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, report_json_is_valid_and_tells_what_was_measured);
	tcase_add_test(t, report_leaves_out_what_was_not_measured);
	tcase_add_test(t, report_csv_has_the_same_names_in_every_run);
	tcase_add_test(t, report_merged_logins_have_no_rate);
	tcase_add_test(t, report_loss_is_rounded_up);
	tcase_add_test(t, report_faulty_is_what_no_relay_may_do);
	tcase_add_test(t, report_print_tells_a_full_disk);
	suite_add_tcase(s, t);
	return s;
}
