/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/addr.h"
#include "net/listener.h"
#include "util/error.h"

Suite *test_listener_suite(void);

static int option(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = -1;

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

/* 0, or the errno of connect(2). */
static int connect_to(const char *address, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, rc;

	ck_assert_int_eq(addr_parse(&ss, &len, address, port), 0);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	rc = connect(fd, (struct sockaddr *)&ss, len) < 0 ? errno : 0;
	close(fd);
	return rc;
}

START_TEST(listener_open_listens_without_blocking)
{
	char why[256];
	int fd = listener_open("127.0.0.1", 0, why, sizeof(why));

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(accept(fd, NULL, NULL), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(connect_to("127.0.0.1", listener_port(fd)), 0);
	close(fd);
}
END_TEST

/* Each step of a login is a small write; none waits for an acknowledgement. */
START_TEST(listener_open_gives_accepted_sockets_no_delay)
{
	struct sockaddr_storage ss;
	socklen_t len;
	char why[256];
	int fd = listener_open("127.0.0.1", 0, why, sizeof(why));
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), accepted;

	ck_assert_int_eq(addr_parse(&ss, &len, "127.0.0.1", listener_port(fd)), 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&ss, len), 0);
	accepted = accept(fd, NULL, NULL);
	ck_assert_int_ge(accepted, 0);
	ck_assert_int_eq(option(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
	ck_assert_int_eq(option(client, IPPROTO_TCP, TCP_NODELAY), 0);
	close(accepted);
	close(client);
	close(fd);
}
END_TEST

START_TEST(listener_open_in_use_names_place_and_remedy)
{
	char why[256], port_text[32];
	int fd = listener_open("127.0.0.1", 0, why, sizeof(why));
	uint16_t port = listener_port(fd);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(listener_open("127.0.0.1", port, why, sizeof(why)), ERROR_EXISTS);
	snprintf(port_text, sizeof(port_text), "bind 127.0.0.1:%u: ", port);
	ck_assert_ptr_nonnull(strstr(why, port_text));
	ck_assert_ptr_nonnull(strstr(why, "Address already in use"));
	ck_assert_ptr_nonnull(strstr(why, "ss -ltnp"));
	close(fd);
}
END_TEST

START_TEST(listener_open_refuses_names_and_strange_addresses)
{
	char why[256];

	ck_assert_int_eq(listener_open("localhost", 0, why, sizeof(why)), ERROR_MALFORMED);
	ck_assert_ptr_nonnull(strstr(why, "localhost"));
	ck_assert_int_eq(listener_open("203.0.113.77", 0, why, sizeof(why)), ERROR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(why, "203.0.113.77:0"));
}
END_TEST

START_TEST(listener_open_failing_keeps_no_descriptor)
{
	char why[256];
	int before, after;

	before = dup(0);
	close(before);
	ck_assert_int_lt(listener_open("203.0.113.77", 0, why, sizeof(why)), 0);
	after = dup(0);
	close(after);
	ck_assert_int_eq(before, after);
}
END_TEST

START_TEST(listener_open_any_serves_each_family_on_one_port)
{
	char why[256];
	int fds[2] = { -1, -1 };
	int n = listener_open_any(fds, 0, why, sizeof(why));
	int four, six;
	uint16_t port;

	ck_assert_msg(n == 1 || n == 2, "%s", why);
	port = listener_port(fds[0]);
	ck_assert_uint_ne(port, 0);
	six = connect_to("::1", port);
	four = connect_to("127.0.0.1", port);
	if (n == 2) {
		ck_assert_uint_eq(listener_port(fds[1]), port);
		ck_assert_int_eq(four, 0);
		ck_assert_msg(six == 0 || six == EADDRNOTAVAIL || six == ENETUNREACH, "%s", strerror(six));
		close(fds[1]);
	} else { /* a host with one family only */
		ck_assert((four == 0) != (six == 0));
	}
	close(fds[0]);
}
END_TEST

START_TEST(listener_open_any_fails_whole_when_one_family_is_taken)
{
	char why[256];
	int fds[2] = { -7, -7 };
	int four = listener_open("0.0.0.0", 0, why, sizeof(why));
	int before, after;

	ck_assert_int_ge(four, 0);
	before = dup(0);
	close(before);
	ck_assert_int_eq(listener_open_any(fds, listener_port(four), why, sizeof(why)), ERROR_EXISTS);
	after = dup(0);
	close(after);
	ck_assert_int_eq(before, after);
	ck_assert_int_eq(fds[0], -7);
	close(four);
}
END_TEST

START_TEST(listener_port_of_no_socket_is_zero)
{
	ck_assert_uint_eq(listener_port(-1), 0);
}
END_TEST

START_TEST(listener_tune_client_sets_what_is_asked)
{
	const struct listener_client_options o = {
		.sockbuf = 65536, .tcp_user_timeout_ms = 15000, .tcp_keepalive_s = 600, .notsent_lowat = 131072,
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	listener_tune_client(fd, &o);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	ck_assert_int_ge(option(fd, SOL_SOCKET, SO_SNDBUF), 65536);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 15000);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 600);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 131072);
	close(fd);
}
END_TEST

/* A connection to fd, as it is accepted. */
static int accepted(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), got;

	ck_assert_int_ge(client, 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&ss, len), 0);
	got = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(got, 0);
	close(client);
	return got;
}

START_TEST(listener_tune_heirs_is_inherited_by_accepted_sockets)
{
	const struct listener_client_options on = {
		.tcp_user_timeout_ms = 15000, .tcp_keepalive_s = 600, .notsent_lowat = 131072,
	};
	const struct listener_client_options off = { 0 };
	char why[256];
	int fd = listener_open("127.0.0.1", 0, why, sizeof(why)), got;

	ck_assert_msg(fd >= 0, "%s", why);
	listener_tune_heirs(fd, &on);
	got = accepted(fd);
	ck_assert_int_eq(option(got, IPPROTO_TCP, TCP_NODELAY), 1);
	ck_assert_int_eq(option(got, IPPROTO_TCP, TCP_USER_TIMEOUT), 15000);
	ck_assert_int_eq(option(got, SOL_SOCKET, SO_KEEPALIVE), 1);
	ck_assert_int_eq(option(got, IPPROTO_TCP, TCP_KEEPIDLE), 600);
	ck_assert_int_eq(option(got, IPPROTO_TCP, TCP_KEEPINTVL), 15);
	ck_assert_int_eq(option(got, IPPROTO_TCP, TCP_KEEPCNT), 4);
	ck_assert_int_eq(option(got, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 131072);
	close(got);
	listener_tune_heirs(fd, &off); /* as after a restart with other settings */
	got = accepted(fd);
	ck_assert_int_eq(option(got, SOL_SOCKET, SO_KEEPALIVE), 0);
	ck_assert_int_eq(option(got, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
	close(got);
	close(fd);
}
END_TEST

START_TEST(listener_tune_heirs_leaves_the_buffers)
{
	const struct listener_client_options o = { .sockbuf = 65536 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int sndbuf = option(fd, SOL_SOCKET, SO_SNDBUF);

	listener_tune_heirs(fd, &o);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_SNDBUF), sndbuf);
	listener_tune_buffers(fd, &o);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_SNDBUF), 2 * 65536);
	close(fd);
}
END_TEST

START_TEST(listener_tune_client_leaves_the_rest)
{
	const struct listener_client_options o = { 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int sndbuf = option(fd, SOL_SOCKET, SO_SNDBUF);

	listener_tune_client(fd, &o);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_SNDBUF), sndbuf);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
	close(fd);
}
END_TEST

Suite *test_listener_suite(void)
{
	Suite *s = suite_create("listener");
	TCase *tc = tcase_create("listener");

	tcase_add_test(tc, listener_open_listens_without_blocking);
	tcase_add_test(tc, listener_open_gives_accepted_sockets_no_delay);
	tcase_add_test(tc, listener_open_in_use_names_place_and_remedy);
	tcase_add_test(tc, listener_open_refuses_names_and_strange_addresses);
	tcase_add_test(tc, listener_open_failing_keeps_no_descriptor);
	tcase_add_test(tc, listener_open_any_serves_each_family_on_one_port);
	tcase_add_test(tc, listener_open_any_fails_whole_when_one_family_is_taken);
	tcase_add_test(tc, listener_port_of_no_socket_is_zero);
	tcase_add_test(tc, listener_tune_client_sets_what_is_asked);
	tcase_add_test(tc, listener_tune_heirs_is_inherited_by_accepted_sockets);
	tcase_add_test(tc, listener_tune_heirs_leaves_the_buffers);
	tcase_add_test(tc, listener_tune_client_leaves_the_rest);
	suite_add_tcase(s, tc);
	return s;
}
