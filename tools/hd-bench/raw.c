/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/raw.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/number.h"
#include "util/error.h"
#include "util/json.h"

#define FORMAT_VERSION 2
#define NAME_SIZE 64
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const moments[] = { "before_login", "after_login", "begin", "end" };
static const char *const roles[] = { "traffic", "probe", "slow" };
static const char *const flows[] = { "sent",	  "sent_measured",  "unsent",	 "received", "received_measured",
				     "received_bytes", "reordered", "duplicate", "stale",    "corrupt" };
static const char *const others[] = { "logins", "logins_failed", "logins_pending", "closed", "protocol",
				      "gone",	"carried" };

_Static_assert(COUNT_OF(moments) == RUN_MOMENTS, "a name each");
_Static_assert(COUNT_OF(roles) == PLAN_FLOW_ROLES, "a name each");
_Static_assert(COUNT_OF(flows) == COUNT_FLOW_COUNT, "a name each");
_Static_assert(COUNT_OF(others) == COUNT_OTHER_COUNT, "a name each");

/* --- every number of a result, by name ------------------------------------------ */

typedef void number_fn(void *ctx, const char *name, uint64_t *number);

HD_PRINTF(4, 5) static void visit(number_fn *fn, void *ctx, uint64_t *number, const char *format, ...)
{
	char name[NAME_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	fn(ctx, name, number);
}

static void each_count(struct count_sum *c, const char *when, number_fn *fn, void *ctx)
{
	for (size_t role = 0; role < COUNT_OF(roles); role++)
		for (size_t i = 0; i < COUNT_OF(flows); i++)
			visit(fn, ctx, &c->flow[role][i], "%s.%s.%s", when, roles[role], flows[i]);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		visit(fn, ctx, &c->other[i], "%s.%s", when, others[i]);
}

static void each_number(struct run_result *r, number_fn *fn, void *ctx)
{
	for (size_t i = 0; i < COUNT_OF(moments); i++) {
		struct run_snapshot *s = &r->at[i];
		const char *when = moments[i];

		visit(fn, ctx, &s->at_ns, "%s.at_ns", when);
		visit(fn, ctx, &s->unix_ns, "%s.unix_ns", when);
		visit(fn, ctx, &s->own_cpu_ns, "%s.own_cpu_ns", when);
		visit(fn, ctx, &s->relay.cpu_ns, "%s.relay_cpu_ns", when);
		visit(fn, ctx, &s->relay.user_ns, "%s.relay_user_ns", when);
		visit(fn, ctx, &s->relay.system_ns, "%s.relay_system_ns", when);
		visit(fn, ctx, &s->relay.rss_bytes, "%s.relay_rss_bytes", when);
		each_count(&s->count, when, fn, ctx);
	}
	each_count(&r->total, "total", fn, ctx);
	visit(fn, ctx, &r->clients, "clients");
	visit(fn, ctx, &r->senders, "senders");
	visit(fn, ctx, &r->relay_known, "relay_known");
	visit(fn, ctx, &r->merged, "merged");
	visit(fn, ctx, &r->interrupted, "interrupted");
}

typedef void hist_fn(void *ctx, const char *name, struct hist *h);

static void each_hist(struct run_result *r, hist_fn *fn, void *ctx)
{
	for (size_t role = 0; role < COUNT_OF(roles); role++) {
		char name[NAME_SIZE];

		snprintf(name, sizeof(name), "%s.latency", roles[role]);
		fn(ctx, name, &r->latency[role]);
		snprintf(name, sizeof(name), "%s.lag", roles[role]);
		fn(ctx, name, &r->lag[role]);
	}
	fn(ctx, "login", &r->login);
}

/* --- writing ---------------------------------------------------------------------- */

static void print_number(void *to, const char *name, uint64_t *number)
{
	fprintf(to, ",\n    \"%s\": %" PRIu64, name, *number);
}

static void print_hist(void *to, const char *name, struct hist *h)
{
	fprintf(to, ",\n    \"%s\": {\"max_ns\": %" PRIu64, name, h->max_ns);
	for (uint32_t i = 0; i < HIST_BUCKETS; i++)
		if (h->buckets[i])
			fprintf(to, ", \"%" PRIu32 "\": %" PRIu64, i, h->buckets[i]);
	fputc('}', to);
}

void raw_print(FILE *to, const struct run_result *r)
{
	/* The visitors of both directions take the same function; these only read. */
	struct run_result *readable = (struct run_result *)(uintptr_t)r;

	fprintf(to, "{\n    \"version\": %d", FORMAT_VERSION);
	each_number(readable, print_number, to);
	each_hist(readable, print_hist, to);
	fputs("\n  }", to);
}

/* --- reading ---------------------------------------------------------------------- */

struct reading {
	struct json_value object;
	int err;
};

static bool find(struct json_value object, const char *name, struct json_value *value)
{
	struct json_members m = json_members_of(object);
	struct json_value member;

	while (json_members_next(&m, &member, value))
		if (json_name_is(member, name))
			return true;
	return false;
}

static int read_number(uint64_t *number, struct json_value v)
{
	int64_t n;
	int err;

	if (json_kind_of(v) != JSON_NUMBER)
		return ERROR_MALFORMED;
	err = json_int64(&n, v);
	if (!err && n < 0)
		err = ERROR_RANGE;
	if (!err)
		*number = (uint64_t)n;
	return err;
}

static void take_number(void *ctx, const char *name, uint64_t *number)
{
	struct reading *r = ctx;
	struct json_value v;

	if (r->err)
		return;
	r->err = find(r->object, name, &v) ? read_number(number, v) : ERROR_MALFORMED;
}

/* The name of a member is a bucket's number. */
static int read_bucket(struct hist *h, struct json_value name, uint64_t n)
{
	char digits[NAME_SIZE] = "";
	uint64_t bucket;
	int err;

	if (name.len < 3 || name.len - 2 >= sizeof(digits) || !json_copy_ascii(digits, name.len - 2, name))
		return ERROR_MALFORMED;
	err = number_parse_count(&bucket, digits, 0, HIST_BUCKETS - 1);
	if (err)
		return err;
	h->buckets[bucket] += n;
	h->count += n;
	return 0;
}

static int read_hist(struct hist *h, struct json_value object)
{
	struct json_members m = json_members_of(object);
	struct json_value name, value;

	while (json_members_next(&m, &name, &value)) {
		uint64_t n;
		int err = read_number(&n, value);

		if (!err && json_name_is(name, "max_ns"))
			h->max_ns = n;
		else if (!err)
			err = read_bucket(h, name, n);
		if (err)
			return err;
	}
	return 0;
}

static void take_hist(void *ctx, const char *name, struct hist *h)
{
	struct reading *r = ctx;
	struct json_value v;

	if (r->err)
		return;
	hist_init(h);
	r->err = find(r->object, name, &v) && json_kind_of(v) == JSON_OBJECT ? read_hist(h, v) : ERROR_MALFORMED;
}

static int read_text(char out[RAW_TEXT_SIZE], struct json_value object, const char *name)
{
	struct json_value v;
	struct json_chars chars;
	uint32_t c;
	size_t n = 0;

	if (!find(object, name, &v) || json_kind_of(v) != JSON_STRING)
		return ERROR_MALFORMED;
	chars = json_chars_of(v);
	while (json_chars_next(&chars, &c)) {
		if (n == RAW_TEXT_SIZE - 1)
			return ERROR_TOO_BIG;
		out[n++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	out[n] = '\0';
	return 0;
}

static int read_file(struct raw_file *f, struct json_value root)
{
	struct reading reading = { 0 };
	uint64_t version;
	int err = read_text(f->relay, root, "relay");

	if (!err)
		err = read_text(f->scenario, root, "scenario");
	if (!err && (!find(root, RAW_MEMBER, &reading.object) || json_kind_of(reading.object) != JSON_OBJECT))
		err = ERROR_MALFORMED;
	if (err)
		return err;
	reading.err = 0;
	take_number(&reading, "version", &version);
	if (!reading.err && version != FORMAT_VERSION)
		return ERROR_UNSUPPORTED;
	each_number(&f->result, take_number, &reading);
	each_hist(&f->result, take_hist, &reading);
	return reading.err;
}

int raw_parse(struct raw_file *file, const void *text, size_t len)
{
	struct raw_file *read;
	int err = ERROR_MALFORMED;

	if (!json_valid(text, len) || json_kind_of(json_root(text, len)) != JSON_OBJECT)
		return ERROR_MALFORMED;
	read = calloc(1, sizeof(*read)); /* histograms: too large for the stack */
	if (!read)
		return ERROR_NO_MEMORY;
	err = read_file(read, json_root(text, len));
	if (!err)
		*file = *read;
	free(read);
	return err;
}
