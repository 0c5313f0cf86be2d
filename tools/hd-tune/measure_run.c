/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/measure_run.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hd-tune/program.h"
#include "util/error.h"
#include "util/mono.h"

#define START_MS 20000 /* for the relay to serve, on a busy machine */
#define BENCH_MS 60000 /* for hd-bench beyond its own times */
#define LOG_MAX (64 * 1024)
#define RESULT_MAX (256 * 1024)
#define LISTENING "listening on 127.0.0.1:"
#define SERVING " serving\n"

static int fail(int error, const char *program, const struct bytes *said, char why[MEASURE_RUN_WHY_MAX])
{
	size_t len = said->len, from;

	while (len > 0 && said->data[len - 1] == '\n')
		len--;
	for (from = len; from > 0 && said->data[from - 1] != '\n';)
		from--;
	snprintf(why, MEASURE_RUN_WHY_MAX, "%.80s: %s%s%.*s", program,
		 error == ERROR_CLOSED ? "it ended" : error == ERROR_IO ? strerror(errno) : error_text(error),
		 len > from ? ": " : "", (int)(len - from > 200 ? 200 : len - from),
		 said->data ? (const char *)said->data + from : "");
	return error;
}

static void print_pins(const struct measure_setting *s, char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s->pin_count && len < cap; i++)
		len += (size_t)snprintf(out + len, cap - len, "%s%u", i ? "," : "", s->pins[i]);
}

static int start_relay(const struct measure_tools *t, const struct measure_setting *s, struct program *relay)
{
	char workers[16], pins[OPTIONS_WORKERS_MAX * 6], key[PATH_MAX];
	const char *argv[] = { t->relay, "--port", "0", "--listen", "127.0.0.1", "--workers", workers,
			       /* a machine that is busy must not look like clients that are slow */
			       "--write-timeout-ms", "60000", "--handshake-timeout-ms", "60000",
			       "--key-file", key, s->pin_count ? "--pin-workers" : NULL, pins, NULL };

	snprintf(workers, sizeof(workers), "%u", s->workers);
	snprintf(key, sizeof(key), "%s/key", t->scratch);
	print_pins(s, pins, sizeof(pins));
	return program_start(relay, argv, t->scratch, true);
}

/* 0 if it is not in the log. */
static unsigned port_of(const struct bytes *log)
{
	const char *at = memmem(log->data, log->len, LISTENING, strlen(LISTENING));
	const char *end = (const char *)log->data + log->len;
	unsigned port = 0;

	if (!at)
		return 0;
	for (at += strlen(LISTENING); at < end && *at >= '0' && *at <= '9' && port < 65536; at++)
		port = port * 10 + (unsigned)(*at - '0');
	return port < 65536 ? port : 0;
}

static int rate_of(const struct bytes *result, uint64_t *rate)
{
	json_t *top = json_loadb(result->data ? (const char *)result->data : "", result->len, 0, NULL);
	json_t *value = json_object_get(top, "packets_per_second");
	bool is_number = json_is_number(value);

	if (is_number)
		*rate = (uint64_t)json_number_value(value);
	json_decref(top);
	return is_number ? 0 : ERROR_MALFORMED;
}

/* A part of the time is for warming up. A window per pair, so that a relay is
 * measured by what it delivers and not by what it drops. */
static int start_bench(const struct measure_tools *t, unsigned port, unsigned ms, struct program *bench)
{
	char target[32], pairs[16], threads[16], warmup[16], duration[16];
	const char *argv[] = { t->bench, "--quiet", "--json", "--both", "--window", "64K", "--probe-rate", "0",
			 "--drain", "100ms", "--pairs", pairs, "--threads", threads, "--warmup", warmup,
			 "--duration", duration, target, NULL };

	snprintf(target, sizeof(target), "127.0.0.1:%u", port);
	snprintf(pairs, sizeof(pairs), "%u", t->pairs);
	snprintf(threads, sizeof(threads), "%u", t->threads);
	snprintf(warmup, sizeof(warmup), "%ums", ms / 5);
	snprintf(duration, sizeof(duration), "%ums", ms - ms / 5);
	return program_start(bench, argv, t->scratch, false);
}

static int run_bench(const struct measure_tools *t, unsigned port, unsigned ms, uint64_t *rate,
		     char why[MEASURE_RUN_WHY_MAX])
{
	struct program bench;
	struct bytes result;
	int error, code;

	bytes_init(&result, RESULT_MAX);
	error = start_bench(t, port, ms, &bench);
	if (!error)
		error = program_read(&bench, &result, NULL, mono_now_ns() + (ms + BENCH_MS) * MONO_NS_PER_MS);
	code = error ? program_end(&bench) : program_wait(&bench);
	if (!error && code != 0)
		error = ERROR_CLOSED;
	if (!error)
		error = rate_of(&result, rate);
	if (error)
		fail(error, t->bench, &result, why);
	bytes_release(&result);
	return error;
}

int measure_run(const struct measure_tools *t, const struct measure_setting *s, unsigned ms, uint64_t *rate,
		char why[MEASURE_RUN_WHY_MAX])
{
	struct program relay;
	struct bytes log;
	int error;

	bytes_init(&log, LOG_MAX);
	error = start_relay(t, s, &relay);
	if (!error)
		error = program_read(&relay, &log, SERVING, mono_now_ns() + START_MS * MONO_NS_PER_MS);
	if (!error && port_of(&log) == 0)
		error = ERROR_MALFORMED;
	if (error)
		fail(error, t->relay, &log, why);
	else
		error = run_bench(t, port_of(&log), ms, rate, why);
	program_end(&relay);
	bytes_release(&log);
	return error;
}
