/* SPDX-License-Identifier: MIT */
#include "control/control.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "control/metrics_server.h"
#include "control/page.h"
#include "control/region.h"
#include "control/summary.h"
#include "net/loop.h"
#include "util/error.h"
#include "util/log.h"
#include "util/mono.h"

#define SUBJECT "control"
#define SUMMARY_S 10
#define RETRY_MS 2           /* for commands that found their ring full */
#define STOP_MARGIN_MS 1000  /* for a shard to close what it has after its drain time */

struct stop_request {
	uint32_t reconnect_ms;
	uint32_t try_ms;
	uint32_t drain_ms;
};

struct control_plane {
	struct bus *bus;
	uint16_t workers;
	struct loop *loop;
	struct region *region;
	struct page_site site;
	struct metrics_server *metrics; /* or NULL */
	struct summary summary;
	struct loop_io wake;
	struct loop_timer retry;
	struct loop_timer summarise;
	struct loop_timer give_up;
	bool given_up;
	struct stop_request stop; /* written before stop_wanted */
	_Atomic bool stop_claimed;
	_Atomic bool stop_wanted;
};

static void on_wake(struct loop *l, struct loop_io *io, uint32_t events)
{
	struct control_plane *p = list_entry(io, struct control_plane, wake);

	(void)l;
	(void)events;
	waker_awake(&p->bus->control_waker, true);
}

/* Nothing to do but to be awake: every pass tries to send what is held. */
static void on_retry(struct loop *l, struct loop_timer *t)
{
	(void)l;
	(void)t;
}

static void on_summarise(struct loop *l, struct loop_timer *t)
{
	struct control_plane *p = list_entry(t, struct control_plane, summarise);
	char text[512];

	for (unsigned i = 0; i < SUMMARY_LINES; i++)
		if (summary_take(&p->summary, (enum summary_line)i, SUMMARY_S, text, sizeof(text)))
			log_info(SUBJECT, "%s", text);
	loop_timer_set(l, t, SUMMARY_S * 1000);
}

static void on_give_up(struct loop *l, struct loop_timer *t)
{
	struct control_plane *p = list_entry(t, struct control_plane, give_up);

	(void)l;
	for (uint16_t i = 0; i < p->workers; i++)
		if (!region_drained(p->region, i))
			log_error(SUBJECT, "worker %u did not drain within %u ms and %u ms of grace", i,
				  p->stop.drain_ms, STOP_MARGIN_MS);
	p->given_up = true;
}

static void begin_stop(struct control_plane *p)
{
	const struct stop_request *stop = &p->stop;

	p->site.stopping = true;
	region_stop(p->region, stop->reconnect_ms, stop->try_ms, stop->drain_ms);
	loop_timer_set(p->loop, &p->give_up, (uint64_t)stop->drain_ms + STOP_MARGIN_MS);
	log_debug(SUBJECT, "stopping: workers drain within %u ms", stop->drain_ms);
}

static bool stop_wanted(const struct control_plane *p)
{
	return atomic_load_explicit(&p->stop_wanted, memory_order_acquire) && !p->site.stopping;
}

/* All work on events is done here, between the loop's waits. True if the next
 * wait must not block. */
static bool pass(void *ctx)
{
	struct control_plane *p = ctx;
	struct waker *waker = &p->bus->control_waker;
	bool more;

	waker_awake(waker, false);
	if (stop_wanted(p))
		begin_stop(p);
	more = region_pass(p->region, mono_now_ns());
	if (p->given_up || (p->site.stopping && region_all_drained(p->region) && !more)) {
		loop_quit(p->loop);
		return true;
	}
	if (more)
		return true;
	if (region_held(p->region))
		loop_timer_set(p->loop, &p->retry, RETRY_MS);
	waker_about_to_sleep(waker);
	if (region_quiet(p->region) && !stop_wanted(p))
		return false;
	waker_awake(waker, false);
	return true;
}

void control_plane_run(struct control_plane *p)
{
	loop_timer_set(p->loop, &p->summarise, SUMMARY_S * 1000);
	loop_run(p->loop, pass, p);
}

void control_plane_stop(struct control_plane *p, uint32_t reconnect_ms, uint32_t try_ms, uint32_t drain_ms)
{
	if (atomic_exchange(&p->stop_claimed, true))
		return;
	p->stop = (struct stop_request){ reconnect_ms, try_ms, drain_ms };
	atomic_store_explicit(&p->stop_wanted, true, memory_order_release);
	waker_notify(&p->bus->control_waker);
}

uint64_t control_plane_beat(struct control_plane *p)
{
	return loop_beat(p->loop);
}

static void init_timers(struct control_plane *p)
{
	loop_timer_init(&p->retry, on_retry);
	loop_timer_init(&p->summarise, on_summarise);
	loop_timer_init(&p->give_up, on_give_up);
}

static int build(struct control_plane *p, const struct control_settings *settings, struct conn_count *count,
		 struct stats_registry *registry, struct stats *stats)
{
	const struct region_setup setup = {
		.bus = p->bus,
		.count = count,
		.stats = stats,
		.public_key = settings->public_key,
		.watch = region_watch_limits,
	};
	int err = loop_new(&p->loop);

	if (!err)
		err = region_new(&p->region, &setup);
	if (!err)
		err = loop_add(p->loop, &p->wake, p->bus->control_waker.fd, EPOLLIN, on_wake);
	if (err)
		return err;
	p->site = (struct page_site){
		.registry = registry,
		.presence = region_presence(p->region),
		.version = settings->version,
		.started_ns = mono_now_ns(),
		.workers = settings->workers,
		.debug_endpoints = settings->debug_endpoints,
	};
	summary_init(&p->summary, registry);
	if (settings->metrics_fd < 0)
		return 0;
	return metrics_server_new(&p->metrics, p->loop, settings->metrics_fd, &p->site,
				  &metrics_server_default_limits);
}

int control_plane_new(struct control_plane **plane, const struct control_settings *settings, struct bus *bus,
		      struct conn_count *count, struct stats_registry *registry, struct stats *stats)
{
	struct control_plane *p = calloc(1, sizeof(*p));
	int err;

	hd_assert(settings->workers == bus->shards);
	if (!p)
		return ERROR_NO_MEMORY;
	p->bus = bus;
	p->workers = settings->workers;
	init_timers(p);
	err = build(p, settings, count, registry, stats);
	if (err) {
		control_plane_free(p);
		return err;
	}
	*plane = p;
	return 0;
}

void control_plane_free(struct control_plane *p)
{
	if (!p)
		return;
	metrics_server_free(p->metrics);
	region_free(p->region);
	if (p->loop) {
		loop_remove(p->loop, &p->wake);
		loop_free(p->loop);
	}
	free(p);
}
