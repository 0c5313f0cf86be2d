/* SPDX-License-Identifier: MIT */
#include "stats/prometheus.h"

#include <inttypes.h>
#include <math.h>

#include "util/error.h"

/* One metric with a single label whose values are the rows of a reason table. */
struct reason_family {
	const char *name;
	const char *help;
	const char *label_name;
	size_t cells; /* offset of its stats_cell array in struct stats */
	unsigned count;
	const char *(*label)(unsigned i);
};

static const char *close_label(unsigned i)
{
	return close_reason_label((enum close_reason)i);
}

static const char *login_label(unsigned i)
{
	return login_result_label((enum login_result)i);
}

static const char *refuse_label(unsigned i)
{
	return refuse_reason_label((enum refuse_reason)i);
}

static const struct reason_family reason_families[] = {
	{ "closes_total", "Connections of clients ended, by reason", "reason",
	  offsetof(struct stats, closes), CLOSE_REASON_COUNT, close_label },
	{ "send_errors_total", "Failed writes to clients, by the reason of the close they led to", "reason",
	  offsetof(struct stats, send_errors), CLOSE_REASON_COUNT, close_label },
	{ "logins_total", "Accepted connections by how their login ended", "result",
	  offsetof(struct stats, logins), LOGIN_RESULT_COUNT, login_label },
	{ "refused_total", "Connections turned away before their login, by reason", "reason",
	  offsetof(struct stats, refusals), REFUSE_REASON_COUNT, refuse_label },
};

/* One cell, `index` places behind the offset, summed over all threads. */
static uint64_t cell_sum(const struct stats_registry *r, size_t offset, size_t index)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < stats_registry_count(r); i++) {
		const void *first = (const char *)stats_registry_at(r, i) + offset;

		sum += atomic_load_explicit((const stats_cell *)first + index, memory_order_relaxed);
	}
	return sum;
}

/* Backslash and newline would end a HELP line or a label early; a quote ends
 * only a label. */
static int append_escaped(struct bytes *out, const char *text, bool quotes)
{
	int err = 0;

	for (; *text && !err; text++) {
		if (*text == '\n')
			err = bytes_append(out, "\\n", 2);
		else if (*text == '\\' || (*text == '"' && quotes))
			err = bytes_append(out, (const char[]){ '\\', *text }, 2);
		else
			err = bytes_append(out, text, 1);
	}
	return err;
}

int prometheus_family(struct bytes *out, const char *name, const char *type, const char *help)
{
	int err = bytes_printf(out, "# HELP " STATS_PREFIX "%s ", name);

	if (!err)
		err = append_escaped(out, help, false);
	if (!err)
		err = bytes_printf(out, "\n# TYPE " STATS_PREFIX "%s %s\n", name, type);
	return err;
}

static int sample_begin(struct bytes *out, const char *name, const char *labels)
{
	if (labels)
		return bytes_printf(out, STATS_PREFIX "%s{%s} ", name, labels);
	return bytes_printf(out, STATS_PREFIX "%s ", name);
}

int prometheus_sample(struct bytes *out, const char *name, const char *labels, uint64_t value)
{
	int err = sample_begin(out, name, labels);

	return err ? err : bytes_printf(out, "%" PRIu64 "\n", value);
}

int prometheus_label_append(struct bytes *labels, const char *name, const char *value)
{
	int err = bytes_printf(labels, "%s%s=\"", labels->len ? "," : "", name);

	if (!err)
		err = append_escaped(labels, value, true);
	return err ? err : bytes_append(labels, "\"", 1);
}

/* Never printf's %f: its decimal point follows the locale. Gauges here are
 * counts and seconds, for which micro-units are fine enough. */
static int append_double(struct bytes *out, double value)
{
	double size = fabs(value);
	uint64_t whole, micro;

	if (isnan(value))
		return bytes_append_text(out, "NaN\n");
	if (size >= 18446744073709549568.0) /* the largest double below 2^64 */
		return bytes_append_text(out, value > 0 ? "+Inf\n" : "-Inf\n");
	whole = (uint64_t)size;
	micro = (uint64_t)((size - (double)whole) * 1e6 + 0.5);
	if (micro == 1000000) {
		whole++;
		micro = 0;
	}
	if (micro == 0)
		return bytes_printf(out, "%s%" PRIu64 "\n", value < 0 && whole ? "-" : "", whole);
	return bytes_printf(out, "%s%" PRIu64 ".%06" PRIu64 "\n", value < 0 ? "-" : "", whole, micro);
}

int prometheus_gauge(struct bytes *out, const char *name, const char *help, const char *labels, double value)
{
	int err = prometheus_family(out, name, "gauge", help);

	if (!err)
		err = sample_begin(out, name, labels);
	return err ? err : append_double(out, value);
}

static int write_table(struct bytes *out, const struct stats_registry *r)
{
	int err = 0;

	for (unsigned i = 0; i < STAT_COUNT && !err; i++) {
		const struct stat_info *info = stat_info((enum stat_id)i);

		err = prometheus_family(out, info->name, info->kind == STAT_KIND_GAUGE ? "gauge" : "counter",
					info->text);
		if (!err)
			err = prometheus_sample(out, info->name, NULL, stats_registry_sum(r, (enum stat_id)i));
	}
	return err;
}

static int write_reasons(struct bytes *out, const struct stats_registry *r, const struct reason_family *f)
{
	int err = prometheus_family(out, f->name, "counter", f->help);

	for (unsigned i = 0; i < f->count && !err; i++)
		err = bytes_printf(out, STATS_PREFIX "%s{%s=\"%s\"} %" PRIu64 "\n", f->name, f->label_name,
				   f->label(i), cell_sum(r, f->cells, i));
	return err;
}

static int write_drops(struct bytes *out, const struct stats_registry *r)
{
	int err = prometheus_family(out, "drops_total", "counter", "Packets dropped, by reason and kind");

	for (unsigned i = 0; i < DROP_REASON_COUNT * DROP_KIND_COUNT && !err; i++)
		err = bytes_printf(out, STATS_PREFIX "drops_total{reason=\"%s\",kind=\"%s\"} %" PRIu64 "\n",
				   drop_reason_label((enum drop_reason)(i / DROP_KIND_COUNT)),
				   drop_kind_label((enum drop_kind)(i % DROP_KIND_COUNT)),
				   cell_sum(r, offsetof(struct stats, drops), i));
	return err;
}

/* A bound in seconds without trailing zeroes: Prometheus compares `le` as text. */
static int append_bound(struct bytes *out, uint32_t ms)
{
	unsigned digits = 3;
	uint32_t fraction = ms % 1000;

	if (fraction == 0)
		return bytes_printf(out, "%u", ms / 1000);
	while (fraction % 10 == 0) {
		fraction /= 10;
		digits--;
	}
	return bytes_printf(out, "%u.%0*u", ms / 1000, (int)digits, fraction);
}

static int write_login_bucket(struct bytes *out, unsigned i, uint64_t cumulative)
{
	int err = bytes_append_text(out, STATS_PREFIX "login_seconds_bucket{le=\"");

	if (!err)
		err = i < STATS_LOGIN_BUCKETS - 1 ? append_bound(out, stats_login_bucket_ms[i])
						  : bytes_append_text(out, "+Inf");
	return err ? err : bytes_printf(out, "\"} %" PRIu64 "\n", cumulative);
}

static int write_login_seconds(struct bytes *out, const struct stats_registry *r)
{
	uint64_t cumulative = 0;
	uint64_t us = cell_sum(r, offsetof(struct stats, login_us_sum), 0);
	int err = prometheus_family(out, "login_seconds", "histogram",
				    "Time of successful logins from accept to hand-over");

	for (unsigned i = 0; i < STATS_LOGIN_BUCKETS && !err; i++) {
		cumulative += cell_sum(r, offsetof(struct stats, login_ms), i);
		err = write_login_bucket(out, i, cumulative);
	}
	if (!err)
		err = bytes_printf(out, STATS_PREFIX "login_seconds_sum %" PRIu64 ".%06" PRIu64 "\n",
				   us / 1000000, us % 1000000);
	return err ? err : prometheus_sample(out, "login_seconds_count", NULL, cumulative);
}

int prometheus_write(struct bytes *out, const struct stats_registry *r)
{
	int err = write_table(out, r);

	if (!err)
		err = write_drops(out, r);
	for (size_t i = 0; i < HD_ARRAY_LEN(reason_families) && !err; i++)
		err = write_reasons(out, r, &reason_families[i]);
	return err ? err : write_login_seconds(out, r);
}
