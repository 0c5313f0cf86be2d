/* SPDX-License-Identifier: MIT */
#include "control/control.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "net/listener.h"
#include "tests/unit/control/events.h"
#include "tests/unit/control/scrape.h"

Suite *test_control_suite(void);

/* The test's thread is both shards; the plane runs on one of its own. */
#define SHARDS 2

static struct bus bus;
static struct conn_count *count;
static struct stats_registry *registry;
static struct control_settings settings;
static struct control_plane *plane;
static pthread_t thread;
static bool running;
static struct scrape_answer answer;

static void setup(void)
{
	ck_assert_int_eq(bus_init(&bus, SHARDS, 1), 0);
	count = conn_count_new(0, 0);
	registry = stats_registry_new();
	settings = (struct control_settings){ .metrics_fd = -1, .version = "1.2.3", .workers = SHARDS };
	plane = NULL;
	running = false;
}

static void *run(void *arg)
{
	control_plane_run(arg);
	return NULL;
}

static void build(void)
{
	struct stats *stats = stats_registry_add(registry, "control");

	ck_assert_int_eq(control_plane_new(&plane, &settings, &bus, count, registry, stats), 0);
}

static void start(void)
{
	build();
	ck_assert_int_eq(pthread_create(&thread, NULL, run, plane), 0);
	running = true;
}

static void join(void)
{
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	running = false;
}

static void tell(uint16_t shard, struct event e)
{
	struct event *entry;

	while (!(entry = spsc_reserve(bus_event(&bus, shard))))
		sched_yield();
	*entry = e;
	spsc_publish(bus_event(&bus, shard));
	waker_notify(&bus.control_waker);
}

/* Sleeps as a shard does until there is a command. */
static struct command await(uint16_t shard)
{
	struct spsc *ring = bus_command(&bus, shard);
	struct waker *waker = &bus.shard_waker[shard];
	const struct command *entry;
	struct command c;

	while (!(entry = spsc_peek(ring))) {
		struct pollfd p = { .fd = waker->fd, .events = POLLIN };

		waker_about_to_sleep(waker);
		if (spsc_empty(ring))
			ck_assert_int_eq(poll(&p, 1, -1), 1);
		waker_awake(waker, true);
	}
	c = *entry;
	spsc_consume(ring);
	return c;
}

/* Answers the stop as a shard must. */
static void drain(uint16_t shard)
{
	while (await(shard).type != COMMAND_RESTARTING)
		continue;
	ck_assert_uint_eq(await(shard).type, COMMAND_DRAIN);
	tell(shard, events_make(EVENT_DRAINED, 0, (struct peer_id){ .shard = shard }));
}

static void teardown(void)
{
	if (running) {
		control_plane_stop(plane, 1, 1, 60000);
		for (uint16_t i = 0; i < SHARDS; i++)
			drain(i);
		join();
	}
	control_plane_free(plane);
	if (settings.metrics_fd >= 0)
		close(settings.metrics_fd);
	stats_registry_free(registry);
	conn_count_free(count);
	bus_release(&bus);
}

static void joined(uint32_t key, uint16_t shard, uint32_t slot)
{
	struct event e = events_make(EVENT_JOINED, key, (struct peer_id){ shard, slot, 1 });

	ck_assert_int_eq(conn_count_take(count, e.addr.ip), CONN_COUNT_OK);
	tell(shard, e);
}

static void closed(uint32_t key, uint16_t shard, uint32_t slot)
{
	struct event e = events_make(EVENT_CLOSED, key, (struct peer_id){ shard, slot, 1 });

	e.last_of_key = true;
	e.value = (uint8_t)(key % CLOSE_REASON_COUNT);
	tell(shard, e);
}

static void listen_for_metrics(void)
{
	char why[256] = "";

	settings.metrics_fd = listener_open("127.0.0.1", 0, why, sizeof(why));
	ck_assert_msg(settings.metrics_fd >= 0, "%s", why);
}

static int get(const char *path)
{
	scrape_answer_free(&answer);
	return scrape_get(listener_port(settings.metrics_fd), path, &answer);
}

START_TEST(event_wakes_the_plane_and_command_wakes_the_shard)
{
	struct key key = events_key(7);

	start();
	for (unsigned i = 0; i < 200; i++) {
		joined(7, 0, 1);
		closed(7, 0, 1);
		for (uint16_t shard = 0; shard < SHARDS; shard++) {
			struct command c = await(shard);

			ck_assert_uint_eq(c.type, COMMAND_KEY_GONE);
			ck_assert(key_equal(&c.key, &key));
		}
	}
}
END_TEST

START_TEST(commands_that_did_not_fit_come_when_there_is_room)
{
	enum { KEYS = 5 * BUS_COMMANDS };

	start();
	for (uint32_t i = 0; i < KEYS; i++) {
		joined(i, 0, 1);
		closed(i, 0, 1);
	}
	for (uint32_t i = 0; i < KEYS; i++)
		for (uint16_t shard = 0; shard < SHARDS; shard++) {
			struct command c = await(shard);

			ck_assert_uint_eq(events_key_number(&c.key), i);
		}
	ck_assert_uint_eq(conn_count_total(count), 0);
}
END_TEST

START_TEST(stop_drains_every_shard_then_returns)
{
	start();
	joined(1, 0, 1);
	control_plane_stop(plane, 100, 200, 60000);
	for (uint16_t i = 0; i < SHARDS; i++) {
		struct command c = await(i);

		ck_assert_uint_eq(c.type, COMMAND_RESTARTING);
		ck_assert_uint_eq(c.arg_ms[0], 100);
		ck_assert_uint_eq(c.arg_ms[1], 200);
		c = await(i);
		ck_assert_uint_eq(c.type, COMMAND_DRAIN);
		ck_assert_uint_eq(c.arg_ms[0], 60000);
	}
	closed(1, 0, 1);
	tell(0, events_make(EVENT_DRAINED, 0, (struct peer_id){ .shard = 0 }));
	tell(1, events_make(EVENT_DRAINED, 0, (struct peer_id){ .shard = 1 }));
	join();
	ck_assert_uint_eq(conn_count_total(count), 0);
}
END_TEST

START_TEST(stop_before_run_and_stop_twice_are_fine)
{
	build();
	control_plane_stop(plane, 1, 1, 60000);
	control_plane_stop(plane, 2, 2, 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, run, plane), 0);
	for (uint16_t i = 0; i < SHARDS; i++)
		drain(i);
	join();
}
END_TEST

START_TEST(stop_does_not_wait_for_ever_for_a_shard)
{
	start();
	control_plane_stop(plane, 1, 1, 10);
	drain(0);
	join(); /* shard 1 never answers */
}
END_TEST

START_TEST(stop_returns_while_a_shard_never_stops_talking)
{
	uint32_t i = 0;

	start();
	control_plane_stop(plane, 1, 1, 10);
	drain(0);
	while (pthread_tryjoin_np(thread, NULL) != 0) {
		struct event *entry = spsc_reserve(bus_event(&bus, 1));

		if (!entry) {
			sched_yield();
			continue;
		}
		*entry = events_make(EVENT_PREFERRED, i++, (struct peer_id){ 1, 1, 1 });
		spsc_publish(bus_event(&bus, 1));
	}
	running = false;
}
END_TEST

START_TEST(metrics_and_health_follow_the_clients)
{
	listen_for_metrics();
	start();
	ck_assert_int_eq(get("/health"), 200);
	ck_assert_ptr_nonnull(strstr((const char *)answer.body.data, "\"peers\":0,"));
	joined(1, 0, 1);
	joined(2, 1, 1);
	while (get("/health") == 200 && !strstr((const char *)answer.body.data, "\"peers\":2,"))
		continue;
	ck_assert_int_eq(get("/metrics"), 200);
	ck_assert_ptr_nonnull(strstr((const char *)answer.body.data, "\nhyper_derp_keys 2\n"));
	ck_assert_ptr_nonnull(strstr((const char *)answer.body.data, "\nhyper_derp_workers 2\n"));
	ck_assert_ptr_nonnull(strstr((const char *)answer.body.data, "build_info{version=\"1.2.3\"} 1\n"));
	ck_assert_ptr_nonnull(strstr((const char *)answer.body.data, "\nhyper_derp_control_events_total 2\n"));
	ck_assert_int_eq(get("/debug/peers"), 404);
	scrape_answer_free(&answer);
}
END_TEST

START_TEST(debug_pages_are_served_when_asked_for)
{
	listen_for_metrics();
	settings.debug_endpoints = true;
	start();
	joined(1, 1, 1);
	while (get("/debug/peers") == 200 && !strstr((const char *)answer.body.data, "nodekey:00000001"))
		continue;
	ck_assert_int_eq(answer.status, 200);
	ck_assert_int_eq(get("/debug/workers"), 200);
	scrape_answer_free(&answer);
}
END_TEST

START_TEST(health_is_503_while_shards_drain)
{
	listen_for_metrics();
	start();
	ck_assert_int_eq(get("/health"), 200);
	control_plane_stop(plane, 1, 1, 60000);
	ck_assert_uint_eq(await(0).type, COMMAND_RESTARTING);
	ck_assert_int_eq(get("/health"), 503);
	ck_assert_uint_eq(await(0).type, COMMAND_DRAIN);
	tell(0, events_make(EVENT_DRAINED, 0, (struct peer_id){ .shard = 0 }));
	drain(1);
	join();
	scrape_answer_free(&answer);
}
END_TEST

Suite *test_control_suite(void)
{
	Suite *s = suite_create("control");
	TCase *t = tcase_create("control");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, event_wakes_the_plane_and_command_wakes_the_shard);
	tcase_add_test(t, commands_that_did_not_fit_come_when_there_is_room);
	tcase_add_test(t, stop_drains_every_shard_then_returns);
	tcase_add_test(t, stop_before_run_and_stop_twice_are_fine);
	tcase_add_test(t, stop_does_not_wait_for_ever_for_a_shard);
	tcase_add_test(t, stop_returns_while_a_shard_never_stops_talking);
	tcase_add_test(t, metrics_and_health_follow_the_clients);
	tcase_add_test(t, debug_pages_are_served_when_asked_for);
	tcase_add_test(t, health_is_503_while_shards_drain);
	suite_add_tcase(s, t);
	return s;
}
