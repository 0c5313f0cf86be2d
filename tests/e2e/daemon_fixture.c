/* SPDX-License-Identifier: MIT */
#include "tests/e2e/daemon_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/box.h"
#include "data/ring_probe.h"
#include "tests/e2e/daemon_log.h"
#include "tests/e2e/tls_fixture.h"

#define ARGS_MAX 64
#define SKIPPED 77
#define PASSED_FD 3
#define PATHS_MAX 64 /* of one test */
#define CHILD_FAILED 127 /* before it became the daemon */

struct daemon {
	pid_t pid;
	uint16_t port;
	uint16_t metrics_port;
	bool tls;
	struct daemon_log *log;
};

/* --- scratch files -------------------------------------------------------- */

static char base_dir[PATH_MAX]; /* of the whole program */
static char test_dir[PATH_MAX]; /* of one test, which is a process of its own */

const char *daemon_fixture_dir(void)
{
	if (!test_dir[0]) {
		int n = snprintf(test_dir, sizeof(test_dir), "%s/test.XXXXXX", base_dir);

		ck_assert_int_lt(n, (int)sizeof(test_dir));
		ck_assert_ptr_nonnull(mkdtemp(test_dir));
	}
	return test_dir;
}

const char *daemon_fixture_path(const char *name)
{
	static char paths[PATHS_MAX][PATH_MAX];
	static int used;
	char *path = paths[used++];

	ck_assert_int_le(used, PATHS_MAX);
	ck_assert_int_lt(snprintf(path, PATH_MAX, "%s/%s", daemon_fixture_dir(), name), PATH_MAX);
	return path;
}

void daemon_fixture_write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

char *daemon_fixture_read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct bytes b;
	size_t len;
	ssize_t n;

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	bytes_init(&b, 64 * 1024 * 1024);
	do {
		ck_assert_int_eq(bytes_reserve(&b, 4096), 0);
		n = read(fd, b.data + b.len, 4095);
		ck_assert_int_ge(n, 0);
		b.len += (size_t)n;
	} while (n > 0);
	close(fd);
	b.data[b.len] = '\0';
	return (char *)bytes_steal(&b, &len);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

/* --- starting ------------------------------------------------------------- */

/* Nobody else is given it before the daemon takes it: until the test ends it stays
 * bound to a socket that does not listen, and so hinders no listener. */
static uint16_t free_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	return ntohs(in.sin_port);
}

/* Absolute: the child may start in another directory. */
static const char *program(void)
{
	static char path[PATH_MAX];
	const char *given = getenv("HD_DAEMON"), *build = getenv("HD_BUILDDIR");
	char name[PATH_MAX];

	if (path[0])
		return path;
	if (given)
		snprintf(name, sizeof(name), "%s", given);
	else
		snprintf(name, sizeof(name), "%s/hyper-derp", build ? build : ".");
	ck_assert_msg(realpath(name, path) != NULL, "%s: %s", name, strerror(errno));
	return path;
}

struct launch {
	const char *argv[ARGS_MAX];
	size_t argc;
	char port_text[8];
	struct daemon_surroundings around;
	int log_fd;
};

static void add_arg(struct launch *l, const char *arg)
{
	ck_assert_uint_lt(l->argc, ARGS_MAX - 1);
	l->argv[l->argc++] = arg;
}

/* In the child, before exec. */
static void set_environment(const char *const *environment)
{
	for (; environment && *environment; environment++) {
		const char *equals = strchr(*environment, '=');
		char name[64], pid[16];

		snprintf(name, sizeof(name), "%.*s", (int)(equals - *environment), *environment);
		snprintf(pid, sizeof(pid), "%d", (int)getpid());
		setenv(name, strcmp(equals, "=self") == 0 ? pid : equals + 1, 1);
	}
}

/* In the child. */
static void filter_calls(const struct sock_fprog *program_of)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program_of) != 0)
		_exit(CHILD_FAILED);
}

/* io_uring_setup fails from here on, whoever runs. */
static void refuse_io_uring(int as_errno)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)as_errno),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	filter_calls(&(struct sock_fprog){ HD_ARRAY_LEN(code), code });
}

/* Nor can an upper layer be put on a TCP socket. (The low halves of arguments:
 * both architectures are little-endian.) */
static void refuse_ulp(int as_errno)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_setsockopt, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TCP_ULP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)as_errno),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	filter_calls(&(struct sock_fprog){ HD_ARRAY_LEN(code), code });
}

static void run_child(const struct launch *l, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(CHILD_FAILED); /* the test ended before the line above */
	set_environment(l->around.environment);
	if (l->around.directory && chdir(l->around.directory) != 0)
		_exit(CHILD_FAILED);
	if (l->around.passed_fd && dup2(*l->around.passed_fd, PASSED_FD) < 0)
		_exit(CHILD_FAILED);
	dup2(l->log_fd, STDOUT_FILENO);
	dup2(l->log_fd, STDERR_FILENO);
	if (l->around.open_files) {
		struct rlimit limit = { l->around.open_files, l->around.open_files };

		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			_exit(CHILD_FAILED);
	}
	if (l->around.io_uring_errno)
		refuse_io_uring(l->around.io_uring_errno);
	if (l->around.ulp_errno)
		refuse_ulp(l->around.ulp_errno);
	execv(program(), (char *const *)(uintptr_t)l->argv);
	dprintf(STDERR_FILENO, "%s: %s\n", program(), strerror(errno));
	_exit(CHILD_FAILED);
}

static struct daemon *launch(struct launch *l)
{
	struct daemon *d = calloc(1, sizeof(*d));
	pid_t parent = getpid();
	int ends[2];

	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	l->log_fd = ends[1];
	d->pid = fork();
	ck_assert_int_ge(d->pid, 0);
	if (d->pid == 0)
		run_child(l, parent);
	close(ends[1]);
	d->log = daemon_log_new(ends[0]);
	ck_assert_ptr_nonnull(d->log);
	return d;
}

static void add_option(struct launch *l, const char *name, const char *value)
{
	add_arg(l, name);
	add_arg(l, value);
}

static bool has_arg(const struct launch *l, const char *arg)
{
	for (size_t i = 0; i < l->argc; i++)
		if (strcmp(l->argv[i], arg) == 0)
			return true;
	return false;
}

/* STUN would be on, and its port is not free for several at a time. */
static void add_tls(struct launch *l)
{
	const struct tls_fixture_pair *pair = tls_fixture_pair();

	if (getenv("HD_E2E_KTLS") && !has_arg(l, "--ktls"))
		add_option(l, "--ktls", getenv("HD_E2E_KTLS"));
	add_option(l, "--tls-cert", pair->cert);
	add_option(l, "--tls-key", pair->key);
	add_arg(l, "--stun=false");
}

/* For tests that run once more with another setting. */
static void add_setting(struct launch *l)
{
	if (getenv("HD_E2E_WHOLE_BUFFERS"))
		add_arg(l, "--no-buf-parts");
}

struct daemon *daemon_spawn(const char *const args[], const struct daemon_surroundings *around)
{
	struct launch l = { .around = around ? *around : (struct daemon_surroundings){ 0 } };
	uint16_t metrics_port = 0;
	struct daemon *d;
	bool bare = args[0] && strcmp(args[0], "--bare") == 0;

	add_arg(&l, program());
	if (!bare) {
		metrics_port = free_port();
		snprintf(l.port_text, sizeof(l.port_text), "%u", metrics_port);
		add_option(&l, "--listen", "127.0.0.1");
		add_option(&l, "--port", "0");
		add_option(&l, "--metrics-port", l.port_text);
		add_option(&l, "--key-file", daemon_fixture_path("derper.key"));
	}
	for (args += bare; *args; args++)
		add_arg(&l, *args);
	if (!bare)
		add_setting(&l);
	if (!bare && tls_fixture_wanted() && !has_arg(&l, "--tls-cert"))
		add_tls(&l);
	d = launch(&l);
	d->metrics_port = metrics_port;
	d->tls = has_arg(&l, "--tls-cert");
	return d;
}

/* The port in "relay: listening on ADDRESS:PORT". */
static void read_port(struct daemon *d)
{
	char line[512];

	if (daemon_log_find(d->log, "relay: listening on ", line, sizeof(line)))
		d->port = (uint16_t)strtoul(strrchr(line, ':') + 1, NULL, 10);
}

void daemon_await_serving(struct daemon *d)
{
	ck_assert_msg(daemon_log_await(d->log, "relay: serving", DAEMON_FIXTURE_WAIT_MS),
		      "the daemon does not serve:\n%s", daemon_log_text(d->log));
	read_port(d);
}

struct daemon *daemon_start(const char *const args[])
{
	struct daemon *d = daemon_spawn(args, NULL);

	daemon_await_serving(d);
	return d;
}

/* --- ending --------------------------------------------------------------- */

static int reap(struct daemon *d)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(d->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	ck_assert_int_eq(pid, d->pid);
	daemon_log_finish(d->log);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void release(struct daemon *d)
{
	daemon_log_free(d->log);
	free(d);
}

int daemon_wait(struct daemon *d)
{
	int status = reap(d);

	release(d);
	return status;
}

int daemon_wait_saying(struct daemon *d, const char *text)
{
	int status = reap(d);
	const char *said = daemon_log_text(d->log);

	ck_assert_msg(strstr(said, text) != NULL, "nothing about \"%s\" in:\n%s", text, said);
	release(d);
	return status;
}

int daemon_wait_text(struct daemon *d, char **text)
{
	int status = reap(d);

	*text = strdup(daemon_log_text(d->log));
	ck_assert_ptr_nonnull(*text);
	release(d);
	return status;
}

void daemon_signal(struct daemon *d, int sig)
{
	ck_assert_int_eq(kill(d->pid, sig), 0);
}

void daemon_stop(struct daemon *d)
{
	int status;

	daemon_signal(d, SIGTERM);
	status = reap(d);
	ck_assert_msg(status == 0, "the daemon ended with %d:\n%s", status, daemon_log_text(d->log));
	release(d);
}

/* --- looking at it -------------------------------------------------------- */

pid_t daemon_pid(const struct daemon *d)
{
	return d->pid;
}

uint16_t daemon_port(const struct daemon *d)
{
	ck_assert_uint_ne(d->port, 0);
	return d->port;
}

uint16_t daemon_metrics_port(const struct daemon *d)
{
	return d->metrics_port;
}

bool daemon_has_tls(const struct daemon *d)
{
	return d->tls;
}

struct key daemon_public_key(struct daemon *d)
{
	char line[512];
	struct key k;

	ck_assert(daemon_log_find(d->log, "public key nodekey:", line, sizeof(line)));
	ck_assert(key_parse(&k, strstr(line, "nodekey:")));
	return k;
}

void daemon_await_log(struct daemon *d, const char *text)
{
	ck_assert_msg(daemon_log_await(d->log, text, DAEMON_FIXTURE_WAIT_MS), "the log never said \"%s\":\n%s",
		      text, daemon_log_text(d->log));
}

bool daemon_logged(struct daemon *d, const char *text)
{
	char line[512];

	return daemon_log_find(d->log, text, line, sizeof(line));
}

/* --- program -------------------------------------------------------------- */

TCase *daemon_fixture_case(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	tcase_set_timeout(t, DAEMON_FIXTURE_TEST_TIMEOUT_S);
	suite_add_tcase(s, t);
	return t;
}

int daemon_fixture_main(runner_suite_fn *make_suite)
{
	const char *tmp = getenv("TMPDIR");
	char why[512];
	int result;

	snprintf(base_dir, sizeof(base_dir), "%s/hyper-derp-e2e.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(base_dir) || box_start() != 0) {
		perror(base_dir);
		return 1;
	}
	if (ring_probe(why, sizeof(why)) != 0) {
		fprintf(stderr, "skipped: %s\n", why);
		result = SKIPPED;
	} else {
		result = runner_main(&make_suite, 1);
	}
	nftw(base_dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return result;
}
