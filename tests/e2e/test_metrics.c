/* SPDX-License-Identifier: MIT
 * What an operator sees: every metric by its name, health, debug pages. */
#include <stdio.h>
#include <string.h>

#include "stats/reasons.h"
#include "stats/stats.h"
#include "tests/e2e/client_fixture.h"

static const char *const no_args[] = { NULL };

START_TEST(metrics_have_every_counter)
{
	struct daemon *d = daemon_start(no_args);

	for (int i = 0; i < STAT_COUNT; i++)
		(void)daemon_metric(d, stat_info((enum stat_id)i)->name);
	ck_assert_uint_ge(daemon_metric(d, "workers"), 1);
	daemon_stop(d);
}
END_TEST

START_TEST(metrics_have_every_reason)
{
	struct daemon *d = daemon_start(no_args);
	char series[128];

	for (int i = 0; i < CLOSE_REASON_COUNT; i++) {
		snprintf(series, sizeof(series), "closes_total{reason=\"%s\"}",
			 close_reason_label((enum close_reason)i));
		ck_assert_uint_eq(daemon_metric(d, series), 0);
		snprintf(series, sizeof(series), "send_errors_total{reason=\"%s\"}",
			 close_reason_label((enum close_reason)i));
		ck_assert_uint_eq(daemon_metric(d, series), 0);
	}
	for (int i = 0; i < LOGIN_RESULT_COUNT; i++) {
		snprintf(series, sizeof(series), "logins_total{result=\"%s\"}",
			 login_result_label((enum login_result)i));
		ck_assert_uint_eq(daemon_metric(d, series), 0);
	}
	for (int i = 0; i < DROP_REASON_COUNT * DROP_KIND_COUNT; i++) {
		snprintf(series, sizeof(series), "drops_total{reason=\"%s\",kind=\"%s\"}",
			 drop_reason_label((enum drop_reason)(i / DROP_KIND_COUNT)),
			 drop_kind_label((enum drop_kind)(i % DROP_KIND_COUNT)));
		ck_assert_uint_eq(daemon_metric(d, series), 0);
	}
	daemon_stop(d);
}
END_TEST

/* Dashboards are made for these. */
START_TEST(metrics_have_the_names_operators_rely_on)
{
	static const char *const names[] = {
		"recv_bytes_total",	"send_bytes_total",	   "send_drops_total",
		"xfer_drops_total",	"slab_exhausts_total",	   "recv_enobufs_total",
		"frame_pool_hits_total", "frame_pool_misses_total", "peers_active",
		"workers",
	};
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "2"));

	for (size_t i = 0; i < HD_ARRAY_LEN(names); i++)
		(void)daemon_metric(d, names[i]);
	(void)daemon_metric_sum(d, "send_errors_total{");
	daemon_await_metric_sum(d, "build_info{", 1);
	daemon_await_metric(d, "workers", 2);
	daemon_stop(d);
}
END_TEST

START_TEST(metrics_count_bytes_and_packets)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "2"));
	struct derp_client *a = client_login(d), *b = client_login(d);
	uint64_t frame = FRAME_HEADER_SIZE + KEY_SIZE + 1000;
	/* Header, nonce, MAC and {"version":2}: the first frame from a shard. */
	uint64_t server_info = FRAME_HEADER_SIZE + FRAME_NONCE_SIZE + 16 + 13;
	uint8_t packet[1000];

	client_fill(packet, sizeof(packet), 1);
	for (int i = 0; i < 10; i++) {
		client_send(a, derp_client_key(b), packet, sizeof(packet));
		client_expect_packet(b, derp_client_key(a), packet, sizeof(packet));
	}
	daemon_await_metric(d, "recv_packets_total", 10);
	daemon_await_metric(d, "send_packets_total", 10);
	daemon_await_metric(d, "recv_bytes_total", 10 * frame);
	daemon_await_metric(d, "send_bytes_total", 2 * server_info + 10 * frame);
	daemon_await_metric(d, "peers_total", 2);
	derp_client_free(a);
	derp_client_free(b);
	daemon_stop(d);
}
END_TEST

static int status_of(struct daemon *d, const char *path)
{
	struct bytes body;
	int status = daemon_fixture_get(daemon_metrics_port(d), path, &body);

	bytes_release(&body);
	return status;
}

START_TEST(metrics_listener_shows_debug_pages_only_when_told)
{
	struct daemon *d = daemon_start(no_args);

	ck_assert_int_eq(status_of(d, "/health"), 200);
	ck_assert_int_eq(status_of(d, "/debug/peers"), 404);
	ck_assert_int_eq(status_of(d, "/debug/workers"), 404);
	daemon_stop(d);
	d = daemon_start(DAEMON_ARGS("--debug-endpoints"));
	ck_assert_int_eq(status_of(d, "/debug/peers"), 200);
	ck_assert_int_eq(status_of(d, "/debug/workers"), 200);
	daemon_stop(d);
}
END_TEST

START_TEST(metrics_debug_peers_names_clients)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--debug-endpoints"));
	struct derp_client *c = client_login(d);
	char text[KEY_NODE_TEXT_SIZE];
	struct bytes body;

	key_node_text(text, derp_client_key(c));
	daemon_await_metric(d, "peers_active", 1);
	client_sync(c);
	ck_assert_int_eq(daemon_fixture_get(daemon_metrics_port(d), "/debug/peers", &body), 200);
	ck_assert_ptr_nonnull(strstr((const char *)body.data, text));
	ck_assert_ptr_nonnull(strstr((const char *)body.data, "127.0.0.1:"));
	bytes_release(&body);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("metrics");
	TCase *t = daemon_fixture_case(s, "metrics");

	tcase_add_test(t, metrics_have_every_counter);
	tcase_add_test(t, metrics_have_every_reason);
	tcase_add_test(t, metrics_have_the_names_operators_rely_on);
	tcase_add_test(t, metrics_count_bytes_and_packets);
	tcase_add_test(t, metrics_listener_shows_debug_pages_only_when_told);
	tcase_add_test(t, metrics_debug_peers_names_clients);
	return s;
}

int main(void)
{
	return daemon_fixture_main(make_suite);
}
