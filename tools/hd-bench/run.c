/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "data/ring_probe.h"
#include "tools/hd-bench/engine.h"
#include "tools/hd-bench/keys.h"
#include "tools/hd-bench/payload.h"
#include "tools/hd-bench/transport_tls.h"
#include "tools/hd-bench/transport_ws.h"
#include "tools/lib/target.h"
#include "tools/lib/tls_client.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/mono.h"

#define LEAD_NS (100 * MONO_NS_PER_MS) /* from the last login to the first packet */
#define LOOK_NS (20 * MONO_NS_PER_MS) /* how often the main thread looks */
#define PROGRESS_NS MONO_NS_PER_S
#define DRAIN_MAX_NS (60 * MONO_NS_PER_S)
#define ENGINE_WHY_SIZE 300
#define SCOUT_BUFFER (2 * CONN_FRAME_MAX)

struct run {
	const struct options *options;
	struct client_run shared;
	struct engine **engines;
	struct run_result *result;
	struct tls_client *tls; /* NULL: no TLS */
	char host[TARGET_HOST_SIZE];
	char *why;
	size_t why_cap;
	bool progress;
	uint64_t progress_ns;
	uint64_t progress_received;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

HD_PRINTF(3, 4) static int fail(struct run *r, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->why, r->why_cap, format, args);
	va_end(args);
	return err;
}

static const char *reason(int err)
{
	return err == ERROR_IO ? strerror(errno) : error_text(err);
}

/* --- looking ---------------------------------------------------------------- */

static struct count_sum gather(const struct run *r)
{
	struct count_sum sum = { 0 };

	for (uint32_t i = 0; i < r->shared.plan.engines; i++)
		count_gather(&sum, &engine_log(r->engines[i])->count);
	return sum;
}

static uint64_t own_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * MONO_NS_PER_S + (uint64_t)ts.tv_nsec;
}

static uint64_t unix_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * MONO_NS_PER_S + (uint64_t)ts.tv_nsec;
}

static int snapshot(struct run *r, enum run_moment moment)
{
	struct run_snapshot *s = &r->result->at[moment];
	int err = 0;

	s->at_ns = mono_now_ns();
	s->unix_ns = unix_now_ns();
	s->count = gather(r);
	if (r->options->relay_pid)
		err = process_read(&s->relay, r->options->relay_pid);
	s->own_cpu_ns = own_cpu_ns();
	if (err)
		return fail(r, err, "process %ld: %s", (long)r->options->relay_pid, reason(err));
	return 0;
}

static uint64_t flows_of(const struct count_sum *sum, enum count_flow what)
{
	return sum->flow[PLAN_TRAFFIC][what] + sum->flow[PLAN_PROBE][what];
}

static void show_progress(struct run *r, const char *stage)
{
	uint64_t now_ns = mono_now_ns(), received;
	struct count_sum sum;

	if (!r->progress || now_ns < r->progress_ns)
		return;
	sum = gather(r);
	received = flows_of(&sum, COUNT_RECEIVED);
	fprintf(stderr, "\r\033[K%s: %llu connected, %llu packets/s", stage,
		(unsigned long long)(sum.other[COUNT_LOGINS]),
		(unsigned long long)((received - r->progress_received) * MONO_NS_PER_S / PROGRESS_NS));
	r->progress_ns = now_ns + PROGRESS_NS;
	r->progress_received = received;
}

static void clear_progress(const struct run *r)
{
	if (r->progress)
		fputs("\r\033[K", stderr);
}

static void wait_until(uint64_t at_ns)
{
	struct timespec ts = { (time_t)(at_ns / MONO_NS_PER_S), (long)(at_ns % MONO_NS_PER_S) };

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* Until the time, or the end of the run if that is made earlier. */
static void watch_until(struct run *r, uint64_t at_ns, const char *stage)
{
	for (;;) {
		uint64_t now_ns = mono_now_ns(), next_ns = now_ns + LOOK_NS;

		if (interrupted || now_ns >= at_ns)
			return;
		show_progress(r, stage);
		wait_until(next_ns < at_ns ? next_ns : at_ns);
	}
}

/* --- stages ----------------------------------------------------------------- */

static int read_scout(struct conn *c, uint8_t *buffer)
{
	size_t len;
	bool more;
	ssize_t n;
	int err = conn_pull(c, buffer, SCOUT_BUFFER, &len, &more);

	if (err)
		return err;
	n = conn_login(c, buffer, len);
	if (n < 0 && n != ERROR_MORE)
		return (int)n;
	return n < 0 ? conn_keep(c, buffer, len) : conn_keep(c, buffer + n, len - (size_t)n);
}

static int await_scout(struct conn *c, uint8_t *buffer, uint64_t deadline_ns)
{
	while (c->state != CONN_READY) {
		struct pollfd p = { .fd = c->transport.fd, .events = POLLIN };
		uint64_t now_ns = mono_now_ns();
		int err = conn_push(c);

		if (err && err != ERROR_MORE)
			return err;
		if (err || c->state == CONN_CONNECTING)
			p.events |= POLLOUT;
		if (now_ns >= deadline_ns || interrupted)
			return ERROR_TIMEOUT;
		if (c->state >= CONN_UPGRADING) {
			err = read_scout(c, buffer);
			if (!err)
				continue;
			if (err != ERROR_MORE)
				return err;
		}
		if (poll(&p, 1, (int)((deadline_ns - now_ns) / MONO_NS_PER_MS) + 1) < 0 && errno != EINTR)
			return ERROR_IO;
	}
	return 0;
}

/* One login ahead of all: says what is wrong, if anything is, and learns the
 * relay's key, so that the secrets shared with it are made beforehand. */
static int scout(struct run *r)
{
	struct conn_identity identity;
	struct conn conn;
	uint8_t *buffer = malloc(SCOUT_BUFFER);
	int err;

	if (!buffer)
		return fail(r, ERROR_NO_MEMORY, "%s", reason(ERROR_NO_MEMORY));
	conn_identity_make(&identity);
	conn_init(&conn, &r->shared.target, &identity);
	err = conn_open(&conn, 0);
	if (!err)
		err = await_scout(&conn, buffer, mono_now_ns() + r->options->timeout_ns);
	if (err)
		fail(r, err, "login at %s: %s", r->options->relay, conn_why(&conn, err));
	for (uint32_t i = 0; !err && i < r->shared.plan.count; i++) {
		err = conn_identity_share(&r->shared.identities[i], &conn.server_key);
		if (err)
			fail(r, err, "%s", reason(err));
	}
	conn_close(&conn);
	free(buffer);
	return err;
}

static int log_in_all(struct run *r)
{
	uint64_t deadline_ns = mono_now_ns() + r->options->timeout_ns;
	int err = snapshot(r, RUN_BEFORE_LOGIN);

	for (uint32_t i = 0; !err && i < r->shared.plan.engines; i++) {
		err = engine_start(r->engines[i]);
		if (err)
			fail(r, err, "thread: %s", reason(err));
	}
	while (!err) {
		struct count_sum sum = gather(r);

		if (sum.other[COUNT_LOGINS_FAILED])
			return fail(r, ERROR_DENIED, "a login failed");
		if (sum.other[COUNT_LOGINS_PENDING] == 0)
			return snapshot(r, RUN_AFTER_LOGIN);
		if (interrupted || mono_now_ns() >= deadline_ns)
			return fail(r, ERROR_TIMEOUT, "%llu of %u logins: %s",
				    (unsigned long long)sum.other[COUNT_LOGINS], r->shared.plan.count,
				    interrupted ? "interrupted" : "timed out");
		show_progress(r, "logging in");
		wait_until(mono_now_ns() + MONO_NS_PER_MS);
	}
	return err;
}

static uint64_t start_time(const struct options *o)
{
	uint64_t now_ns = mono_now_ns(), wall_ns = unix_now_ns(), start_ns = o->start_at_s * MONO_NS_PER_S;

	if (start_ns > wall_ns + LEAD_NS)
		return now_ns + (start_ns - wall_ns);
	return now_ns + LEAD_NS;
}

static int carry_traffic(struct run *r)
{
	struct client_run *s = &r->shared;
	int err;

	s->start_ns = start_time(r->options);
	s->measure_ns = s->start_ns + r->options->warmup_ns;
	atomic_store(&s->end_ns, s->measure_ns + r->options->duration_ns);
	atomic_store_explicit(&s->stage, CLIENT_TRAFFIC, memory_order_release);
	watch_until(r, s->measure_ns, "warming up");
	err = snapshot(r, RUN_BEGIN);
	if (err)
		return err;
	watch_until(r, atomic_load(&s->end_ns), "measuring");
	if (interrupted)
		atomic_store(&s->end_ns, mono_now_ns());
	return snapshot(r, RUN_END);
}

/* What is under way arrives, or nothing has come for so long that it will not. That is
 * told by looks, not by the clock: while this process stands still it takes nothing. */
static void drain(struct run *r)
{
	uint64_t now_ns = mono_now_ns(), deadline_ns = now_ns + DRAIN_MAX_NS, quiet_ns = 0, last = 0;

	while (now_ns < deadline_ns && quiet_ns < r->options->drain_ns) {
		struct count_sum sum = gather(r);
		uint64_t received = flows_of(&sum, COUNT_RECEIVED);

		if (received >= flows_of(&sum, COUNT_SENT))
			break;
		quiet_ns = received != last ? 0 : quiet_ns + LOOK_NS;
		last = received;
		show_progress(r, "draining");
		wait_until(now_ns + LOOK_NS);
		now_ns = mono_now_ns();
	}
}

static void collect(struct run *r)
{
	struct run_result *res = r->result;

	for (uint32_t i = 0; i < r->shared.plan.engines; i++) {
		const struct client_log *log = engine_log(r->engines[i]);

		engine_join(r->engines[i]);
		for (int role = 0; role < PLAN_FLOW_ROLES; role++) {
			hist_merge(&res->latency[role], &log->latency[role]);
			hist_merge(&res->lag[role], &log->lag[role]);
		}
		hist_merge(&res->login, &log->login);
		if (engine_complaint(r->engines[i])[0]) {
			if (r->why[0])
				snprintf(r->why + strlen(r->why), r->why_cap - strlen(r->why), "; ");
			snprintf(r->why + strlen(r->why), r->why_cap - strlen(r->why), "%s",
				 engine_complaint(r->engines[i]));
		}
	}
	res->total = gather(r);
	res->clients = r->shared.plan.count;
	res->senders = r->shared.plan.senders[PLAN_TRAFFIC];
	res->relay_known = r->options->relay_pid != 0;
	res->interrupted = interrupted != 0;
}

/* --- all of it -------------------------------------------------------------- */

static int make_identities(struct run *r)
{
	struct client_run *s = &r->shared;
	const char *path = r->options->keys_file;
	uint32_t line;
	int err;

	if (!path) {
		for (uint32_t i = 0; i < s->plan.count; i++)
			conn_identity_make(&s->identities[i]);
		return 0;
	}
	err = keys_load(s->identities, s->plan.count, path, &line);
	if (err == ERROR_NOT_FOUND)
		return fail(r, err, "%s: %u keys for %u clients", path, line, s->plan.count);
	if (err == ERROR_MALFORMED)
		return fail(r, err, "%s:%u: not a private key", path, line);
	return err ? fail(r, err, "%s: %s", path, reason(err)) : 0;
}

static int set_transport(struct run *r)
{
	const struct options *o = r->options;
	const struct transport_ops *below = o->tls ? &transport_tls : &transport_plain;
	struct transport_rules *rules = &r->shared.target.rules;
	struct tls_client_options trust = {
		.ca_file = o->ca_file, .pin = o->pin, .insecure = o->insecure, .resume = o->resume,
		.read_ahead = !r->shared.uring, .parts = r->shared.uring && !o->storm
	};
	const char *wrong;
	int err;

	rules->ops = o->websocket ? &transport_ws : below;
	rules->carrier = below;
	if (!o->tls)
		return 0;
	err = tls_client_new(&r->tls, &trust, &wrong);
	rules->tls = r->tls;
	if (err == ERROR_NOT_FOUND)
		return fail(r, err, "TLS: cannot read %s", o->ca_file ? o->ca_file : "the system's certificates");
	return err ? fail(r, err, "TLS: %s", reason(err)) : 0;
}

/* Where io_uring is forbidden, as in many containers, the load is made without it. */
static int choose_engine(struct run *r)
{
	enum options_engine wanted = r->options->engine;
	char why[ENGINE_WHY_SIZE];
	int err = wanted == OPTIONS_ENGINE_EPOLL ? 0 : ring_probe(why, sizeof(why));

	if (err && wanted == OPTIONS_ENGINE_IO_URING)
		return fail(r, err, "%s", why);
	r->shared.uring = !err && wanted != OPTIONS_ENGINE_EPOLL;
	return 0;
}

static int set_up(struct run *r)
{
	struct client_run *s = &r->shared;
	uint16_t port = r->options->tls ? TARGET_PORT_TLS : TARGET_PORT_PLAIN;
	int err = target_split(r->host, &port, r->options->relay);

	if (!err)
		err = target_resolve(&s->target.address, &s->target.address_len, r->host, port);
	if (err)
		return fail(r, err, "%s: %s", r->options->relay, reason(err));
	s->target.rules.host = r->host;
	err = choose_engine(r);
	if (!err)
		err = set_transport(r);
	if (err)
		return err;
	err = plan_make(&s->plan, r->options);
	if (err)
		return fail(r, err, "%s", reason(err));
	s->clients = calloc(s->plan.count ? s->plan.count : 1, sizeof(*s->clients));
	s->identities = calloc(s->plan.count ? s->plan.count : 1, sizeof(*s->identities));
	r->engines = calloc(s->plan.engines, sizeof(struct engine *));
	if (!s->clients || !s->identities || !r->engines)
		return fail(r, ERROR_NO_MEMORY, "%s", reason(ERROR_NO_MEMORY));
	err = make_identities(r);
	if (err)
		return err;
	for (uint32_t i = 0; i < s->plan.engines; i++) {
		err = engine_new(&r->engines[i], s, i);
		if (err)
			return fail(r, err, "%s", reason(err));
	}
	box_random(&s->id, sizeof(s->id));
	return 0;
}

static void tear_down(struct run *r)
{
	atomic_store_explicit(&r->shared.stage, CLIENT_FINISH, memory_order_release);
	if (r->engines)
		for (uint32_t i = 0; i < r->shared.plan.engines; i++)
			engine_free(r->engines[i]);
	free(r->engines);
	free(r->shared.clients);
	if (r->shared.identities)
		bytes_wipe(r->shared.identities, r->shared.plan.count * sizeof(*r->shared.identities));
	free(r->shared.identities);
	plan_release(&r->shared.plan);
	tls_client_free(r->tls);
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

int run_execute(struct run_result *result, const struct options *o, char *why, size_t why_cap)
{
	struct run r = {
		.options = o,
		.result = result,
		.why = why,
		.why_cap = why_cap,
		.progress = !o->quiet && isatty(STDERR_FILENO),
	};
	int err;

	memset(result, 0, sizeof(*result));
	why[0] = '\0';
	r.shared.options = o;
	catch_signals();
	payload_start();
	err = set_up(&r);
	if (!err)
		err = scout(&r);
	if (!err)
		err = log_in_all(&r);
	if (!err && !o->storm)
		err = carry_traffic(&r);
	if (!err && !o->storm)
		drain(&r);
	clear_progress(&r);
	atomic_store_explicit(&r.shared.stage, CLIENT_FINISH, memory_order_release);
	if (r.engines && r.result->at[RUN_BEFORE_LOGIN].at_ns)
		collect(&r);
	tear_down(&r);
	return err;
}
