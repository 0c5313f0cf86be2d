/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tools/hd-probe/report.h"
#include "tools/lib/tls_client.h"
#include "util/error.h"
#include "util/json.h"
#include "util/mono.h"

Suite *test_report_suite(void);

#define NOW INT64_C(1700000000)

static struct result r;
static struct bytes text;

static void setup(void)
{
	bytes_init(&text, 1 << 16);
	r = (struct result){ .relay = "derp.example.com:443", .address = "192.0.2.1:443" };
	result_note(&r, RESULT_CONNECT, RESULT_OK, "192.0.2.1:443");
	result_time(&r, RESULT_CONNECT, 1234567);
}

static void teardown(void)
{
	bytes_release(&text);
}

static void log_in(void)
{
	memset(r.key.bytes, 0xab, sizeof(r.key.bytes));
	result_note(&r, RESULT_PACKETS, RESULT_OK, "2 of 2 arrived");
	r.packets.sent = 2;
	latency_add(&r.packets, 3 * MONO_NS_PER_MS);
	latency_add(&r.packets, 5 * MONO_NS_PER_MS);
}

static void make_text(void)
{
	ck_assert_int_eq(report_text(&r, &text), 0);
	ck_assert_int_eq(bytes_append(&text, "", 1), 0);
}

static bool says(const char *part)
{
	return strstr((const char *)text.data, part) != NULL;
}

START_TEST(report_text_begins_with_the_verdict)
{
	static const char verdict[] = "OK: derp.example.com:443: 2 of 2 packets, 3.00 ms\n";

	log_in();
	make_text();
	ck_assert_int_eq(strncmp((const char *)text.data, verdict, strlen(verdict)), 0);
	ck_assert(says("connect      ok           1.23 ms  192.0.2.1:443\n"));
	ck_assert(says("2 of 2 arrived, 3.00 to 5.00 ms\n"));
	ck_assert(says("key          nodekey:abab"));
	ck_assert(!says("skipped") && !says("pin "));
}
END_TEST

START_TEST(report_text_names_the_worst_step)
{
	static const char verdict[] = "CRITICAL: derp.example.com:443: ping: no pong: timed out\n";

	result_note(&r, RESULT_LOGIN, RESULT_WARNING, "the relay reports: x");
	result_note(&r, RESULT_PING, RESULT_CRITICAL, "no pong: timed out");
	make_text();
	ck_assert_int_eq(strncmp((const char *)text.data, verdict, strlen(verdict)), 0);
	ck_assert(says("login        warning"));
}
END_TEST

START_TEST(report_json_is_json_whatever_the_relay_says)
{
	result_note(&r, RESULT_LOGIN, RESULT_WARNING, "the relay reports: \"\\\x01\xff");
	ck_assert_int_eq(report_json(&r, NOW, &text), 0);
	ck_assert(json_valid(text.data, text.len));
	ck_assert_int_eq(bytes_append(&text, "", 1), 0);
	ck_assert(says("{\"status\":\"warning\",\"relay\":\"derp.example.com:443\","));
	ck_assert(says("\"connect\":{\"status\":\"ok\",\"us\":1234,\"text\":\"192.0.2.1:443\"}"));
	ck_assert(says("\"packets\":{\"status\":\"skipped\"}"));
	ck_assert(!says("\"key\"") && !says("\"tls\":{\"version") && !says("median_us"));
}
END_TEST

START_TEST(report_json_has_certificate_and_times)
{
	log_in();
	r.tls = true;
	r.tls_version = TLS_CLIENT_TLS_1_3;
	r.cert = (struct cert){ .not_after = NOW + 10, .pin = "sha256-raw:00", .has_meta = true };
	ck_assert_int_eq(report_json(&r, NOW, &text), 0);
	ck_assert(json_valid(text.data, text.len));
	ck_assert_int_eq(bytes_append(&text, "", 1), 0);
	ck_assert(says("\"certificate_not_after\":1700000010,\"certificate_seconds_left\":10,"
		       "\"pin\":\"sha256-raw:00\",\"fast_start\":true}"));
	ck_assert(says("{\"sent\":2,\"received\":2,\"min_us\":3000,\"median_us\":3000,\"max_us\":5000}"));
}
END_TEST

START_TEST(report_json_of_an_expired_certificate_has_no_time_left)
{
	r.tls = true;
	r.cert = (struct cert){ .not_after = NOW - 10, .pin = "sha256-raw:00" };
	ck_assert_int_eq(report_json(&r, NOW, &text), 0);
	ck_assert_int_eq(bytes_append(&text, "", 1), 0);
	ck_assert(says("\"certificate_seconds_left\":0,"));
}
END_TEST

START_TEST(report_says_when_it_does_not_fit)
{
	for (size_t room = 0; room < 100; room += 10) {
		struct bytes small;

		bytes_init(&small, room);
		ck_assert_int_eq(report_text(&r, &small), ERROR_TOO_BIG);
		ck_assert_int_eq(report_json(&r, NOW, &small), ERROR_TOO_BIG);
		bytes_release(&small);
	}
}
END_TEST

Suite *test_report_suite(void)
{
	Suite *s = suite_create("report");
	TCase *tc = tcase_create("report");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, report_text_begins_with_the_verdict);
	tcase_add_test(tc, report_text_names_the_worst_step);
	tcase_add_test(tc, report_json_is_json_whatever_the_relay_says);
	tcase_add_test(tc, report_json_has_certificate_and_times);
	tcase_add_test(tc, report_json_of_an_expired_certificate_has_no_time_left);
	tcase_add_test(tc, report_says_when_it_does_not_fit);
	suite_add_tcase(s, tc);
	return s;
}
