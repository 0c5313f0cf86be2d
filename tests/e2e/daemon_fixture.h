/* SPDX-License-Identifier: MIT
 * The real daemon as a child of a test: started on loopback with a port of its
 * own and a scratch directory, watched through its log, stopped and checked.
 * A failure in here fails the running Check test. The child dies with the test.
 *
 * HD_DAEMON names the program, else $HD_BUILDDIR/hyper-derp. With HD_E2E_LOG
 * set, the daemon's log is copied to stderr. */
#ifndef HD_TESTS_E2E_DAEMON_FIXTURE_H
#define HD_TESTS_E2E_DAEMON_FIXTURE_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/key.h"
#include "tests/unit/runner.h"
#include "util/bytes.h"

/* Longest wait for anything that must happen; only a failure takes so long. */
#define DAEMON_FIXTURE_WAIT_MS 60000
#define DAEMON_FIXTURE_TEST_TIMEOUT_S 1200

/* Built with a sanitizer, whose own memory hides the daemon's? */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DAEMON_FIXTURE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DAEMON_FIXTURE_SANITIZED 1
#endif
#endif
#ifndef DAEMON_FIXTURE_SANITIZED
#define DAEMON_FIXTURE_SANITIZED 0
#endif

/* main() of an end-to-end test program: one suite. Exits 77 (skipped) where the
 * kernel offers no io_uring. */
int daemon_fixture_main(runner_suite_fn *make_suite);
/* A test case with the timeout above. */
TCase *daemon_fixture_case(Suite *s, const char *name);

struct daemon;

#define DAEMON_ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A directory of this test alone; it is removed when the program ends. */
const char *daemon_fixture_dir(void);
/* "DIR/name" in a buffer that stays for the whole test. */
const char *daemon_fixture_path(const char *name);
void daemon_fixture_write_file(const char *path, const char *text, mode_t mode);
/* Contents, NUL-terminated; the caller frees. */
char *daemon_fixture_read_file(const char *path);

/* What a child finds around it. Zeroes are nothing special. */
struct daemon_surroundings {
	const char *const *environment; /* NAME=VALUE, ends with NULL; "LISTEN_PID=self": the child's own id */
	const int *passed_fd;           /* the child gets this descriptor as number 3 */
	int io_uring_errno;             /* io_uring_setup(2) fails so */
	int ulp_errno;                  /* TCP sockets get no upper layer, kTLS among them, but this */
	unsigned open_files;            /* RLIMIT_NOFILE, soft and hard; 0: as ours */
	const char *directory;          /* where it starts */
};

/* Arguments end with NULL. Given besides, unless the list begins with "--bare":
 * --listen 127.0.0.1 --port 0 --metrics-port FREE --key-file DIR/derper.key, and
 * what tls_fixture.h says.
 * Returns when the daemon serves. */
struct daemon *daemon_start(const char *const args[]);
/* Starts it and waits for nothing. around: NULL is fine. */
struct daemon *daemon_spawn(const char *const args[], const struct daemon_surroundings *around);
/* For one that daemon_spawn made: waits until it serves. */
void daemon_await_serving(struct daemon *d);
/* SIGTERM; the exit status must be 0 (that is also where leak checkers speak). */
void daemon_stop(struct daemon *d);
/* Waits for the end. Returns the exit status, or -SIGNAL; frees the daemon. */
int daemon_wait(struct daemon *d);
/* The same, for one that says all it has to say and ends: what it wrote to
 * stdout and stderr must hold `text`. */
int daemon_wait_saying(struct daemon *d, const char *text);
/* The same, for what it wrote, which the caller frees. */
int daemon_wait_text(struct daemon *d, char **text);
void daemon_signal(struct daemon *d, int sig);

pid_t daemon_pid(const struct daemon *d);
uint16_t daemon_port(const struct daemon *d);
uint16_t daemon_metrics_port(const struct daemon *d);
/* It was started with a certificate. */
bool daemon_has_tls(const struct daemon *d);
/* As the log tells it. */
struct key daemon_public_key(struct daemon *d);

/* Waits for a log line that holds `text`, among those behind the line that the
 * last successful call found. */
void daemon_await_log(struct daemon *d, const char *text);
/* Is there such a line in all that was logged until now? */
bool daemon_logged(struct daemon *d, const char *text);

/* Resident memory; CPU time used until now; descriptors open now. */
uint64_t daemon_rss_kib(const struct daemon *d);
uint64_t daemon_cpu_ms(const struct daemon *d);
/* Looks again until it is no more. */
void daemon_await_rss_kib_max(const struct daemon *d, uint64_t kib);
unsigned daemon_fd_count(const struct daemon *d);
/* Looks again until no more than this are open: the relay closes its end of a
 * connection when it finds that ours is gone. */
void daemon_await_fd_count_max(const struct daemon *d, unsigned count);

/* Status of GET on a port of 127.0.0.1, the body NUL-terminated in `body`
 * (bytes_init'ed here, released by the caller). */
int daemon_fixture_get(uint16_t port, const char *path, struct bytes *body);
/* The same of the relay's own port, over TLS if that is what it speaks. */
int daemon_get(struct daemon *d, const char *path, struct bytes *body);
/* Value of one series of /metrics, e.g. closes_total{reason="eof"} (without
 * the prefix). It must be there. */
uint64_t daemon_metric(struct daemon *d, const char *series);
/* Sum of all series that begin with `prefix`. */
uint64_t daemon_metric_sum(struct daemon *d, const char *prefix);
/* Asks again until the value is there. What the daemon's threads count is seen
 * a moment after what they did: only that a counter stayed at zero may be
 * asserted outright. */
void daemon_await_metric(struct daemon *d, const char *series, uint64_t value);
void daemon_await_metric_min(struct daemon *d, const char *series, uint64_t value);
void daemon_await_metric_max(struct daemon *d, const char *series, uint64_t value);
void daemon_await_metric_sum(struct daemon *d, const char *prefix, uint64_t value);

#endif
