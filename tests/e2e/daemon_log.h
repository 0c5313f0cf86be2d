/* SPDX-License-Identifier: MIT
 * The log of a daemon under test: a thread reads the pipe, so that the daemon
 * never waits for the test, and tests look for lines. */
#ifndef HD_TESTS_E2E_DAEMON_LOG_H
#define HD_TESTS_E2E_DAEMON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct daemon_log;

/* Takes the reading end of the pipe. NULL: no memory or no thread. */
struct daemon_log *daemon_log_new(int fd);
/* Returns when the pipe has ended and everything in it is read. */
void daemon_log_finish(struct daemon_log *l);
void daemon_log_free(struct daemon_log *l);

/* Waits for a whole line that holds `text`, behind the line that the last
 * successful call found. False when the log ends, or the time is over. */
bool daemon_log_await(struct daemon_log *l, const char *text, uint32_t timeout_ms);
/* The first line of all so far that holds `text`. */
bool daemon_log_find(struct daemon_log *l, const char *text, char *line, size_t cap);
/* Everything so far; valid until the next call. */
const char *daemon_log_text(struct daemon_log *l);

#endif
