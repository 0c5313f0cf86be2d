/* SPDX-License-Identifier: MIT */
#include "daemon/thread.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "util/error.h"
#include "util/log.h"

/* The deepest users are an HTTP head with its 256 fields and a log line, some
 * 16 KiB together. Stacks are small so that many workers stay cheap where
 * memory is locked or overcommit is off. */
#define STACK_SIZE (256 * 1024)

static int start(struct thread *t, thread_fn *fn, void *arg)
{
	pthread_attr_t attr;
	int failure = pthread_attr_init(&attr);

	if (failure)
		return failure;
	failure = pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (!failure)
		failure = pthread_create(&t->id, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	return failure;
}

int thread_start(struct thread *t, thread_fn *fn, void *arg, const char *fmt, ...)
{
	va_list ap;
	int failure;

	hd_assert(!t->running);
	va_start(ap, fmt);
	vsnprintf(t->name, sizeof(t->name), fmt, ap);
	va_end(ap);
	failure = start(t, fn, arg);
	if (failure) {
		log_error(t->name, "cannot start the thread: %s", strerror(failure));
		errno = failure;
		return ERROR_IO;
	}
	t->running = true;
	return 0;
}

/* By the clock of the day, the only one that ThreadSanitizer knows a timed join
 * by; if it is set just then, the limit is another one. */
bool thread_join_within(struct thread *t, uint32_t limit_ms)
{
	struct timespec until;
	int failure;

	if (!t->running)
		return true;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += limit_ms / 1000;
	until.tv_nsec += (long)(limit_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	failure = pthread_timedjoin_np(t->id, NULL, &until);
	hd_assert(failure == 0 || failure == ETIMEDOUT);
	t->running = failure != 0;
	return failure == 0;
}
