/* SPDX-License-Identifier: MIT */
#include "tools/hd-probe/report.h"

#include <stdio.h>
#include <string.h>

#include "control/json_writer.h"
#include "tools/lib/tls_client.h"
#include "util/mono.h"

#define NS_PER_US 1000

/* --- for people ------------------------------------------------------------------ */

static int put_verdict(const struct result *r, struct bytes *out)
{
	static const char *const words[] = { "UNKNOWN", "OK", "WARNING", "CRITICAL" };
	enum result_step worst = result_worst(r);
	enum result_state state = result_state(r);

	if (state == RESULT_WARNING || state == RESULT_CRITICAL)
		return bytes_printf(out, "%s: %s: %s: %s\n", words[state], r->relay, result_step_word(worst),
				    r->findings[worst].text);
	return bytes_printf(out, "%s: %s: %u of %u packets, %.2f ms\n", words[state], r->relay, r->packets.count,
			    r->packets.sent, (double)latency_median(&r->packets) / (double)MONO_NS_PER_MS);
}

static int put_spread(const struct latency *l, struct bytes *out)
{
	const double ms = (double)MONO_NS_PER_MS;

	return bytes_printf(out, ", %.2f to %.2f ms", (double)latency_min(l) / ms, (double)latency_max(l) / ms);
}

static int put_finding(const struct result *r, enum result_step step, struct bytes *out)
{
	const struct result_finding *f = &r->findings[step];
	char took[32] = "";
	int err;

	if (f->timed)
		snprintf(took, sizeof(took), "%.2f ms", (double)f->ns / (double)MONO_NS_PER_MS);
	err = bytes_printf(out, "  %-12s %-8s %11s  %s", result_step_word(step), result_state_word(f->state), took,
			   f->text);
	if (!err && step == RESULT_PING && r->pings.count)
		err = put_spread(&r->pings, out);
	if (!err && step == RESULT_PACKETS && r->packets.count)
		err = put_spread(&r->packets, out);
	return err ? err : bytes_append_text(out, "\n");
}

int report_text(const struct result *r, struct bytes *out)
{
	char key[KEY_NODE_TEXT_SIZE];
	int err = put_verdict(r, out);

	for (unsigned i = 0; !err && i < RESULT_STEPS; i++)
		if (r->findings[i].state != RESULT_SKIPPED)
			err = put_finding(r, (enum result_step)i, out);
	if (!err && !key_is_zero(&r->key)) {
		key_node_text(key, &r->key);
		err = bytes_printf(out, "  key          %s\n", key);
	}
	if (!err && r->tls && r->cert.pin[0])
		err = bytes_printf(out, "  pin          %s\n", r->cert.pin);
	return err;
}

/* --- for programs ---------------------------------------------------------------- */

static void text_member(struct json_writer *j, const char *name, const char *text)
{
	json_writer_name(j, name);
	json_writer_text(j, text);
}

static void number_member(struct json_writer *j, const char *name, uint64_t n)
{
	json_writer_name(j, name);
	json_writer_number(j, n);
}

static void bool_member(struct json_writer *j, const char *name, bool b)
{
	json_writer_name(j, name);
	json_writer_bool(j, b);
}

static void put_steps(struct json_writer *j, const struct result *r)
{
	json_writer_name(j, "steps");
	json_writer_object(j);
	for (unsigned i = 0; i < RESULT_STEPS; i++) {
		const struct result_finding *f = &r->findings[i];

		json_writer_name(j, result_step_word((enum result_step)i));
		json_writer_object(j);
		text_member(j, "status", result_state_word(f->state));
		if (f->timed)
			number_member(j, "us", f->ns / NS_PER_US);
		if (f->text[0])
			text_member(j, "text", f->text);
		json_writer_object_end(j);
	}
	json_writer_object_end(j);
}

static void put_latency(struct json_writer *j, const char *name, const struct latency *l)
{
	json_writer_name(j, name);
	json_writer_object(j);
	number_member(j, "sent", l->sent);
	number_member(j, "received", l->count);
	if (l->count) {
		number_member(j, "min_us", latency_min(l) / NS_PER_US);
		number_member(j, "median_us", latency_median(l) / NS_PER_US);
		number_member(j, "max_us", latency_max(l) / NS_PER_US);
	}
	json_writer_object_end(j);
}

static void put_tls(struct json_writer *j, const struct result *r, int64_t now_s)
{
	int64_t left_s = r->cert.not_after - now_s;

	json_writer_name(j, "tls");
	json_writer_object(j);
	text_member(j, "version", r->tls_version == TLS_CLIENT_TLS_1_3 ? "1.3" : "1.2");
	text_member(j, "suite", r->tls_suite);
	if (r->cert.pin[0]) {
		number_member(j, "certificate_not_after", (uint64_t)r->cert.not_after);
		number_member(j, "certificate_seconds_left", left_s > 0 ? (uint64_t)left_s : 0);
		text_member(j, "pin", r->cert.pin);
		bool_member(j, "fast_start", r->cert.has_meta);
	}
	json_writer_object_end(j);
}

int report_json(const struct result *r, int64_t now_s, struct bytes *out)
{
	char key[KEY_NODE_TEXT_SIZE];
	struct json_writer j;

	json_writer_init(&j, out);
	json_writer_object(&j);
	text_member(&j, "status", result_state_word(result_state(r)));
	text_member(&j, "relay", r->relay);
	if (r->address[0])
		text_member(&j, "address", r->address);
	if (!key_is_zero(&r->key)) {
		key_node_text(key, &r->key);
		text_member(&j, "key", key);
	}
	put_steps(&j, r);
	if (r->tls)
		put_tls(&j, r, now_s);
	put_latency(&j, "pings", &r->pings);
	put_latency(&j, "packets", &r->packets);
	json_writer_object_end(&j);
	return j.error ? j.error : bytes_append_text(out, "\n");
}
