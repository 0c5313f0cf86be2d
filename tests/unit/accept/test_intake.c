/* SPDX-License-Identifier: MIT
 * Limits and trouble at accepting, against a real accept plane. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/accept/caller.h"
#include "tests/unit/accept/relay.h"
#include "util/mono.h"

Suite *test_intake_suite(void);

#define BYTES_MAX (1024 * 1024)

static struct relay relay;

static void setup(void)
{
	relay_init(&relay);
}

static void teardown(void)
{
	relay_release(&relay);
}

/* A page request is answered: the connection was accepted and serves. */
static void check_page(struct caller *c)
{
	caller_send_text(c, "GET /derp/probe HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert_int_eq(caller_read_response(c, NULL), 200);
}

START_TEST(intake_total_limit_turns_the_next_away)
{
	struct caller a, b, c;

	relay.max_total = 2;
	relay_start(&relay);
	caller_connect(&a, &relay);
	check_page(&a);
	caller_connect(&b, &relay);
	check_page(&b);
	caller_connect(&c, &relay);
	caller_expect_end(&c);
	ck_assert_uint_eq(relay_refusals(&relay, REFUSE_MAX_CONNECTIONS), 1);
	caller_close(&c);
	caller_finish(&a);
	caller_expect_end(&a);
	caller_close(&a);
	caller_connect(&c, &relay); /* there is room again */
	check_page(&c);
	check_page(&b);
	caller_close(&b);
	caller_close(&c);
	ck_assert_uint_eq(relay_stat(&relay, STAT_ACCEPTS), 4);
}
END_TEST

START_TEST(intake_per_ip_limit_turns_the_next_away)
{
	struct caller a, b;

	relay.max_per_ip = 1;
	relay_start(&relay);
	caller_connect(&a, &relay);
	check_page(&a);
	caller_connect(&b, &relay);
	caller_expect_end(&b);
	ck_assert_uint_eq(relay_refusals(&relay, REFUSE_MAX_PER_IP), 1);
	caller_close(&b);
	conn_count_set_limits(relay.count, 0, 2);
	caller_connect(&b, &relay);
	check_page(&b);
	caller_close(&a);
	caller_close(&b);
}
END_TEST

START_TEST(intake_logged_in_connections_count)
{
	struct caller a, b;
	struct handover h;
	struct bytes sent;

	bytes_init(&sent, BYTES_MAX);
	relay.max_total = 1;
	relay_start(&relay);
	caller_connect(&a, &relay);
	caller_put_login(&a, &sent);
	caller_send(&a, sent.data, sent.len);
	h = relay_take(&relay, 0);
	caller_connect(&b, &relay);
	caller_expect_end(&b);
	caller_close(&b);
	relay_drop(&relay, &h);
	caller_connect(&b, &relay);
	check_page(&b);
	caller_close(&a);
	caller_close(&b);
	bytes_release(&sent);
}
END_TEST

/* Crowds, until one has come together: on a busy machine the relay may find a
 * token for each of them without ever having waited. */
START_TEST(intake_rate_delays_and_refuses_nobody)
{
	enum { CALLERS = 12, BURST = 4, PER_SECOND = 50 };
	struct caller callers[CALLERS];
	uint64_t start = mono_now_ns(), took_ms, served = 0;

	relay.settings.accept_rate = PER_SECOND;
	relay.settings.accept_burst = BURST;
	relay_start(&relay);
	do {
		for (int i = 0; i < CALLERS; i++)
			caller_connect(&callers[i], &relay);
		for (int i = 0; i < CALLERS; i++)
			check_page(&callers[i]);
		for (int i = 0; i < CALLERS; i++)
			caller_close(&callers[i]);
		served += CALLERS;
		took_ms = (mono_now_ns() - start) / MONO_NS_PER_MS;
		ck_assert_uint_ge(took_ms, (served - BURST) * 1000 / PER_SECOND - 1);
		ck_assert_uint_eq(relay_stat(&relay, STAT_ACCEPTS), served);
	} while (relay_stat(&relay, STAT_ACCEPT_PAUSES) == 0);
}
END_TEST

START_TEST(intake_rate_can_be_lifted)
{
	enum { CALLERS = 30 };
	struct caller callers[CALLERS];

	relay.settings.accept_rate = 10;
	relay.settings.accept_burst = 1;
	relay_start(&relay);
	for (int i = 0; i < CALLERS; i++)
		caller_connect(&callers[i], &relay);
	check_page(&callers[0]);
	accept_plane_set_rate(relay.plane, 0, 0);
	for (int i = 1; i < CALLERS; i++)
		check_page(&callers[i]);
	for (int i = 0; i < CALLERS; i++)
		caller_close(&callers[i]);
}
END_TEST

/* Leaves `room` descriptors to the whole process. Numbers are given lowest
 * first, so none above the lowest free one is in use. */
static void leave_descriptors(struct rlimit *before, unsigned room)
{
	struct rlimit now;
	int lowest = dup(0);

	ck_assert_int_ge(lowest, 0);
	close(lowest);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, before), 0);
	now = *before;
	now.rlim_cur = (rlim_t)lowest + room;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &now), 0);
}

START_TEST(intake_without_descriptors_turns_away_and_recovers)
{
	enum { CALLERS = 60, ROOM = 5 }; /* more are turned away than one batch holds */
	struct caller callers[CALLERS], probe;
	struct rlimit limits;

	relay_start(&relay);
	caller_connect(&probe, &relay); /* the relay runs and has all it keeps open */
	check_page(&probe);
	for (int i = 0; i < CALLERS; i++)
		caller_open(&callers[i], &relay);
	leave_descriptors(&limits, ROOM);
	for (int i = 0; i < CALLERS; i++)
		caller_dial(&callers[i], &relay);
	for (int i = 0; i < ROOM; i++)
		check_page(&callers[i]);
	for (int i = ROOM; i < CALLERS; i++)
		caller_expect_end(&callers[i]);
	ck_assert_uint_eq(relay_refusals(&relay, REFUSE_NO_FD), CALLERS - ROOM);
	ck_assert_uint_ge(relay_stat(&relay, STAT_ACCEPT_PAUSES), 1);
	check_page(&probe); /* those inside are served all the while */
	caller_close(&probe);
	caller_close(&callers[ROOM]);
	caller_connect(&callers[ROOM], &relay); /* into the place of the probe */
	check_page(&callers[ROOM]);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limits), 0);
	for (int i = 0; i < CALLERS; i++)
		caller_close(&callers[i]);
	ck_assert_uint_eq(relay_stat(&relay, STAT_ACCEPTS), 1 + CALLERS + 1);
}
END_TEST

/* The next `failures` calls of accept4(2) fail with `failure`; the linker puts
 * the wrapper in its place. */
static atomic_int failures, failure;

int __real_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);

int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	int left = atomic_load(&failures);

	if (left == 0)
		return __real_accept4(fd, addr, len, flags);
	atomic_store(&failures, left - 1);
	errno = atomic_load(&failure);
	return -1;
}

static void fail_accepts(int times, int error)
{
	atomic_store(&failure, error);
	atomic_store(&failures, times);
}

static const int passing[] = { EINTR, ECONNABORTED, EPERM, EPROTO, ENOPROTOOPT, EOPNOTSUPP, ENETDOWN,
			       ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET };

/* The error was one connection's own: the next is accepted at once. */
START_TEST(intake_error_of_a_connection_costs_no_other)
{
	struct caller c;

	relay_start(&relay);
	fail_accepts(3, passing[_i]);
	caller_connect(&c, &relay);
	check_page(&c);
	ck_assert_int_eq(atomic_load(&failures), 0);
	ck_assert_uint_eq(relay_stat(&relay, STAT_ACCEPT_PAUSES), 0);
	ck_assert_uint_eq(relay_stat(&relay, STAT_ACCEPTS), 1);
	caller_close(&c);
}
END_TEST

static const int lasting[] = { ENOBUFS, ENOMEM, EINVAL, EIO };

/* The system's trouble: accepting rests, and goes on by itself. */
START_TEST(intake_trouble_of_the_system_pauses_and_refuses_nobody)
{
	struct caller c;

	relay_start(&relay);
	fail_accepts(2, lasting[_i]);
	caller_connect(&c, &relay);
	check_page(&c);
	ck_assert_int_eq(atomic_load(&failures), 0);
	ck_assert_uint_eq(relay_stat(&relay, STAT_ACCEPT_PAUSES), 2);
	ck_assert_uint_eq(relay_stat(&relay, STAT_ACCEPTS), 1);
	for (int r = 0; r < REFUSE_REASON_COUNT; r++)
		ck_assert_uint_eq(relay_refusals(&relay, (enum refuse_reason)r), 0);
	caller_close(&c);
}
END_TEST

static const int tables[] = { EMFILE, ENFILE };

/* A full table, the process's or the system's: the reserve turns away who waits. */
START_TEST(intake_full_table_turns_away_and_recovers)
{
	struct caller c;

	relay_start(&relay);
	fail_accepts(1, tables[_i]);
	caller_connect(&c, &relay);
	caller_expect_end(&c);
	caller_close(&c);
	while (relay_stat(&relay, STAT_ACCEPT_PAUSES) == 0) /* until then it turns away whoever comes */
		sched_yield();
	ck_assert_uint_eq(relay_refusals(&relay, REFUSE_NO_FD), 1);
	caller_connect(&c, &relay);
	check_page(&c);
	ck_assert_uint_eq(relay_stat(&relay, STAT_ACCEPT_PAUSES), 1);
	caller_close(&c);
}
END_TEST

static int tcp_option(int fd, int option)
{
	socklen_t len = sizeof(int);
	int value = -1;

	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, option, &value, &len), 0);
	return value;
}

/* The first is there before the plane, as with socket activation, and inherits
 * nothing. */
START_TEST(intake_tunes_all_sockets)
{
	for (int i = 0; i < 2; i++) {
		struct caller c;
		struct handover h;
		struct bytes login;

		caller_connect(&c, &relay);
		if (i == 0)
			relay_start(&relay);
		bytes_init(&login, 4096);
		caller_put_login(&c, &login);
		caller_send(&c, login.data, login.len);
		h = relay_take(&relay, 0);
		ck_assert_int_eq(tcp_option(h.fd, TCP_NODELAY), 1);
		ck_assert_int_eq(tcp_option(h.fd, TCP_USER_TIMEOUT), 15000);
		ck_assert_int_eq(tcp_option(h.fd, TCP_KEEPIDLE), 600);
		ck_assert_int_eq(tcp_option(h.fd, TCP_NOTSENT_LOWAT), 128 * 1024);
		relay_drop(&relay, &h);
		bytes_release(&login);
		caller_close(&c);
	}
}
END_TEST

Suite *test_intake_suite(void)
{
	Suite *s = suite_create("intake");
	TCase *tc = tcase_create("intake");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, intake_tunes_all_sockets);
	tcase_add_test(tc, intake_total_limit_turns_the_next_away);
	tcase_add_test(tc, intake_per_ip_limit_turns_the_next_away);
	tcase_add_test(tc, intake_logged_in_connections_count);
	tcase_add_test(tc, intake_rate_delays_and_refuses_nobody);
	tcase_add_test(tc, intake_rate_can_be_lifted);
	tcase_add_test(tc, intake_without_descriptors_turns_away_and_recovers);
	tcase_add_loop_test(tc, intake_error_of_a_connection_costs_no_other, 0, HD_ARRAY_LEN(passing));
	tcase_add_loop_test(tc, intake_trouble_of_the_system_pauses_and_refuses_nobody, 0, HD_ARRAY_LEN(lasting));
	tcase_add_loop_test(tc, intake_full_table_turns_away_and_recovers, 0, HD_ARRAY_LEN(tables));
	suite_add_tcase(s, tc);
	return s;
}
