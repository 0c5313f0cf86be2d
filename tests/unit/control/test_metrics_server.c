/* SPDX-License-Identifier: MIT */
#include "control/metrics_server.h"

#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/control/scrape.h"

Suite *test_metrics_server_suite(void);

#define GET_HEALTH "GET /health HTTP/1.1\r\nHost: h\r\n\r\n"

static struct metrics_server_limits limits;
static struct scrape_answer answer;

static void setup(void)
{
	scrape_setup();
	limits = metrics_server_default_limits;
	limits.conn.linger_ms = 60000;
}

/* A connection that has surely been accepted, and stays. */
static void connect_and_ask(struct scrape_client *c)
{
	scrape_connect(c, 0, 0);
	scrape_send_text(c, GET_HEALTH);
	ck_assert(scrape_read(c, &answer, false));
	scrape_answer_free(&answer);
}

START_TEST(connections_beyond_the_limit_are_refused_with_503)
{
	struct scrape_client served[2], refused;

	limits.conns_max = 2;
	limits.refusals_max = 1;
	scrape_start(&limits);
	connect_and_ask(&served[0]);
	connect_and_ask(&served[1]);
	connect_and_ask(&refused);
	ck_assert_int_eq(answer.status, 503);
	ck_assert(answer.close);
	ck_assert(scrape_ended(&refused));
	scrape_send_text(&served[0], GET_HEALTH);
	ck_assert(scrape_read(&served[0], &answer, false));
	ck_assert_int_eq(answer.status, 200);
	scrape_answer_free(&answer);
	scrape_close(&refused);
	scrape_close(&served[0]);
	scrape_close(&served[1]);
}
END_TEST

START_TEST(refused_clients_are_bounded_too)
{
	struct scrape_client served, refused, closed;

	limits.conns_max = 1;
	limits.refusals_max = 1;
	scrape_start(&limits);
	connect_and_ask(&served);
	connect_and_ask(&refused); /* lingers, as it does not close */
	ck_assert_int_eq(answer.status, 503);
	scrape_connect(&closed, 0, 0);
	ck_assert(scrape_ended(&closed));
	scrape_close(&closed);
	scrape_close(&refused);
	scrape_close(&served);
}
END_TEST

START_TEST(place_of_a_client_that_left_is_free_again)
{
	struct scrape_client served;

	limits.conns_max = 1;
	scrape_start(&limits);
	connect_and_ask(&served);
	ck_assert_int_eq(scrape_get(0, "/health", &answer), 503);
	scrape_answer_free(&answer);
	scrape_close(&served);
	while (scrape_get(0, "/health", &answer) != 200)
		scrape_answer_free(&answer);
	scrape_answer_free(&answer);
}
END_TEST

START_TEST(default_limit_is_64_connections)
{
	struct scrape_client served[64];

	scrape_start(&limits);
	for (unsigned i = 0; i < 64; i++) {
		connect_and_ask(&served[i]);
		ck_assert_int_eq(answer.status, 200);
	}
	ck_assert_int_eq(scrape_get(0, "/health", &answer), 503);
	scrape_answer_free(&answer);
	for (unsigned i = 0; i < 64; i++)
		scrape_close(&served[i]);
}
END_TEST

/* Leaves one free descriptor number; the old limit into *was. */
static void use_up_descriptors(struct rlimit *was)
{
	int last = fcntl(0, F_DUPFD, 100);
	struct rlimit now;

	ck_assert_int_ge(last, 100);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, was), 0);
	now = (struct rlimit){ .rlim_cur = (rlim_t)last + 1, .rlim_max = was->rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &now), 0);
	while (fcntl(0, F_DUPFD, 0) >= 0)
		continue;
	close(last);
}

/* Until the log, which goes to `fd`, holds the word. */
static void await_log(int fd, const char *word)
{
	char text[4096] = "";
	size_t len = 0;

	while (!strstr(text, word)) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);

		ck_assert_int_gt(n, 0);
		len += (size_t)n;
		text[len] = '\0';
	}
}

START_TEST(without_descriptors_the_listener_rests_and_goes_on)
{
	struct scrape_client stays, waiting;
	struct rlimit was;
	int log[2];

	scrape_start(&limits);
	/* Everything that is made once has been made. It stays: were it closed, the
	 * server might free its end, and a descriptor, later than here. */
	connect_and_ask(&stays);
	ck_assert_int_eq(pipe(log), 0);
	ck_assert_int_eq(dup2(log[1], STDERR_FILENO), STDERR_FILENO);
	use_up_descriptors(&was);
	scrape_connect(&waiting, 0, 0);
	scrape_send_text(&waiting, GET_HEALTH);
	await_log(log[0], "metrics listener pauses: Too many open files");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
	ck_assert(scrape_read(&waiting, &answer, false));
	ck_assert_int_eq(answer.status, 200);
	scrape_answer_free(&answer);
	scrape_close(&waiting);
	scrape_close(&stays);
}
END_TEST

START_TEST(free_closes_connections_in_every_state)
{
	struct scrape_client idle, half, slow, closing;

	scrape_add_peers(100000);
	scrape_start(&limits);
	connect_and_ask(&idle);
	connect_and_ask(&half);
	scrape_send_text(&half, "GET /hea");
	scrape_connect(&slow, 0, 4096);
	scrape_send_text(&slow, "GET /debug/peers HTTP/1.1\r\nHost: h\r\n\r\n");
	scrape_connect(&closing, 0, 0);
	scrape_send_text(&closing, "GET /health HTTP/1.0\r\n\r\n");
	ck_assert(scrape_read(&closing, &answer, false));
	scrape_answer_free(&answer);
	scrape_teardown();
	ck_assert(scrape_ended(&idle));
	ck_assert(scrape_ended(&half));
	ck_assert(!scrape_read(&slow, &answer, false));
	scrape_answer_free(&answer);
	scrape_close(&idle);
	scrape_close(&half);
	scrape_close(&slow);
	scrape_close(&closing);
	scrape_setup();
}
END_TEST

Suite *test_metrics_server_suite(void)
{
	Suite *s = suite_create("metrics_server");
	TCase *t = tcase_create("metrics_server");

	tcase_add_checked_fixture(t, setup, scrape_teardown);
	tcase_add_test(t, connections_beyond_the_limit_are_refused_with_503);
	tcase_add_test(t, refused_clients_are_bounded_too);
	tcase_add_test(t, place_of_a_client_that_left_is_free_again);
	tcase_add_test(t, default_limit_is_64_connections);
	tcase_add_test(t, without_descriptors_the_listener_rests_and_goes_on);
	tcase_add_test(t, free_closes_connections_in_every_state);
	suite_add_tcase(s, t);
	return s;
}
