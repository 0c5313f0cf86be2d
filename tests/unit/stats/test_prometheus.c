/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <string.h>

#include "stats/prometheus.h"
#include "tests/unit/stats/prom_check.h"
#include "util/error.h"

Suite *test_prometheus_suite(void);

static struct stats_registry *registry;
static struct stats *worker, *accepter;
static struct bytes out;

static void setup(void)
{
	registry = stats_registry_new();
	worker = stats_registry_add(registry, "worker %u", 0);
	accepter = stats_registry_add(registry, "accept %u", 0);
	bytes_init(&out, 1 << 20);
}

static void teardown(void)
{
	bytes_release(&out);
	stats_registry_free(registry);
}

static void write_all(void)
{
	ck_assert_int_eq(prometheus_write(&out, registry), 0);
	ck_assert_str_eq(prom_check((const char *)out.data, out.len) ?: "valid", "valid");
}

static void assert_series(const char *series, double want)
{
	double got = NAN;

	ck_assert_msg(prom_check_value(&got, (const char *)out.data, out.len, series), "no series %s", series);
	ck_assert_msg(got == want, "%s is %f, not %f", series, got, want);
}

static void assert_text(const char *want)
{
	ck_assert_uint_eq(out.len, strlen(want));
	ck_assert_mem_eq(out.data, want, out.len);
}

START_TEST(write_is_valid_and_has_every_series_at_zero)
{
	write_all();
	assert_series("hyper_derp_recv_bytes_total", 0);
	assert_series("hyper_derp_send_bytes_total", 0);
	assert_series("hyper_derp_send_drops_total", 0);
	assert_series("hyper_derp_xfer_drops_total", 0);
	assert_series("hyper_derp_slab_exhausts_total", 0);
	assert_series("hyper_derp_recv_enobufs_total", 0);
	assert_series("hyper_derp_frame_pool_hits_total", 0);
	assert_series("hyper_derp_frame_pool_misses_total", 0);
	assert_series("hyper_derp_peers_active", 0);
	assert_series("hyper_derp_send_errors_total{reason=\"reset\"}", 0);
	assert_series("hyper_derp_drops_total{reason=\"queue_head\",kind=\"disco\"}", 0);
	assert_series("hyper_derp_drops_total{reason=\"rate_limit\",kind=\"other\"}", 0);
	assert_series("hyper_derp_closes_total{reason=\"websocket\"}", 0);
	assert_series("hyper_derp_logins_total{result=\"ok\"}", 0);
	assert_series("hyper_derp_refused_total{reason=\"no_memory\"}", 0);
	assert_series("hyper_derp_login_seconds_count", 0);
}
END_TEST

START_TEST(write_sums_all_threads)
{
	stats_add(worker, STAT_RECV_BYTES, UINT64_MAX / 2);
	stats_add(accepter, STAT_RECV_BYTES, 1);
	stats_drop(worker, DROP_QUEUE_AGE, DROP_KIND_DISCO, 9);
	stats_drop(accepter, DROP_QUEUE_AGE, DROP_KIND_DISCO, 2);
	stats_close(worker, CLOSE_RESET);
	stats_cell_add(&worker->send_errors[CLOSE_IO_ERROR], 6);
	stats_cell_add(&accepter->logins[LOGIN_BAD_BOX], 4);
	stats_cell_add(&accepter->refusals[REFUSE_MAX_PER_IP], 3);
	write_all();
	assert_series("hyper_derp_recv_bytes_total", 9223372036854775808.0);
	assert_series("hyper_derp_drops_total{reason=\"queue_age\",kind=\"disco\"}", 11);
	assert_series("hyper_derp_drops_total{reason=\"queue_age\",kind=\"other\"}", 0);
	assert_series("hyper_derp_send_drops_total", 11);
	assert_series("hyper_derp_closes_total{reason=\"reset\"}", 1);
	assert_series("hyper_derp_send_errors_total{reason=\"io_error\"}", 6);
	assert_series("hyper_derp_logins_total{result=\"bad_box\"}", 4);
	assert_series("hyper_derp_refused_total{reason=\"max_connections_per_ip\"}", 3);
}
END_TEST

START_TEST(write_login_histogram_is_cumulative_in_seconds)
{
	stats_login_time(accepter, 700 * UINT64_C(1000));        /* 0.7 ms */
	stats_login_time(accepter, 40 * UINT64_C(1000000));      /* 40 ms */
	stats_login_time(accepter, 9 * UINT64_C(1000000000));    /* 9 s */
	write_all();
	assert_series("hyper_derp_login_seconds_bucket{le=\"0.001\"}", 1);
	assert_series("hyper_derp_login_seconds_bucket{le=\"0.025\"}", 1);
	assert_series("hyper_derp_login_seconds_bucket{le=\"0.05\"}", 2);
	assert_series("hyper_derp_login_seconds_bucket{le=\"1\"}", 2);
	assert_series("hyper_derp_login_seconds_bucket{le=\"+Inf\"}", 3);
	assert_series("hyper_derp_login_seconds_count", 3);
	assert_series("hyper_derp_login_seconds_sum", 9.0407);
}
END_TEST

START_TEST(write_without_threads_is_valid)
{
	struct stats_registry *empty = stats_registry_new();

	ck_assert_int_eq(prometheus_write(&out, empty), 0);
	ck_assert_ptr_null(prom_check((const char *)out.data, out.len));
	stats_registry_free(empty);
}
END_TEST

START_TEST(write_reports_a_full_buffer)
{
	size_t whole;

	ck_assert_int_eq(prometheus_write(&out, registry), 0);
	whole = out.len;
	for (size_t max = 0; max < whole; max += 97) {
		struct bytes small;

		bytes_init(&small, max);
		ck_assert_int_eq(prometheus_write(&small, registry), ERROR_TOO_BIG);
		ck_assert_uint_le(small.len, max);
		bytes_release(&small);
	}
}
END_TEST

START_TEST(gauge_writes_head_labels_and_value)
{
	ck_assert_int_eq(prometheus_gauge(&out, "workers", "Worker threads", NULL, 4), 0);
	ck_assert_int_eq(prometheus_gauge(&out, "build_info", "Build", "version=\"0.1.0\"", 1), 0);
	assert_text("# HELP hyper_derp_workers Worker threads\n"
		    "# TYPE hyper_derp_workers gauge\n"
		    "hyper_derp_workers 4\n"
		    "# HELP hyper_derp_build_info Build\n"
		    "# TYPE hyper_derp_build_info gauge\n"
		    "hyper_derp_build_info{version=\"0.1.0\"} 1\n");
}
END_TEST

static const struct {
	double value;
	const char *text;
} gauge_values[] = {
	{ 0, "0\n" },           { 1.5, "1.500000\n" },   { -2.25, "-2.250000\n" },
	{ 0.9999999, "1\n" },   { -0.0000001, "0\n" },   { 1e15, "1000000000000000\n" },
	{ NAN, "NaN\n" },       { INFINITY, "+Inf\n" },  { -INFINITY, "-Inf\n" },
	{ 1e300, "+Inf\n" },    { 0.000001, "0.000001\n" },
};

START_TEST(gauge_value_has_a_point_in_every_locale)
{
	const char *value;

	ck_assert_int_eq(prometheus_gauge(&out, "g", "G", NULL, gauge_values[_i].value), 0);
	ck_assert_int_eq(bytes_append(&out, "", 1), 0);
	value = strrchr((const char *)out.data, ' ') + 1;
	ck_assert_str_eq(value, gauge_values[_i].text);
}
END_TEST

START_TEST(label_value_is_escaped)
{
	ck_assert_int_eq(prometheus_label_append(&out, "version", "a\"b\\c\nd"), 0);
	ck_assert_int_eq(prometheus_label_append(&out, "plain", "x"), 0);
	assert_text("version=\"a\\\"b\\\\c\\nd\",plain=\"x\"");
}
END_TEST

START_TEST(help_text_is_escaped)
{
	ck_assert_int_eq(prometheus_family(&out, "m", "gauge", "a \"b\" \\ c\nd"), 0);
	assert_text("# HELP hyper_derp_m a \"b\" \\\\ c\\nd\n# TYPE hyper_derp_m gauge\n");
}
END_TEST

/* The checker must be able to say no, or none of the above means anything. */
static const char *const bad_texts[] = {
	"",
	"a 1\n",
	"# TYPE a gauge\na 1\n",
	"# HELP a A\n# TYPE a gauge\n",
	"# HELP a A\n# TYPE a gauge\na 1",
	"# HELP a A\n# TYPE a gauge\na 1\n\n",
	"# HELP a A\n# TYPE a gauge\na 1\na 1\n",
	"# HELP a A\n# TYPE a gauge\na x\n",
	"# HELP a A\n# TYPE a gauge\na  1\n",
	"# HELP a A\n# TYPE a gauge\nb 1\n",
	"# HELP a A\n# TYPE a gauge\na{b=c} 1\n",
	"# HELP a A\n# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n",
	"# HELP a A\n# TYPE a gauge\na{b=\"\\x\"} 1\n",
	"# HELP a A\n# TYPE a gauge\na{b=\"c} 1\n",
	"# HELP a \\x\n# TYPE a gauge\na 1\n",
	"# HELP a A\n# TYPE a counter\na 1\n",
	"# HELP a_total A\n# TYPE a_total gauge\na_total 1\n",
	"# HELP a_total A\n# TYPE a_total counter\na_total -1\n",
	"# HELP a A\n# TYPE a gauge\na 1\n# HELP a A\n# TYPE a gauge\na{b=\"c\"} 1\n",
	"# HELP h H\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
	"# HELP h H\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
	"# HELP h H\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n",
	"# HELP h H\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\n",
};

START_TEST(checker_refuses_bad_text)
{
	ck_assert_ptr_nonnull(prom_check(bad_texts[_i], strlen(bad_texts[_i])));
}
END_TEST

Suite *test_prometheus_suite(void)
{
	Suite *s = suite_create("prometheus");
	TCase *t = tcase_create("prometheus");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, write_is_valid_and_has_every_series_at_zero);
	tcase_add_test(t, write_sums_all_threads);
	tcase_add_test(t, write_login_histogram_is_cumulative_in_seconds);
	tcase_add_test(t, write_without_threads_is_valid);
	tcase_add_test(t, write_reports_a_full_buffer);
	tcase_add_test(t, gauge_writes_head_labels_and_value);
	tcase_add_loop_test(t, gauge_value_has_a_point_in_every_locale, 0, HD_ARRAY_LEN(gauge_values));
	tcase_add_test(t, label_value_is_escaped);
	tcase_add_test(t, help_text_is_escaped);
	tcase_add_loop_test(t, checker_refuses_bad_text, 0, HD_ARRAY_LEN(bad_texts));
	suite_add_tcase(s, t);
	return s;
}
