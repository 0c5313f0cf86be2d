/* SPDX-License-Identifier: MIT */
#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/mono.h"

#define LOG_TEXT_MAX 1000
#define LOG_SUBJECT_MAX 64
/* "<6>ERROR " + subject + ": " + every byte of the text as \xNN + newline:
 * under PIPE_BUF, so that lines of two threads never mix in a pipe. */
#define LOG_LINE_MAX 4096

_Static_assert(9 + LOG_SUBJECT_MAX + 2 + 4 * LOG_TEXT_MAX + 1 <= LOG_LINE_MAX, "a whole line must fit");

/* A window's word: 40 bits of milliseconds last for 34 years. */
#define USED_BITS 24
#define USED_MASK ((UINT64_C(1) << USED_BITS) - 1)

static _Atomic int level_min = LOG_LEVEL_INFO;

enum journal { JOURNAL_UNKNOWN, JOURNAL_NO, JOURNAL_YES };
static _Atomic int journal; /* enum journal */

static const struct level_name {
	const char *text;
	char journald; /* sd-daemon(3) */
} level_names[] = {
	[LOG_LEVEL_DEBUG] = { "DEBUG", '7' },
	[LOG_LEVEL_INFO] = { "INFO", '6' },
	[LOG_LEVEL_WARN] = { "WARN", '4' },
	[LOG_LEVEL_ERROR] = { "ERROR", '3' },
};

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&level_min, (int)level, memory_order_relaxed);
}

bool log_wants(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&level_min, memory_order_relaxed);
}

/* Is stderr the stream that systemd connected to the journal? */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char expected[64];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	snprintf(expected, sizeof(expected), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, expected) == 0;
}

/* Found once; two threads that race here find the same. */
static bool to_journal(void)
{
	int known = atomic_load_explicit(&journal, memory_order_relaxed);

	if (known == JOURNAL_UNKNOWN) {
		known = stderr_is_journal() ? JOURNAL_YES : JOURNAL_NO;
		atomic_store_explicit(&journal, known, memory_order_relaxed);
	}
	return known == JOURNAL_YES;
}

/* Appends at most `max` bytes of `text`, all but printable ASCII escaped. */
static size_t put_escaped(char *to, const char *text, size_t max)
{
	char *at = to;

	for (size_t i = 0; i < max && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c < 0x7f)
			*at++ = (char)c;
		else
			at += snprintf(at, 5, "\\x%02x", c);
	}
	return (size_t)(at - to);
}

static void write_line(enum log_level level, const char *subject, const char *text)
{
	const struct level_name *name = &level_names[level];
	char line[LOG_LINE_MAX + 1];
	size_t len = 0;
	ssize_t n;

	if (to_journal())
		len = (size_t)snprintf(line, sizeof(line), "<%c>", name->journald);
	len += (size_t)snprintf(line + len, sizeof(line) - len, "%s %.*s: ", name->text, LOG_SUBJECT_MAX, subject);
	len += put_escaped(line + len, text, LOG_TEXT_MAX);
	line[len++] = '\n';
	do
		n = write(STDERR_FILENO, line, len);
	while (n < 0 && errno == EINTR);
	/* Nobody is left to tell when stderr does not take it. */
}

void log_write(enum log_level level, const char *subject, const char *fmt, ...)
{
	char text[LOG_TEXT_MAX + 1];
	int saved = errno;
	va_list ap;

	if (!log_wants(level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	write_line(level, subject, text);
	errno = saved;
}

/* One more line in the current window? Its start (milliseconds) and the lines
 * in it share one word, so that no thread sees one without the other. */
static bool limit_passes(struct log_limit *limit)
{
	uint64_t now_ms = mono_now_ns() / MONO_NS_PER_MS;
	uint64_t old = atomic_load(&limit->window), new;

	hd_assert(limit->burst <= USED_MASK);
	do {
		uint64_t start_ms = old >> USED_BITS;

		/* another thread may have opened one that begins after our now */
		if (old == 0 || (now_ms > start_ms && now_ms - start_ms >= limit->interval_ms))
			new = now_ms << USED_BITS;
		else
			new = old;
		if ((new & USED_MASK) >= limit->burst)
			return false;
		new++;
	} while (!atomic_compare_exchange_weak(&limit->window, &old, new));
	return true;
}

void log_limited(struct log_limit *limit, enum log_level level, const char *subject, const char *fmt, ...)
{
	char text[LOG_TEXT_MAX + 1];
	int saved = errno;
	uint32_t held_back;
	va_list ap;

	if (!log_wants(level))
		return;
	if (!limit_passes(limit)) {
		atomic_fetch_add(&limit->held_back, 1);
		return;
	}
	held_back = atomic_exchange(&limit->held_back, 0);
	errno = saved;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (held_back > 0) {
		char suffix[40];
		size_t n = (size_t)snprintf(suffix, sizeof(suffix), " (%u more not shown)", held_back);
		size_t len = strnlen(text, LOG_TEXT_MAX - n);

		memcpy(text + len, suffix, n + 1);
	}
	write_line(level, subject, text);
	errno = saved;
}
