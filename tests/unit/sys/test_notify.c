/* SPDX-License-Identifier: MIT
 * The service manager's side is a datagram socket of the test. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/notify.h"
#include "util/error.h"
#include "util/mono.h"

Suite *test_notify_suite(void);

static int manager = -1;
static char manager_path[64]; /* empty: abstract */

/* Binds the manager's socket; `name` as $NOTIFY_SOCKET has it. */
static void listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	ck_assert_uint_lt(len, sizeof(address.sun_path));
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(manager, 0);
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
}

static void listen_abstract(void)
{
	char name[64];

	manager_path[0] = '\0';
	snprintf(name, sizeof(name), "@hd-notify-%ld-%" PRIu64, (long)getpid(), mono_now_ns());
	listen_at(name);
}

static void stop_listening(void)
{
	close(manager);
	if (manager_path[0])
		unlink(manager_path);
}

/* Next datagram; it is there when the call that sends it has returned. */
static const char *received(void)
{
	static char text[1024];
	ssize_t n = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n < 0)
		return "(nothing)";
	text[n] = '\0';
	return text;
}

START_TEST(notify_ready_reaches_an_abstract_socket)
{
	notify_ready("serving on port 3340");
	ck_assert_str_eq(received(), "READY=1\nSTATUS=serving on port 3340");
	notify_ready(NULL);
	ck_assert_str_eq(received(), "READY=1");
}
END_TEST

START_TEST(notify_ready_reaches_a_socket_in_the_file_system)
{
	stop_listening();
	snprintf(manager_path, sizeof(manager_path), "/tmp/hd-notify-%ld", (long)getpid());
	listen_at(manager_path);
	notify_ready(NULL);
	ck_assert_str_eq(received(), "READY=1");
}
END_TEST

START_TEST(notify_reloading_tells_the_monotonic_time)
{
	uint64_t before = mono_now_ns() / 1000;
	const char *text;
	char *end;
	uint64_t told;

	notify_reloading();
	text = received();
	ck_assert_int_eq(strncmp(text, "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
	told = strtoull(text + 27, &end, 10);
	ck_assert_str_eq(end, "");
	ck_assert_uint_ge(told, before);
	ck_assert_uint_le(told, mono_now_ns() / 1000);
}
END_TEST

START_TEST(notify_sends_each_state_by_its_name)
{
	notify_stopping();
	ck_assert_str_eq(received(), "STOPPING=1");
	notify_watchdog();
	ck_assert_str_eq(received(), "WATCHDOG=1");
	notify_status("12 clients");
	ck_assert_str_eq(received(), "STATUS=12 clients");
	notify_status(NULL);
	ck_assert_str_eq(received(), "(nothing)");
}
END_TEST

START_TEST(notify_status_stays_one_assignment)
{
	char text[400];

	notify_status("one\nMAINPID=1\ttwo\x7f");
	ck_assert_str_eq(received(), "STATUS=one MAINPID=1 two ");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	notify_status(text);
	ck_assert_uint_eq(strlen(received()), strlen("STATUS=") + 200);
}
END_TEST

START_TEST(notify_without_socket_sends_nothing)
{
	unsetenv("NOTIFY_SOCKET");
	notify_ready("x");
	ck_assert_str_eq(received(), "(nothing)");
}
END_TEST

START_TEST(notify_survives_names_that_are_no_socket)
{
	static const char *const names[] = { "", "@", "/", "relative", "vsock:2:1234",
					     "/nowhere/at/all", "@nobody" };
	char longer[300];
	int fd = dup(0);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		notify_ready(NULL);
	}
	memset(longer, 'a', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longer, 1);
	notify_ready(NULL);
	ck_assert_str_eq(received(), "(nothing)");
	/* None of it left a descriptor open. */
	close(fd);
	ck_assert_int_eq(dup(0), fd);
}
END_TEST

START_TEST(notify_watchdog_ms_is_half_the_interval)
{
	char pid[32];

	setenv("WATCHDOG_USEC", "30000000", 1);
	unsetenv("WATCHDOG_PID");
	ck_assert_uint_eq(notify_watchdog_ms(), 15000);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	ck_assert_uint_eq(notify_watchdog_ms(), 15000);
	setenv("WATCHDOG_USEC", "1", 1);
	ck_assert_uint_eq(notify_watchdog_ms(), 1);
	setenv("WATCHDOG_USEC", "9223372036854775807", 1);
	ck_assert_uint_eq(notify_watchdog_ms(), UINT32_MAX);
}
END_TEST

START_TEST(notify_watchdog_ms_is_zero_unless_asked_for)
{
	static const char *const intervals[] = { "", "0", "-1", "1s", " 5", "9223372036854775808" };

	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	ck_assert_uint_eq(notify_watchdog_ms(), 0);
	for (size_t i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
		setenv("WATCHDOG_USEC", intervals[i], 1);
		ck_assert_msg(notify_watchdog_ms() == 0, "interval \"%s\"", intervals[i]);
	}
	setenv("WATCHDOG_USEC", "30000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	ck_assert_uint_eq(notify_watchdog_ms(), 0);
	setenv("WATCHDOG_PID", "x", 1);
	ck_assert_uint_eq(notify_watchdog_ms(), 0);
}
END_TEST

/* Descriptors from 3 up belong to the test framework here: what takes them
 * runs in a process of its own and tells by its exit code. */
static int in_child(int (*body)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(body());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void pass_fds(const char *count, long pid)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", pid);
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDS", count, 1);
	setenv("LISTEN_FDNAMES", "relay:metrics", 1);
}

static int variables_left(void)
{
	return getenv("LISTEN_PID") || getenv("LISTEN_FDS") || getenv("LISTEN_FDNAMES");
}

static int body_takes_two(void)
{
	dup2(0, 3);
	dup2(0, 4);
	dup2(0, 5);
	pass_fds("2", getpid());
	if (notify_listen_fds() != 2 || variables_left())
		return 1;
	if (!(fcntl(3, F_GETFD) & FD_CLOEXEC) || !(fcntl(4, F_GETFD) & FD_CLOEXEC))
		return 2;
	return fcntl(5, F_GETFD) & FD_CLOEXEC ? 3 : 0;
}

static int body_not_ours(void)
{
	dup2(0, 3);
	pass_fds("1", getppid());
	if (notify_listen_fds() != 0 || variables_left())
		return 1;
	return fcntl(3, F_GETFD) & FD_CLOEXEC ? 2 : 0;
}

static int body_none(void)
{
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	return notify_listen_fds();
}

static int body_closed_descriptor(void)
{
	dup2(0, 3);
	close(4);
	pass_fds("2", getpid());
	return notify_listen_fds() == ERROR_IO && !variables_left() ? 0 : 1;
}

static int body_nonsense(void)
{
	static const char *const counts[] = { "", "x", "-1", "1025", "99999999999999999999" };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		pass_fds(counts[i], getpid());
		if (notify_listen_fds() != ERROR_MALFORMED || variables_left())
			return (int)i + 1;
	}
	return 0;
}

START_TEST(notify_listen_fds_takes_what_is_passed)
{
	ck_assert_int_eq(in_child(body_takes_two), 0);
}
END_TEST

START_TEST(notify_listen_fds_leaves_those_of_another_process)
{
	ck_assert_int_eq(in_child(body_not_ours), 0);
	ck_assert_int_eq(in_child(body_none), 0);
}
END_TEST

START_TEST(notify_listen_fds_refuses_a_closed_descriptor)
{
	ck_assert_int_eq(in_child(body_closed_descriptor), 0);
}
END_TEST

START_TEST(notify_listen_fds_refuses_nonsense)
{
	ck_assert_int_eq(in_child(body_nonsense), 0);
}
END_TEST

Suite *test_notify_suite(void)
{
	Suite *s = suite_create("notify");
	TCase *tc = tcase_create("send");

	tcase_add_checked_fixture(tc, listen_abstract, stop_listening);
	tcase_add_test(tc, notify_ready_reaches_an_abstract_socket);
	tcase_add_test(tc, notify_ready_reaches_a_socket_in_the_file_system);
	tcase_add_test(tc, notify_reloading_tells_the_monotonic_time);
	tcase_add_test(tc, notify_sends_each_state_by_its_name);
	tcase_add_test(tc, notify_status_stays_one_assignment);
	tcase_add_test(tc, notify_without_socket_sends_nothing);
	tcase_add_test(tc, notify_survives_names_that_are_no_socket);
	suite_add_tcase(s, tc);
	tc = tcase_create("environment");
	tcase_add_test(tc, notify_watchdog_ms_is_half_the_interval);
	tcase_add_test(tc, notify_watchdog_ms_is_zero_unless_asked_for);
	tcase_add_test(tc, notify_listen_fds_takes_what_is_passed);
	tcase_add_test(tc, notify_listen_fds_leaves_those_of_another_process);
	tcase_add_test(tc, notify_listen_fds_refuses_a_closed_descriptor);
	tcase_add_test(tc, notify_listen_fds_refuses_nonsense);
	suite_add_tcase(s, tc);
	return s;
}
