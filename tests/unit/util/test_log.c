/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/util/capture.h"
#include "util/log.h"
#include "util/mono.h"

#define THREADS 4
#define LINES 500

Suite *test_log_suite(void);

static struct capture capture;

/* Check runs each test in a process of its own: what log finds out once about
 * stderr, it finds out here. */
static void setup(void)
{
	unsetenv("JOURNAL_STREAM");
	capture_begin(&capture);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		n++;
	return n;
}

START_TEST(log_line_is_level_subject_text)
{
	char *text;

	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("worker 0", "a %d", 1);
	log_info("accept", "b");
	log_warn("config", "c");
	log_error("main", "d");
	text = capture_end(&capture);
	ck_assert_str_eq(text, "DEBUG worker 0: a 1\nINFO accept: b\nWARN config: c\nERROR main: d\n");
	free(text);
}
END_TEST

START_TEST(log_level_leaves_lower_lines_out)
{
	char *text;
	int evaluated = 0;

	log_info("s", "shown by default");
	log_debug("s", "%d", ++evaluated);
	log_set_level(LOG_LEVEL_ERROR);
	ck_assert(log_wants(LOG_LEVEL_ERROR));
	ck_assert(!log_wants(LOG_LEVEL_WARN));
	log_warn("s", "hidden");
	log_error("s", "shown");
	text = capture_end(&capture);
	ck_assert_str_eq(text, "INFO s: shown by default\nERROR s: shown\n");
	ck_assert_int_eq(evaluated, 0);
	free(text);
}
END_TEST

START_TEST(log_text_cannot_forge_lines)
{
	char *text;

	log_info("s", "a\nERROR s: forged\r\x1b[2J\x7f\xc3\xa9 \t~");
	text = capture_end(&capture);
	ck_assert_str_eq(text, "INFO s: a\\x0aERROR s: forged\\x0d\\x1b[2J\\x7f\\xc3\\xa9 \\x09~\n");
	free(text);
}
END_TEST

START_TEST(log_text_is_cut_at_1000_bytes)
{
	char *text, big[3001];

	memset(big, 'x', 3000);
	big[3000] = '\0';
	log_info("s", "%s", big);
	memset(big, '\n', 3000);
	log_info("s", "%s", big);
	text = capture_end(&capture);
	ck_assert_uint_eq(count(text, "x"), 1000 + 1000); /* and those of \x0a */
	ck_assert_uint_eq(count(text, "\\x0a"), 1000);
	ck_assert_uint_eq(count(text, "\n"), 2);
	free(text);
}
END_TEST

START_TEST(log_subject_is_cut_too)
{
	char *text, big[3001];

	memset(big, 'y', 3000);
	big[3000] = '\0';
	log_info(big, "text");
	text = capture_end(&capture);
	ck_assert_uint_eq(count(text, "y"), 64);
	ck_assert_ptr_nonnull(strstr(text, "y: text\n"));
	free(text);
}
END_TEST

START_TEST(log_leaves_errno_alone)
{
	struct log_limit limit = { .burst = 1, .interval_ms = 1000000 };

	errno = EDOM;
	log_info("s", "%m");
	log_limited(&limit, LOG_LEVEL_INFO, "s", "%m");
	log_limited(&limit, LOG_LEVEL_INFO, "s", "%m");
	ck_assert_int_eq(errno, EDOM);
	free(capture_end(&capture));
}
END_TEST

START_TEST(log_without_stderr_leaves_errno_alone)
{
	struct log_limit limit = { .burst = 1, .interval_ms = 1000000 };
	int fd = dup(STDERR_FILENO);

	ck_assert_int_ge(fd, 0);
	close(STDERR_FILENO);
	errno = EDOM;
	log_info("s", "a"); /* write(2) fails with EBADF */
	log_limited(&limit, LOG_LEVEL_INFO, "s", "b");
	ck_assert_int_eq(errno, EDOM);
	dup2(fd, STDERR_FILENO);
	close(fd);
	free(capture_end(&capture));
}
END_TEST

START_TEST(log_to_the_journal_begins_with_its_level)
{
	char stream[64], *text;
	struct stat st;

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("s", "a");
	log_info("s", "b");
	log_warn("s", "c");
	log_error("s", "d");
	text = capture_end(&capture);
	ck_assert_str_eq(text, "<7>DEBUG s: a\n<6>INFO s: b\n<4>WARN s: c\n<3>ERROR s: d\n");
	free(text);
}
END_TEST

START_TEST(log_with_a_journal_elsewhere_has_no_prefix)
{
	char *text;

	ck_assert_int_eq(setenv("JOURNAL_STREAM", "1:1", 1), 0);
	log_info("s", "b");
	text = capture_end(&capture);
	ck_assert_str_eq(text, "INFO s: b\n");
	free(text);
}
END_TEST

START_TEST(log_limited_tells_what_it_held_back)
{
	/* the window of 11 days cannot end in the test; the test ends it */
	struct log_limit limit = { .burst = 3, .interval_ms = 1000000000 };
	char *text;

	for (int i = 0; i < 20; i++)
		log_limited(&limit, LOG_LEVEL_WARN, "s", "line %d.", i);
	limit.window = 0;
	log_limited(&limit, LOG_LEVEL_WARN, "s", "next");
	log_limited(&limit, LOG_LEVEL_WARN, "s", "more");
	text = capture_end(&capture);
	ck_assert_str_eq(text, "WARN s: line 0.\nWARN s: line 1.\nWARN s: line 2.\n"
			       "WARN s: next (17 more not shown)\nWARN s: more\n");
	free(text);
}
END_TEST

START_TEST(log_limited_opens_after_its_interval)
{
	struct log_limit limit = { .burst = 1, .interval_ms = 1 };
	char *text;
	uint64_t begin;

	log_limited(&limit, LOG_LEVEL_WARN, "s", "first");
	begin = mono_now_ns();
	while (mono_now_ns() - begin < 2 * MONO_NS_PER_MS)
		continue;
	log_limited(&limit, LOG_LEVEL_WARN, "s", "second");
	text = capture_end(&capture);
	ck_assert_str_eq(text, "WARN s: first\nWARN s: second\n");
	free(text);
}
END_TEST

START_TEST(log_limited_holds_nothing_back_below_the_level)
{
	struct log_limit limit = { .burst = 1, .interval_ms = 1000000000 };
	char *text;

	for (int i = 0; i < 10; i++)
		log_limited(&limit, LOG_LEVEL_DEBUG, "s", "hidden");
	log_limited(&limit, LOG_LEVEL_INFO, "s", "shown");
	text = capture_end(&capture);
	ck_assert_str_eq(text, "INFO s: shown\n");
	ck_assert_uint_eq(limit.held_back, 0);
	free(text);
}
END_TEST

START_TEST(log_limited_tells_the_count_behind_a_long_text_too)
{
	struct log_limit limit = { .burst = 0, .interval_ms = 1000000000 };
	char *text, big[2001];

	memset(big, 'x', 2000);
	big[2000] = '\0';
	log_limited(&limit, LOG_LEVEL_WARN, "s", "%s", big);
	limit.burst = 1;
	log_limited(&limit, LOG_LEVEL_WARN, "s", "%s", big);
	text = capture_end(&capture);
	ck_assert_ptr_nonnull(strstr(text, "x (1 more not shown)\n"));
	ck_assert_uint_lt(strlen(text), 1020);
	free(text);
}
END_TEST

static struct log_limit shared_limit = { .burst = 100, .interval_ms = 1000000000 };

static void *write_limited(void *arg)
{
	(void)arg;
	for (int i = 0; i < LINES; i++)
		log_limited(&shared_limit, LOG_LEVEL_WARN, "s", "limited");
	return NULL;
}

START_TEST(log_limited_counts_the_lines_of_all_threads)
{
	pthread_t threads[THREADS];
	char *text;

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_limited, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	text = capture_end(&capture);
	ck_assert_uint_eq(count(text, "limited"), 100);
	free(text);
}
END_TEST

static void *write_lines(void *arg)
{
	char subject[16];

	snprintf(subject, sizeof(subject), "thread %d", *(int *)arg);
	for (int i = 0; i < LINES; i++)
		log_info(subject, "line %d of %d", i, LINES);
	return NULL;
}

START_TEST(log_lines_of_threads_do_not_mix)
{
	pthread_t threads[THREADS];
	int numbers[THREADS];
	char *text, *save = NULL;
	int lines = 0;

	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lines, &numbers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	text = capture_end(&capture);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		ck_assert_int_eq(strncmp(line, "INFO thread ", 12), 0);
		ck_assert_uint_eq(count(line, "INFO"), 1);
		ck_assert_uint_eq(count(line, " of 500"), 1);
		lines++;
	}
	ck_assert_int_eq(lines, THREADS * LINES);
	free(text);
}
END_TEST

Suite *test_log_suite(void)
{
	Suite *s = suite_create("log");
	TCase *tc = tcase_create("log");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, log_line_is_level_subject_text);
	tcase_add_test(tc, log_level_leaves_lower_lines_out);
	tcase_add_test(tc, log_text_cannot_forge_lines);
	tcase_add_test(tc, log_text_is_cut_at_1000_bytes);
	tcase_add_test(tc, log_subject_is_cut_too);
	tcase_add_test(tc, log_leaves_errno_alone);
	tcase_add_test(tc, log_without_stderr_leaves_errno_alone);
	tcase_add_test(tc, log_to_the_journal_begins_with_its_level);
	tcase_add_test(tc, log_with_a_journal_elsewhere_has_no_prefix);
	tcase_add_test(tc, log_limited_tells_what_it_held_back);
	tcase_add_test(tc, log_limited_opens_after_its_interval);
	tcase_add_test(tc, log_limited_holds_nothing_back_below_the_level);
	tcase_add_test(tc, log_limited_tells_the_count_behind_a_long_text_too);
	tcase_add_test(tc, log_limited_counts_the_lines_of_all_threads);
	tcase_add_test(tc, log_lines_of_threads_do_not_mix);
	suite_add_tcase(s, tc);
	return s;
}
