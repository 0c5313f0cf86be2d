/* SPDX-License-Identifier: MIT */
#include "control/metrics_conn.h"

#include <check.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/control/occurrences.h"
#include "tests/unit/control/scrape.h"
#include "tests/unit/stats/prom_check.h"
#include "util/json.h"

Suite *test_metrics_conn_suite(void);

#define GET_HEALTH "GET /health HTTP/1.1\r\nHost: h\r\n\r\n"

static struct scrape_client client;
static struct scrape_answer answer;

#define NEVER_MS 3600000 /* for what no test waits for */

/* Nothing ends by its time, however slow this is. */
static struct metrics_server_limits timeless(void)
{
	struct metrics_server_limits limits = metrics_server_default_limits;

	limits.conn.idle_ms = limits.conn.request_ms = NEVER_MS;
	limits.conn.response_ms = limits.conn.linger_ms = NEVER_MS;
	return limits;
}

static void start(void)
{
	const struct metrics_server_limits limits = timeless();

	scrape_start(&limits);
	scrape_connect(&client, 0, 0);
}

static void finish(void)
{
	scrape_answer_free(&answer);
	scrape_close(&client);
}

static void read_status(int status)
{
	scrape_answer_free(&answer);
	ck_assert(scrape_read(&client, &answer, false));
	ck_assert_int_eq(answer.status, status);
}

/* The last answer says so, and then the connection ends. */
static void assert_closing(void)
{
	ck_assert(answer.close);
	ck_assert(scrape_ended(&client));
}

START_TEST(request_may_come_byte_by_byte)
{
	static const char request[] = GET_HEALTH;

	start();
	for (size_t i = 0; i < sizeof(request) - 1; i++)
		scrape_send(&client, request + i, 1);
	read_status(200);
	ck_assert(json_valid(answer.body.data, answer.body.len));
	ck_assert(!answer.close);
	finish();
}
END_TEST

START_TEST(connection_serves_one_request_after_the_other)
{
	start();
	for (unsigned i = 0; i < 20; i++) {
		scrape_send_text(&client, "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
		read_status(200);
		ck_assert_ptr_null(prom_check((const char *)answer.body.data, answer.body.len));
	}
	finish();
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
	start();
	scrape_send_text(&client, GET_HEALTH "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n"
				  "HEAD /metrics HTTP/1.1\r\nHost: h\r\n\r\n" GET_HEALTH);
	read_status(200);
	read_status(404);
	ck_assert_str_eq((const char *)answer.body.data, "404 Not Found\n");
	ck_assert(!answer.close);
	scrape_answer_free(&answer);
	ck_assert(scrape_read(&client, &answer, true));
	ck_assert_int_eq(answer.status, 200);
	read_status(200);
	finish();
}
END_TEST

START_TEST(very_many_pipelined_requests_are_all_answered)
{
	enum { REQUESTS = 1000 };

	start();
	for (unsigned i = 0; i < REQUESTS; i++)
		scrape_send_text(&client, GET_HEALTH);
	for (unsigned i = 0; i < REQUESTS; i++)
		read_status(200);
	finish();
}
END_TEST

START_TEST(half_a_request_behind_a_whole_one_waits_for_the_rest)
{
	start();
	scrape_send_text(&client, GET_HEALTH "GET /hea");
	read_status(200);
	scrape_send_text(&client, "lth HTTP/1.1\r\nHost: h\r\n\r\n");
	read_status(200);
	finish();
}
END_TEST

START_TEST(head_has_the_length_and_no_body)
{
	start();
	scrape_send_text(&client, "HEAD /health HTTP/1.1\r\nHost: h\r\n\r\n" GET_HEALTH);
	ck_assert(scrape_read(&client, &answer, true));
	ck_assert_int_eq(answer.status, 200);
	ck_assert_uint_gt(answer.length, 10);
	ck_assert_uint_lt(answer.length, 1000);
	read_status(200); /* the next answer begins right behind */
	finish();
}
END_TEST

START_TEST(head_of_a_long_listing_has_no_body)
{
	scrape_add_peers(5000);
	start();
	scrape_send_text(&client, "HEAD /debug/peers HTTP/1.1\r\nHost: h\r\n\r\n" GET_HEALTH);
	ck_assert(scrape_read(&client, &answer, true));
	ck_assert(answer.chunked);
	read_status(200);
	ck_assert(!answer.chunked);
	finish();
}
END_TEST

START_TEST(client_may_ask_to_close)
{
	start();
	scrape_send_text(&client, "GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" GET_HEALTH);
	read_status(200);
	assert_closing();
	finish();
}
END_TEST

START_TEST(http_1_0_is_answered_and_closed)
{
	scrape_add_peers(5000);
	start();
	scrape_send_text(&client, "GET /debug/peers HTTP/1.0\r\n\r\n");
	read_status(200);
	ck_assert(!answer.chunked);
	ck_assert(json_valid(answer.body.data, answer.body.len));
	assert_closing();
	finish();
}
END_TEST

START_TEST(client_may_shut_its_side_after_asking)
{
	start();
	scrape_send_text(&client, GET_HEALTH);
	ck_assert_int_eq(shutdown(client.fd, SHUT_WR), 0);
	read_status(200);
	ck_assert(scrape_ended(&client));
	finish();
}
END_TEST

START_TEST(wrong_method_names_the_right_ones)
{
	start();
	scrape_send_text(&client, "DELETE /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
	read_status(405);
	ck_assert_str_eq(answer.allow, "GET, HEAD");
	ck_assert(!answer.close);
	scrape_send_text(&client, GET_HEALTH);
	read_status(200);
	ck_assert_str_eq(answer.allow, "");
	finish();
}
END_TEST

START_TEST(body_is_not_read_and_ends_the_connection)
{
	start();
	scrape_send_text(&client, "POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /");
	read_status(405);
	assert_closing();
	finish();
}
END_TEST

START_TEST(bad_requests_are_told_and_closed)
{
	static const struct {
		const char *text;
		int status;
	} bad[] = {
		{ "GET /health\r\n\r\n", 400 },
		{ "G=T /health HTTP/1.1\r\nHost h\r\n\r\n", 400 },
		{ "GET /health HTTP/1.1\r\n\r\n", 400 },
		{ "GET /health HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n", 400 },
		{ "GET /health HTTP/2.0\r\nHost: h\r\n\r\n", 505 },
	};

	start();
	scrape_send_text(&client, bad[_i].text);
	scrape_send_text(&client, GET_HEALTH);
	read_status(bad[_i].status);
	assert_closing();
	finish();
}
END_TEST

START_TEST(oversize_head_is_told_and_closed)
{
	static char field[METRICS_CONN_HEAD_MAX + 1000];

	start();
	memset(field, 'a', sizeof(field) - 1);
	scrape_send_text(&client, "GET /health HTTP/1.1\r\nHost: h\r\nA: ");
	scrape_send_text(&client, field);
	scrape_send_text(&client, "\r\n\r\n");
	read_status(431);
	assert_closing();
	finish();
}
END_TEST

START_TEST(too_many_fields_are_told_and_closed)
{
	start();
	scrape_send_text(&client, "GET /health HTTP/1.1\r\nHost: h\r\n");
	for (unsigned i = 0; i < 1000; i++)
		scrape_send_text(&client, "A: b\r\n");
	scrape_send_text(&client, "\r\n");
	read_status(431);
	assert_closing();
	finish();
}
END_TEST

START_TEST(slow_reader_gets_all_and_holds_nobody_up)
{
	enum { PEERS = 30000 };
	struct scrape_answer other = { 0 };
	struct scrape_client slow;

	scrape_add_peers(PEERS);
	start();
	scrape_connect(&slow, 0, 4096);
	scrape_send_text(&slow, "GET /debug/peers HTTP/1.1\r\nHost: h\r\n\r\n" GET_HEALTH);
	for (unsigned i = 0; i < 50; i++) {
		scrape_send_text(&client, GET_HEALTH);
		read_status(200);
	}
	scrape_answer_free(&answer);
	ck_assert(scrape_read(&slow, &answer, false));
	ck_assert(answer.chunked);
	ck_assert(json_valid(answer.body.data, answer.body.len));
	ck_assert_uint_eq(occurrences(&answer.body, "\"key\":"), PEERS);
	ck_assert(scrape_read(&slow, &other, false));
	ck_assert(json_valid(other.body.data, other.body.len));
	scrape_answer_free(&other);
	scrape_close(&slow);
	finish();
}
END_TEST

/* The only place is taken by somebody who does not read; sooner or later it is
 * free again. */
START_TEST(reader_that_never_reads_is_closed)
{
	struct metrics_server_limits limits = timeless();

	scrape_add_peers(100000);
	limits.conns_max = 1;
	limits.refusals_max = 1;
	limits.conn.response_ms = 100;
	limits.conn.linger_ms = 10;
	scrape_start(&limits);
	scrape_connect(&client, 0, 4096);
	scrape_send_text(&client, "GET /debug/peers HTTP/1.1\r\nHost: h\r\n\r\n");
	while (scrape_get(0, "/health", &answer) != 200)
		scrape_answer_free(&answer);
	scrape_answer_free(&answer);
	ck_assert(!scrape_read(&client, &answer, false));
	finish();
}
END_TEST

START_TEST(unfinished_request_is_closed_at_its_deadline)
{
	struct metrics_server_limits limits = timeless();

	limits.conn.request_ms = 20;
	scrape_start(&limits);
	scrape_connect(&client, 0, 0);
	scrape_send_text(&client, "GET /health HT");
	ck_assert(scrape_ended(&client));
	finish();
}
END_TEST

START_TEST(idle_connection_is_closed_at_its_deadline)
{
	struct metrics_server_limits limits = timeless();

	limits.conn.idle_ms = 20;
	scrape_start(&limits);
	scrape_connect(&client, 0, 0);
	ck_assert(scrape_ended(&client));
	finish();
}
END_TEST

START_TEST(client_that_does_not_close_is_closed)
{
	struct metrics_server_limits limits = timeless();
	struct scrape_answer other = { 0 };

	limits.conns_max = 1;
	limits.conn.linger_ms = 20;
	scrape_start(&limits);
	scrape_connect(&client, 0, 0);
	scrape_send_text(&client, "GET /health HTTP/1.0\r\n\r\n");
	read_status(200);
	assert_closing(); /* its place is free once it has lingered */
	while (scrape_get(0, "/health", &other) != 200)
		scrape_answer_free(&other);
	scrape_answer_free(&other);
	finish();
}
END_TEST

Suite *test_metrics_conn_suite(void)
{
	Suite *s = suite_create("metrics_conn");
	TCase *t = tcase_create("metrics_conn");

	tcase_add_checked_fixture(t, scrape_setup, scrape_teardown);
	tcase_add_test(t, request_may_come_byte_by_byte);
	tcase_add_test(t, connection_serves_one_request_after_the_other);
	tcase_add_test(t, pipelined_requests_are_answered_in_order);
	tcase_add_test(t, very_many_pipelined_requests_are_all_answered);
	tcase_add_test(t, half_a_request_behind_a_whole_one_waits_for_the_rest);
	tcase_add_test(t, head_has_the_length_and_no_body);
	tcase_add_test(t, head_of_a_long_listing_has_no_body);
	tcase_add_test(t, client_may_ask_to_close);
	tcase_add_test(t, http_1_0_is_answered_and_closed);
	tcase_add_test(t, client_may_shut_its_side_after_asking);
	tcase_add_test(t, wrong_method_names_the_right_ones);
	tcase_add_test(t, body_is_not_read_and_ends_the_connection);
	tcase_add_loop_test(t, bad_requests_are_told_and_closed, 0, 5);
	tcase_add_test(t, oversize_head_is_told_and_closed);
	tcase_add_test(t, too_many_fields_are_told_and_closed);
	tcase_add_test(t, slow_reader_gets_all_and_holds_nobody_up);
	tcase_add_test(t, reader_that_never_reads_is_closed);
	tcase_add_test(t, unfinished_request_is_closed_at_its_deadline);
	tcase_add_test(t, idle_connection_is_closed_at_its_deadline);
	tcase_add_test(t, client_that_does_not_close_is_closed);
	suite_add_tcase(s, t);
	return s;
}
