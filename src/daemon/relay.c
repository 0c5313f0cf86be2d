/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "daemon/relay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accept/accept.h"
#include "bus/bus.h"
#include "bus/conn_count.h"
#include "control/control.h"
#include "daemon/gate.h"
#include "daemon/listen_set.h"
#include "daemon/plane_settings.h"
#include "daemon/relay_keys.h"
#include "daemon/relay_tls.h"
#include "daemon/thread.h"
#include "daemon/watchdog.h"
#include "data/ring_probe.h"
#include "data/data_plane.h"
#include "proto/key.h"
#include "stats/stats.h"
#include "sys/cpu.h"
#include "sys/limits.h"
#include "util/error.h"
#include "util/log.h"
#include "util/mono.h"

#define WHY_SIZE 512

/* What clients are told when the relay stops: come back after a random part of
 * the first, so that not all log in at once, and give up after the second. */
#define RESTART_RECONNECT_MS 2000
#define RESTART_TRY_MS 10000
#define DRAIN_MS 2000

#define CHECK_MS 5000 /* certificates are looked at so often */

/* One thread of a plane that has several. */
struct worker {
	struct relay *relay;
	struct stats *stats;
	struct thread thread;
	uint16_t index;
};

struct relay {
	struct settings *settings;
	uint64_t stop_until_ns; /* then it ends, whatever has not ended by itself */
	uint16_t shards;
	uint16_t acceptors;

	struct relay_keys keys;
	struct listen_set listen;

	struct stats_registry *registry; /* owns the blocks that these name */
	struct stats **shard_stats;
	struct stats **accept_stats;
	struct stats *control_stats;
	struct stats *main_stats;
	struct relay_tls tls;
	struct conn_count *count;
	struct bus bus;
	bool bus_stands;

	struct gate shard_gate;
	struct data_plane *data;
	struct worker *shard_workers;

	struct control_plane *control;
	struct thread control_thread;
	bool drained; /* control has run, so it has ended the shards' threads */

	struct accept_plane *accept;
	struct worker *accept_workers;

	struct watchdog *watchdog;
};

static enum exit_code out_of_memory(const char *what)
{
	log_error("relay", "out of memory for %s", what);
	return EXIT_CODE_FAILURE;
}

/* --- keys and limits ------------------------------------------------------- */

static enum exit_code start_keys(struct relay *r)
{
	return relay_keys_load(&r->keys, r->settings);
}

static void stop_keys(struct relay *r)
{
	relay_keys_wipe(&r->keys);
}

static enum exit_code start_limits(struct relay *r)
{
	uint64_t descriptors = limits_raise_nofile();
	int64_t wanted = r->settings->max_connections;

	log_debug("relay", "%" PRIu64 " file descriptors", descriptors);
	if (wanted > 0 && (uint64_t)wanted > descriptors)
		log_warn("relay", "max_connections is %" PRId64 ", but there are %" PRIu64
			 " file descriptors: raise LimitNOFILE or ulimit -Hn", wanted, descriptors);
	return EXIT_CODE_OK;
}

static enum exit_code start_probe(struct relay *r)
{
	char why[WHY_SIZE];

	(void)r;
	if (ring_probe(why, sizeof(why)) == 0)
		return EXIT_CODE_OK;
	log_error("io_uring", "%s", why);
	return EXIT_CODE_NO_IO_URING;
}

static enum exit_code start_listeners(struct relay *r)
{
	return listen_set_open(&r->listen, r->settings) == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILURE;
}

static void stop_listeners(struct relay *r)
{
	listen_set_close(&r->listen);
}

/* --- what the planes share ------------------------------------------------ */

static enum exit_code start_stats(struct relay *r)
{
	r->registry = stats_registry_new();
	r->shard_stats = calloc(r->shards, sizeof(*r->shard_stats));
	r->accept_stats = calloc(r->acceptors, sizeof(*r->accept_stats));
	if (!r->registry || !r->shard_stats || !r->accept_stats)
		return out_of_memory("counters");
	for (uint16_t i = 0; i < r->acceptors; i++)
		if (!(r->accept_stats[i] = stats_registry_add(r->registry, "accept %u", (unsigned)i)))
			return out_of_memory("counters");
	for (uint16_t i = 0; i < r->shards; i++)
		if (!(r->shard_stats[i] = stats_registry_add(r->registry, "worker %u", (unsigned)i)))
			return out_of_memory("counters");
	r->control_stats = stats_registry_add(r->registry, "control");
	r->main_stats = stats_registry_add(r->registry, "main");
	return r->control_stats && r->main_stats ? EXIT_CODE_OK : out_of_memory("counters");
}

static void stop_stats(struct relay *r)
{
	free(r->accept_stats);
	free(r->shard_stats);
	stats_registry_free(r->registry);
}

static enum exit_code start_tls(struct relay *r)
{
	return relay_tls_start(&r->tls, r->settings, &r->keys.public_key, r->main_stats);
}

static void stop_tls(struct relay *r)
{
	relay_tls_stop(&r->tls);
}

static enum exit_code start_bus(struct relay *r)
{
	const struct settings *s = r->settings;
	int err;

	r->count = conn_count_new((uint32_t)s->max_connections, (uint32_t)s->max_connections_per_ip);
	if (!r->count)
		return out_of_memory("connection counts");
	err = bus_init(&r->bus, r->shards, r->acceptors);
	if (err) {
		log_error("relay", "cannot set up the rings between threads: %s", error_text(err));
		return EXIT_CODE_FAILURE;
	}
	r->bus.count = r->count;
	r->bus_stands = true;
	return EXIT_CODE_OK;
}

static void stop_bus(struct relay *r)
{
	if (r->bus_stands)
		bus_release(&r->bus);
	conn_count_free(r->count);
}

/* --- data plane ----------------------------------------------------------- */

static void shard_started(void *ctx, uint16_t shard, int error)
{
	struct relay *r = ctx;
	const struct settings_numbers *pins = &r->settings->pin_cores;

	if (error)
		log_error("relay", "worker %u cannot set up its ring: %s (%s)", shard, error_text(error),
			  strerror(errno));
	else if (pins->count > 0)
		log_info("relay", "worker %u started, pinned to CPU %" PRId64, shard, pins->items[shard]);
	else
		log_info("relay", "worker %u started", shard);
	gate_pass(&r->shard_gate, error);
}

static void *shard_main(void *arg)
{
	struct worker *w = arg;
	struct relay *r = w->relay;
	const struct settings_numbers *pins = &r->settings->pin_cores;

	cpu_name_self(w->thread.name);
	if (pins->count > 0 && cpu_pin_self((unsigned)pins->items[w->index]) != 0)
		log_warn("relay", "worker %u cannot be pinned to CPU %" PRId64 ": %s", w->index,
			 pins->items[w->index], strerror(errno));
	data_plane_run(r->data, w->index, shard_started, r);
	return NULL;
}

static enum exit_code check_pins(const struct relay *r)
{
	const struct settings_numbers *pins = &r->settings->pin_cores;

	for (size_t i = 0; i < pins->count; i++) {
		if (!cpu_usable((unsigned)pins->items[i])) {
			log_error("relay", "pin_cores: CPU %" PRId64 " is not one this process may run on",
				  pins->items[i]);
			return EXIT_CODE_CONFIG;
		}
	}
	return EXIT_CODE_OK;
}

/* Threads of which none runs yet. */
static struct worker *workers_new(struct relay *r, uint16_t count, struct stats **stats)
{
	struct worker *workers = calloc(count, sizeof(*workers));

	for (uint16_t i = 0; workers && i < count; i++) {
		workers[i].relay = r;
		workers[i].stats = stats[i];
		workers[i].index = i;
	}
	return workers;
}

static enum exit_code start_data(struct relay *r)
{
	struct shard_settings settings = plane_settings_shard(r->settings);
	enum exit_code code = check_pins(r);
	int err;

	if (code != EXIT_CODE_OK)
		return code;
	settings.parts = settings.parts && !r->tls.ktls;
	r->shard_workers = workers_new(r, r->shards, r->shard_stats);
	err = r->shard_workers ? data_plane_new(&r->data, r->shards, &settings, &r->bus, r->shard_stats) :
				 ERROR_NO_MEMORY;
	if (err)
		return out_of_memory("the data plane");
	gate_init(&r->shard_gate, r->shards);
	for (uint16_t i = 0; i < r->shards; i++) {
		struct worker *w = &r->shard_workers[i];

		if (thread_start(&w->thread, shard_main, w, "worker %u", (unsigned)i) != 0)
			gate_pass(&r->shard_gate, ERROR_IO);
	}
	err = gate_wait(&r->shard_gate);
	gate_release(&r->shard_gate);
	if (err)
		return err == ERROR_UNSUPPORTED ? EXIT_CODE_NO_IO_URING : EXIT_CODE_FAILURE;
	return EXIT_CODE_OK;
}

static void log_late(const struct relay *r, const struct thread *t)
{
	log_error("relay", "%s has not ended within %" PRIi64 " ms (stop_timeout_ms): giving up", t->name,
		  r->settings->stop_timeout_ms);
}

static void join(struct relay *r, struct thread *t)
{
	uint64_t now_ns = mono_now_ns();
	uint64_t left_ns = now_ns < r->stop_until_ns ? r->stop_until_ns - now_ns : 0;

	if (thread_join_within(t, (uint32_t)(left_ns / MONO_NS_PER_MS)))
		return;
	log_late(r, t);
	/* Control waits for shards. */
	for (uint16_t i = 0; t == &r->control_thread && i < r->shards; i++)
		if (!thread_join_within(&r->shard_workers[i].thread, 0))
			log_late(r, &r->shard_workers[i].thread);
	_exit(EXIT_CODE_FAILURE);
}

/* Ends the shards of a start that failed before control was there to do it. */
static void drain_shards(struct relay *r)
{
	for (uint16_t i = 0; i < r->shards; i++) {
		struct command *c = spsc_reserve(bus_command(&r->bus, i));

		hd_assert(c); /* nothing was ever put into these rings */
		*c = (struct command){ .type = COMMAND_DRAIN };
		spsc_publish(bus_command(&r->bus, i));
		waker_notify(&r->bus.shard_waker[i]);
	}
}

static void stop_data(struct relay *r)
{
	if (!r->shard_workers)
		return;
	if (!r->drained)
		drain_shards(r);
	for (uint16_t i = 0; i < r->shards; i++)
		join(r, &r->shard_workers[i].thread);
	if (r->data)
		data_plane_free(r->data);
	free(r->shard_workers);
}

/* --- control plane -------------------------------------------------------- */

static void *control_main(void *arg)
{
	struct relay *r = arg;

	cpu_name_self(r->control_thread.name);
	control_plane_run(r->control);
	return NULL;
}

static enum exit_code start_control(struct relay *r)
{
	struct control_settings settings = {
		.public_key = r->keys.public_key,
		.metrics_fd = r->listen.metrics_fd,
		.debug_endpoints = r->settings->metrics_debug_endpoints,
		.version = PACKAGE_VERSION,
		.workers = r->shards,
	};
	int err = control_plane_new(&r->control, &settings, &r->bus, r->count, r->registry, r->control_stats);

	if (err) {
		log_error("control", "cannot start: %s", error_text(err));
		return EXIT_CODE_FAILURE;
	}
	err = thread_start(&r->control_thread, control_main, r, "control");
	return err ? EXIT_CODE_FAILURE : EXIT_CODE_OK;
}

static void stop_control(struct relay *r)
{
	if (r->control_thread.running) {
		control_plane_stop(r->control, RESTART_RECONNECT_MS, RESTART_TRY_MS, DRAIN_MS);
		join(r, &r->control_thread);
		r->drained = true;
	}
	if (r->control)
		control_plane_free(r->control);
}

/* --- accept plane --------------------------------------------------------- */

static uint16_t shard_of(const void *ctx, const struct key *key)
{
	return data_plane_shard_of(ctx, key);
}

static void *accept_main(void *arg)
{
	struct worker *w = arg;

	cpu_name_self(w->thread.name);
	accept_plane_run(w->relay->accept, w->index);
	return NULL;
}

static enum exit_code start_accept(struct relay *r)
{
	struct accept_settings settings = plane_settings_accept(r->settings);
	int err;

	memcpy(settings.private_key, r->keys.private_key, sizeof(settings.private_key));
	memcpy(settings.mesh_key, r->keys.mesh_key, sizeof(settings.mesh_key));
	settings.public_key = r->keys.public_key;
	settings.has_mesh_key = r->keys.has_mesh_key;
	settings.listen_fds = r->listen.relay_fds;
	settings.listen_count = r->listen.relay_count;
	settings.tls = r->tls.context;
	settings.ktls = r->tls.ktls;
	r->accept_workers = workers_new(r, r->acceptors, r->accept_stats);
	if (!r->accept_workers)
		return out_of_memory("accept threads");
	err = accept_plane_new(&r->accept, &settings, &r->bus, r->count, r->accept_stats, shard_of, r->data);
	bytes_wipe(&settings, sizeof(settings));
	if (err) {
		log_error("accept", "cannot start: %s", error_text(err));
		return EXIT_CODE_FAILURE;
	}
	for (uint16_t i = 0; i < r->acceptors; i++) {
		struct worker *w = &r->accept_workers[i];

		if (thread_start(&w->thread, accept_main, w, "accept %u", (unsigned)i) != 0)
			return EXIT_CODE_FAILURE;
	}
	return EXIT_CODE_OK;
}

static void stop_accept(struct relay *r)
{
	if (r->accept) {
		accept_plane_stop(r->accept);
		for (uint16_t i = 0; i < r->acceptors; i++)
			join(r, &r->accept_workers[i].thread);
		accept_plane_free(r->accept);
	}
	free(r->accept_workers);
}

/* --- watchdog ------------------------------------------------------------- */

static uint64_t beat_shard(void *ctx, uint16_t shard)
{
	struct relay *r = ctx;

	waker_notify(&r->bus.shard_waker[shard]);
	return stats_get(r->shard_stats[shard], STAT_LOOPS);
}

static uint64_t beat_control(void *ctx, uint16_t thread)
{
	struct relay *r = ctx;

	(void)thread;
	return control_plane_beat(r->control);
}

static uint64_t beat_accept(void *ctx, uint16_t thread)
{
	struct relay *r = ctx;

	return accept_plane_beat(r->accept, thread);
}

static enum exit_code start_watchdog(struct relay *r)
{
	r->watchdog = watchdog_new((size_t)r->shards + r->acceptors + 1);
	if (!r->watchdog)
		return out_of_memory("the watchdog");
	for (uint16_t i = 0; i < r->shards; i++)
		watchdog_watch(r->watchdog, "worker", i, beat_shard, r);
	for (uint16_t i = 0; i < r->acceptors; i++)
		watchdog_watch(r->watchdog, "accept", i, beat_accept, r);
	watchdog_watch(r->watchdog, "control", 0, beat_control, r);
	return EXIT_CODE_OK;
}

static void stop_watchdog(struct relay *r)
{
	watchdog_free(r->watchdog);
}

/* --- the order ------------------------------------------------------------ */

/* Started downwards, stopped upwards. A stop also takes down what a start that
 * failed half-way has left, and does nothing when its start never ran. */
static const struct step {
	enum exit_code (*start)(struct relay *r);
	void (*stop)(struct relay *r);
} steps[] = {
	{ start_keys, stop_keys },
	{ start_limits, NULL },
	{ start_probe, NULL },
	{ start_listeners, stop_listeners },
	{ start_stats, stop_stats },
	{ start_tls, stop_tls },
	{ start_bus, stop_bus },
	{ start_data, stop_data },
	{ start_control, stop_control },
	{ start_accept, stop_accept },
	{ start_watchdog, stop_watchdog },
};

static void stop_from(struct relay *r, size_t step)
{
	r->stop_until_ns = mono_now_ns() + (uint64_t)r->settings->stop_timeout_ms * MONO_NS_PER_MS;
	for (size_t i = step + 1; i-- > 0;)
		if (steps[i].stop)
			steps[i].stop(r);
	free(r);
}

static void log_workers(const struct relay *r)
{
	log_info("relay", "hyper-derp %s: %u worker%s%s, %u accept thread%s", PACKAGE_VERSION, r->shards,
		 r->shards == 1 ? "" : "s", r->settings->pin_cores.count > 0 ? ", pinned" : "", r->acceptors,
		 r->acceptors == 1 ? "" : "s");
}

enum exit_code relay_start(struct relay **relay, struct settings *settings)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (!r)
		return out_of_memory("the relay");
	r->settings = settings;
	r->shards = plane_settings_workers(settings);
	r->acceptors = (uint16_t)settings->accept_threads;
	listen_set_init(&r->listen);
	log_workers(r);
	for (size_t i = 0; i < HD_ARRAY_LEN(steps); i++) {
		enum exit_code code = steps[i].start(r);

		if (code != EXIT_CODE_OK) {
			stop_from(r, i);
			return code;
		}
	}
	*relay = r;
	return EXIT_CODE_OK;
}

void relay_stop(struct relay *r)
{
	stop_from(r, HD_ARRAY_LEN(steps) - 1);
}

bool relay_alive(struct relay *r)
{
	return watchdog_check(r->watchdog);
}

void relay_reload(struct relay *r, const struct settings *next)
{
	struct settings *s = r->settings;
	char names[WHY_SIZE];

	if (settings_diff(s, next, false, names, sizeof(names)) > 0)
		log_warn("config", "changed, but taken over only at a restart: %s", names);
	if (settings_diff(s, next, true, names, sizeof(names)) > 0)
		log_info("config", "taken over: %s", names);
	plane_settings_take_reloadable(s, next);
	log_set_level((enum log_level)s->log_level);
	accept_plane_set_rate(r->accept, (double)s->max_accept_rate, plane_settings_accept_burst(s));
	conn_count_set_limits(r->count, (uint32_t)s->max_connections, (uint32_t)s->max_connections_per_ip);
	if (relay_tls_reload(&r->tls, s))
		accept_plane_set_tls(r->accept, r->tls.context);
}

uint32_t relay_check_ms(const struct relay *r)
{
	return r->tls.context ? CHECK_MS : 0;
}

void relay_check(struct relay *r)
{
	if (relay_tls_check(&r->tls, r->settings))
		accept_plane_set_tls(r->accept, r->tls.context);
}
