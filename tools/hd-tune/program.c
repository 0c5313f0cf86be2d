/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.h"
#include "util/mono.h"

#define READ_SIZE 4096
#define POLITE_MS 5000

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

void program_catch_signals(void)
{
	struct sigaction catch = { .sa_handler = on_signal };

	sigaction(SIGINT, &catch, NULL);
	sigaction(SIGTERM, &catch, NULL);
}

bool program_interrupted(void)
{
	return interrupted;
}

static bool is_program(const char *folder, size_t len, const char *name, char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%.*s/%s", (int)len, folder, name);

	return n > 0 && n < PATH_MAX && access(path, X_OK) == 0;
}

static bool beside_this(const char *name, char path[PATH_MAX])
{
	char own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	const char *slash;

	if (n <= 0)
		return false;
	own[n] = '\0';
	slash = strrchr(own, '/');
	return slash && is_program(own, (size_t)(slash - own), name, path);
}

bool program_find(const char *name, const char *told, char path[PATH_MAX])
{
	const char *folders = getenv("PATH");

	if (told)
		return snprintf(path, PATH_MAX, "%s", told) < PATH_MAX && access(path, X_OK) == 0;
	if (beside_this(name, path))
		return true;
	for (const char *at = folders; at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
		size_t len = strcspn(at, ":");

		if (len > 0 && is_program(at, len, name, path))
			return true;
	}
	return false;
}

/* Its systemd is not ours to tell, and its files are not those of a service. */
static void set_environment(const char *scratch)
{
	static const char *const folders[] = { "RUNTIME_DIRECTORY", "STATE_DIRECTORY", "XDG_RUNTIME_DIR",
					       "XDG_STATE_HOME", "HOME" };

	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	for (size_t i = 0; i < HD_ARRAY_LEN(folders); i++)
		setenv(folders[i], scratch, 1);
}

static _Noreturn void run(const char *const argv[], const char *scratch, int end, bool errors, pid_t parent)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 ||
	    dup2(errors ? nowhere : end, STDOUT_FILENO) < 0 || dup2(errors ? end : nowhere, STDERR_FILENO) < 0)
		_exit(127);
	set_environment(scratch);
	execv(argv[0], (char *const *)argv); /* it changes none of them */
	_exit(127);
}

int program_start(struct program *p, const char *const argv[], const char *scratch, bool errors)
{
	pid_t parent = getpid(), pid;
	int ends[2];

	*p = (struct program){ 0, -1 };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return ERROR_IO;
	pid = fork();
	if (pid == 0)
		run(argv, scratch, ends[1], errors, parent);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return ERROR_IO;
	}
	*p = (struct program){ pid, ends[0] };
	return 0;
}

static bool holds(const struct bytes *out, const char *text)
{
	return text && out->len > 0 && memmem(out->data, out->len, text, strlen(text));
}

/* 1: something came, 0: its end was closed. */
static int read_some(int fd, struct bytes *out)
{
	int error = bytes_reserve(out, READ_SIZE);
	ssize_t n;

	if (error)
		return error;
	n = read(fd, out->data + out->len, READ_SIZE);
	if (n < 0)
		return errno == EINTR ? 1 : ERROR_IO;
	out->len += (size_t)n;
	return n > 0;
}

static int wait_for_input(int fd, uint64_t deadline_ns)
{
	for (;;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		uint64_t now = mono_now_ns();
		int n;

		if (interrupted || now >= deadline_ns)
			return ERROR_TIMEOUT;
		n = poll(&ready, 1, (int)((deadline_ns - now) / MONO_NS_PER_MS) + 1);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return ERROR_IO;
	}
}

int program_read(struct program *p, struct bytes *out, const char *until, uint64_t deadline_ns)
{
	while (!holds(out, until)) {
		int error = wait_for_input(p->output, deadline_ns);

		if (!error)
			error = read_some(p->output, out);
		if (error < 0)
			return error;
		if (error == 0)
			return until ? ERROR_CLOSED : 0;
	}
	return 0;
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int program_wait(struct program *p)
{
	int status = 0;

	if (p->output >= 0)
		close(p->output);
	while (p->pid > 0 && waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	*p = (struct program){ 0, -1 };
	return exit_code(status);
}

/* Its end of the pipe closes with it: that is what is waited for. */
int program_end(struct program *p)
{
	uint64_t deadline_ns = mono_now_ns() + POLITE_MS * MONO_NS_PER_MS;
	char nothing[READ_SIZE];

	if (p->pid <= 0)
		return 0;
	kill(p->pid, SIGTERM);
	for (;;) {
		struct pollfd ready = { .fd = p->output, .events = POLLIN };
		uint64_t now = mono_now_ns();

		if (now >= deadline_ns)
			break;
		if (poll(&ready, 1, (int)((deadline_ns - now) / MONO_NS_PER_MS) + 1) > 0 &&
		    read(p->output, nothing, sizeof(nothing)) <= 0)
			break;
	}
	if (mono_now_ns() >= deadline_ns)
		kill(p->pid, SIGKILL);
	return program_wait(p);
}
