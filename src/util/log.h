/* SPDX-License-Identifier: MIT
 * Log lines to stderr, one shape: "LEVEL subject: text", or with a "<N>"
 * journald level in front when stderr goes to the journal. One write(2) per
 * line, safe from any thread. Nothing on a packet's path calls this. */
#ifndef HD_UTIL_LOG_H
#define HD_UTIL_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/assert.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* Lines below `level` are left out. May be called again at any time from any
 * thread (reload). Journald prefixes are used when $JOURNAL_STREAM names the
 * device and inode of stderr (systemd.exec(5)). */
void log_set_level(enum log_level level);
bool log_wants(enum log_level level);

/* `subject` is who speaks: "worker 0", "accept", "config". Text is cut at
 * 1,000 bytes; all but printable ASCII in it is printed as \xNN, so that input
 * from outside can neither forge lines nor make them unreadable. */
void log_write(enum log_level level, const char *subject, const char *fmt, ...) HD_PRINTF(3, 4);

#define log_debug(subject, ...) \
	(log_wants(LOG_LEVEL_DEBUG) ? log_write(LOG_LEVEL_DEBUG, subject, __VA_ARGS__) : (void)0)
#define log_info(subject, ...) log_write(LOG_LEVEL_INFO, subject, __VA_ARGS__)
#define log_warn(subject, ...) log_write(LOG_LEVEL_WARN, subject, __VA_ARGS__)
#define log_error(subject, ...) log_write(LOG_LEVEL_ERROR, subject, __VA_ARGS__)

/* At most `burst` lines in each `interval_ms`; what was held back is told in
 * the next line that passes ("(17 more not shown)"). Zero-initialise the rest. */
struct log_limit {
	uint32_t burst; /* under 2^24 */
	uint32_t interval_ms;
	_Atomic uint64_t window; /* when it opened, and the lines in it */
	_Atomic uint32_t held_back;
};
void log_limited(struct log_limit *limit, enum log_level level, const char *subject, const char *fmt, ...)
	HD_PRINTF(4, 5);

#endif
