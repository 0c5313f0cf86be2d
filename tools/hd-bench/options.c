/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/options.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "tools/hd-bench/payload.h"
#include "tools/lib/number.h"
#include "tools/lib/tls_client.h"
#include "util/error.h"
#include "util/mono.h"

#define SIZE_DEFAULT "1400"
#define PROBE_RATE_MAX 100000

enum kind {
	KIND_FLAG,
	KIND_TEXT,
	KIND_COUNT,
	KIND_DURATION,
	KIND_BYTES,
	KIND_RATE,
	KIND_SIZES,
	KIND_SCENARIO,
	KIND_FORM,
	KIND_STORM,
	KIND_LOSS,
	KIND_MERGE,
	KIND_MAKE_KEYS,
	KIND_HELP,
	KIND_VERSION
};

struct row {
	const char *name;
	const char *argument; /* NULL: takes none */
	enum kind kind;
	size_t offset; /* of the field in struct options */
	size_t width; /* bytes of the field */
	uint64_t min;
	uint64_t max;
	const char *text;
};

#define FIELD(member) offsetof(struct options, member), sizeof(((struct options *)0)->member)
#define NO_FIELD 0, 0

static const struct row rows[] = {
	{ "pairs", "N", KIND_SCENARIO, NO_FIELD, OPTIONS_PAIRS, 0,
	  "N senders, each to a receiver of its own (default: 10)" },
	{ "fan-in", "N", KIND_SCENARIO, NO_FIELD, OPTIONS_FAN_IN, 0, "N senders to one receiver" },
	{ "fan-out", "N", KIND_SCENARIO, NO_FIELD, OPTIONS_FAN_OUT, 0, "one sender to N receivers in turn" },
	{ "all-to-all", "N", KIND_SCENARIO, NO_FIELD, OPTIONS_ALL_TO_ALL, 0,
	  "N clients, each to all others in turn" },
	{ "no-traffic", NULL, KIND_SCENARIO, NO_FIELD, OPTIONS_NO_TRAFFIC, 0, "no bulk load" },
	{ "both", NULL, KIND_FLAG, FIELD(both), 0, 0, "pairs send in both directions" },
	{ "tls", NULL, KIND_FLAG, FIELD(tls), 0, 0, "TLS; the port is then 443 unless given" },
	{ "insecure", NULL, KIND_FLAG, FIELD(insecure), 0, 0, "with --tls: any certificate will do" },
	{ "pin", "CERTNAME", KIND_TEXT, FIELD(pin), 0, 0,
	  "with --tls: this certificate only, sha256-raw:HEX as in a DERP map" },
	{ "ca-file", "FILE", KIND_TEXT, FIELD(ca_file), 0, 0,
	  "with --tls: authorities to trust, PEM, instead of the system's" },
	{ "resume", NULL, KIND_FLAG, FIELD(resume), 0, 0, "with --tls: logins resume the latest session" },
	{ "websocket", NULL, KIND_FLAG, FIELD(websocket), 0, 0, "DERP over WebSocket, over TCP or TLS" },
	{ "size", "SIZE|MIX", KIND_SIZES, NO_FIELD, 0, 0,
	  "bytes of a packet, or a mix as 64:10,576:20,1400:70 (default: 1400)" },
	{ "rate", "RATE", KIND_RATE, NO_FIELD, 0, 0,
	  "bits (500M, 2.5G) or packets (20kpps) per second, all senders together (default: as fast as it goes)" },
	{ "tick", "TIME", KIND_DURATION, FIELD(tick_ns), 0, 1000000000,
	  "with --rate: what is due within this goes out together (default: 0, each packet at its time)" },
	{ "window", "BYTES", KIND_BYTES, FIELD(window_bytes), 1, UINT32_MAX,
	  "at most so much in flight in each pair" },
	{ "duration", "TIME", KIND_DURATION, FIELD(duration_ns), 1, 0, "measured time (default: 10s)" },
	{ "warmup", "TIME", KIND_DURATION, FIELD(warmup_ns), 0, 0, "traffic before it (default: 2s)" },
	{ "drain", "TIME", KIND_DURATION, FIELD(drain_ns), 1, 0,
	  "after the end: when nothing has arrived for so long, the rest is lost (default: 1s)" },
	{ "timeout", "TIME", KIND_DURATION, FIELD(timeout_ns), 1, 0, "for connecting everyone (default: 60s)" },
	{ "probe-rate", "N", KIND_COUNT, FIELD(probe_rate), 0, PROBE_RATE_MAX,
	  "latency probes per second, beside the load (default: 100; 0: none)" },
	{ "idle", "N", KIND_COUNT, FIELD(idle), 0, OPTIONS_CLIENTS_MAX, "so many connections held besides" },
	{ "storm", "N", KIND_STORM, FIELD(idle), 1, OPTIONS_CLIENTS_MAX,
	  "N logins as fast as they go, and nothing else" },
	{ "churn", "N", KIND_COUNT, FIELD(churn), 0, 10000,
	  "logins per second besides, each leaves after a second" },
	{ "slow-readers", "N", KIND_COUNT, FIELD(slow_readers), 0, OPTIONS_CLIENTS_MAX,
	  "receivers besides that read slower than they are sent to" },
	{ "slow-rate", "BYTES", KIND_BYTES, FIELD(slow_bytes_per_s), 0, UINT32_MAX,
	  "bytes per second that each of them reads (default: 128K)" },
	{ "parallel", "N", KIND_COUNT, FIELD(parallel), 1, 100000, "logins under way at once (default: 128)" },
	{ "threads", "N", KIND_COUNT, FIELD(threads), 1, OPTIONS_THREADS_MAX, "threads of the load (default: 1)" },
	{ "relay-pid", "PID", KIND_COUNT, FIELD(relay_pid), 1, INT32_MAX,
	  "process whose CPU time and memory are told" },
	{ "start-at", "TIME", KIND_COUNT, FIELD(start_at_s), 1, INT64_MAX,
	  "Unix time at which the traffic starts, for several processes at once" },
	{ "merge", NULL, KIND_MERGE, NO_FIELD, 0, 0,
	  "adds up what --json printed in several processes: hd-bench --merge FILE..." },
	{ "keys", "FILE", KIND_TEXT, FIELD(keys_file), 0, 0, "private keys of the clients, one in a line" },
	{ "make-keys", "N", KIND_MAKE_KEYS, FIELD(make_keys), 1, OPTIONS_CLIENTS_MAX,
	  "prints N lines for such a file, and nothing else" },
	{ "untouched", NULL, KIND_FLAG, FIELD(untouched), 0, 0,
	  "packets come back as SendPacket frames: from a pump that only moves bytes" },
	{ "max-loss", "PERCENT", KIND_LOSS, FIELD(loss_max_ppm), 0, 0, "exit with 4 if more is lost" },
	{ "json", NULL, KIND_FORM, NO_FIELD, OPTIONS_JSON, 0, "the result as one JSON object" },
	{ "csv", NULL, KIND_FORM, NO_FIELD, OPTIONS_CSV, 0, "the result as CSV, a line of names first" },
	{ "quiet", NULL, KIND_FLAG, FIELD(quiet), 0, 0, "no progress line" },
	{ "help", NULL, KIND_HELP, NO_FIELD, 0, 0, "this text" },
	{ "version", NULL, KIND_VERSION, NO_FIELD, 0, 0, "the version" },
};

static void set_field(struct options *o, const struct row *row, uint64_t value)
{
	uint8_t *at = (uint8_t *)o + row->offset;

	if (row->width == sizeof(bool))
		*(bool *)at = value != 0;
	else if (row->width == sizeof(uint32_t))
		*(uint32_t *)(void *)at = (uint32_t)value;
	else
		*(uint64_t *)(void *)at = value;
}

_Static_assert(sizeof(pid_t) == sizeof(uint32_t), "set as one");

static int in_range(const struct row *row, uint64_t value)
{
	return value < row->min || (row->max && value > row->max) ? ERROR_RANGE : 0;
}

static int take_scenario(struct options *o, const struct row *row, const char *arg, bool *chosen)
{
	uint64_t width = 0;
	uint64_t least = row->min == OPTIONS_ALL_TO_ALL ? 2 : 1;

	if (*chosen)
		return ERROR_EXISTS;
	if (arg) {
		int err = number_parse_count(&width, arg, least, OPTIONS_CLIENTS_MAX / 2);

		if (err)
			return err;
	}
	*chosen = true;
	o->scenario = (enum options_scenario)row->min;
	o->width = (uint32_t)width;
	return 0;
}

static int take_number(struct options *o, const struct row *row, const char *arg)
{
	uint64_t value;
	int err;

	if (row->kind == KIND_DURATION)
		err = number_parse_duration(&value, arg);
	else if (row->kind == KIND_BYTES)
		err = number_parse_bytes(&value, arg);
	else
		err = number_parse_count(&value, arg, 0, UINT64_MAX);
	if (!err)
		err = in_range(row, value);
	if (!err)
		set_field(o, row, value);
	return err;
}

static int take(struct options *o, const struct row *row, const char *arg, bool *chosen,
		enum options_verdict *verdict)
{
	switch (row->kind) {
	case KIND_FLAG:
		set_field(o, row, 1);
		return 0;
	case KIND_TEXT:
		*(const char **)(void *)((uint8_t *)o + row->offset) = arg;
		return *arg ? 0 : ERROR_MALFORMED;
	case KIND_COUNT:
	case KIND_DURATION:
	case KIND_BYTES:
		return take_number(o, row, arg);
	case KIND_RATE:
		return number_parse_rate(&o->rate, &o->rate_is_packets, arg);
	case KIND_SIZES:
		return mix_parse(&o->sizes, arg, PAYLOAD_HEADER_SIZE, PAYLOAD_SIZE_MAX);
	case KIND_SCENARIO:
		return take_scenario(o, row, arg, chosen);
	case KIND_FORM:
		o->form = (enum options_form)row->min;
		return 0;
	case KIND_STORM:
		o->storm = true;
		return take_number(o, row, arg);
	case KIND_LOSS:
		o->has_loss_max = true;
		return number_parse_percent(&o->loss_max_ppm, arg);
	case KIND_MERGE:
		if (*verdict != OPTIONS_RUN)
			return ERROR_USAGE;
		*verdict = OPTIONS_MERGE;
		return 0;
	case KIND_MAKE_KEYS:
		if (*verdict != OPTIONS_RUN)
			return ERROR_USAGE;
		*verdict = OPTIONS_MAKE_KEYS;
		return take_number(o, row, arg);
	case KIND_HELP:
		*verdict = OPTIONS_HELP;
		return 0;
	case KIND_VERSION:
		*verdict = OPTIONS_VERSION;
		return 0;
	}
	return ERROR_USAGE;
}

/* What does not go together, or NULL. */
static const char *conflict_of(const struct options *o, bool scenario_chosen)
{
	uint64_t clients = (uint64_t)o->width * 2 + o->idle + o->churn + 2ull * o->slow_readers;

	if (o->storm && (scenario_chosen || o->churn || o->slow_readers))
		return "--storm runs alone";
	if ((o->insecure || o->pin || o->ca_file || o->resume) && !o->tls)
		return "--insecure, --pin, --ca-file and --resume are for --tls";
	if (o->insecure + (o->pin != NULL) + (o->ca_file != NULL) > 1)
		return "--insecure, --pin and --ca-file: one of them";
	if (o->pin && !tls_client_pin_ok(o->pin))
		return "--pin takes sha256-raw: and 64 hexadecimal digits";
	if (o->both && o->scenario != OPTIONS_PAIRS)
		return "--both is for --pairs";
	if (o->tick_ns && !o->rate)
		return "--tick is for --rate";
	if (o->window_bytes && o->scenario != OPTIONS_PAIRS)
		return "--window is for --pairs";
	if (o->scenario == OPTIONS_ALL_TO_ALL && o->width > 2000)
		return "--all-to-all takes at most 2000 clients";
	if (clients > OPTIONS_CLIENTS_MAX)
		return "too many clients";
	return NULL;
}

static void set_defaults(struct options *o)
{
	*o = (struct options){
		.scenario = OPTIONS_PAIRS,
		.width = 10,
		.duration_ns = 10 * MONO_NS_PER_S,
		.warmup_ns = 2 * MONO_NS_PER_S,
		.drain_ns = MONO_NS_PER_S,
		.timeout_ns = 60 * MONO_NS_PER_S,
		.probe_rate = 100,
		.slow_bytes_per_s = 128 * 1024,
		.parallel = 128,
		.threads = 1,
	};
	hd_assert(mix_parse(&o->sizes, SIZE_DEFAULT, PAYLOAD_HEADER_SIZE, PAYLOAD_SIZE_MAX) == 0);
}

static bool is_for_merge(const struct row *row)
{
	return row->kind == KIND_MERGE || row->kind == KIND_FORM || row->kind == KIND_LOSS;
}

/* What --merge and --make-keys print is made without a relay; of the other
 * options they take those that say how to print. */
static int finish_without_relay(struct options *o, enum options_verdict verdict, int argc, char **argv,
				bool others, char *why, size_t why_cap)
{
	int files = argc - optind;
	const char *wrong = NULL;

	if (others)
		wrong = verdict == OPTIONS_MERGE ? "--merge takes --json, --csv and --max-loss besides"
						 : "--make-keys runs alone";
	else if (verdict == OPTIONS_MERGE && files == 0)
		wrong = "which files?";
	else if (verdict == OPTIONS_MAKE_KEYS && files != 0)
		wrong = "--make-keys runs alone";
	if (wrong) {
		snprintf(why, why_cap, "%s", wrong);
		return ERROR_USAGE;
	}
	o->merge = argv + optind;
	o->merge_count = (uint32_t)files;
	return 0;
}

static int finish(struct options *o, int argc, char **argv, bool chosen, char *why, size_t why_cap)
{
	const char *conflict;

	if (optind + 1 != argc) {
		snprintf(why, why_cap, "%s",
			 optind == argc ? "which relay? (HOST[:PORT])" : "one relay at a time");
		return ERROR_USAGE;
	}
	o->relay = argv[optind];
	conflict = conflict_of(o, chosen);
	if (conflict) {
		snprintf(why, why_cap, "%s", conflict);
		return ERROR_USAGE;
	}
	if (o->storm)
		o->scenario = OPTIONS_NO_TRAFFIC;
	if (o->scenario == OPTIONS_NO_TRAFFIC)
		o->width = 0;
	if (o->storm)
		o->probe_rate = 0;
	return 0;
}

int options_parse(struct options *o, enum options_verdict *verdict, int argc, char **argv, char *why,
		  size_t why_cap)
{
	struct option longs[HD_ARRAY_LEN(rows) + 1] = { 0 };
	struct options parsed;
	bool chosen = false, others = false;
	int c, at;

	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++)
		longs[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument, NULL,
					    1 };
	set_defaults(&parsed);
	*verdict = OPTIONS_RUN;
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", longs, &at)) != -1) {
		int err;

		if (c != 1) {
			snprintf(why, why_cap, "%s: no such option, or its value is missing", argv[optind - 1]);
			return ERROR_USAGE;
		}
		err = take(&parsed, &rows[at], optarg, &chosen, verdict);
		if (err) {
			snprintf(why, why_cap, "--%s %s: %s", rows[at].name, optarg ? optarg : "",
				 err == ERROR_EXISTS ? "one scenario at a time" : error_text(err));
			return ERROR_USAGE;
		}
		if (*verdict == OPTIONS_HELP || *verdict == OPTIONS_VERSION)
			return 0;
		others |= rows[at].kind != KIND_MERGE && rows[at].kind != KIND_MAKE_KEYS &&
			  (*verdict == OPTIONS_MAKE_KEYS || !is_for_merge(&rows[at]));
	}
	if (*verdict != OPTIONS_RUN) {
		if (finish_without_relay(&parsed, *verdict, argc, argv, others, why, why_cap) != 0)
			return ERROR_USAGE;
	} else if (finish(&parsed, argc, argv, chosen, why, why_cap) != 0)
		return ERROR_USAGE;
	*o = parsed;
	return 0;
}

void options_print_help(FILE *to)
{
	fputs("Usage: hd-bench [OPTION...] HOST[:PORT]\n"
	      "       hd-bench --merge FILE...\n"
	      "Puts load on a DERP relay and measures what becomes of it.\n\n",
	      to);
	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++) {
		char left[32];

		snprintf(left, sizeof(left), "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
			 rows[i].argument ? rows[i].argument : "");
		fprintf(to, "  %-20s  %s\n", left, rows[i].text);
	}
	fputs("\nTIME: 10s, 250ms, 1.5m. BYTES: 64K, 1M. The port is 3340 (with --tls 443) unless given.\n"
	      "Exit: 0 all well, 1 could not run, 2 usage, 3 packets came damaged, out of order or twice, or the "
	      "relay\n"
	      "left the protocol or closed a connection, 4 more was lost than --max-loss. See hd-bench(1).\n",
	      to);
}

const char *options_scenario_name(enum options_scenario s)
{
	static const char *const names[] = { "pairs", "fan-in", "fan-out", "all-to-all", "no-traffic" };

	return names[s];
}
