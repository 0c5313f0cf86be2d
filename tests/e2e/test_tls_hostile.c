/* SPDX-License-Identifier: MIT
 * Clients that do not shake hands as they should: each ends with a counted
 * reason, and none costs another client anything. */
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "stats/reasons.h"
#include "tests/e2e/client_fixture.h"
#include "tests/e2e/tls_fixture.h"
#include "tools/lib/tls_client.h"

#define STUCK 2000
#define SPARE_FILES 200 /* beside the stuck ones, here and in the daemon */
#define HELLO_MAX 1024

static const char *const no_args[] = { NULL };

/* --- plain TCP ------------------------------------------------------------ */

static int open_tcp(const struct daemon *d)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(daemon_port(d)) };
	struct timeval wait = { .tv_sec = DAEMON_FIXTURE_WAIT_MS / 1000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_msg(fd >= 0, "socket: %s", strerror(errno));
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)), 0);
	ck_assert_msg(connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0, "connect: %s", strerror(errno));
	return fd;
}

/* The relay may have closed already. */
static void put(int fd, const void *data, size_t len)
{
	ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

	ck_assert(n == (ssize_t)len || (n < 0 && (errno == EPIPE || errno == ECONNRESET)));
}

/* Reads until the relay has closed; its alert is skipped. */
static void await_end(int fd)
{
	uint8_t data[4096];
	ssize_t n;

	do
		n = recv(fd, data, sizeof(data), 0);
	while (n > 0 || (n < 0 && errno == EINTR));
	ck_assert_msg(n == 0 || errno == ECONNRESET, "not closed: %s", strerror(errno));
	close(fd);
}

/* All that is sent, and then no more. */
static void say(const struct daemon *d, const void *data, size_t len)
{
	int fd = open_tcp(d);

	put(fd, data, len);
	shutdown(fd, SHUT_WR);
	await_end(fd);
}

/* What OpenSSL's client sends first. */
static size_t client_hello(uint8_t out[HELLO_MAX])
{
	SSL *ssl = tls_client_object(tls_fixture_default_client(), TLS_FIXTURE_HOST);
	BIO *in = BIO_new(BIO_s_mem()), *wire = BIO_new(BIO_s_mem());
	int len;

	ck_assert(ssl && in && wire);
	SSL_set_bio(ssl, in, wire);
	ck_assert_int_eq(SSL_do_handshake(ssl), -1);
	len = BIO_read(wire, out, HELLO_MAX);
	ck_assert_int_gt(len, 100);
	SSL_free(ssl);
	return (size_t)len;
}

static uint64_t counted(struct daemon *d, enum login_result result)
{
	char series[64];

	snprintf(series, sizeof(series), "logins_total{result=\"%s\"}", login_result_label(result));
	return daemon_metric(d, series);
}

/* Every connection has got one result, and a client is still served. */
static void check_after(struct daemon *d, uint64_t connections)
{
	struct derp_client *c;

	daemon_await_metric(d, "half_open", 0);
	ck_assert_uint_eq(daemon_metric_sum(d, "logins_total{"), connections);
	ck_assert_uint_eq(counted(d, LOGIN_TLS), 0); /* nothing of it was the relay's fault */
	ck_assert_uint_eq(counted(d, LOGIN_OK), 0);
	c = client_login(d);
	client_expect_alive(c);
	derp_client_free(c);
	daemon_stop(d);
}

/* --- damaged handshakes --------------------------------------------------- */

START_TEST(tls_hello_cut_anywhere_is_an_end_of_file)
{
	struct daemon *d = daemon_start(no_args);
	uint8_t hello[HELLO_MAX];
	size_t len = client_hello(hello);

	for (size_t cut = 0; cut < len; cut++)
		say(d, hello, cut);
	ck_assert_uint_eq(counted(d, LOGIN_EOF), len);
	check_after(d, len);
}
END_TEST

/* Whole, and then silence: our flight goes out, and nobody answers it. */
START_TEST(tls_hello_without_the_rest_is_an_end_of_file)
{
	struct daemon *d = daemon_start(no_args);
	uint8_t hello[HELLO_MAX];

	say(d, hello, client_hello(hello));
	ck_assert_uint_eq(counted(d, LOGIN_EOF), 1);
	check_after(d, 1);
}
END_TEST

START_TEST(tls_hello_damaged_anywhere_ends_with_a_reason)
{
	struct daemon *d = daemon_start(no_args);
	uint8_t hello[HELLO_MAX];
	size_t len = client_hello(hello);

	for (size_t at = 0; at < len; at++) {
		hello[at] ^= 0x55;
		say(d, hello, len);
		hello[at] ^= 0x55;
	}
	ck_assert_uint_ge(counted(d, LOGIN_NOT_TLS), 1);
	ck_assert_uint_ge(counted(d, LOGIN_TLS_MALFORMED), 1);
	check_after(d, len);
}
END_TEST

static const struct {
	const char *what;
	const char *bytes;
	size_t len;
	enum login_result result;
} rows[] = {
#define ROW(what, bytes, result) { what, bytes, sizeof(bytes) - 1, result }
	ROW("HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", LOGIN_NOT_TLS),
	ROW("SSL 2", "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10", LOGIN_NOT_TLS),
	ROW("an alert", "\x15\x03\x01\x00\x02\x02\x28", LOGIN_NOT_TLS),
	ROW("data", "\x17\x03\x03\x00\x01\x00", LOGIN_NOT_TLS),
	ROW("zeroes", "\0\0\0\0\0\0\0\0", LOGIN_NOT_TLS),
	ROW("an empty record", "\x16\x03\x01\x00\x00", LOGIN_EOF), /* it waits for more */
	ROW("a record that is too long", "\x16\x03\x01\xff\xff\x01", LOGIN_TLS_MALFORMED),
	ROW("a version that never was", "\x16\x09\x09\x00\x04\x01\x00\x00\x00", LOGIN_TLS_VERSION),
	ROW("an empty hello", "\x16\x03\x01\x00\x04\x01\x00\x00\x00", LOGIN_TLS_MALFORMED),
	ROW("a server's hello", "\x16\x03\x01\x00\x04\x02\x00\x00\x00", LOGIN_TLS_MALFORMED),
	ROW("a hello of 16 MB", "\x16\x03\x01\x00\x04\x01\xff\xff\xff", LOGIN_TLS_MALFORMED),
#undef ROW
};

START_TEST(tls_garbage_ends_with_its_reason)
{
	struct daemon *d = daemon_start(no_args);

	say(d, rows[_i].bytes, rows[_i].len);
	ck_assert_msg(counted(d, rows[_i].result) == 1, "%s is not counted as %s", rows[_i].what,
		      login_result_label(rows[_i].result));
	check_after(d, 1);
}
END_TEST

START_TEST(tls_random_bytes_end_with_a_reason)
{
	struct daemon *d = daemon_start(no_args);
	uint8_t data[2000];

	for (uint64_t seed = 0; seed < 300; seed++) {
		client_fill(data, sizeof(data), seed);
		data[0] = 22; /* past the first look */
		data[1] = 3;
		data[2] = (uint8_t)(seed % 5);
		data[3] = (uint8_t)(seed % 80);
		data[5] = 1;
		say(d, data, sizeof(data));
	}
	check_after(d, 300);
}
END_TEST

/* --- clients that stand still --------------------------------------------- */

/* As many as STUCK, or as descriptors allow. */
static size_t room_for_stuck(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_gt(limit.rlim_cur, 2 * SPARE_FILES);
	return limit.rlim_cur > STUCK + SPARE_FILES ? STUCK : limit.rlim_cur - SPARE_FILES;
}

enum stuck { STUCK_AFTER_HELLO, STUCK_IN_HELLO, STUCK_SILENT, STUCK_BY_TURNS, STUCK_COUNT };

static void get_stuck(const struct daemon *d, int *fds, size_t count, enum stuck where)
{
	uint8_t hello[HELLO_MAX];
	size_t len = client_hello(hello);
	const size_t sent[] = { [STUCK_AFTER_HELLO] = len, [STUCK_IN_HELLO] = len / 2, [STUCK_SILENT] = 0 };

	for (size_t i = 0; i < count; i++) {
		fds[i] = open_tcp(d);
		put(fds[i], hello, sent[where == STUCK_BY_TURNS ? i % HD_ARRAY_LEN(sent) : where]);
	}
}

static void relay_both_ways(struct daemon *d)
{
	struct derp_client *a = client_login(d), *b = client_login(d);
	uint8_t data[1400];

	for (uint64_t i = 0; i < 100; i++) {
		client_fill(data, sizeof(data), i);
		client_send(a, derp_client_key(b), data, sizeof(data));
		client_send(b, derp_client_key(a), data, sizeof(data));
		client_expect_packet(b, derp_client_key(a), data, sizeof(data));
		client_expect_packet(a, derp_client_key(b), data, sizeof(data));
	}
	derp_client_free(a);
	derp_client_free(b);
}

START_TEST(tls_stuck_handshakes_are_in_nobodys_way)
{
	size_t count = room_for_stuck();
	struct daemon *d = daemon_start(DAEMON_ARGS("--handshake-timeout-ms", "600000"));
	int *fds = calloc(count, sizeof(*fds));
	uint64_t before = daemon_rss_kib(d);

	ck_assert_ptr_nonnull(fds);
	get_stuck(d, fds, count, (enum stuck)_i);
	daemon_await_metric(d, "half_open", count);
	if (_i != STUCK_SILENT)
		daemon_await_metric_min(d, "login_bytes", count / 2 * 1024);
	if (!DAEMON_FIXTURE_SANITIZED) /* and what is counted is what it is */
		ck_assert_uint_lt(daemon_rss_kib(d), before + daemon_metric(d, "login_bytes") / 1024 * 5 / 4 +
				  count * 2 + 4096);
	relay_both_ways(d);
	for (int i = 0; i < 100; i++)
		derp_client_free(client_login(d));
	daemon_await_metric(d, "half_open", count); /* the last login ends for the relay after it does for us */
	daemon_stop(d);
	for (size_t i = 0; i < count; i++)
		await_end(fds[i]);
	free(fds);
}
END_TEST

START_TEST(tls_stuck_handshakes_are_ended_by_the_time_out)
{
	size_t count = room_for_stuck();
	struct daemon *d = daemon_start(DAEMON_ARGS("--handshake-timeout-ms", "1000"));
	int *fds = calloc(count, sizeof(*fds));

	ck_assert_ptr_nonnull(fds);
	get_stuck(d, fds, count, STUCK_BY_TURNS);
	for (size_t i = 0; i < count; i++)
		await_end(fds[i]);
	ck_assert_uint_eq(counted(d, LOGIN_TIMEOUT), count);
	ck_assert_uint_eq(daemon_metric(d, "login_bytes"), 0);
	free(fds);
	check_after(d, count);
}
END_TEST

/* A few bytes promise a hello as long as can be, for which OpenSSL makes room at
 * once: in one record, or with its header in two. */
START_TEST(tls_stuck_in_long_hellos_count_as_much_as_they_take)
{
	enum { COUNT = 300, LONG = 131000 };
	static const uint8_t one[] = { 22, 3, 1, 0, 100, 1, 1, 0xff, 0xb8, 3, 3 };
	static const uint8_t two[] = { 22, 3, 1, 0, 2, 1, 1, 22, 3, 1, 0, 100, 0xff, 0xb8, 3, 3 };
	struct daemon *d = daemon_start(DAEMON_ARGS("--handshake-timeout-ms", "600000"));
	uint64_t before = daemon_rss_kib(d);
	int fds[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		fds[i] = open_tcp(d);
		put(fds[i], _i ? two : one, _i ? sizeof(two) : sizeof(one));
	}
	daemon_await_metric(d, "half_open", COUNT);
	daemon_await_metric_min(d, "login_bytes", (uint64_t)COUNT * LONG);
	if (!DAEMON_FIXTURE_SANITIZED)
		ck_assert_uint_lt(daemon_rss_kib(d), before + daemon_metric(d, "login_bytes") / 1024 + 4096);
	relay_both_ways(d);
	daemon_stop(d);
	for (size_t i = 0; i < COUNT; i++)
		await_end(fds[i]);
}
END_TEST

/* They have memory for 64 of 300: the first must go, and who is silent costs none
 * of it. */
START_TEST(tls_stuck_handshakes_make_room_when_memory_is_used_up)
{
	enum { SHAKING = 300, KEPT = 64, SILENT = 50, BYTES = KEPT * 44 * 1024 };
	struct daemon *d = daemon_start(DAEMON_ARGS("--handshake-timeout-ms", "600000",
						    "--handshake-memory", "2883584"));
	int silent[SILENT], fds[SHAKING];

	_Static_assert(BYTES == 2883584, "what --handshake-memory says");
	get_stuck(d, silent, SILENT, STUCK_SILENT);
	get_stuck(d, fds, SHAKING, STUCK_AFTER_HELLO);
	for (size_t i = 0; i < SHAKING - KEPT; i++)
		await_end(fds[i]);
	ck_assert_uint_eq(counted(d, LOGIN_STALLED), SHAKING - KEPT);
	ck_assert_uint_eq(daemon_metric(d, "half_open"), KEPT + SILENT);
	ck_assert_uint_eq(daemon_metric(d, "login_bytes"), BYTES);
	relay_both_ways(d);
	daemon_stop(d);
	for (size_t i = 0; i < SILENT; i++)
		await_end(silent[i]);
	for (size_t i = SHAKING - KEPT; i < SHAKING; i++)
		await_end(fds[i]);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("tls_hostile");
	TCase *t = daemon_fixture_case(s, "tls_hostile");

	tcase_add_test(t, tls_hello_cut_anywhere_is_an_end_of_file);
	tcase_add_test(t, tls_hello_without_the_rest_is_an_end_of_file);
	tcase_add_test(t, tls_hello_damaged_anywhere_ends_with_a_reason);
	tcase_add_loop_test(t, tls_garbage_ends_with_its_reason, 0, HD_ARRAY_LEN(rows));
	tcase_add_test(t, tls_random_bytes_end_with_a_reason);
	tcase_add_loop_test(t, tls_stuck_handshakes_are_in_nobodys_way, 0, STUCK_COUNT);
	tcase_add_loop_test(t, tls_stuck_in_long_hellos_count_as_much_as_they_take, 0, 2);
	tcase_add_test(t, tls_stuck_handshakes_make_room_when_memory_is_used_up);
	tcase_add_test(t, tls_stuck_handshakes_are_ended_by_the_time_out);
	return s;
}

int main(void)
{
	tls_fixture_want("1.3");
	return daemon_fixture_main(make_suite);
}
