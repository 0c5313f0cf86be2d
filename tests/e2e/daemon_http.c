/* SPDX-License-Identifier: MIT
 * The part of daemon_fixture.h that speaks HTTP. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"
#include "proto/http_response.h"
#include "tests/e2e/daemon_fixture.h"
#include "tests/e2e/tls_fixture.h"
#include "tools/lib/derp_stream.h"
#include "util/error.h"
#include "util/mono.h"

#define BODY_MAX (16 * 1024 * 1024)
#define PREFIX "hyper_derp_"

/* Everything until the relay closes. */
static void read_all(struct derp_stream *s, struct bytes *out)
{
	char chunk[16384];
	int n;

	while ((n = derp_stream_recv_raw(s, chunk, sizeof(chunk), DAEMON_FIXTURE_WAIT_MS)) > 0)
		ck_assert_int_eq(bytes_append(out, chunk, (size_t)n), 0);
	ck_assert_int_eq(n, ERROR_CLOSED);
}

/* tls: NULL: plain. */
static int get(uint16_t port, struct tls_client *tls, const char *path, struct bytes *body)
{
	struct sockaddr_storage ss;
	struct derp_stream s;
	struct http_response res;
	char request[512];
	socklen_t len;
	size_t scanned = 0;
	int n = snprintf(request, sizeof(request),
			 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	struct iovec part = { request, (size_t)n };

	derp_stream_init(&s);
	bytes_init(body, BODY_MAX);
	ck_assert_int_eq(addr_parse(&ss, &len, "127.0.0.1", port), 0);
	ck_assert_int_eq(derp_stream_connect(&s, &ss, len, 0, DAEMON_FIXTURE_WAIT_MS), 0);
	if (tls)
		ck_assert_int_eq(derp_stream_secure(&s, tls, TLS_FIXTURE_HOST, DAEMON_FIXTURE_WAIT_MS), 0);
	ck_assert_int_eq(derp_stream_send(&s, &part, 1, DAEMON_FIXTURE_WAIT_MS), 0);
	read_all(&s, body);
	derp_stream_close(&s);
	ck_assert_int_eq(http_response_parse(&res, body->data, body->len, &scanned), 0);
	bytes_consume(body, res.head_len);
	ck_assert_int_eq(bytes_append(body, "", 1), 0);
	return res.status;
}

int daemon_fixture_get(uint16_t port, const char *path, struct bytes *body)
{
	return get(port, NULL, path, body);
}

int daemon_get(struct daemon *d, const char *path, struct bytes *body)
{
	return get(daemon_port(d), daemon_has_tls(d) ? tls_fixture_default_client() : NULL, path, body);
}

static char *fetch_metrics(struct daemon *d)
{
	struct bytes body;
	size_t len;

	ck_assert_int_eq(daemon_fixture_get(daemon_metrics_port(d), "/metrics", &body), 200);
	return (char *)bytes_steal(&body, &len);
}

/* End of the next line with a sample whose name (without the common prefix) is
 * `series`, or begins so, at or behind *at; moves *at to the following line. */
static const char *next_sample(const char **at, const char *series, bool whole)
{
	size_t len = strlen(series);

	for (const char *line = *at; line && *line; line = *at) {
		const char *name = line + strlen(PREFIX);
		const char *end = strchr(line, '\n');

		*at = end ? end + 1 : line + strlen(line);
		if (strncmp(line, PREFIX, strlen(PREFIX)) != 0 || strncmp(name, series, len) != 0)
			continue;
		if (!whole || name[len] == ' ')
			return line + strcspn(line, "\n");
	}
	return NULL;
}

/* The number that ends a line; `end` points behind it. */
static uint64_t number_before(const char *end)
{
	while (end[-1] != ' ')
		end--;
	return strtoull(end, NULL, 10);
}

static bool look_up(struct daemon *d, const char *series, uint64_t *value)
{
	char *text = fetch_metrics(d);
	const char *at = text, *end = next_sample(&at, series, true);

	if (end)
		*value = number_before(end);
	free(text);
	return end != NULL;
}

uint64_t daemon_metric(struct daemon *d, const char *series)
{
	uint64_t value = 0;

	ck_assert_msg(look_up(d, series, &value), "no metric " PREFIX "%s", series);
	return value;
}

uint64_t daemon_metric_sum(struct daemon *d, const char *prefix)
{
	char *text = fetch_metrics(d);
	const char *at = text, *end = next_sample(&at, prefix, false);
	uint64_t sum = 0;

	ck_assert_msg(end != NULL, "no metric " PREFIX "%s", prefix);
	for (; end; end = next_sample(&at, prefix, false))
		sum += number_before(end);
	free(text);
	return sum;
}

/* Each look is a round trip through the daemon, so this does not spin idly. */
static void await(struct daemon *d, const char *series, uint64_t least, uint64_t most,
		  uint64_t (*look)(struct daemon *, const char *))
{
	uint64_t deadline_ns = mono_now_ns() + DAEMON_FIXTURE_WAIT_MS * MONO_NS_PER_MS;
	uint64_t now;

	for (;;) {
		now = look(d, series);
		if (now >= least && now <= most)
			return;
		ck_assert_msg(mono_now_ns() < deadline_ns,
			      PREFIX "%s is %" PRIu64 ", awaited: %" PRIu64 " to %" PRIu64, series, now, least,
			      most);
	}
}

void daemon_await_metric(struct daemon *d, const char *series, uint64_t value)
{
	await(d, series, value, value, daemon_metric);
}

void daemon_await_metric_min(struct daemon *d, const char *series, uint64_t value)
{
	await(d, series, value, UINT64_MAX, daemon_metric);
}

void daemon_await_metric_max(struct daemon *d, const char *series, uint64_t value)
{
	await(d, series, 0, value, daemon_metric);
}

void daemon_await_metric_sum(struct daemon *d, const char *prefix, uint64_t value)
{
	await(d, prefix, value, value, daemon_metric_sum);
}
