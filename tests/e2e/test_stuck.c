/* SPDX-License-Identifier: MIT
 * The relay ends though one of its threads does not: the test stops that thread,
 * and only that one, as a debugger does. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "tests/e2e/client_fixture.h"

static bool has_name(pid_t process, pid_t thread, const char *name)
{
	char path[64], text[32] = { 0 };
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", process, thread);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, name) == 0;
}

static pid_t find_thread(const struct daemon *d, const char *name)
{
	const struct dirent *e;
	char path[64];
	pid_t found = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", daemon_pid(d));
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)) != NULL) {
		pid_t thread = (pid_t)strtol(e->d_name, NULL, 10);

		if (thread > 0 && has_name(daemon_pid(d), thread, name))
			found = thread;
	}
	closedir(dir);
	ck_assert_msg(found > 0, "no thread '%s'", name);
	return found;
}

/* 0 where tracing is forbidden. */
static pid_t stop_thread(const struct daemon *d, const char *name)
{
	pid_t thread = find_thread(d, name);
	int status;

	if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) != 0) {
		ck_assert_msg(errno == EPERM || errno == EACCES, "%s", strerror(errno));
		return 0;
	}
	ck_assert_int_eq(ptrace(PTRACE_INTERRUPT, thread, NULL, NULL), 0);
	ck_assert_int_eq(waitpid(thread, &status, __WALL), thread);
	ck_assert(WIFSTOPPED(status));
	return thread;
}

static const char *const threads[] = { "worker 0", "worker 1", "control", "accept 0" };

START_TEST(stuck_thread_does_not_keep_the_relay_from_ending)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "2", "--stop-timeout-ms", "2000"));
	struct derp_client *c = client_login(d);
	pid_t thread = stop_thread(d, threads[_i]);
	char text[64];
	int status;

	if (thread == 0) {
		printf("%s: not tried, tracing is forbidden here\n", threads[_i]);
		daemon_stop(d);
		derp_client_free(c);
		return;
	}
	daemon_signal(d, SIGTERM);
	/* Its end is told to who traces it before that of the process. */
	while (waitpid(thread, &status, __WALL) == thread && WIFSTOPPED(status))
		continue;
	snprintf(text, sizeof(text), "%s has not ended within 2000 ms", threads[_i]);
	ck_assert_int_eq(daemon_wait_saying(d, text), 1);
	derp_client_free(c);
}
END_TEST

/* The usual case: what control finds out by itself comes first. */
START_TEST(stuck_worker_is_named_when_it_does_not_drain)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "2", "--stop-timeout-ms", "4000"));
	pid_t thread = stop_thread(d, "worker 1");
	int status;

	if (thread == 0) {
		daemon_stop(d);
		return;
	}
	daemon_signal(d, SIGTERM);
	daemon_await_log(d, "worker 1 did not drain");
	while (waitpid(thread, &status, __WALL) == thread && WIFSTOPPED(status))
		continue;
	ck_assert_int_eq(daemon_wait_saying(d, "worker 1 has not ended within 4000 ms"), 1);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("stuck");
	TCase *t = daemon_fixture_case(s, "stuck");

	tcase_add_loop_test(t, stuck_thread_does_not_keep_the_relay_from_ending, 0, HD_ARRAY_LEN(threads));
	tcase_add_test(t, stuck_worker_is_named_when_it_does_not_drain);
	return s;
}

int main(void)
{
	return daemon_fixture_main(make_suite);
}
