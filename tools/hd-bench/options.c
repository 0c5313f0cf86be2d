/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/options.h"

#include <inttypes.h>
#include <string.h>

#include "tools/hd-bench/payload.h"
#include "tools/lib/number.h"
#include "tools/lib/option_rows.h"
#include "tools/lib/tls_client.h"
#include "util/error.h"
#include "util/mono.h"

#define SIZE_DEFAULT "1400"
#define PROBE_RATE_MAX 100000

/* What is read of the line. */
struct parse {
	struct options o;
	enum options_verdict verdict;
	bool scenario_chosen;
};

#define FIELD(member) OPTION_ROWS_FIELD(struct parse, member)
#define NO_FIELD OPTION_ROWS_NO_FIELD

static int take_scenario(struct option_found *found)
{
	struct parse *p = found->to;
	enum options_scenario scenario = (enum options_scenario)found->row->min;
	uint64_t width = 0;

	if (p->scenario_chosen)
		return option_rows_refuse(found, "one scenario at a time");
	if (found->value) {
		uint64_t min = scenario == OPTIONS_ALL_TO_ALL ? 2 : 1;

		if (number_parse_count(&width, found->value, min, OPTIONS_CLIENTS_MAX / 2) != 0)
			return option_rows_refuse(found, "must be a whole number, %" PRIu64 "..%d", min,
						  OPTIONS_CLIENTS_MAX / 2);
	}
	p->scenario_chosen = true;
	p->o.scenario = scenario;
	p->o.width = (uint32_t)width;
	return 0;
}

static int take_sizes(struct option_found *found)
{
	struct parse *p = found->to;

	if (mix_parse(&p->o.sizes, found->value, PAYLOAD_HEADER_SIZE, PAYLOAD_SIZE_MAX) == 0)
		return 0;
	return option_rows_refuse(found, "must be bytes, %u..%u, or a mix as 64:10,1400:90",
				  (unsigned)PAYLOAD_HEADER_SIZE, (unsigned)PAYLOAD_SIZE_MAX);
}

static int take_rate(struct option_found *found)
{
	struct parse *p = found->to;

	if (number_parse_rate(&p->o.rate, &p->o.rate_is_packets, found->value) == 0)
		return 0;
	return option_rows_refuse(found, "must be bits per second as 500M, or packets as 20kpps");
}

static int take_storm(struct option_found *found)
{
	struct parse *p = found->to;

	p->o.storm = true;
	return option_rows_count(found);
}

static int take_loss(struct option_found *found)
{
	struct parse *p = found->to;

	p->o.has_loss_max = true;
	if (number_parse_percent(&p->o.loss_max_ppm, found->value) == 0)
		return 0;
	return option_rows_refuse(found, "must be 0..100");
}

/* What is printed without a relay: one of the two. */
static int take_other_run(struct option_found *found, enum options_verdict verdict)
{
	struct parse *p = found->to;

	if (p->verdict != OPTIONS_RUN)
		return option_rows_refuse(found, "one of --merge and --make-keys, once");
	p->verdict = verdict;
	return found->value ? option_rows_count(found) : 0;
}

static int take_merge(struct option_found *found)
{
	return take_other_run(found, OPTIONS_MERGE);
}

static int take_make_keys(struct option_found *found)
{
	return take_other_run(found, OPTIONS_MAKE_KEYS);
}

static const struct option_row rows[] = {
	{ "pairs", "N", "N senders, each to a receiver of its own (default: 10)", take_scenario,
	  .min = OPTIONS_PAIRS },
	{ "fan-in", "N", "N senders to one receiver", take_scenario, .min = OPTIONS_FAN_IN },
	{ "fan-out", "N", "one sender to N receivers in turn", take_scenario, .min = OPTIONS_FAN_OUT },
	{ "all-to-all", "N", "N clients, each to all others in turn", take_scenario, .min = OPTIONS_ALL_TO_ALL },
	{ "no-traffic", NULL, "no bulk load", take_scenario, .min = OPTIONS_NO_TRAFFIC },
	{ "both", NULL, "pairs send in both directions", option_rows_flag, FIELD(o.both) },
	{ "tls", NULL, "TLS; the port is then 443 unless given", option_rows_flag, FIELD(o.tls) },
	{ "insecure", NULL, "with --tls: any certificate will do", option_rows_flag, FIELD(o.insecure) },
	{ "pin", "CERTNAME", "with --tls: this certificate only, sha256-raw:HEX as in a DERP map",
	  option_rows_text, FIELD(o.pin) },
	{ "ca-file", "FILE", "with --tls: authorities to trust, PEM, instead of the system's", option_rows_text,
	  FIELD(o.ca_file) },
	{ "resume", NULL, "with --tls: logins resume the latest session", option_rows_flag, FIELD(o.resume) },
	{ "websocket", NULL, "DERP over WebSocket, over TCP or TLS", option_rows_flag, FIELD(o.websocket) },
	{ "size", "SIZE|MIX", "bytes of a packet, or a mix as 64:10,576:20,1400:70 (default: 1400)", take_sizes,
	  NO_FIELD },
	{ "rate", "RATE",
	  "bits (500M, 2.5G) or packets (20kpps) per second, all senders together (default: as fast as it goes)",
	  take_rate, NO_FIELD },
	{ "tick", "TIME",
	  "with --rate: what is due within this goes out together (default: 0, each packet at its time)",
	  option_rows_duration, FIELD(o.tick_ns), .min = 0, .max = 1000000000 },
	{ "window", "BYTES", "at most so much in flight in each pair", option_rows_bytes, FIELD(o.window_bytes),
	  .min = 1, .max = UINT32_MAX },
	{ "duration", "TIME", "measured time (default: 10s)", option_rows_duration, FIELD(o.duration_ns),
	  .min = 1, .max = UINT64_MAX },
	{ "warmup", "TIME", "traffic before it (default: 2s)", option_rows_duration, FIELD(o.warmup_ns),
	  .min = 0, .max = UINT64_MAX },
	{ "drain", "TIME", "after the end: when nothing has arrived for so long, the rest is lost (default: 1s)",
	  option_rows_duration, FIELD(o.drain_ns), .min = 1, .max = UINT64_MAX },
	{ "timeout", "TIME", "for connecting everyone (default: 60s)", option_rows_duration, FIELD(o.timeout_ns),
	  .min = 1, .max = UINT64_MAX },
	{ "probe-rate", "N", "latency probes per second, beside the load (default: 100; 0: none)",
	  option_rows_count, FIELD(o.probe_rate), .min = 0, .max = PROBE_RATE_MAX },
	{ "idle", "N", "so many connections held besides", option_rows_count, FIELD(o.idle), .min = 0,
	  .max = OPTIONS_CLIENTS_MAX },
	{ "storm", "N", "N logins as fast as they go, and nothing else", take_storm, FIELD(o.idle), .min = 1,
	  .max = OPTIONS_CLIENTS_MAX },
	{ "churn", "N", "logins per second besides, each leaves after a second", option_rows_count,
	  FIELD(o.churn), .min = 0, .max = 10000 },
	{ "slow-readers", "N", "receivers besides that read slower than they are sent to", option_rows_count,
	  FIELD(o.slow_readers), .min = 0, .max = OPTIONS_CLIENTS_MAX },
	{ "slow-rate", "BYTES", "bytes per second that each of them reads (default: 128K)", option_rows_bytes,
	  FIELD(o.slow_bytes_per_s), .min = 0, .max = UINT32_MAX },
	{ "parallel", "N", "logins under way at once (default: 128)", option_rows_count, FIELD(o.parallel),
	  .min = 1, .max = 100000 },
	{ "threads", "N", "threads of the load (default: 1)", option_rows_count, FIELD(o.threads), .min = 1,
	  .max = OPTIONS_THREADS_MAX },
	{ "engine", "io_uring|epoll", "what moves the load (default: io_uring where it is allowed)",
	  option_rows_choice, FIELD(o.engine), .min = OPTIONS_ENGINE_IO_URING },
	{ "relay-pid", "PID", "process whose CPU time and memory are told", option_rows_count,
	  FIELD(o.relay_pid), .min = 1, .max = INT32_MAX },
	{ "start-at", "TIME", "Unix time at which the traffic starts, for several processes at once",
	  option_rows_count, FIELD(o.start_at_s), .min = 1, .max = INT64_MAX },
	{ "merge", NULL, "adds up what --json printed in several processes: hd-bench --merge FILE...",
	  take_merge, NO_FIELD },
	{ "keys", "FILE", "private keys of the clients, one in a line", option_rows_text, FIELD(o.keys_file) },
	{ "make-keys", "N", "prints N lines for such a file, and nothing else", take_make_keys,
	  FIELD(o.make_keys), .min = 1, .max = OPTIONS_CLIENTS_MAX },
	{ "untouched", NULL, "packets come back as SendPacket frames: from a pump that only moves bytes",
	  option_rows_flag, FIELD(o.untouched) },
	{ "max-loss", "PERCENT", "exit with 4 if more is lost", take_loss, FIELD(o.loss_max_ppm) },
	{ "json", NULL, "the result as one JSON object", option_rows_set, FIELD(o.form), .min = OPTIONS_JSON },
	{ "csv", NULL, "the result as CSV, a line of names first", option_rows_set, FIELD(o.form),
	  .min = OPTIONS_CSV },
	{ "quiet", NULL, "no progress line", option_rows_flag, FIELD(o.quiet) },
	{ "help", NULL, "this text", option_rows_last, FIELD(verdict), .min = OPTIONS_HELP },
	{ "version", NULL, "the version", option_rows_last, FIELD(verdict), .min = OPTIONS_VERSION },
	{ .name = NULL },
};

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

/* Whether an option goes with --merge, or with --make-keys. */
static bool goes_with(enum options_verdict verdict, const char *name)
{
	static const char *const with_merge[] = { "merge", "json", "csv", "max-loss" };

	if (verdict == OPTIONS_MAKE_KEYS)
		return strcmp(name, "make-keys") == 0;
	for (size_t i = 0; i < HD_ARRAY_LEN(with_merge); i++)
		if (strcmp(name, with_merge[i]) == 0)
			return true;
	return false;
}

/* What --merge and --make-keys print is made without a relay; of the other
 * options they take those that say how to print. */
static int finish_without_relay(struct parse *p, const struct option_rows_line *line, int argc, char **argv,
				char *why, size_t why_cap)
{
	enum options_verdict verdict = p->verdict;
	int files = argc - line->rest;
	const char *wrong = NULL;
	bool others = false;

	for (size_t i = 0; rows[i].name; i++)
		others |= line->given >> i & 1 && !goes_with(verdict, rows[i].name);
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
	p->o.merge = argv + line->rest;
	p->o.merge_count = (uint32_t)files;
	return 0;
}

static int finish(struct parse *p, int argc, char **argv, int rest, char *why, size_t why_cap)
{
	struct options *o = &p->o;
	const char *conflict;

	if (rest + 1 != argc) {
		snprintf(why, why_cap, "%s", rest == argc ? "which relay? (HOST[:PORT])" : "one relay at a time");
		return ERROR_USAGE;
	}
	o->relay = argv[rest];
	conflict = conflict_of(o, p->scenario_chosen);
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
	struct parse p = { .verdict = OPTIONS_RUN };
	struct option_rows_line line;
	int err;

	set_defaults(&p.o);
	err = option_rows_parse(&line, rows, &p, argc, argv, why, why_cap);
	if (!err && p.verdict == OPTIONS_RUN)
		err = finish(&p, argc, argv, line.rest, why, why_cap);
	else if (!err && p.verdict != OPTIONS_HELP && p.verdict != OPTIONS_VERSION)
		err = finish_without_relay(&p, &line, argc, argv, why, why_cap);
	if (err)
		return err;
	*o = p.o;
	*verdict = p.verdict;
	return 0;
}

void options_print_help(FILE *to)
{
	fputs("Usage: hd-bench [OPTION...] HOST[:PORT]\n"
	      "       hd-bench --merge FILE...\n"
	      "Puts load on a DERP relay and measures what becomes of it.\n\n",
	      to);
	option_rows_print_help(rows, to);
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
