/* SPDX-License-Identifier: MIT */
#include "tests/e2e/daemon_log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct daemon_log {
	int fd;
	pthread_t reader;
	bool joined;
	pthread_mutex_t mutex;
	pthread_cond_t grown;
	char *text; /* NUL-terminated */
	size_t len;
	size_t awaited_to; /* lines before this were found by daemon_log_await */
	bool ended;
	char *copy; /* what daemon_log_text returned */
};

static void append(struct daemon_log *l, const char *data, size_t n)
{
	char *text;

	pthread_mutex_lock(&l->mutex);
	text = realloc(l->text, l->len + n + 1);
	if (!text)
		abort();
	memcpy(text + l->len, data, n);
	l->text = text;
	l->len += n;
	text[l->len] = '\0';
	pthread_cond_broadcast(&l->grown);
	pthread_mutex_unlock(&l->mutex);
}

static void *read_pipe(void *arg)
{
	struct daemon_log *l = arg;
	bool copy = getenv("HD_E2E_LOG") != NULL;
	char data[4096];
	ssize_t n;

	while ((n = read(l->fd, data, sizeof(data))) > 0 || (n < 0 && errno == EINTR)) {
		if (n <= 0)
			continue;
		append(l, data, (size_t)n);
		if (copy)
			fwrite(data, 1, (size_t)n, stderr);
	}
	pthread_mutex_lock(&l->mutex);
	l->ended = true;
	pthread_cond_broadcast(&l->grown);
	pthread_mutex_unlock(&l->mutex);
	return NULL;
}

struct daemon_log *daemon_log_new(int fd)
{
	struct daemon_log *l = calloc(1, sizeof(*l));
	pthread_condattr_t attr;

	if (!l)
		return NULL;
	l->fd = fd;
	l->text = calloc(1, 1);
	pthread_mutex_init(&l->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->grown, &attr);
	pthread_condattr_destroy(&attr);
	if (!l->text || pthread_create(&l->reader, NULL, read_pipe, l) != 0) {
		free(l->text);
		free(l);
		return NULL;
	}
	return l;
}

void daemon_log_finish(struct daemon_log *l)
{
	if (!l->joined)
		pthread_join(l->reader, NULL);
	l->joined = true;
}

void daemon_log_free(struct daemon_log *l)
{
	daemon_log_finish(l);
	close(l->fd);
	pthread_cond_destroy(&l->grown);
	pthread_mutex_destroy(&l->mutex);
	free(l->text);
	free(l->copy);
	free(l);
}

/* End of the first whole line behind `from` that holds `text`; 0: none. With the mutex held. */
static size_t line_end(const struct daemon_log *l, size_t from, const char *text, size_t *start)
{
	const char *hit = strstr(l->text + from, text);
	const char *end = hit ? strchr(hit, '\n') : NULL;

	if (!end)
		return 0;
	while (hit > l->text + from && hit[-1] != '\n')
		hit--;
	*start = (size_t)(hit - l->text);
	return (size_t)(end - l->text);
}

bool daemon_log_await(struct daemon_log *l, const char *text, uint32_t timeout_ms)
{
	struct timespec deadline;
	size_t start, end;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += timeout_ms / 1000 + 1;
	pthread_mutex_lock(&l->mutex);
	while (!(end = line_end(l, l->awaited_to, text, &start)) && !l->ended && err == 0)
		err = pthread_cond_timedwait(&l->grown, &l->mutex, &deadline);
	if (end)
		l->awaited_to = end;
	pthread_mutex_unlock(&l->mutex);
	return end != 0;
}

bool daemon_log_find(struct daemon_log *l, const char *text, char *line, size_t cap)
{
	size_t start = 0, end;

	pthread_mutex_lock(&l->mutex);
	end = line_end(l, 0, text, &start);
	if (end)
		snprintf(line, cap, "%.*s", (int)(end - start), l->text + start);
	pthread_mutex_unlock(&l->mutex);
	return end != 0;
}

const char *daemon_log_text(struct daemon_log *l)
{
	pthread_mutex_lock(&l->mutex);
	free(l->copy);
	l->copy = strdup(l->text);
	pthread_mutex_unlock(&l->mutex);
	return l->copy ? l->copy : "(out of memory)";
}
