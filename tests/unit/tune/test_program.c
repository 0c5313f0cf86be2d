/* SPDX-License-Identifier: MIT
 * Other programs; and hd-tune itself as one, on a terminal and elsewhere. */
#include <check.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tune/folder.h"
#include "tests/unit/tune/machines.h"
#include "tools/hd-tune/program.h"
#include "util/error.h"
#include "util/mono.h"

#define DEADLINE (mono_now_ns() + 60 * MONO_NS_PER_S)

Suite *test_program_suite(void);

static int start_shell(struct program *p, const char *script, bool errors)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };

	return program_start(p, argv, "/tmp", errors);
}

START_TEST(program_find_takes_what_it_is_told)
{
	char path[PATH_MAX];

	ck_assert(program_find("x", "/bin/sh", path));
	ck_assert_str_eq(path, "/bin/sh");
	ck_assert(!program_find("sh", "/nowhere/sh", path));
	ck_assert(program_find("sh", NULL, path));
	ck_assert(!program_find("no-such-program-here", NULL, path));
}
END_TEST

START_TEST(program_read_stops_at_a_text)
{
	struct program p;
	struct bytes out;

	bytes_init(&out, 65536);
	ck_assert_int_eq(start_shell(&p, "echo one >&2; echo not; echo two; read x; exec cat", false), 0);
	ck_assert_int_eq(program_read(&p, &out, "two\n", DEADLINE), 0);
	ck_assert_uint_eq(out.len, 8);
	program_end(&p);
	bytes_release(&out);
}
END_TEST

START_TEST(program_read_takes_errors_alone_if_asked)
{
	struct program p;
	struct bytes out;

	bytes_init(&out, 65536);
	ck_assert_int_eq(start_shell(&p, "echo one >&2; echo two; exit 7", true), 0);
	ck_assert_int_eq(program_read(&p, &out, NULL, DEADLINE), 0);
	ck_assert_uint_eq(out.len, 4);
	ck_assert_int_eq(program_wait(&p), 7);
	bytes_release(&out);
}
END_TEST

START_TEST(program_read_says_when_it_ended_or_takes_too_long)
{
	struct program p;
	struct bytes out;

	bytes_init(&out, 65536);
	ck_assert_int_eq(start_shell(&p, "echo one", false), 0);
	ck_assert_int_eq(program_read(&p, &out, "two", DEADLINE), ERROR_CLOSED);
	ck_assert_int_eq(program_wait(&p), 0);
	ck_assert_int_eq(start_shell(&p, "exec sleep 600", false), 0);
	ck_assert_int_eq(program_read(&p, &out, NULL, mono_now_ns() + 10 * MONO_NS_PER_MS), ERROR_TIMEOUT);
	ck_assert_int_eq(program_end(&p), -1);
	bytes_release(&out);
}
END_TEST

START_TEST(program_that_is_not_there_ends_at_once)
{
	const char *argv[] = { "/nowhere/program", NULL };
	struct program p;
	struct bytes out;

	bytes_init(&out, 65536);
	ck_assert_int_eq(program_start(&p, argv, "/tmp", false), 0);
	ck_assert_int_eq(program_read(&p, &out, "x", DEADLINE), ERROR_CLOSED);
	ck_assert_int_eq(program_wait(&p), 127);
	bytes_release(&out);
}
END_TEST

static const char *own_program(void)
{
	static char path[PATH_MAX];
	const char *build = getenv("HD_BUILDDIR");

	snprintf(path, sizeof(path), "%s/hd-tune", build ? build : ".");
	return path;
}

/* What hd-tune writes to a terminal; false if there can be none. */
static bool read_terminal(const char *no_colour, char *out, size_t cap)
{
	const char *machine = machines_own("synthetic/aws-graviton3-8c.xml");
	size_t len = 0;
	int terminal, status;
	ssize_t n;
	pid_t pid = forkpty(&terminal, NULL, NULL, NULL);

	if (pid < 0) {
		printf("skipped: no terminal can be made here\n");
		return false;
	}
	if (pid == 0) {
		unsetenv("NO_COLOR");
		if (no_colour)
			setenv("NO_COLOR", no_colour, 1);
		execl(own_program(), "hd-tune", "--topology", machine, "--nic", "ens5", (char *)NULL);
		_exit(127);
	}
	while ((n = read(terminal, out + len, cap - len - 1)) > 0) /* then EIO: it has ended */
		len += (size_t)n;
	out[len] = '\0';
	close(terminal);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", own_program());
	return true;
}

START_TEST(colour_is_for_terminals)
{
	static char text[65536];

	if (!read_terminal(NULL, text, sizeof(text)))
		return;
	ck_assert_ptr_nonnull(strstr(text, "\033[1mworkers\033[0m: 7"));
	ck_assert(read_terminal("", text, sizeof(text))); /* set, but empty: as if it were not */
	ck_assert_ptr_nonnull(strstr(text, "\033["));
}
END_TEST

START_TEST(colour_is_off_with_no_color)
{
	static char text[65536];

	if (!read_terminal("1", text, sizeof(text)))
		return;
	ck_assert_ptr_nonnull(strstr(text, "workers: 7"));
	ck_assert_ptr_null(strstr(text, "\033["));
}
END_TEST

START_TEST(colour_is_off_in_a_pipe)
{
	const char *argv[] = { own_program(), "--topology", machines_own("synthetic/aws-graviton3-8c.xml"), NULL };
	struct program p;
	struct bytes out;

	bytes_init(&out, 1 << 20);
	ck_assert_int_eq(program_start(&p, argv, "/tmp", false), 0);
	ck_assert_int_eq(program_read(&p, &out, NULL, DEADLINE), 0);
	ck_assert_int_eq(program_wait(&p), 0);
	ck_assert_uint_gt(out.len, 100);
	ck_assert_ptr_null(memchr(out.data, '\033', out.len));
	bytes_release(&out);
}
END_TEST

Suite *test_program_suite(void)
{
	Suite *s = suite_create("program");
	TCase *t = tcase_create("program");

	tcase_add_test(t, program_find_takes_what_it_is_told);
	tcase_add_test(t, program_read_stops_at_a_text);
	tcase_add_test(t, program_read_takes_errors_alone_if_asked);
	tcase_add_test(t, program_read_says_when_it_ended_or_takes_too_long);
	tcase_add_test(t, program_that_is_not_there_ends_at_once);
	tcase_add_test(t, colour_is_for_terminals);
	tcase_add_test(t, colour_is_off_with_no_color);
	tcase_add_test(t, colour_is_off_in_a_pipe);
	suite_add_tcase(s, t);
	return s;
}
