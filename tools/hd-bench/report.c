/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/report.h"

#include <stdbool.h>
#include <string.h>

#include "tools/hd-bench/raw.h"
#include "util/error.h"
#include "util/mono.h"

#define ROWS_MAX 64
#define P50 500000u
#define P90 900000u
#define P99 990000u
#define P999 999000u

struct row {
	const char *name; /* for programs */
	const char *label; /* for people */
	const char *unit;
	const char *text; /* instead of a value */
	double value;
	int decimals;
	bool absent;
};

struct table {
	struct row rows[ROWS_MAX];
	int count;
};

static struct row *add(struct table *t, const char *name, const char *label, const char *unit)
{
	hd_assert(t->count < ROWS_MAX);
	t->rows[t->count] = (struct row){ .name = name, .label = label, .unit = unit };
	return &t->rows[t->count++];
}

static void add_text(struct table *t, const char *name, const char *label, const char *text)
{
	add(t, name, label, "")->text = text;
}

static void add_count(struct table *t, const char *name, const char *label, uint64_t n)
{
	add(t, name, label, "")->value = (double)n;
}

/* n / d, or absent if there is nothing to divide by. */
static void add_ratio(struct table *t, const char *name, const char *label, const char *unit, double n, double d,
		      int decimals)
{
	struct row *r = add(t, name, label, unit);

	r->absent = !(d > 0);
	r->value = r->absent ? 0 : n / d;
	r->decimals = decimals;
}

static void add_quantiles(struct table *t, const struct hist *h, const char *const names[5],
			  const char *const labels[5])
{
	const uint32_t ppm[4] = { P50, P90, P99, P999 };

	for (int i = 0; i < 5; i++) {
		uint64_t ns = i < 4 ? hist_quantile(h, ppm[i]) : h->max_ns;

		add_ratio(t, names[i], labels[i], "us", (double)ns, h->count ? 1000 : 0, 1);
	}
}

/* --- what is measured --------------------------------------------------------- */

static uint64_t both(const struct count_sum *sum, enum count_flow what)
{
	return sum->flow[PLAN_TRAFFIC][what] + sum->flow[PLAN_PROBE][what];
}

static uint64_t all(const struct count_sum *sum, enum count_flow what)
{
	return both(sum, what) + sum->flow[PLAN_SLOW][what];
}

static uint64_t lost(const struct run_result *r)
{
	uint64_t sent = both(&r->total, COUNT_SENT_MEASURED), received = both(&r->total, COUNT_RECEIVED_MEASURED);

	return sent > received ? sent - received : 0;
}

uint32_t report_loss_ppm(const struct run_result *r)
{
	uint64_t sent = both(&r->total, COUNT_SENT_MEASURED);

	/* Rounded up: any loss is more than none. */
	return sent ? (uint32_t)((lost(r) * 1000000 + sent - 1) / sent) : 0;
}

bool report_faulty(const struct run_result *r)
{
	const struct count_sum *t = &r->total;

	return all(t, COUNT_REORDERED) || all(t, COUNT_DUPLICATE) || all(t, COUNT_STALE) ||
	       all(t, COUNT_CORRUPT) || t->other[COUNT_PROTOCOL] || t->other[COUNT_CLOSED];
}

static double seconds(const struct run_result *r, enum run_moment from, enum run_moment to)
{
	return (double)(r->at[to].at_ns - r->at[from].at_ns) / (double)MONO_NS_PER_S;
}

static void add_traffic(struct table *t, const struct run_result *r)
{
	double window = r->at[RUN_END].at_ns ? seconds(r, RUN_BEGIN, RUN_END) : 0;
	uint64_t packets =
		all(&r->at[RUN_END].count, COUNT_RECEIVED) - all(&r->at[RUN_BEGIN].count, COUNT_RECEIVED);
	uint64_t bytes = all(&r->at[RUN_END].count, COUNT_RECEIVED_BYTES) -
			 all(&r->at[RUN_BEGIN].count, COUNT_RECEIVED_BYTES);
	uint64_t sent = both(&r->total, COUNT_SENT_MEASURED);

	add_ratio(t, "seconds", "measured", "s", window, 1, 2);
	add_count(t, "delivered", "packets delivered in it", packets);
	add_ratio(t, "packets_per_second", "packets delivered", "/s", (double)packets, window, 0);
	add_ratio(t, "mbit_per_second", "payload delivered", "Mbit/s", (double)bytes * 8 / 1e6, window, 1);
	add_count(t, "sent", "packets sent", sent);
	add_count(t, "lost", "lost", lost(r));
	add_ratio(t, "loss_percent", "loss", "%", (double)lost(r) * 100, (double)sent, 4);
	add_count(t, "unsent", "due but not taken by the socket", both(&r->total, COUNT_UNSENT));
	add_count(t, "reordered", "out of order", all(&r->total, COUNT_REORDERED));
	add_count(t, "duplicate", "twice", all(&r->total, COUNT_DUPLICATE));
	add_count(t, "stale", "far too late", all(&r->total, COUNT_STALE));
	add_count(t, "corrupt", "damaged or astray", all(&r->total, COUNT_CORRUPT));
	add_count(t, "protocol_errors", "frames against the protocol", r->total.other[COUNT_PROTOCOL]);
	add_count(t, "closed", "connections the relay ended", r->total.other[COUNT_CLOSED]);
	add_count(t, "peer_gone", "PeerGone frames", r->total.other[COUNT_GONE]);
	add_count(t, "slow_sent", "sent to slow readers", r->total.flow[PLAN_SLOW][COUNT_SENT]);
	add_count(t, "slow_received", "read by them", r->total.flow[PLAN_SLOW][COUNT_RECEIVED]);
}

static void add_latency(struct table *t, const struct run_result *r)
{
	static const char *const probe_names[] = { "probe_p50_us", "probe_p90_us", "probe_p99_us", "probe_p999_us",
						   "probe_max_us" };
	static const char *const probe_labels[] = { "latency of probes, p50", "p90", "p99", "p99.9", "max" };
	static const char *const load_names[] = { "load_p50_us", "load_p90_us", "load_p99_us", "load_p999_us",
						  "load_max_us" };
	static const char *const load_labels[] = { "latency of the load, p50", "p90", "p99", "p99.9", "max" };
	const struct hist *lag = &r->lag[PLAN_PROBE];

	add_count(t, "probes", "probes", r->latency[PLAN_PROBE].count);
	add_quantiles(t, &r->latency[PLAN_PROBE], probe_names, probe_labels);
	add_ratio(t, "probe_lag_p99_us", "of it: sent late, p99", "us", (double)hist_quantile(lag, P99),
		  lag->count ? 1000 : 0, 1);
	add_quantiles(t, &r->latency[PLAN_TRAFFIC], load_names, load_labels);
	lag = &r->lag[PLAN_TRAFFIC];
	add_ratio(t, "load_lag_p99_us", "of it: sent late, p99", "us", (double)hist_quantile(lag, P99),
		  lag->count ? 1000 : 0, 1);
}

static void add_logins(struct table *t, const struct run_result *r, bool has_pid)
{
	const struct run_snapshot *before = &r->at[RUN_BEFORE_LOGIN], *after = &r->at[RUN_AFTER_LOGIN];
	double in = (double)after->count.other[COUNT_LOGINS];
	double relay_cpu = has_pid && !r->merged ? (double)(after->relay.cpu_ns - before->relay.cpu_ns) : 0;

	add_count(t, "connections", "connections", r->clients);
	add_ratio(t, "logins_per_second", "logins at the start", "/s", in,
		  r->merged ? 0 : seconds(r, RUN_BEFORE_LOGIN, RUN_AFTER_LOGIN), 0);
	add_ratio(t, "login_p50_us", "login, p50", "us", (double)hist_quantile(&r->login, P50),
		  r->login.count ? 1000 : 0, 0);
	add_ratio(t, "login_p99_us", "login, p99", "us", (double)hist_quantile(&r->login, P99),
		  r->login.count ? 1000 : 0, 0);
	add_count(t, "logins", "logins in all", r->total.other[COUNT_LOGINS]);
	add_count(t, "logins_failed", "failed", r->total.other[COUNT_LOGINS_FAILED]);
	add_ratio(t, "relay_logins_per_cpu_second", "logins per CPU second of the relay", "/s", in * 1e9,
		  relay_cpu, 0);
}

static void add_costs(struct table *t, const struct run_result *r, bool has_pid)
{
	const struct run_snapshot *begin = &r->at[RUN_BEGIN], *end = &r->at[RUN_END];
	double packets = (double)(all(&end->count, COUNT_RECEIVED) - all(&begin->count, COUNT_RECEIVED));
	double window = (double)(end->at_ns - begin->at_ns);
	double cpu = (double)(end->relay.cpu_ns - begin->relay.cpu_ns);
	double user = (double)(end->relay.user_ns - begin->relay.user_ns);
	double ticks = user + (double)(end->relay.system_ns - begin->relay.system_ns);
	double own = (double)(end->own_cpu_ns - begin->own_cpu_ns);
	double grown =
		(double)r->at[RUN_AFTER_LOGIN].relay.rss_bytes - (double)r->at[RUN_BEFORE_LOGIN].relay.rss_bytes;
	double there = has_pid ? 1 : 0;

	add_ratio(t, "relay_cpu_percent", "relay's CPU", "%", cpu * 100, has_pid ? window : 0, 1);
	add_ratio(t, "relay_ns_per_packet", "relay's CPU per packet delivered", "ns", cpu, has_pid ? packets : 0,
		  0);
	add_ratio(t, "relay_user_percent", "of it in user space", "%", user * 100, has_pid ? ticks : 0, 0);
	add_ratio(t, "relay_rss_base_kib", "relay's memory before the logins", "KiB",
		  (double)r->at[RUN_BEFORE_LOGIN].relay.rss_bytes / 1024, there, 0);
	add_ratio(t, "relay_rss_idle_kib", "with all connected", "KiB",
		  (double)r->at[RUN_AFTER_LOGIN].relay.rss_bytes / 1024, there, 0);
	add_ratio(t, "relay_rss_end_kib", "after the load", "KiB", (double)end->relay.rss_bytes / 1024,
		  has_pid && end->at_ns ? 1 : 0, 0);
	add_ratio(t, "relay_bytes_per_connection", "growth for each connection", "bytes", grown,
		  has_pid && !r->merged ? (double)r->clients : 0, 0);
	add_ratio(t, "own_ns_per_packet", "hd-bench's own CPU per packet", "ns", own, packets, 0);
}

/* --- the three forms ---------------------------------------------------------- */

static void print_table(FILE *to, const struct table *t)
{
	for (int i = 0; i < t->count; i++) {
		const struct row *r = &t->rows[i];

		if (r->absent)
			continue;
		if (r->text)
			fprintf(to, "%-36s %14s\n", r->label, r->text);
		else
			fprintf(to, "%-36s %14.*f%s%s\n", r->label, r->decimals, r->value, *r->unit ? " " : "",
				r->unit);
	}
}

/* Names of relays come from the command line. */
static void print_quoted(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(to, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			fputc('?', to);
		else
			fputc(c, to);
	}
	fputc('"', to);
}

static void print_json(FILE *to, const struct table *t, const struct run_result *result)
{
	for (int i = 0; i < t->count; i++) {
		const struct row *r = &t->rows[i];

		fprintf(to, "%s  \"%s\": ", i ? ",\n" : "{\n", r->name);
		if (r->text)
			print_quoted(to, r->text);
		else if (r->absent)
			fputs("null", to);
		else
			fprintf(to, "%.*f", r->decimals, r->value);
	}
	fputs(",\n  \"" RAW_MEMBER "\": ", to);
	raw_print(to, result);
	fputs("\n}\n", to);
}

static void print_csv(FILE *to, const struct table *t)
{
	for (int i = 0; i < t->count; i++)
		fprintf(to, "%s%s", i ? "," : "", t->rows[i].name);
	fputc('\n', to);
	for (int i = 0; i < t->count; i++) {
		const struct row *r = &t->rows[i];

		if (i)
			fputc(',', to);
		if (r->text)
			fputs(r->text, to);
		else if (!r->absent)
			fprintf(to, "%.*f", r->decimals, r->value);
	}
	fputc('\n', to);
}

int report_print(FILE *to, enum options_form form, const char *relay, const char *scenario,
		 const struct run_result *r)
{
	struct table t = { 0 };

	add_text(&t, "relay", "relay", relay);
	add_text(&t, "scenario", "scenario", scenario);
	add_count(&t, "senders", "senders", r->senders);
	add_count(&t, "on_io_uring", "connections on io_uring", r->total.other[COUNT_CARRIED]);
	add_traffic(&t, r);
	add_latency(&t, r);
	add_logins(&t, r, r->relay_known);
	add_costs(&t, r, r->relay_known);
	if (form == OPTIONS_JSON)
		print_json(to, &t, r);
	else if (form == OPTIONS_CSV)
		print_csv(to, &t);
	else
		print_table(to, &t);
	return fflush(to) == 0 && !ferror(to) ? 0 : ERROR_IO;
}
