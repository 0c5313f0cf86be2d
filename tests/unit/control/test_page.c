/* SPDX-License-Identifier: MIT */
#include "control/page.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/control/events.h"
#include "tests/unit/control/must.h"
#include "tests/unit/control/occurrences.h"
#include "tests/unit/stats/prom_check.h"
#include "util/error.h"
#include "util/json.h"
#include "util/mono.h"

Suite *test_page_suite(void);

static struct stats_registry *registry;
static struct presence *presence;
static struct page_site site;
static struct page page;
static struct bytes body;

static void setup(void)
{
	registry = stats_registry_new();
	presence = presence_new(2);
	site = (struct page_site){
		.registry = registry,
		.presence = presence,
		.version = "1.2.3",
		.started_ns = mono_now_ns(),
		.workers = 2,
		.debug_endpoints = true,
	};
	bytes_init(&body, 1 << 28);
}

static void teardown(void)
{
	bytes_release(&body);
	presence_free(presence);
	stats_registry_free(registry);
}

static void join(uint32_t number, uint16_t shard, uint32_t slot)
{
	struct event e = events_make(EVENT_JOINED, number, (struct peer_id){ shard, slot, 1 });
	struct presence_conn *c;
	bool first;

	must(presence_join(presence, &c, &first, &e, mono_now_ns()) == 0, "no memory");
}

static int open_with(const char *method, const char *path, const char *fields, bool loopback)
{
	static char text[1024];
	static struct http_request req;
	size_t scanned = 0;

	snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: h\r\n%s\r\n", method, path, fields);
	ck_assert_int_eq(http_request_parse(&req, (const uint8_t *)text, strlen(text), &scanned), 0);
	page_open(&page, &site, &req, loopback);
	return page.status;
}

static int open_page(const char *path)
{
	return open_with("GET", path, "", true);
}

/* One part, appended to the body as a client would see it. */
static size_t read_part(void)
{
	struct bytes part;
	size_t len;

	bytes_init(&part, PAGE_PART_MAX);
	ck_assert_int_eq(page_next_part(&page, &part), 0);
	ck_assert_int_eq(bytes_append(&body, part.data, part.len), 0);
	len = part.len;
	bytes_release(&part);
	return len;
}

static void read_all(void)
{
	while (!page.whole)
		read_part();
	ck_assert_int_eq(bytes_append(&body, "", 1), 0); /* for strstr */
	body.len--;
}

static const char *text(void)
{
	return (const char *)body.data;
}

START_TEST(metrics_are_valid_and_have_what_control_adds)
{
	double value;

	site.version = "1 \"quoted\\";
	join(1, 0, 1);
	ck_assert_int_eq(open_page("/metrics?ignored"), 200);
	read_all();
	ck_assert_str_eq(prom_check(text(), body.len) ?: "valid", "valid");
	ck_assert(prom_check_value(&value, text(), body.len, "hyper_derp_workers"));
	ck_assert(value == 2);
	ck_assert(prom_check_value(&value, text(), body.len, "hyper_derp_peers{transport=\"plain\"}"));
	ck_assert(value == 1);
	ck_assert(prom_check_value(&value, text(), body.len, "hyper_derp_peers{transport=\"ktls\"}"));
	ck_assert(value == 0);
	ck_assert(prom_check_value(&value, text(), body.len, "hyper_derp_keys"));
	ck_assert(value == 1);
	ck_assert(prom_check_value(&value, text(), body.len, "hyper_derp_recv_bytes_total"));
	ck_assert_uint_eq(occurrences(&body, "hyper_derp_build_info{version=\"1 \\\"quoted\\\\\"} 1\n"), 1);
}
END_TEST

START_TEST(health_is_ok_while_serving)
{
	join(1, 0, 1);
	join(1, 1, 2);
	site.started_ns = mono_now_ns() - 90 * MONO_NS_PER_S;
	ck_assert_int_eq(open_page("/health"), 200);
	ck_assert_str_eq(page.content_type, "application/json");
	read_all();
	ck_assert(json_valid(text(), body.len));
	ck_assert_ptr_nonnull(strstr(text(), "{\"status\":\"ok\",\"version\":\"1.2.3\",\"uptime_seconds\":"));
	ck_assert_ptr_nonnull(strstr(text(), ",\"peers\":2,\"workers\":2}"));
	ck_assert_ptr_null(strstr(text(), "\"uptime_seconds\":0"));
}
END_TEST

START_TEST(health_is_503_while_stopping)
{
	site.stopping = true;
	ck_assert_int_eq(open_page("/health"), 503);
	read_all();
	ck_assert(json_valid(text(), body.len));
	ck_assert_ptr_nonnull(strstr(text(), "\"status\":\"stopping\""));
	ck_assert_int_eq(open_page("/metrics"), 200);
}
END_TEST

START_TEST(unknown_paths_are_not_found)
{
	static const char *const paths[] = {
		"/", "/metrics/", "/Metrics", "/debug/", "/debug/pprof", "/healthz", "//health",
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(paths); i++)
		ck_assert_int_eq(open_page(paths[i]), 404);
	read_all();
	ck_assert_str_eq(text(), "404 Not Found\n");
}
END_TEST

START_TEST(other_methods_are_not_allowed_on_pages_that_are)
{
	ck_assert_int_eq(open_with("POST", "/metrics", "", true), 405);
	ck_assert_int_eq(open_with("get", "/metrics", "", true), 405);
	ck_assert_int_eq(open_with("HEAD", "/metrics", "", true), 200);
	ck_assert_int_eq(open_with("POST", "/nowhere", "", true), 404);
}
END_TEST

START_TEST(debug_pages_are_not_there_unless_asked_for)
{
	ck_assert_int_eq(open_page("/debug/workers"), 200);
	ck_assert_int_eq(open_page("/debug/peers"), 200);
	site.debug_endpoints = false;
	ck_assert_int_eq(open_page("/debug/workers"), 404);
	ck_assert_int_eq(open_page("/debug/peers"), 404);
	ck_assert_int_eq(open_page("/metrics"), 200);
}
END_TEST

START_TEST(debug_pages_are_for_this_host_only)
{
	ck_assert_int_eq(open_with("GET", "/debug/peers", "", false), 403);
	ck_assert_int_eq(open_with("GET", "/debug/peers", "X-Forwarded-For: 192.0.2.1\r\n", true), 403);
	ck_assert_int_eq(open_with("GET", "/debug/peers", "Forwarded: for=192.0.2.1\r\n", true), 403);
	ck_assert_int_eq(open_with("GET", "/metrics", "", false), 200);
	site.debug_endpoints = false;
	ck_assert_int_eq(open_with("GET", "/debug/peers", "", false), 404);
}
END_TEST

START_TEST(workers_lists_workers_only)
{
	struct stats *s = stats_registry_add(registry, "worker %u", 0);

	stats_registry_add(registry, "accept %u", 0);
	stats_add(s, STAT_RECV_BYTES, 123);
	stats_set(s, STAT_HELD_BYTES, 7);
	stats_drop(s, DROP_QUEUE_HEAD, DROP_KIND_DISCO, 4);
	stats_drop(s, DROP_QUEUE_HEAD, DROP_KIND_OTHER, 5);
	stats_registry_add(registry, "worker %u", 1);
	ck_assert_int_eq(open_page("/debug/workers"), 200);
	read_all();
	ck_assert(json_valid(text(), body.len));
	ck_assert_ptr_nonnull(strstr(text(), "{\"workers\":[{\"name\":\"worker 0\",\"recv_bytes_total\":123,"));
	ck_assert_ptr_nonnull(strstr(text(), "\"held_bytes\":7,"));
	ck_assert_ptr_nonnull(strstr(text(), "\"queue_head\":9,"));
	/* Names as in the metrics, so that no two of a worker are the same. */
	ck_assert_uint_eq(occurrences(&body, "\"recv_paused_total\":"), 2);
	ck_assert_uint_eq(occurrences(&body, "\"recv_paused\":"), 2);
	ck_assert_uint_eq(occurrences(&body, "\"name\":\"worker 1\""), 1);
	ck_assert_uint_eq(occurrences(&body, "\"name\":"), 2);
}
END_TEST

START_TEST(workers_without_any_is_an_empty_list)
{
	ck_assert_int_eq(open_page("/debug/workers"), 200);
	read_all();
	ck_assert_str_eq(text(), "{\"workers\":[]}\n");
}
END_TEST

START_TEST(many_workers_come_in_parts)
{
	for (unsigned i = 0; i < 256; i++)
		ck_assert_ptr_nonnull(stats_registry_add(registry, "worker %u", i));
	ck_assert_int_eq(open_page("/debug/workers"), 200);
	ck_assert_uint_lt(read_part(), PAGE_PART_MAX);
	ck_assert(!page.whole);
	read_all();
	ck_assert(json_valid(text(), body.len));
	ck_assert_uint_eq(occurrences(&body, "\"name\":\"worker "), 256);
}
END_TEST

START_TEST(peers_tell_all_of_a_connection)
{
	struct event e = events_make(EVENT_JOINED, 5, (struct peer_id){ 1, 3, 1 });
	struct presence_conn *c;
	bool first;
	char want[512];

	e.flags = PEER_FLAG_MESH | PEER_FLAG_WEBSOCKET;
	e.transport = PEER_TRANSPORT_KTLS;
	ck_assert_int_eq(presence_join(presence, &c, &first, &e, mono_now_ns()), 0);
	presence_prefer(presence, c, true);
	ck_assert_int_eq(open_page("/debug/peers"), 200);
	read_all();
	ck_assert(json_valid(text(), body.len));
	snprintf(want, sizeof(want),
		 "{\"peers\":[{\"key\":\"nodekey:00000005%s\",\"address\":\"10.0.0.1:6\",\"worker\":1,"
		 "\"transport\":\"ktls\",\"flags\":[\"mesh\",\"websocket\"],\"connected_seconds\":",
		 "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
	ck_assert_mem_eq(text(), want, strlen(want));
	ck_assert_ptr_nonnull(strstr(text(), ",\"preferred\":true,\"watching\":false,\"conn_id\":1000005}]}\n"));
}
END_TEST

START_TEST(peers_without_any_is_an_empty_list)
{
	ck_assert_int_eq(open_page("/debug/peers"), 200);
	read_all();
	ck_assert_str_eq(text(), "{\"peers\":[]}\n");
}
END_TEST

START_TEST(peers_of_a_large_relay_come_in_bounded_parts)
{
	enum { PEERS = 20000 }; /* some sixty parts */
	size_t longest = 0;

	for (uint32_t i = 0; i < PEERS; i++)
		join(i, i % 2, i);
	ck_assert_int_eq(open_page("/debug/peers"), 200);
	while (!page.whole) {
		size_t len = read_part();

		longest = len > longest ? len : longest;
	}
	read_all();
	ck_assert_uint_gt(longest, PAGE_PART / 2);
	ck_assert_uint_lt(longest, PAGE_PART + 1024);
	ck_assert(json_valid(text(), body.len));
	ck_assert_uint_eq(occurrences(&body, "\"key\":"), PEERS);
}
END_TEST

/* A table that was large once: parts that look at free places only are empty. */
START_TEST(peers_of_an_emptied_relay_come_in_short_steps)
{
	unsigned parts = 0;

	join(1, 0, 0);
	join(2, 0, 400000);
	ck_assert_int_eq(open_page("/debug/peers"), 200);
	for (; !page.whole; parts++)
		read_part();
	read_all();
	ck_assert_uint_gt(parts, 3);
	ck_assert(json_valid(text(), body.len));
	ck_assert_uint_eq(occurrences(&body, "\"key\":"), 2);
}
END_TEST

START_TEST(peers_may_come_and_go_between_parts)
{
	enum { PEERS = 2000 };

	for (uint32_t i = 0; i < PEERS; i++)
		join(i, 0, i);
	ck_assert_int_eq(open_page("/debug/peers"), 200);
	read_part();
	for (uint32_t i = 0; i < PEERS; i += 2)
		presence_leave(presence, presence_find(presence, (struct peer_id){ 0, i, 1 }));
	for (uint32_t i = 0; i < PEERS; i++)
		join(PEERS + i, 1, i);
	read_all();
	ck_assert(json_valid(text(), body.len));
	ck_assert_uint_ge(occurrences(&body, "\"key\":"), PEERS / 2 + PEERS);
	ck_assert_uint_eq(occurrences(&body, "\"worker\":1"), PEERS);
}
END_TEST

START_TEST(part_that_does_not_fit_is_an_error)
{
	struct bytes small;

	bytes_init(&small, 100);
	ck_assert_int_eq(open_page("/metrics"), 200);
	ck_assert_int_eq(page_next_part(&page, &small), ERROR_TOO_BIG);
	join(1, 0, 1);
	bytes_release(&small);
	ck_assert_int_eq(open_page("/debug/peers"), 200);
	ck_assert_int_eq(page_next_part(&page, &small), ERROR_TOO_BIG);
	bytes_release(&small);
}
END_TEST

Suite *test_page_suite(void)
{
	Suite *s = suite_create("page");
	TCase *t = tcase_create("page");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, metrics_are_valid_and_have_what_control_adds);
	tcase_add_test(t, health_is_ok_while_serving);
	tcase_add_test(t, health_is_503_while_stopping);
	tcase_add_test(t, unknown_paths_are_not_found);
	tcase_add_test(t, other_methods_are_not_allowed_on_pages_that_are);
	tcase_add_test(t, debug_pages_are_not_there_unless_asked_for);
	tcase_add_test(t, debug_pages_are_for_this_host_only);
	tcase_add_test(t, workers_lists_workers_only);
	tcase_add_test(t, workers_without_any_is_an_empty_list);
	tcase_add_test(t, many_workers_come_in_parts);
	tcase_add_test(t, peers_tell_all_of_a_connection);
	tcase_add_test(t, peers_without_any_is_an_empty_list);
	tcase_add_test(t, peers_of_a_large_relay_come_in_bounded_parts);
	tcase_add_test(t, peers_of_an_emptied_relay_come_in_short_steps);
	tcase_add_test(t, peers_may_come_and_go_between_parts);
	tcase_add_test(t, part_that_does_not_fit_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
