/* SPDX-License-Identifier: MIT
 * Logins as clients really send them, and as they should not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_fixture.h"
#include "util/error.h"
#include "util/mono.h"

#define STALLED 200
#define BURST 2000

static const char *const no_args[] = { NULL };

/* Everything a client sends up to its first packet, which it sends to itself,
 * so that its arrival proves that not a byte was lost. */
static void write_session(struct derp_client *c, struct bytes *out, const void *packet, size_t len)
{
	uint8_t header[FRAME_HEADER_SIZE];
	uint8_t preferred[] = { FRAME_NOTE_PREFERRED, 0, 0, 0, 1, 1 };

	ck_assert_int_eq(derp_client_write_request(c, out), 0);
	ck_assert_int_eq(derp_client_write_client_info(c, out), 0);
	ck_assert_int_eq(bytes_append(out, preferred, sizeof(preferred)), 0);
	frame_header_store(header, FRAME_SEND_PACKET, (uint32_t)(KEY_SIZE + len));
	ck_assert_int_eq(bytes_append(out, header, sizeof(header)), 0);
	ck_assert_int_eq(bytes_append(out, derp_client_key(c)->bytes, KEY_SIZE), 0);
	ck_assert_int_eq(bytes_append(out, packet, len), 0);
}

static struct derp_client *connected(const struct derp_client_options *o)
{
	struct derp_client *c;

	ck_assert_int_eq(derp_client_new(&c, o), 0);
	ck_assert_int_eq(derp_client_connect(c), 0);
	return c;
}

/* What the relay sends back for such a session. */
static void expect_session(struct derp_client *c, bool fast, const void *packet, size_t len)
{
	if (!fast)
		ck_assert_int_eq(derp_client_await_response(c), 0);
	ck_assert_int_eq(derp_client_await_server_key(c), 0);
	ck_assert_int_eq(derp_client_await_server_info(c), 0);
	client_expect_packet(c, derp_client_key(c), packet, len);
	client_sync(c);
}

/* A session in pieces of `piece` bytes; each is a segment of its own as far as
 * TCP_NODELAY goes. */
static void run_session(struct daemon *d, bool fast, size_t piece)
{
	struct key server = daemon_public_key(d);
	struct derp_client_options o = client_options(d);
	struct derp_client *c;
	uint8_t packet[3000];
	struct bytes session;

	o.fast_start = fast;
	o.server_key = &server;
	c = connected(&o);
	client_fill(packet, sizeof(packet), piece);
	bytes_init(&session, 65536);
	write_session(c, &session, packet, sizeof(packet));
	for (size_t at = 0; at < session.len; at += piece)
		client_send_raw(c, session.data + at, session.len - at < piece ? session.len - at : piece);
	expect_session(c, fast, packet, sizeof(packet));
	daemon_await_metric(d, "peers_home", 1);
	bytes_release(&session);
	derp_client_free(c);
	daemon_await_metric(d, "peers_home", 0);
}

START_TEST(login_plain_then_relays)
{
	struct daemon *d = daemon_start(no_args);
	struct derp_client *c = client_login(d);
	struct key server = daemon_public_key(d);

	ck_assert(key_equal(derp_client_server_key(c), &server));
	ck_assert_int_eq(derp_client_server_info(c)->version, FRAME_PROTOCOL_VERSION);
	ck_assert_int_eq(derp_client_server_info(c)->rate_bytes_per_s, 0);
	client_send(c, derp_client_key(c), "hello", 5);
	client_expect_packet(c, derp_client_key(c), "hello", 5);
	daemon_await_metric(d, "logins_total{result=\"ok\"}", 1);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(login_fast_start_without_http_response)
{
	struct daemon *d = daemon_start(no_args);
	struct derp_client_options o = client_options(d);
	struct derp_client *c;

	o.fast_start = true;
	ck_assert_int_eq(derp_client_open(&c, &o), 0);
	client_sync(c);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(login_pipelined_in_one_segment_loses_nothing)
{
	struct daemon *d = daemon_start(no_args);

	for (int i = 0; i < 100; i++) {
		run_session(d, true, 65536);
		run_session(d, false, 65536);
	}
	daemon_stop(d);
}
END_TEST

START_TEST(login_byte_by_byte_loses_nothing)
{
	struct daemon *d = daemon_start(no_args);

	run_session(d, true, 1);
	run_session(d, false, 1);
	for (size_t piece = 2; piece < 400; piece += 17)
		run_session(d, piece % 2, piece);
	daemon_stop(d);
}
END_TEST

START_TEST(login_tells_the_rate_of_clients)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--client-rate", "1000000", "--client-burst", "200000"));
	struct derp_client *c = client_login(d);

	ck_assert_int_eq(derp_client_server_info(c)->rate_bytes_per_s, 1000000);
	ck_assert_int_eq(derp_client_server_info(c)->burst_bytes, 200000);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

/* --- HTTP ----------------------------------------------------------------- */

/* Sends a request as it is; the status of the answer. */
static int status_of(struct daemon *d, const char *request)
{
	struct derp_client_options o = client_options(d);
	struct derp_client *c = connected(&o);
	char head[64] = { 0 };
	int n = 0;

	client_send_raw(c, request, strlen(request));
	while (n < 12) {
		int got = derp_stream_recv_raw(derp_client_stream(c), head + n, 12 - (size_t)n,
					       DAEMON_FIXTURE_WAIT_MS);

		ck_assert_int_gt(got, 0);
		n += got;
	}
	derp_client_free(c);
	ck_assert(strncmp(head, "HTTP/1.", 7) == 0);
	return (int)strtol(head + 9, NULL, 10);
}

#define HOST "Host: relay.invalid\r\n"

START_TEST(login_upgrade_takes_derp_and_websocket_in_any_case)
{
	struct daemon *d = daemon_start(no_args);

	ck_assert_int_eq(status_of(d, "GET /derp HTTP/1.1\r\n" HOST "Upgrade: derp\r\n\r\n"), 101);
	ck_assert_int_eq(status_of(d, "GET /derp HTTP/1.1\r\n" HOST "upgrade: DeRp\r\nConnection: x\r\n\r\n"),
			 101);
	ck_assert_int_eq(status_of(d, "GET /derp HTTP/1.1\r\n" HOST "Upgrade: WebSocket\r\n\r\n"), 101);
	ck_assert_int_eq(status_of(d, "GET /derp HTTP/1.1\r\n" HOST "Upgrade: h2c\r\n\r\n"), 426);
	ck_assert_int_eq(status_of(d, "GET /derp HTTP/1.1\r\n" HOST "\r\n"), 426);
	daemon_await_metric(d, "logins_total{result=\"no_upgrade\"}", 2);
	daemon_stop(d);
}
END_TEST

START_TEST(login_port_serves_pages)
{
	struct daemon *d = daemon_start(no_args);
	struct bytes body;

	ck_assert_int_eq(daemon_get(d, "/derp/probe", &body), 200);
	bytes_release(&body);
	ck_assert_int_eq(daemon_get(d, "/derp/latency-check", &body), 200);
	bytes_release(&body);
	ck_assert_int_eq(daemon_get(d, "/generate_204", &body), 204);
	bytes_release(&body);
	ck_assert_int_eq(daemon_get(d, "/robots.txt", &body), 200);
	ck_assert_ptr_nonnull(strstr((const char *)body.data, "Disallow: /"));
	bytes_release(&body);
	ck_assert_int_eq(daemon_get(d, "/whatever", &body), 200);
	bytes_release(&body);
	ck_assert_int_eq(status_of(d, "POST /derp/probe HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"), 405);
	ck_assert_int_eq(status_of(d, "GET / HTTP/1.1\r\n\r\n"), 400);
	ck_assert_int_eq(status_of(d, "nonsense\r\n\r\n"), 400);
	daemon_await_metric(d, "logins_total{result=\"bad_http\"}", 2);
	daemon_stop(d);
}
END_TEST

/* --- what must not pass --------------------------------------------------- */

/* Sends a ClientInfo frame made by hand behind a proper upgrade; the relay closes. */
static void expect_refused(struct daemon *d, const void *frame, size_t len, const char *result)
{
	struct derp_client_options o = client_options(d);
	struct derp_client *c = connected(&o);
	char series[64];
	uint64_t before;

	snprintf(series, sizeof(series), "logins_total{result=\"%s\"}", result);
	before = daemon_metric(d, series);
	ck_assert_int_eq(derp_client_upgrade(c), 0);
	ck_assert_int_eq(derp_client_await_server_key(c), 0);
	client_send_raw(c, frame, len);
	client_expect_closed(c);
	daemon_await_metric(d, series, before + 1);
	derp_client_free(c);
}

static void expect_json_refused(struct daemon *d, const char *json)
{
	struct key server = daemon_public_key(d);
	struct derp_client_options o = client_options(d);
	struct derp_client *c;
	struct bytes frame;

	o.server_key = &server;
	ck_assert_int_eq(derp_client_new(&c, &o), 0);
	bytes_init(&frame, 65536);
	ck_assert_int_eq(derp_client_write_client_json(c, &frame, json, strlen(json)), 0);
	expect_refused(d, frame.data, frame.len, "bad_info");
	bytes_release(&frame);
	derp_client_free(c);
}

START_TEST(login_bad_client_info_is_closed_and_counted)
{
	struct daemon *d = daemon_start(no_args);
	uint8_t frame[FRAME_HEADER_SIZE + FRAME_CLIENT_INFO_MIN + 40];

	client_fill(frame, sizeof(frame), 1);
	frame_header_store(frame, FRAME_CLIENT_INFO, sizeof(frame) - FRAME_HEADER_SIZE);
	expect_refused(d, frame, sizeof(frame), "bad_box");
	frame_header_store(frame, FRAME_SEND_PACKET, sizeof(frame) - FRAME_HEADER_SIZE);
	expect_refused(d, frame, sizeof(frame), "bad_frame");
	frame_header_store(frame, FRAME_CLIENT_INFO, FRAME_CLIENT_INFO_MIN - 1);
	expect_refused(d, frame, FRAME_HEADER_SIZE, "bad_frame");
	frame_header_store(frame, FRAME_CLIENT_INFO, FRAME_CLIENT_INFO_MAX + 1);
	expect_refused(d, frame, FRAME_HEADER_SIZE, "bad_frame");
	expect_json_refused(d, "");
	expect_json_refused(d, "{");
	expect_json_refused(d, "[]");
	expect_json_refused(d, "{\"version\":\"2\"}");
	expect_json_refused(d, "{\"meshKey\":\"\"}");
	expect_json_refused(d, "{\"meshKey\":null}");
	expect_json_refused(d, "{\"meshKey\":\"0123\"}");
	daemon_stop(d);
}
END_TEST

START_TEST(login_takes_documents_as_go_does)
{
	static const char *const good[] = {
		"{}", "null", " {\"Version\":2,\"CANACKPINGS\":true,\"unknown\":[{\"a\":[1,2,null]}]} ",
		"{\"IsProber\":null,\"AppName\":\"x\"}",
	};
	struct daemon *d = daemon_start(no_args);

	for (size_t i = 0; i < HD_ARRAY_LEN(good); i++) {
		struct derp_client_options o = client_options(d);
		struct derp_client *c = connected(&o);
		struct bytes frame;

		ck_assert_int_eq(derp_client_upgrade(c), 0);
		ck_assert_int_eq(derp_client_await_server_key(c), 0);
		bytes_init(&frame, 65536);
		ck_assert_int_eq(derp_client_write_client_json(c, &frame, good[i], strlen(good[i])), 0);
		client_send_raw(c, frame.data, frame.len);
		ck_assert_int_eq(derp_client_await_server_info(c), 0);
		client_sync(c);
		bytes_release(&frame);
		derp_client_free(c);
	}
	daemon_stop(d);
}
END_TEST

/* A client that has read ServerInfo tells others that it is there; from then on
 * a packet to it may come on any shard. */
START_TEST(login_is_done_when_the_client_hears_of_it)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "4"));
	struct derp_client *from = client_login(d);

	for (int i = 0; i < 300; i++) {
		struct derp_client *c = client_login(d);

		client_send(from, derp_client_key(c), &i, sizeof(i));
		client_expect_packet(c, derp_client_key(from), &i, sizeof(i));
		derp_client_free(c);
	}
	ck_assert_uint_eq(daemon_metric(d, "drops_total{reason=\"unknown_dest\",kind=\"other\"}"), 0);
	derp_client_free(from);
	daemon_stop(d);
}
END_TEST

/* --- limits --------------------------------------------------------------- */

/* The relay resets the connection before it reads anything. */
static void expect_turned_away(struct daemon *d)
{
	struct derp_client_options o = client_options(d);
	struct derp_client *c = NULL;

	ck_assert_int_ne(derp_client_open(&c, &o), 0);
}

START_TEST(login_beyond_a_limit_is_turned_away_until_there_is_room)
{
	static const char *const options[] = { "--max-connections", "--max-connections-per-ip" };
	static const char *const series[] = { "refused_total{reason=\"max_connections\"}",
					      "refused_total{reason=\"max_connections_per_ip\"}" };
	struct daemon *d = daemon_start(DAEMON_ARGS(options[_i], "3"));
	struct derp_client *c[3];

	for (int i = 0; i < 3; i++)
		c[i] = client_login(d);
	expect_turned_away(d);
	expect_turned_away(d);
	daemon_await_metric(d, series[_i], 2);
	for (int i = 0; i < 3; i++) {
		client_sync(c[i]);
		derp_client_free(c[i]);
	}
	daemon_await_metric(d, "keys", 0); /* control has taken them off the count */
	derp_client_free(client_login(d));
	daemon_stop(d);
}
END_TEST

START_TEST(login_survives_a_lack_of_descriptors)
{
	struct daemon_surroundings around = { .open_files = 64 };
	struct daemon *d = daemon_spawn(DAEMON_ARGS("--workers", "1"), &around);
	struct derp_client_options o;
	struct derp_client *c[64];
	int n = 0;

	daemon_await_serving(d);
	o = client_options(d);
	while (n < 64 && derp_client_open(&c[n], &o) == 0)
		n++;
	ck_assert_int_gt(n, 10);
	ck_assert_int_lt(n, 64);
	daemon_await_log(d, "no file descriptor left");
	for (int i = 0; i < n; i++)
		client_sync(c[i]); /* those inside are served */
	for (int i = 0; i < 10; i++)
		derp_client_free(c[--n]);
	daemon_await_metric(d, "peers_active", (uint64_t)n);
	daemon_await_metric_min(d, "refused_total{reason=\"no_fd\"}", 1);
	derp_client_free(client_login(d));
	while (n > 0)
		derp_client_free(c[--n]);
	daemon_stop(d);
}
END_TEST

/* --- many at once --------------------------------------------------------- */

enum stall { STALL_SILENT, STALL_IN_REQUEST, STALL_AFTER_REQUEST, STALL_IN_CLIENT_INFO, STALLS };

/* A client that gets that far in its login, and no further. */
static struct derp_client *stalled(struct daemon *d, const struct key *server, enum stall where)
{
	struct derp_client_options o = client_options(d);
	size_t request_len, len;
	struct derp_client *c;
	struct bytes login;

	o.server_key = server;
	c = connected(&o);
	bytes_init(&login, 65536);
	ck_assert_int_eq(derp_client_write_request(c, &login), 0);
	request_len = login.len;
	ck_assert_int_eq(derp_client_write_client_info(c, &login), 0);
	len = where == STALL_SILENT	   ? 0 :
	      where == STALL_IN_REQUEST	   ? request_len / 2 :
	      where == STALL_AFTER_REQUEST ? request_len :
					     (request_len + login.len) / 2;
	client_send_raw(c, login.data, len);
	bytes_release(&login);
	return c;
}

START_TEST(login_does_not_wait_for_stalled_ones)
{
	/* Stalled logins stay for as long as the test may take at most. */
	struct daemon *d = daemon_start(DAEMON_ARGS("--handshake-timeout-ms", "600000"));
	static struct derp_client *idle[STALLS][STALLED];
	struct key server = daemon_public_key(d);

	for (int where = 0; where < STALLS; where++) {
		uint64_t start_ns;

		for (int i = 0; i < STALLED; i++)
			idle[where][i] = stalled(d, &server, (enum stall)where);
		start_ns = mono_now_ns();
		derp_client_free(client_login(d));
		printf("login beside %d stalled ones: %" PRIu64 " us\n", (where + 1) * STALLED,
		       (mono_now_ns() - start_ns) / 1000);
	}
	daemon_await_metric(d, "half_open", STALLS * STALLED);
	for (int where = 0; where < STALLS; where++)
		for (int i = 0; i < STALLED; i++)
			derp_client_free(idle[where][i]);
	daemon_await_metric(d, "half_open", 0);
	daemon_await_metric(d, "logins_total{result=\"eof\"}", STALLS * STALLED);
	daemon_stop(d);
}
END_TEST

START_TEST(login_that_stalls_is_closed_in_time)
{
	/* Enough for a slow machine to get as far as where it stalls. */
	struct daemon *d = daemon_start(DAEMON_ARGS("--handshake-timeout-ms", "2000"));
	struct key server = daemon_public_key(d);
	struct derp_client *clients[STALLS];

	for (int where = 0; where < STALLS; where++)
		clients[where] = stalled(d, &server, (enum stall)where);
	for (int where = 0; where < STALLS; where++) {
		char byte;
		int n;

		do
			n = derp_stream_recv_raw(derp_client_stream(clients[where]), &byte, 1,
						 DAEMON_FIXTURE_WAIT_MS);
		while (n > 0);
		ck_assert_int_eq(n, ERROR_CLOSED);
		derp_client_free(clients[where]);
	}
	daemon_await_metric(d, "logins_total{result=\"timeout\"}", STALLS);
	daemon_stop(d);
}
END_TEST

/* All connect, then all send everything, then all are looked at: the relay has
 * every login in hand at the same time. */
START_TEST(login_burst_is_let_in_whole)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "2", "--handshake-timeout-ms", "600000"));
	struct key server = daemon_public_key(d);
	static struct derp_client *clients[BURST];
	struct derp_client_options o = client_options(d);
	uint64_t start_ns, cpu_ms;

	o.fast_start = true;
	o.server_key = &server;
	for (int i = 0; i < BURST; i++)
		ck_assert_int_eq(derp_client_new(&clients[i], &o), 0);
	cpu_ms = daemon_cpu_ms(d);
	start_ns = mono_now_ns();
	for (int i = 0; i < BURST; i++)
		ck_assert_int_eq(derp_client_connect(clients[i]), 0);
	for (int i = 0; i < BURST; i++) {
		struct bytes session;

		bytes_init(&session, 65536);
		write_session(clients[i], &session, &i, sizeof(i));
		client_send_raw(clients[i], session.data, session.len);
		bytes_release(&session);
	}
	for (int i = 0; i < BURST; i++)
		expect_session(clients[i], true, &i, sizeof(i));
	cpu_ms = daemon_cpu_ms(d) - cpu_ms;
	printf("%d logins in %" PRIu64 " ms, %" PRIu64 " ms of the relay's CPU: %" PRIu64 " per CPU-second\n",
	       BURST, (mono_now_ns() - start_ns) / MONO_NS_PER_MS, cpu_ms,
	       UINT64_C(1000) * BURST / (cpu_ms ? cpu_ms : 1));
	daemon_await_metric(d, "logins_total{result=\"ok\"}", BURST);
	daemon_await_metric(d, "peers_active", BURST);
	for (int i = 0; i < BURST; i++)
		derp_client_free(clients[i]);
	daemon_stop(d);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("login");
	TCase *t = daemon_fixture_case(s, "login");

	tcase_add_test(t, login_plain_then_relays);
	tcase_add_test(t, login_fast_start_without_http_response);
	tcase_add_test(t, login_pipelined_in_one_segment_loses_nothing);
	tcase_add_test(t, login_byte_by_byte_loses_nothing);
	tcase_add_test(t, login_tells_the_rate_of_clients);
	tcase_add_test(t, login_upgrade_takes_derp_and_websocket_in_any_case);
	tcase_add_test(t, login_port_serves_pages);
	tcase_add_test(t, login_bad_client_info_is_closed_and_counted);
	tcase_add_test(t, login_takes_documents_as_go_does);
	tcase_add_test(t, login_is_done_when_the_client_hears_of_it);
	tcase_add_loop_test(t, login_beyond_a_limit_is_turned_away_until_there_is_room, 0, 2);
	tcase_add_test(t, login_survives_a_lack_of_descriptors);
	tcase_add_test(t, login_does_not_wait_for_stalled_ones);
	tcase_add_test(t, login_that_stalls_is_closed_in_time);
	tcase_add_test(t, login_burst_is_let_in_whole);
	return s;
}

int main(void)
{
	return daemon_fixture_main(make_suite);
}
